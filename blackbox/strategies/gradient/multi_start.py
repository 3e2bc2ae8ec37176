"""Multi-start ascent: many starts are scored, the best climb, and the better half climbs on.

K. Jamieson, A. Talwalkar: Non-stochastic best arm identification and hyperparameter optimization.
AISTATS 2016, arXiv 1502.07943 (successive halving); the climbs are Adam's (arXiv 1412.6980).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Capability, Search, Work
from blackbox.strategies.moves.steps import Progress, StepSettings, Walk
from blackbox.strategies.moves.stopping import Stopping


@dataclass
class Climb:
    """One of several ascents: where it stands, and all that it remembers."""

    z: Array  # [1, d]
    walk: Walk
    stopping: Stopping
    moved: bool = False
    over: bool = field(default=False, init=False)


@dataclass(frozen=True)
class MultiStart:
    """Gradient ascents from the best of many starts, halved (Jamieson 2016, arXiv 1502.07943).

    `starts` prior points are scored; from the best `climbs` of them gradient ascents begin. After
    each rung the better half goes on, for twice as many steps, and the last has the rest of the
    budget; where it ends too, everything begins again with new starts.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})
    # Measured with 200 and 1000 units on eight objectives: 30 starts and steps of 0.2 sd beat 16
    # starts and steps of 0.1 and 0.3 sd; 4 climbs in 0.3 of the budget beat 8, and 0.5 of it.
    starts: int = 30
    climbs: int = 4
    share: float = 0.3  # of the budget, for the starts and for all rungs but the last
    step: str = "adam"  # the last four as in gradient_ascent
    learning_rate: float = 0.2  # prior sd per step; measured with `starts`
    schedule: str = "constant"  # as gradient_ascent
    patience: int = 50  # steps without a better score, as gradient_ascent

    def __post_init__(self) -> None:
        """Refuse unknown names and numbers outside their bounds."""
        StepSettings(self.step, self.learning_rate, self.schedule)
        Stopping(self.patience)
        if not 1 <= self.climbs <= self.starts:
            raise ValueError(f"climbs must lie between 1 and starts: {self}")
        if not 0 < self.share < 1:
            raise ValueError(f"share must lie between 0 and 1, not {self.share!r}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Hold one tournament after the other."""
        progress = Progress(brief)
        yield from progress.follow(self._tournaments(progress, rng))

    def _tournaments(self, progress: Progress, rng: np.random.Generator) -> Search:
        brief = progress.brief
        steps = StepSettings(self.step, self.learning_rate, self.schedule)
        rungs = self.climbs.bit_length() - 1  # before the last climb is alone
        unit = brief.price.of_work(Work(scores=1, gradients=1))
        halving = self.share * brief.budget - self.starts * brief.price.of_work(Work(scores=1))
        length = max(1, int(halving / (unit * self.climbs * max(1, rungs))))
        starts = brief.starts(rng)
        while True:
            drawn = np.concatenate(list(islice(starts, self.starts)))
            answer = yield Ask(drawn)
            # An invalid start is the worst, whatever it was told to score.
            best = np.argsort(-np.where(answer.valid, answer.score, -np.inf), kind="stable")
            climbs = [
                Climb(drawn[i : i + 1], steps.begin(brief.space), Stopping(self.patience))
                for i in best[: self.climbs]
            ]
            rung = length
            while len(climbs) > 1:
                for _ in range(rung):
                    yield from self._step(climbs, progress)
                climbs.sort(key=lambda climb: -climb.stopping.best)
                climbs, rung = climbs[: len(climbs) // 2], 2 * rung
            while not climbs[0].over:
                yield from self._step(climbs, progress)

    def _step(self, climbs: list[Climb], progress: Progress) -> Search:
        """One step of each climb, asked together."""
        space = progress.brief.space
        z = np.concatenate([climb.z for climb in climbs])
        moved = np.array([climb.moved for climb in climbs])
        answer = yield Ask(z, 1, clipped=moved)
        for climb, score, grad in zip(climbs, answer.score, answer.grad, strict=True):
            slope = space.tangent(climb.z, grad * space.scale)
            climb.over = climb.stopping.over(float(score), slope)
            climb.z, mask = climb.walk.move(climb.z, slope, progress.share)
            climb.moved = bool(mask[0])
