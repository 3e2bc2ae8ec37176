"""Resamples of runs with replacement, as the share that each run has in each of them.

By hand: scipy's bootstrap takes one statistic at a time where a band has 140, and calls a function
per batch where a product of two matrices does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_REMEMBERED = 1_000_000  # numbers, eight megabytes: tables ask for the same few again and again


def shares(n: int, resamples: int, seed: tuple[int, ...]) -> Floats:
    """The share of each of `n` runs in each resample, `[resamples, n]`; rows sum to 1."""
    draw = _remembered if n * resamples <= MOST_REMEMBERED else _drawn
    return draw(n, resamples, seed)


def stratified_resamples(
    strata: Sequence[Floats], resamples: int = 2_000, seed: int = 0
) -> list[Floats]:
    """For each stratum `[n]` its resamples `[resamples, n]`: runs are drawn within an objective.

    Agarwal et al., Deep RL at the edge of the statistical precipice, 2021 (arXiv 2108.13264).
    """
    drawn = []
    for nth, values in enumerate(strata):
        rng = np.random.default_rng([seed, nth])
        drawn.append(np.sort(values)[rng.integers(len(values), size=(resamples, len(values)))])
    return drawn


def _drawn(n: int, resamples: int, seed: tuple[int, ...]) -> Floats:
    rng, share = np.random.default_rng(seed), np.empty((resamples, n))
    step = max(1, MOST_REMEMBERED // n)  # resamples at a time: what is drawn is as large as shares
    for first in range(0, resamples, step):
        here = share[first : first + step]
        drawn = rng.integers(n, size=here.shape) + n * np.arange(len(here))[:, None]
        here[:] = np.bincount(drawn.ravel(), minlength=here.size).reshape(here.shape)
    share /= n
    share.flags.writeable = False
    return share


_remembered = lru_cache(maxsize=8)(_drawn)
