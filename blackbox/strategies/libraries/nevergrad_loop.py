"""The conversation with an optimizer of nevergrad: its array, its globals, ask and tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import numpy as np

from blackbox.global_state import IsolatedGlobals, Patch
from blackbox.optional import require
from blackbox.protocol import Answer, Array, Ask, Brief, Search, Work
from blackbox.strategies.libraries.losses import Losses
from blackbox.strategies.libraries.nevergrad_form import form_of

# Known points that an optimizer is told before it begins: a population holds no more.
MOST_BEFORE = 100


def converse(
    make: Callable[..., Any],
    brief: Brief,
    rng: np.random.Generator,
    batch: int = 1,
    reach: float | None = None,
    typed: bool = True,
    constrained: bool = False,
) -> Search:
    """Score the start, tell it where the optimizer lets us, then ask and tell `batch` at a time.

    `make` is an optimizer class of nevergrad. A space with ends becomes a bounded array, and named
    parameters those of nevergrad of the same kinds. A space without ends has them at `reach` prior
    sd, or further out where the start lies; None: nevergrad's own default, an unbounded array
    with a mutation of one sd. On a sphere the asked points are the projections of what was
    proposed. If `constrained`, it makes penalties of the violations. Where scores are noisy, what
    it recommends is taken for the best, if that was asked.
    """
    start = brief.start[:1]
    heard = partial(_heard, Losses(), constrained and brief.constraints is not None)
    first = heard((yield Ask(start)))[0]
    isolated = IsolatedGlobals(int(rng.integers(2**32)), patches=_patches())
    # Some optimizers plan their phases by the budget: tell them how many scores it buys.
    scores = max(1, int(brief.price.affordable(brief.budget, Work(scores=1))))
    optimizer, candidates, incumbent = None, [], None
    try:
        with isolated:
            form = form_of(brief, reach, typed)
            seed = np.random.randint(2**31)  # noqa: NPY002 - of the inside
            form.parametrization.random_state = np.random.RandomState(seed)
            optimizer = make(parametrization=form.parametrization, budget=scores, num_workers=batch)
            _tell_unasked(optimizer, form.value(start[0]), first)
            for point, words in _told_before(brief, reach, heard):
                _tell_unasked(optimizer, form.value(point), words)
            candidates = [optimizer.ask()]
            # One that begins at its initial value has its score already, and is not charged; a
            # logarithm and back moves it by a rounding.
            if np.allclose(form.point(candidates[0].value), start[0], rtol=1e-12, atol=1e-12):
                optimizer.tell(candidates.pop(), *first)
            candidates += [optimizer.ask() for _ in range(batch - len(candidates))]
        while True:
            proposed = np.array([form.point(candidate.value) for candidate in candidates])
            ask = Ask.inside(brief.space, proposed, on_sphere=False)
            answer = yield ask if incumbent is None else replace(ask, incumbent=incumbent)
            with isolated:
                for candidate, words in zip(candidates, heard(answer), strict=True):
                    optimizer.tell(candidate, *words)
                candidates = [optimizer.ask() for _ in range(batch)]
                if brief.noise is not None:  # what it takes for the best of what it was told
                    incumbent = form.point(optimizer.recommend().value)
    finally:
        del optimizer, candidates
        isolated.join()


def _heard(losses: Losses, constrained: bool, answer: Answer) -> list[tuple[Any, ...]]:
    """The loss of each point, and how far each constraint is from being met if it is to know."""
    if not constrained:
        return [(loss,) for loss in losses.of(answer)]
    violations = np.where(answer.valid[:, None], answer.violations, 0.0).tolist()
    return list(zip(losses.of(answer), violations, strict=True))


def _told_before(
    brief: Brief, reach: float | None, heard: Callable[[Answer], list[tuple[Any, ...]]]
) -> Iterator[tuple[Array, tuple[Any, ...]]]:
    """The best points that are known already, within reach, and what an optimizer is told of each.

    All but the start, the best first.
    """
    if brief.known is None:
        return
    z, answer = brief.known
    start, scale = brief.start[0], brief.space.scale
    within = np.full(len(z), True)
    if reach is not None and not np.isfinite(brief.space.ends[0]).all():
        within = (np.abs(z) <= np.maximum(reach * scale, np.abs(start))).all(axis=1)
    rows = np.flatnonzero(within & answer.valid & (z != start).any(axis=1))
    best = rows[np.argsort(-answer.score[rows], kind="stable")][:MOST_BEFORE]
    yield from zip(z[best], heard(answer[best]), strict=True)


def _tell_unasked(optimizer: Any, value: Any, words: tuple[Any, ...]) -> None:
    """Tell the start's loss, unless the optimizer takes only what it asked for itself."""
    errors = require("nevergrad", "nevergrad").errors
    with suppress(errors.TellNotAskedNotSupportedError):
        candidate = optimizer.parametrization.spawn_child(new_value=value)
        optimizer.tell(candidate, *words)


class _Mailbox:
    """A queue whose last word stays: None or an error is heard by whoever asks again."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Any] = SimpleQueue()

    def put(self, item: Any) -> None:
        self._queue.put(item)

    def get(self) -> Any:
        item = self._queue.get()
        if item is None or isinstance(item, Exception):
            self._queue.put(item)
        return item

    def wait(self) -> None:
        self._queue.put(self._queue.get())  # never more than one: whoever puts waits for its answer


def _patches() -> list[Patch]:
    """What in nevergrad 1.0.12 fails, hangs or forgets its seed, made to go on inside."""
    require("nevergrad", "nevergrad")
    metamodel = require("nevergrad.optimization.metamodel", "nevergrad")
    callbacks = require("nevergrad.optimization.callbacks", "nevergrad")
    recaster = require("nevergrad.optimization.recaster", "nevergrad")
    cma = require("cma", "nevergrad")
    fmin = cma.fmin

    tell = recaster.SequentialRecastOptimizer._internal_tell_candidate

    def tell_and_wait(self: Any, candidate: Any, loss: float) -> None:
        tell(self, candidate, loss)
        self._messaging_thread.messages_ask.wait()

    def seeded(*args: Any, options: dict[str, Any], **settings: Any) -> Any:
        return fmin(*args, options={"seed": np.nan, **options}, **settings)

    return [
        # It takes the float of an array [1], which numpy 2.4 refuses. The error leaves a thread
        # waiting for its answer, and the process does not end.
        (metamodel, "float", lambda value: float(np.asarray(value).item())),
        # Its metamodels end the search for their optimum after 20 s, though it has a budget; one
        # of them fits for 7 s. The first clock stands still, the second counts its readings.
        (callbacks, "time", SimpleNamespace(time=lambda: 0.0)),
        (metamodel, "time", SimpleNamespace(time=count().__next__)),
        # It asks a thread that has said its last word, but not yet ended, and waits for ever.
        (recaster, "queue", SimpleNamespace(Queue=_Mailbox)),
        # Its portfolios let threads draw from numpy's generator side by side, in any order.
        (recaster.SequentialRecastOptimizer, "_internal_tell_candidate", tell_and_wait),
        # It leaves pycma to seed numpy's generator from the clock; nan: not to seed it.
        (cma, "fmin", seeded),
    ]
