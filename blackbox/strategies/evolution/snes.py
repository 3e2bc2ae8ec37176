"""SNES: a Gaussian with one standard deviation per coordinate, moved along its natural gradient.

T. Schaul, T. Glasmachers, J. Schmidhuber: High dimensions and heavy tails for natural evolution
strategies, 2011, doi:10.1145/2001576.2001692; D. Wierstra et al.: Natural evolution strategies,
2014, JMLR 15 (27).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Capability, Search

DIVERGED = 1e3  # grown by that, it chases a score without bound (pycma's tolfacupx)


@dataclass(frozen=True)
class Snes:
    """Separable natural evolution strategy with its paper's rates (Schaul et al. 2011).

    Where its standard deviations have shrunk by `shrunk`, or one has grown a thousandfold, or a
    whole generation ties, it starts again from the seed's next start.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    sigma0: float = 0.5  # prior sd, as cma_es
    popsize: int | None = None  # per generation; None: 4 + floor(3 ln d), the paper's
    shrunk: float = 1e-6  # by then a bowl's regret has shrunk by 1e-12

    def __post_init__(self) -> None:
        """Refuse a population without a better half, and steps outside their bounds."""
        if self.popsize is not None and self.popsize < 2:
            raise ValueError(f"popsize must be >= 2, not {self.popsize!r}")
        if not 0 < self.sigma0 < np.inf or not 0 < self.shrunk < 1:
            raise ValueError(f"sigma0 must be > 0 and finite, and shrunk in (0, 1): {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score each start in turn, then evolve from it."""
        for start in brief.starts(rng):
            yield Ask(start)
            yield from self._evolve(start[0], brief, rng)

    def _evolve(self, mean: Array, brief: Brief, rng: np.random.Generator) -> Search:
        space, d = brief.space, brief.space.dim
        n = self.popsize or 4 + int(3 * math.log(d))
        rate = (3 + math.log(d)) / (5 * math.sqrt(d))
        sigma = np.full(d, self.sigma0)
        while self.shrunk < sigma.max() / self.sigma0 < DIVERGED:
            s = rng.standard_normal((n, d))
            drawn = mean + sigma * s * space.scale
            answer = yield Ask.inside(space, drawn)
            if np.ptp(answer.score) == 0:
                return
            u = utilities(answer.score)
            mean = space.clip(mean + sigma * (u @ s) * space.scale)
            sigma = sigma * np.exp(0.5 * rate * (u @ (s**2 - 1)))


def utilities(score: Array) -> Array:
    """The weight of each member `[n]` by its rank: they sum to zero, and equals are equal."""
    n = len(score)
    ladder = np.maximum(0.0, math.log(n / 2 + 1) - np.log(np.arange(1, n + 1)))
    ladder = ladder / ladder.sum() - 1 / n
    _, place, count = np.unique(-score, return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    # Those that tie share the steps of the ladder that they stand on.
    shared: Array = np.add.reduceat(ladder, first) / count
    return shared[place]
