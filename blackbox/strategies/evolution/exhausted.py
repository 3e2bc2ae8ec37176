"""When an evolution has come to its end: the stopping rules of CMA-ES, one sentence each.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772, appendix B.3, with the
tolerances of pycma.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

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

    def __init__(self, dim: int, popsize: int) -> None:
        """Nothing was seen yet."""
        self._recent: deque[float] = deque(maxlen=10 + math.ceil(30 * dim / popsize))
        self._long = 120 + math.ceil(30 * dim / popsize)
        self._bests: deque[float] = deque(maxlen=MOST_HISTORY)
        self._medians: deque[float] = deque(maxlen=MOST_HISTORY)
        self._most = 100 + 150 * (dim + 3) ** 2 // math.isqrt(popsize)
        self._generation = self._flat = 0
        self.is_it = False

    def see(self, score: Array, is_out_of_shape: bool) -> None:
        """Take in the scores `[n]` of a generation, and whether its evolution is out of shape."""
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
            or is_out_of_shape
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


def out_of_shape(all_of_them: Gaussians, sigma0: float) -> NDArray[np.bool_]:
    """Which evolutions have shrunk to nothing, or grown a thousandfold, `[g]`.

    Or are needles, or move no digit of their mean by a fifth of an sd, or along an axis.
    """
    one = all_of_them
    sd, mean, lengths = one.sd, one.mean, one.lengths
    largest = sd.max(axis=1)
    out = ~(largest <= TOL_UP * sigma0)  # or not finite
    moves = (one.sigma[:, None] * np.abs(one.path_c)).max(axis=1)
    out |= (largest < TOL_X) & (moves < TOL_X)
    out |= lengths[:, -1] > CONDITION * lengths[:, 0]
    g, d = mean.shape
    rows, nth = np.arange(g), one.generation % d
    along = (0.1 * one.sigma * lengths[rows, nth])[:, None] * one.axes[rows, :, nth]
    out |= (mean == mean + 0.2 * sd).any(axis=1) | (mean == mean + along).all(axis=1)
    return np.asarray(out, bool)
