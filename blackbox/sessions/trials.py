"""The trials of one search: which points it has asked, by id, and what answers let it go on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from blackbox import registry
from blackbox.errors import ReplayDiverged
from blackbox.plan import STARTS
from blackbox.price import Price
from blackbox.protocol import Answer, Array, Brief, Criteria
from blackbox.runtime.budget import Meter
from blackbox.runtime.run import Run
from blackbox.scoring.batching import one_thread
from blackbox.sessions.setup import Setup
from blackbox.trace import Status


class Trials:
    """A run of a strategy, answered row by row in any order.

    Rows that the run asks are numbered from 1 on: the same search, told the same, asks the same
    under the same numbers.
    """

    def __init__(
        self,
        setup: Setup,
        asked: Mapping[int, Array],
        answers: Mapping[int, tuple[Array, Answer]],
    ) -> None:
        """Begin, and go as far as the answers of before let it.

        Raises ReplayDiverged where it asks another point `[d]` than it had under the same number.
        """
        self.points: dict[int, Array] = {}
        self.answers: dict[int, Answer] = {}
        self._setup, self._asking = setup, list[int]()
        self._before = {trial: point for trial, (point, _) in answers.items()} | dict(asked)
        with one_thread():
            self._run = _begun(setup)
        self._listen()
        for trial in sorted(answers):
            if trial not in self.points:
                raise ReplayDiverged(self._diverged(trial, None))
            self.hear({trial: answers[trial][1]})

    def hear(self, answers: Mapping[int, Answer]) -> None:
        """Take answers to points that were asked, and go on where all of a batch have one."""
        self.answers |= answers
        self._listen()

    @property
    def waiting(self) -> list[int]:
        """The trials that are asked and have no answer."""
        return [trial for trial in self._asking if trial not in self.answers]

    @property
    def remaining(self) -> int:
        """Trials that the budget still holds."""
        return self._setup.budget - len(self.answers)

    @property
    def reads_budget(self) -> bool:
        """Whether the strategy has planned by its budget."""
        return "budget" in self._run.brief.reads

    @property
    def failure(self) -> str:
        """Why the strategy asks nothing more, where it failed; else ""."""
        return self._run.error if self._run.status is Status.FAILED else ""

    def _listen(self) -> None:
        with one_thread():
            while self._run.pending is not None:
                if not self._asking:
                    self._number(self._run.pending.points)
                if self.waiting:
                    return
                parts = [self.answers[trial] for trial in self._asking]
                self._asking = []
                self._run.receive(Answer.joined(parts))

    def _number(self, points: Array) -> None:
        for point in points:
            trial = len(self.points) + 1
            before = self._before.get(trial)
            if before is not None and not np.array_equal(before, point):
                raise ReplayDiverged(self._diverged(trial, point))
            self.points[trial] = np.array(point)
            self._asking.append(trial)

    def _diverged(self, trial: int, point: Array | None) -> str:
        objective = self._setup.objective

        def shown(z: Array) -> str:
            if objective.parameters is not None:
                return str(dict(objective.parameters.rows(z[None])[0]))
            return np.array2string(z, threshold=12)

        now = "nothing" if point is None else shown(point)
        return (
            f"{registry.label(self._setup.strategy)} asks {now} as trial {trial}, where it had "
            f"asked {shown(self._before[trial])}"
        )


def _begun(setup: Setup) -> Run:
    """The run as a study would begin it, but that a laboratory offers scores only."""
    objective, data = setup.objective, setup.data
    starts, chance = (np.random.default_rng([setup.seed, stream]) for stream in (0, 1))
    facts = objective.facts
    brief = Brief(
        space=objective.space,
        start=objective.starts(starts, STARTS),
        budget=float(setup.budget),
        price=Price(),
        offers=setup.offers,
        noise=facts.noise if facts.is_noisy else None,
        constraints=facts.constraints,
        criteria=Criteria.of(objective.scorer.directions),
        known=None if data is None else (data.z, data.answer),
    )
    cached = objective.duplicates == "once" and not facts.is_noisy
    return Run(setup.strategy, brief, chance, Meter(float(setup.budget), Price()), cached=cached)
