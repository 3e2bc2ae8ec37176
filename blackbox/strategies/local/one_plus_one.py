"""(1+1)-ES: one parent, one child, and a step size that keeps a fifth of the children successful.

I. Rechenberg: Evolutionsstrategie, 1973; the rule as in S. Kern et al.: Learning probability
distributions in continuous evolutionary algorithms, 2004, doi:10.1023/B:NACO.0000023416.59689.4e.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, AskEach, Brief, Capability, Search, SearchOfMany
from blackbox.strategies.moves.draws import NormalDraws

# The rule: after a success the step grows by this factor, after a failure it shrinks by the fourth
# root of it, so that it stands still at one success in five. Measured on spheres of 16 and 20
# coordinates, scores per coordinate and decade: 13.9 with e^(1/3), 14.6 with 1.5, 14.1 with 1.25.
GROWTH = math.exp(1 / 3)
DIVERGED = 1e3  # grown by that, it chases a score without bound (pycma's tolfacupx)


@dataclass(frozen=True)
class OnePlusOne:
    """A climber that adapts its step by the 1/5 success rule (Rechenberg 1973; Kern et al. 2004).

    Ties are accepted, so that it drifts over plateaus, but only a better score is a success.
    Where the step has shrunk by `shrunk`, or grown a thousandfold, it starts again from the seed's
    next start.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    sigma0: float = 0.5  # prior sd; as good as 0.3 and 1.0 at 200 and at 1000 scores
    shrunk: float = 1e-6  # by then a bowl's regret has shrunk by 1e-12

    def __post_init__(self) -> None:
        """Refuse steps outside their bounds."""
        if not 0 < self.sigma0 < np.inf or not 0 < self.shrunk < 1:
            raise ValueError(f"sigma0 must be > 0 and finite, and shrunk in (0, 1): {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        for start in brief.starts(rng):
            yield from self._climb(start, brief, rng)

    def together(
        self, briefs: Sequence[Brief], rngs: Sequence[np.random.Generator]
    ) -> SearchOfMany:
        """The same climbs, side by side, until one of them has no start left but by chance."""
        space, g = briefs[0].space, len(briefs)
        starts = np.stack([brief.start for brief in briefs])
        draws, ones = NormalDraws(rngs, space.dim), np.ones(g, np.int64)
        z, best, sigma = starts[:, 0], np.zeros(g), np.full(g, self.sigma0)
        begins, nth = np.ones(g, bool), np.zeros(g, np.int64)
        while True:
            points, clipped = z.copy(), np.zeros(g, bool)
            climbs = np.flatnonzero(~begins)
            step = sigma[climbs, None] * space.scale * draws.next(climbs)
            child = Ask.inside(space, z[climbs] + space.tangent(z[climbs], step))
            points[climbs], clipped[climbs] = child.points, child.moved
            score = yield AskEach(points, ones, clipped)
            grown = sigma * np.where(score > best, GROWTH, GROWTH**-0.25)
            is_taken = begins | (score >= best)
            sigma = np.where(begins, sigma, grown)
            z, best = np.where(is_taken[:, None], points, z), np.where(is_taken, score, best)
            size = sigma / self.sigma0
            begins = ~((self.shrunk < size) & (size < DIVERGED))
            if begins.any():
                nth = nth + begins
                if nth.max() == starts.shape[1]:
                    return
                z = np.where(begins[:, None], starts[np.arange(g), nth], z)
                sigma = np.where(begins, self.sigma0, sigma)

    def _climb(self, z: Array, brief: Brief, rng: np.random.Generator) -> Search:
        space, sigma = brief.space, self.sigma0
        best = (yield Ask(z)).score[0]
        while self.shrunk < sigma / self.sigma0 < DIVERGED:
            step = sigma * space.scale * rng.standard_normal(z.shape)
            child = Ask.inside(space, z + space.tangent(z, step))
            score = (yield child).score[0]
            sigma *= GROWTH if score > best else GROWTH**-0.25
            if score >= best:
                z, best = child.points, score
