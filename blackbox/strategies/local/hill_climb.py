"""A random step is taken if the score rises: the least that deserves the name of a search.

J. Matyas: Random optimization, Automation and Remote Control 26, 1965; its convergence: F. Solis,
R. Wets: Minimization by random search techniques, 1981, doi:10.1287/moor.6.1.19.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Ask, AskEach, Brief, Capability, Search, SearchOfMany
from blackbox.strategies.moves.draws import NormalDraws
from blackbox.strategies.moves.steps import SCHEDULES, Progress


@dataclass(frozen=True)
class HillClimb:
    """A step `z + step u` in a random direction, taken if the score rises (Matyas 1965).

    It adapts nothing: the length of its steps follows a schedule over the budget.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    # Prior sd in each coordinate, u ~ N(0, I). Measured on eight objectives of 6 to 20 dimensions:
    # 200 units prefer 1.0, 1000 prefer 0.5, and both prefer any schedule to a constant step.
    step: float = 0.7
    schedule: str = "exponential"  # to a hundredth at the end of the budget; or "cosine", ...

    def __post_init__(self) -> None:
        """Refuse an unknown schedule and steps outside their bounds."""
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule {self.schedule!r} is none of {', '.join(SCHEDULES)}")
        if not 0 < self.step < np.inf:
            raise ValueError(f"step must be > 0 and finite, not {self.step!r}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb for ever."""
        progress = Progress(brief)
        yield from progress.follow(self._climb(progress, rng))

    def together(
        self, briefs: Sequence[Brief], rngs: Sequence[np.random.Generator]
    ) -> SearchOfMany:
        """The same climbs, side by side."""
        brief, space, schedule = briefs[0], briefs[0].space, SCHEDULES[self.schedule]
        draws, ones = NormalDraws(rngs, space.dim), np.ones(len(briefs), np.int64)
        price = brief.price.of(Ask(brief.start[:1]))
        z = np.concatenate([one.start[:1] for one in briefs])
        best, spent = (yield AskEach(z, ones)), price
        while True:
            budgets = [one.budget for one in briefs]  # alike; each notes that it was read
            size = self.step * schedule(min(1.0, spent / budgets[0]))
            ahead = z + size * space.scale * space.tangent(z, draws.next())
            step = Ask.inside(space, ahead)
            score = yield AskEach(step.points, ones, step.clipped)
            spent += price
            better = score > best
            z, best = np.where(better[:, None], step.points, z), np.where(better, score, best)

    def _climb(self, progress: Progress, rng: np.random.Generator) -> Search:
        space, schedule = progress.brief.space, SCHEDULES[self.schedule]
        z = progress.brief.start[:1]
        answer = yield Ask(z)
        best = answer.score[0] if answer.valid[0] else -np.inf
        while True:
            u = space.tangent(z, rng.standard_normal(z.shape))
            ahead = z + self.step * schedule(progress.share) * space.scale * u
            step = Ask.inside(space, ahead)
            answer = yield step
            if answer.valid[0] and answer.score[0] > best:
                z, best = step.points, answer.score[0]
