"""Intervals by the bootstrap: of means and ratios over runs, whatever order the runs are in.

By hand: scipy's bootstrap depends on the order of the runs, takes one statistic at a time where a
band has 140, and calls a function per batch where a product of two matrices does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blackbox.results.statistics.large_numbers import LARGE, restored, shrinking

Floats = NDArray[np.float64]


def bootstrap_mean_interval(
    values: Floats, level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean of `values [n]`.

    One value has no interval, (nan, nan); equal values have the interval (mean, mean); a NaN or an
    infinity among other values makes both ends NaN. The same values in any order have the same
    interval.
    Efron, Bootstrap methods, 1979 (doi 10.1214/aos/1176344552).

    >>> bootstrap_mean_interval(np.array([2.0, 2.0, 2.0]))
    (2.0, 2.0)
    """
    low, high = bootstrap_mean_band(np.asarray(values, float)[:, None], level, resamples, seed)
    return float(low[0]), float(high[0])


def bootstrap_mean_band(
    values: Floats, level: float = 0.95, resamples: int = 1_000, seed: int = 0
) -> tuple[Floats, Floats]:
    """The interval of `bootstrap_mean_interval` for each column of `values [n, g]`: two `[g]`."""
    n = len(values)
    if n < 2:
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    by = shrinking(values)
    ordered = np.sort(by * values, axis=0)  # so that the order of runs changes nothing
    tail = (1 - level) / 2
    counted = np.where(np.isinf(ordered).any(axis=0), np.nan, ordered)
    low, high = np.quantile(bootstrap_means(counted, resamples, seed), [tail, 1 - tail], axis=0)
    same = ordered[0] == ordered[-1]
    ends = np.where(same, ordered[0], low), np.where(same, ordered[0], high)
    return restored(ends[0], by), restored(ends[1], by)


def bootstrap_means(values: Floats, resamples: int, seed: int | Sequence[int] = 0) -> Floats:
    """The mean of each column of `values [n, g]` in each resample of its rows, `[resamples, g]`."""
    n = len(values)
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    share = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n) / n
    means: Floats = share @ values
    return means


def ratio_interval(
    numerators: Floats,
    denominators: Floats,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> tuple[float, float]:
    """The percentile bootstrap interval of `sum(numerators) / sum(denominators)`, both `[n]`.

    Runs are resampled whole, a numerator with its denominator. One run has no interval, (nan, nan).
    The same runs in any order have the same interval. Efron, 1979 (doi 10.1214/aos/1176344552).
    """
    low, high = ratio_band(numerators[:, None], denominators[:, None], level, resamples, seed)
    return float(low[0]), float(high[0])


def ratio_band(
    numerators: Floats,
    denominators: Floats,
    level: float = 0.95,
    resamples: int = 1_000,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """The interval of `ratio_interval` for each pair of columns `[n, g]`: two `[g]`.

    A resample whose denominators sum to 0 says nothing and is left out; NaN where all are, and
    where a number of the pair is infinite.
    """
    n, g = numerators.shape
    if n < 2:
        return np.full(g, np.nan), np.full(g, np.nan)
    finite = np.isfinite(numerators).all(axis=0) & np.isfinite(denominators).all(axis=0)
    numerators = np.where(finite, numerators, 0.0)
    denominators = np.where(finite, denominators, 0.0)  # and 0 / 0 has no interval
    by_above, by_below = shrinking(numerators), shrinking(denominators)
    pairs = np.concatenate([by_above * numerators, by_below * denominators], axis=1)
    pairs = pairs[np.lexsort(pairs.T)]  # so that the order of runs changes nothing
    means = bootstrap_means(pairs, resamples, seed)
    above, below = means[:, :g], means[:, g:]
    with np.errstate(over="ignore"):
        ratios = np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)
    ratios = np.clip(ratios, -LARGE, LARGE)  # else two ends of a quantile could be inf - inf
    tail, defined = (1 - level) / 2, ~np.isnan(ratios)
    ends = np.quantile(ratios, [tail, 1 - tail], axis=0)
    # numpy's quantile that leaves out NaN takes fifty times as long: only where there are some.
    for column in np.flatnonzero(defined.any(axis=0) & ~defined.all(axis=0)):
        ends[:, column] = np.quantile(ratios[defined[:, column], column], [tail, 1 - tail])
    by = by_above / by_below
    return restored(ends[0], by), restored(ends[1], by)


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


def percentile_interval(drawn: Floats, level: float = 0.95) -> tuple[float, float]:
    """The middle `level` of the resampled numbers `[resamples]`; (nan, nan) if there are none."""
    if not drawn.size:
        return float("nan"), float("nan")
    by = shrinking(drawn)
    low, high = np.quantile(by * drawn, [(1 - level) / 2, (1 + level) / 2])
    return restored(float(low), by), restored(float(high), by)
