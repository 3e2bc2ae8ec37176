"""An objective behind a guard: what its functions do to their process costs the point, no more.

Rows that end a process, or that take longer than they may, are found by halving; who is alone with
it is tried again, and is then a point without a score. Values are those without a guard, bit by
bit: where they depend on the number of rows of a call, the others are called once more, with a
neighbour in the place of the one who is to blame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from blackbox.errors import CallTimedOut, WorkerDied
from blackbox.protocol import Answer, Ask, Believe, Message, PullBack
from blackbox.scoring.announcing import Announcing, Begun, ScoredObject
from blackbox.scoring.batching import one_thread
from blackbox.scoring.columns import Columns, finished, refused, stacked
from blackbox.scoring.facts import Facts
from blackbox.scoring.limits import Limits
from blackbox.scoring.objective import Objective
from blackbox.scoring.shielded import refuse_unsendable
from blackbox.workers.trial import on_trial
from blackbox.workers.worker import Worker

T = TypeVar("T")
# How the notes of points begin that exceed their time, or their memory.
EXCEEDED = tuple(f"{error.__name__}: " for error in (CallTimedOut, MemoryError))
Make = Callable[[], Objective]


class Guard:
    """Evaluates messages like `objective.evaluate`, in a worker process with limits."""

    def __init__(
        self,
        objective: Objective,
        make: Make | None,
        facts: Facts,
        *,
        timeout: float | None = None,
        memory: float | None = None,
        retries: int | None = None,
        charged: bool = False,
    ) -> None:
        """Nothing is started yet. Raises ObjectiveError for an objective that cannot travel.

        `make` makes the objective there, such as `partial(names.objective, "synthetic.sphere")`;
        without it the objective itself is sent. `timeout`: seconds of an object; `memory`:
        megabytes of a call; `retries`: how often more a point is tried that exceeds one of them
        (0), and failing surroundings (6). `charged`: a point that exceeds a limit is tried once and
        marked in the answer's `exceeded`; whoever pays for it may ask again.
        """
        self._objective, self.facts, self._charged = objective, facts, charged
        self._limits = Limits(timeout, memory, retries)
        if make is None:
            refuse_unsendable(objective, objective.scorer.name)
            make = partial(_itself, objective)
        self._make, self._closed = make, False
        self._worker = Worker(self._limits.bytes, self._prepare())

    def _prepare(self) -> Callable[[], object]:
        return partial(_hold, self._make, self.facts, self._limits, self._charged)

    def evaluate(self, message: Message) -> Answer:
        """Answer any message. Raises Unavailable; WorkerDied, CallTimedOut for one without scores.

        A point that is to blame for one of these is invalid, with it as its note.
        """
        if self._closed:
            raise WorkerDied("this guard was closed; make another one")
        step, rows = self.facts.batching.step, len(message.points)
        parts = [
            self._part(_taken(message, slice(first, first + step)))
            for first in range(0, max(rows, 1), step)
        ]
        columns = parts[0] if len(parts) == 1 else stacked(parts)
        if self._charged and "notes" in columns:
            columns["exceeded"] = np.array([note.startswith(EXCEEDED) for note in columns["notes"]])
        return Answer(**columns)

    def close(self) -> None:
        """End the process for good; a message that is being answered raises WorkerDied."""
        self._closed = True
        self._worker.kill()

    def _part(self, message: Message) -> Columns:
        """The columns of rows that go into one call."""
        columns = self._halved(message, blamed=False)
        halved = "lost" in columns
        lost = columns.pop("lost", np.zeros(0)).astype(bool)
        fused = self.facts.batching.fused
        if not halved or fused or not isinstance(message, Ask) or lost.all():
            return columns
        points = np.array(message.points)
        points[lost] = points[~lost][0]
        try:
            again = self._asked(replace(message, points=points))
        except (WorkerDied, CallTimedOut):
            return columns  # somebody is not always to blame
        both, rows = stacked([columns, again]), np.arange(len(lost))
        chosen = {
            name: column[np.where(lost, rows, rows + len(lost))] for name, column in both.items()
        }
        return chosen | {"called": both["called"][rows] + both["called"][rows + len(lost)]}

    def _halved(self, message: Message, *, blamed: bool) -> Columns:
        """The columns of some rows, in halves where they fail; `lost` are those that fail alone.

        `blamed`: they have been in a call that failed.
        """
        rows, failures = len(message.points), 0
        while True:
            try:
                return _dearer(self._asked(message, blamed=blamed or failures > 0), failures)
            except (WorkerDied, CallTimedOut) as error:
                if self._closed:
                    raise
                failures += 1
                if rows > 1:
                    break
                if failures + (blamed and isinstance(error, WorkerDied)) >= self._tries(error):
                    if not isinstance(message, Ask):
                        raise
                    return _dearer(self._without_score(message, error), failures - 1)
        half = -(-rows // 2)
        parts = [_taken(message, slice(half)), _taken(message, slice(half, rows))]
        columns = stacked([self._halved(part, blamed=True) for part in parts])
        columns.setdefault("lost", np.zeros(rows))
        return _dearer(columns, failures)

    def _asked(self, message: Message, *, blamed: bool = False) -> Columns:
        """The columns of one call, on trial if `blamed`.

        Objects that are scored one by one are lost one by one. Raises WorkerDied or CallTimedOut
        where several objects may be to blame.
        """
        outcomes: dict[int, ScoredObject] = {}
        failures: Counter[int] = Counter()
        lost = 0
        while True:
            begun: list[int] = []

            def hear(word: object, begun: list[int] = begun) -> None:
                if isinstance(word, Begun):
                    begun[:] = [] if word.nth is None else [word.nth]
                elif isinstance(word, ScoredObject):
                    outcomes[word.nth] = word
                    begun.clear()

            try:
                columns, facts = self._worker.call(
                    on_trial if blamed or failures else _directly,
                    *(_evaluated, message, outcomes),
                    listen=hear,
                )
            except (WorkerDied, CallTimedOut) as error:
                if self._closed or not begun:
                    raise
                failures[begun[0]] += 1
                if failures[begun[0]] >= self._tries(error):
                    outcomes[begun[0]] = ScoredObject(begun[0], error=error)
                    lost += 1
                continue
            if len(facts.remarks) > len(self.facts.remarks):
                self.facts = facts
                self._worker.prepare = self._prepare()
            calls = failures.total() - lost  # of an object that was lost, the last try counts too
            return _dearer(columns, calls / max(len(message.points), 1))

    def _tries(self, error: Exception) -> int:
        """How often an object is tried that ends its process, or exceeds its time."""
        if isinstance(error, WorkerDied):
            return 2
        return 1 if self._charged else 1 + (self._limits.retries or 0)

    def _without_score(self, message: Ask, error: Exception) -> Columns:
        scorer = self._objective.scorer
        note = f"{type(error).__name__}: {error}"
        columns = refused(message.points, message.order, scorer.widths, note)
        return finished(columns, scorer) | {"lost": np.ones(1)}


def _dearer(columns: Columns, calls: float) -> Columns:
    """The same, with so many more calls of each object."""
    if not calls or "score" not in columns:
        return columns
    return columns | {"called": columns.get("called", np.ones(len(columns["score"]))) + calls}


def _taken(message: Message, rows: slice) -> Message:
    if isinstance(message, PullBack):
        return PullBack(message.points[rows], message.vectors[rows])
    if isinstance(message, Believe):
        return Believe(message.points[rows], message.scores[rows])
    return replace(message, points=message.points[rows])


# In the worker process


@dataclass(frozen=True)
class _Held:
    objective: Objective
    announcing: Announcing
    threads: ExitStack


_held: list[_Held] = []


def _itself(objective: Objective) -> Objective:
    return objective


def _hold(make: Make, facts: Facts, limits: Limits, charged: bool) -> None:
    """Have an objective ready, with what the probe has found out about it."""
    threads = ExitStack()
    threads.enter_context(one_thread())
    objective = make()
    announcing = Announcing(objective.scorer, limits, not facts.batched, charged)
    objective.scorer.patience = announcing
    objective.adopt(facts)
    _held[:] = [_Held(objective, announcing, threads)]


def _directly(function: Callable[..., T], *arguments: object) -> T:
    return function(*arguments)


def _evaluated(message: Message, outcomes: Mapping[int, ScoredObject]) -> tuple[Columns, Facts]:
    """The columns of an answer; and the facts, to which it may have added."""
    held = _held[0]
    held.announcing.begin(outcomes, keeps=isinstance(message, Ask) and message.order == 0)
    answer = held.objective.evaluate(message)
    return dict(answer.columns), held.objective.facts
