"""The constants of CMA-ES: weights of ranks, and rates at which mean, step and covariance learn.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772, table 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from blackbox.protocol import Array

# Generations between two decompositions cost no more than this share of what C learns meanwhile.
LAZINESS = 0.5


@dataclass(frozen=True, eq=False)
class Rates:
    """Those of `d` coordinates and a population of `n`; names are the tutorial's."""

    weights: Array  # [n], of the best first; the positive ones sum to 1, the others are negative
    mu: int  # positive weights
    mueff: float
    cs: float  # of the path of the step
    ds: float  # its damping
    cc: float  # of the path of the covariance
    c1: float
    cmu: float
    chi: float  # E|N(0, I)|
    gap: float  # generations between two decompositions


def usual_popsize(dim: int) -> int:
    """4 + floor(3 ln d), eq. 48 of the tutorial."""
    return 4 + int(3 * math.log(dim))


@cache
def rates(d: int, n: int) -> Rates:
    """The defaults for `d` coordinates and a population of `n`, with active weights.

    As in pycma, `cs` has + 3 where the tutorial has + 5, and `c1` is less for fewer than 6 members.
    """
    raw = math.log((n + 1) / 2) - np.log(np.arange(1, n + 1))  # eq. 49
    better, worse = raw[raw > 0], raw[raw < 0]
    mueff = float(better.sum() ** 2 / (better**2).sum())
    mueff_worse = float(worse.sum() ** 2 / (worse**2).sum())
    c1 = min(1.0, n / 6) * 2 / ((d + 1.3) ** 2 + mueff)  # eq. 57
    cmu = min(1 - c1, 2 * (0.25 + mueff + 1 / mueff - 2) / ((d + 2) ** 2 + mueff))  # eq. 58
    # Eqs. 50 to 53: no decay, no more than the best half weighs, and C stays positive definite.
    most = [1 + 2 * mueff_worse / (mueff + 2)]
    if cmu > 0:
        most += [1 + c1 / cmu, (1 - c1 - cmu) / (d * cmu)]
    weights = np.where(raw > 0, raw / better.sum(), raw * (min(most) / -worse.sum()))
    cs = min(0.5, (mueff + 2) / (d + mueff + 3))  # eq. 55
    ds = 1 + 2 * max(0.0, math.sqrt((mueff - 1) / (d + 1)) - 1) + cs
    cc = (4 + mueff / d) / (d + 4 + 2 * mueff / d)  # eq. 56
    chi = math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d**2))
    gap = LAZINESS / (d * (c1 + cmu))
    return Rates(weights, len(better), mueff, cs, ds, cc, c1, cmu, chi, gap)
