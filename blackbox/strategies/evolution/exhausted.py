"""When an evolution has come to its end: the stopping rules of CMA-ES, one sentence each.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772, appendix B.3, with the
tolerances of pycma.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from blackbox.protocol import Array
from blackbox.strategies.evolution.gaussians import Gaussians

TOL_X = 1e-11  # prior sd
TOL_UP = 1e3  # times the first sd
TOL_FUN, TOL_HISTORY = 1e-11, 1e-12
CONDITION = 1e7  # of lengths: the tutorial's 1e14 of the covariance
EVERY = 20  # generations between two looks at a long history
MOST_HISTORY = 20_000


class Exhausted:
    """Listens to the generations of one evolution, and says when it is of no use any more."""

    def __init__(self, dim: int, popsize: int, sigma0: float) -> None:
        """Nothing was seen yet."""
        self._sigma0, self._dim = sigma0, dim
        self._recent: deque[float] = deque(maxlen=10 + math.ceil(30 * dim / popsize))
        self._long = 120 + math.ceil(30 * dim / popsize)
        self._bests: deque[float] = deque(maxlen=MOST_HISTORY)
        self._medians: deque[float] = deque(maxlen=MOST_HISTORY)
        self._most = 100 + 150 * (dim + 3) ** 2 // math.isqrt(popsize)
        self._generation = self._flat = 0
        self.is_it = False

    def see(self, score: Array, one: Gaussians) -> None:
        """Take in the scores `[n]` of a generation, and what the evolution, alone, is since."""
        ranked = np.sort(score)
        best, worst = float(ranked[-1]), float(ranked[0])
        # As many as three quarters of a generation are alike, twice.
        self._flat = self._flat + 1 if best == ranked[-1 - int(0.75 * len(score))] else 0
        self._recent.append(best)
        self._bests.append(best)
        self._medians.append(float(ranked[len(score) // 2]))
        self._generation += 1
        self.is_it = (
            self._flat > 1
            or self._generation >= self._most
            or self._has_flat_scores(best - worst)
            or self._stagnates()
            or self._is_out_of_shape(one)
        )

    def _has_flat_scores(self, spread: float) -> bool:
        """A generation, or all the last ones' bests, differ by no more than rounding."""
        lately = max(self._recent) - min(self._recent)
        settled = len(self._recent) > 9 and lately < TOL_HISTORY
        return settled or (spread < TOL_FUN and lately < TOL_FUN)

    def _stagnates(self) -> bool:
        """Neither bests nor medians of the last generations are better than those before.

        Of the last 20 % of all generations, the medians of the last and of the first 30 %.
        """
        length = max(self._long, self._generation // 5)
        if self._generation < length or self._generation % EVERY:
            return False
        share = int(0.3 * length)
        histories = (np.array(history)[-length:] for history in (self._bests, self._medians))
        return all(np.median(past[-share:]) <= np.median(past[:share]) for past in histories)

    def _is_out_of_shape(self, one: Gaussians) -> bool:
        """It has shrunk to nothing, or grown a thousandfold; it is a needle, or moves no digit."""
        sd, mean = one.sd[0], one.mean[0]
        largest = float(sd.max())
        if largest > TOL_UP * self._sigma0 or not math.isfinite(largest):
            return True
        if largest < TOL_X and bool((one.sigma[0] * np.abs(one.path_c[0]) < TOL_X).all()):
            return True
        lengths = one.lengths[0]
        if float(lengths[-1]) > CONDITION * float(lengths[0]):
            return True
        nth = self._generation % self._dim
        along = 0.1 * one.sigma[0] * lengths[nth] * one.axes[0][:, nth]
        return bool((mean == mean + 0.2 * sd).any() or (mean == mean + along).all())
