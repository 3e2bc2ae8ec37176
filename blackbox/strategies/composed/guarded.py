"""Guards: any strategy, kept where real objects are, or rewarded for staying there.

The sphere is that of Menon et al., PULSE, 2020, arXiv 2003.03808; the density of the norm that of
Eyring et al., ReNO, 2024, arXiv 2406.04312.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from blackbox.protocol import (
    Answer,
    Array,
    Ask,
    Believe,
    Brief,
    Capability,
    Message,
    Search,
    Strategy,
    Verify,
    needs,
    wishes,
)
from blackbox.scale import Scale
from blackbox.space import Space
from blackbox.strategies.composed.conversation import Listener
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.relay import followed, relayed

VERSION = 3  # what is known already is told as what it is worth, too
Guard = Literal["none", "clip", "sphere", "norm", "typical", "data", "trust", "truth"]


@dataclass(frozen=True)
class Guarded:
    """Any strategy behind a guard against leaving the prior (Menon et al. 2020, arXiv 2003.03808).

    Two guards change where it searches: "clip" cuts each coordinate to `limit` sd, "sphere" keeps
    to the radius sqrt(d) where a normal prior lives. Three change what it is told, by `weight`
    units of score per nat: "norm" is the log-density of the prior, `-r^2 / 2` (its mode is no
    typical point), "typical" that of the norm, `(d-1) ln r - r^2 / 2`, and "data" minus half the
    mean squared distance to the `neighbours` nearest codes of real data, in sd. What is recorded,
    and compared, is the score itself; a `target` inside is compared with what is told. Where the
    prior is a box or a sphere only "data" and "trust" do anything: there every point is as likely
    as any other.

    "trust" asks the objective how far points are to be believed: the search is told what they are
    worth (a score, less what other scorers take off), as invalid where trust has ended, and it ends
    when the last `patience` of its messages held no point that is trusted.

    "truth" has a study's `truth_calls`: it asks what is true of the best point so far, each time
    that the same factor more was spent than at the last call, the first time of the start, and ends
    when that has fallen. `study.best(truth_calls=)` knows what it was told.
    """

    # The search behind the guard.
    strategy: Strategy = field(default_factory=CmaEs, metadata={"strategies": True})
    guard: Guard = "clip"  # changes least: it cuts what hardly a draw of the prior has
    limit: float = 3.0  # sd: 99.7 % of the prior's draws in each coordinate
    weight: float = 0.1  # for scores that are log-probabilities; 0.01 to 1 are worth a try
    neighbours: int = 3
    patience: int = 20  # messages: steps of a climb, or generations

    def __post_init__(self) -> None:
        """Refuse a guard that nobody knows, and numbers that guard nothing."""
        if self.guard not in get_args(Guard):
            raise ValueError(
                f"guard must be one of {', '.join(get_args(Guard))}, not {self.guard!r}"
            )
        if not (self.limit > 0 and self.weight >= 0) or min(self.neighbours, self.patience) < 1:
            raise ValueError(
                f"limit must be > 0, weight >= 0, neighbours and patience >= 1: {self}"
            )

    @property
    def needs(self) -> frozenset[Capability]:
        """What the strategy inside needs, and codes where it is to stay near the data."""
        its_own = {"data": {Capability.CODES}, "trust": {Capability.TRUST}}
        its_own |= {"truth": {Capability.TRUTH}}
        return needs(self.strategy) | its_own.get(self.guard, set())

    @property
    def uses(self) -> frozenset[Capability]:
        """What is asked for inside where it is offered."""
        return wishes(self.strategy) - {Capability.CONSTRAINTS}

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Hand on what the strategy asks, and what it is answered, less what the guard takes."""
        space = self._space(brief.space)
        inner = brief.having(space=space, start=space.clip(brief.start), constraints=None)
        if not np.array_equal(inner.start[:1], brief.start[:1]):
            yield Ask(brief.start[:1])  # the seed's start is everybody's first point
        if self.guard == "trust":
            yield from believed(self.strategy, inner, rng, self.patience)
            return
        if self.guard == "truth":
            yield from verified(self.strategy.search(inner, rng), inner)
            return
        scale = Scale()
        if brief.known is not None:
            inside = space.contains(brief.known[0])
            ask, answer = Ask(brief.known[0][inside]), brief.known[1][inside]
            answer = self._rewarded(ask, answer, brief)
            scale.see(answer)
            inner = inner.having(known=(ask.points, scale.told(answer)) if inside.any() else None)

        def rewarded(message: Message, answer: Answer) -> Answer:
            if not isinstance(message, Ask) or message.at != "latent":
                return answer
            answer = self._rewarded(message, answer, brief)
            scale.see(answer)
            return scale.told(answer)  # worse than all that was rewarded, too

        yield from relayed(self.strategy.search(inner, rng), hear=rewarded)

    def _space(self, space: Space) -> Space:
        if space.prior == "normal" and self.guard == "clip":
            return Space.normal(space.dim, min(self.limit, space.limit))
        if space.prior == "normal" and self.guard == "sphere":
            return Space.sphere(space.dim)
        return space

    def _rewarded(self, ask: Ask, answer: Answer, brief: Brief) -> Answer:
        """The answer with the reward for staying, and its slope, where points are valid."""
        reward, slope = self._reward(ask.points / brief.space.scale, brief)
        columns = {
            "score": answer.score + self.weight * np.where(answer.valid, reward, 0.0),
            "valid": answer.valid.copy(),
        }
        if brief.criteria is not None and answer.criteria is not None:
            given = np.outer(self.weight * reward, brief.criteria.signs)
            columns["criteria"] = answer.criteria + given  # each that is wanted is rewarded
        if ask.order == 1:
            per_unit = np.where(answer.valid[:, None], slope / brief.space.scale, 0.0)
            columns["grad"] = answer.grad + self.weight * per_unit
            columns["grad_valid"] = answer.grad_valid.copy()
        return Answer(**columns)

    def _reward(self, w: Array, brief: Brief) -> tuple[Array, Array]:
        """Log-density `[n]` of points `[n, d]` in sd, up to a constant, and its slope `[n, d]`."""
        if self.guard == "data":
            assert brief.codes is not None
            return near(w, brief.codes / brief.space.scale, self.neighbours)
        if brief.space.prior != "normal" or self.guard not in ("norm", "typical"):
            return np.zeros(len(w)), np.zeros_like(w)
        squared = (w * w).sum(axis=1)
        if self.guard == "norm":
            return -0.5 * squared, -w
        outward = w.shape[1] - 1
        squared = np.maximum(squared, np.finfo(float).tiny)  # at the centre there is no way out
        return 0.5 * (outward * np.log(squared) - squared), (outward / squared[:, None] - 1) * w


def believed(strategy: Strategy, brief: Brief, rng: np.random.Generator, patience: int) -> Search:
    """The search of a strategy, told what points are worth, until it has left what is trusted."""
    scale, lost = Scale(), 0
    if brief.known is not None:
        trust = yield Believe(brief.known[0], _scores(brief.known[1]))
        answer = believable(brief.known[1], trust)
        scale.see(answer)
        brief = brief.having(known=(brief.known[0], scale.told(answer)))

    def after(message: Message, answer: Answer) -> Generator[Message, Answer, Answer | None]:
        nonlocal lost
        if not isinstance(message, Ask) or message.at != "latent":
            return answer
        trust = yield Believe(message.points, _scores(answer))
        lost = 0 if trust.trusted.any() else lost + 1
        answer = believable(answer, trust)
        scale.see(answer)
        return scale.told(answer) if lost < patience else None

    yield from followed(strategy.search(brief, rng), after)


def verified(search: Search, brief: Brief) -> Search:
    """The same search, until what is true of its best has fallen."""
    calls, listener = brief.truth_calls, Listener(brief.price, brief.constraints)
    highest, asked, last = -np.inf, 0, b""

    def after(message: Message, answer: Answer) -> Generator[Message, Answer, Answer | None]:
        nonlocal highest, asked, last
        listener.hear(message, answer)
        point = listener.z
        if not asked and isinstance(message, Ask) and answer.valid[0]:
            point = message.points[:1]  # the start
        is_time = asked < calls and listener.spent >= brief.budget ** (asked / calls)
        if is_time and point is not None and point.tobytes() != last:
            truth = yield Verify(point)
            asked, last = asked + 1, point.tobytes()
            if not truth.true[0] >= highest:  # NaN: it is refused, which is a fall too
                return None
            highest = float(truth.true[0])
        return answer

    yield from followed(search, after)


def _scores(answer: Answer) -> Array:
    """Scores `[n]`, NaN where there is none."""
    return np.where(answer.valid, answer.score, np.nan)


def believable(answer: Answer, trust: Answer) -> Answer:
    """What a search is told: worths for scores, and no score of its own where trust has ended."""
    columns = {name: np.array(column) for name, column in answer.columns.items()}
    valid = answer.valid & trust.trusted
    columns |= {"score": np.where(valid, trust.worth, answer.score), "valid": valid}
    return Answer(**columns)


def near(w: Array, codes: Array, neighbours: int) -> tuple[Array, Array]:
    """Minus half the mean squared distance `[n]` to the nearest codes, and its slope `[n, d]`."""
    squared = ((w[:, None, :] - codes[None]) ** 2).sum(axis=2)
    nearest = np.argsort(squared, axis=1, kind="stable")[:, :neighbours]
    mean = np.take_along_axis(squared, nearest, axis=1).mean(axis=1)
    return -0.5 * mean, codes[nearest].mean(axis=1) - w
