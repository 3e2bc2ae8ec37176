"""One CMA-ES in a space: asked for generations and told their scores, in units of the prior's sd.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772.
"""

from __future__ import annotations

import numpy as np

from blackbox.protocol import Array, Ask
from blackbox.space import Space
from blackbox.strategies.evolution.exhausted import Exhausted
from blackbox.strategies.evolution.gaussians import Gaussians
from blackbox.strategies.evolution.rates import rates
from blackbox.strategies.evolution.reflection import Reflection

MOST_SD = 1 / 3  # of the width between bounds, as in pycma


class Adaptation:
    """An evolution by our own numpy: a group of one of `Gaussians`."""

    def __init__(
        self, start: Array, space: Space, rng: np.random.Generator, popsize: int, sigma0: float
    ) -> None:
        """Begin at `start [d]`."""
        lower, upper = space.ends
        self._space, self._rng = space, rng
        self._shape = (1, popsize, space.dim)
        self._fold = Reflection(lower / space.scale, upper / space.scale)
        mean = self._fold.back(start / space.scale)[None]
        self._gaussians = Gaussians(mean, np.array([sigma0]), rates(space.dim, popsize))
        self._exhausted = Exhausted(space.dim, popsize, sigma0)
        self.told = 0  # scores

    @property
    def stopped(self) -> bool:
        """Whether one of the stopping rules holds."""
        return self._exhausted.is_it

    def ask(self) -> Ask:
        """The next generation `[n, d]`, moved into the space."""
        drawn = self._gaussians.drawn(self._rng.standard_normal(self._shape))[0]
        z = self._fold.into(drawn) * self._space.scale
        return Ask.inside(self._space, z, on_sphere=False)

    @property
    def mean(self) -> Array:
        """The mean of its distribution `[1, d]`, moved into the space."""
        return self._space.clip(self._fold.into(self._gaussians.mean) * self._space.scale)

    def widen(self, factor: float) -> None:
        """Let its step be so much larger."""
        self._gaussians.sigma = self._gaussians.sigma * factor

    def tell(self, score: Array) -> None:
        """The scores `[n]` of the last generation."""
        self.told += len(score)
        self._gaussians.learn(score[None])
        if self._fold.is_bounded:
            self._gaussians.narrow(MOST_SD * self._fold.width)
        self._exhausted.see(score, self._gaussians)
