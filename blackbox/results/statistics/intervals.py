"""95 % intervals of means, ratios and medians over runs, whatever order the runs are in.

Seeds are few and bests are skewed, so the percentile bootstrap of a mean covers it too rarely: 75 %
of normal samples at 3 seeds, 90 % at 10. Here each resample's shift is counted in its own standard
error, and the quantiles of that are applied to the sample's: the bootstrap-t of Efron (1982, doi
10.1137/1.9781611970319; Hall 1988, doi 10.1214/aos/1176350933), which keeps a skewed sample's
longer side. No end lies nearer than Student's t, since a sample of a skewed law that misses its
tail looks symmetric. `tests/campaigns/coverage.md` holds how often each of them covers.

With three or four seeds resamples vary too little to say anything of a skew: the interval is
Student's t, right for normal bests alone, and `interval_note` says so. One seed has none, and two
have none that would be of use: nine standard deviations to either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtrit

from blackbox.results.statistics.large_numbers import mean, restored, shrinking
from blackbox.results.statistics.resamples import shares

Floats = NDArray[np.float64]

LEVEL = 0.95
FEWEST = 5  # seeds of a bootstrap-t; of four resamples too many are all of one value
FEWEST_FREEDOMS = 2  # of any interval: seeds less one, added up over objectives
MOST = 3.0  # times Student's: how far an end may lie out, where resamples hardly vary
TOGETHER = 64  # samples whose resamples are in memory at once
LEVEL_VARIANCE = 1e-12  # of the largest deviation squared: rounding leaves less of equal values


def interval_note(n: int) -> str:
    """What is to be said of the interval of a mean of `n` runs; "" where there is nothing.

    >>> interval_note(2), interval_note(5)
    ('2 seeds: no interval', '')
    """
    if n <= FEWEST_FREEDOMS:
        return f"{n} seed{'s' * (n != 1)}: no interval"
    return f"{n} seeds: Student's t, for normal bests alone" if n < FEWEST else ""


def have_interval(sizes: Sequence[int]) -> bool:
    """Whether so many runs of each objective allow an interval."""
    return min(sizes) > 1 and sum(sizes) - len(sizes) >= FEWEST_FREEDOMS


def mean_interval(
    values: Floats, level: float = LEVEL, resamples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """The interval of the mean of `values [n]`.

    Two values have no interval, (nan, nan); equal values have the interval (mean, mean); a NaN or
    an infinity among other values makes both ends NaN. The same values in any order have the same
    interval.

    >>> mean_interval(np.array([2.0, 2.0, 2.0]))
    (2.0, 2.0)
    """
    low, high = mean_band(np.asarray(values, float)[:, None], level, resamples, seed)
    return float(low[0]), float(high[0])


def mean_intervals(
    samples: Sequence[Floats], level: float = LEVEL, resamples: int = 10_000
) -> Floats:
    """The interval of `mean_interval` for each of several samples `[n]`: `[2, samples]`.

    Those of one size are drawn together, which is many times quicker.
    """
    ends = np.full((2, len(samples)), np.nan)
    sizes = np.array([len(values) for values in samples], int)
    for n in set(sizes.tolist()):
        theirs = np.flatnonzero(sizes == n)
        for begin in range(0, len(theirs), TOGETHER):
            some = theirs[begin : begin + TOGETHER]
            columns = np.transpose([samples[place] for place in some])
            ends[:, some] = mean_band(columns, level, resamples)
    return ends


def mean_band(
    values: Floats, level: float = LEVEL, resamples: int = 1_000, seed: int = 0
) -> tuple[Floats, Floats]:
    """The interval of `mean_interval` for each column of `values [n, g]`: two `[g]`."""
    return stratified_band([values], level, resamples, seed)


def stratified_band(
    strata: Sequence[Floats], level: float = LEVEL, resamples: int = 2_000, seed: int = 0
) -> tuple[Floats, Floats]:
    """The interval of the mean over strata `[n, g]` of their means, for each column: two `[g]`.

    Runs are drawn within their objective (arXiv 2108.13264); NaN where one of them has one run.
    """
    differs = np.any([(v[:, 1:] != v[:, :-1]).any(axis=0) for v in strata], axis=0)
    if differs.size and not differs.all():  # a step function is flat at most of its points
        begins = np.append(True, differs)
        bands = stratified_band([v[:, begins] for v in strata], level, resamples, seed)
        low, high = (band[np.cumsum(begins) - 1] for band in bands)
        return low, high
    if not have_interval([len(values) for values in strata]):
        nothing = np.full(strata[0].shape[1], np.nan)
        return nothing, nothing
    by = shrinking(*strata)
    # Sorted, so that the order of runs changes nothing.
    counted = [np.sort(np.where(np.isinf(v), np.nan, by * v), axis=0) for v in strata]
    middles = [np.where(v[0] == v[-1], v[0], mean(v, axis=0)) for v in counted]
    away = [v - middle for v, middle in zip(counted, middles, strict=True)]
    size = np.max([np.abs(each).max(axis=0) for each in away], axis=0)
    away = [each / np.where(size > 0, size, 1.0) for each in away]
    variances = np.array([(each**2).mean(axis=0) / (len(each) - 1) for each in away])
    drawn = None
    if min(map(len, strata)) >= FEWEST:
        drawn = _resampled(away, resamples, [[seed, nth] for nth in range(len(away))])
    ends = studentised(variances, [len(each) - 1 for each in away], drawn, level)
    middle, size = mean(np.array(middles), axis=0), size / len(strata)
    return restored(middle - size * ends[1], by), restored(middle - size * ends[0], by)


def studentised(
    variances: Floats,
    freedoms: Sequence[int],
    drawn: tuple[Floats, Floats] | None,
    level: float = LEVEL,
) -> tuple[Floats, Floats]:
    """By how much a sum of estimates lies off its mean, at either end `[g]` of the middle `level`.

    `variances [k, g]` are those of k estimates with so many degrees of freedom, `drawn` the shift
    of their sum and its variance in each resample `[g, resamples]`; None: Student's t of Welch's
    degrees (1947, doi 10.1093/biomet/34.1-2.28). Ends lie between that and `MOST` times as far.
    """
    variance = variances.sum(axis=0)
    unsure = (variances**2 / np.array(freedoms)[:, None]).sum(axis=0)
    degrees = np.divide(variance**2, unsure, out=np.ones_like(variance), where=unsure > 0)
    upper = (1 + level) / 2
    student, error = stdtrit(degrees, upper), np.sqrt(variance)
    if drawn is None:
        return -student * error, student * error
    squares = np.abs(drawn[0]) * drawn[0]  # signed, of shifts counted in errors
    squares /= np.maximum(drawn[1], LEVEL_VARIANCE)
    tail = int((1 - upper) * squares.shape[1])
    places = [tail, squares.shape[1] - 1 - tail]
    squares.partition(places, axis=1)
    ends = squares[:, places].T
    low, high = np.clip(np.sign(ends) * np.sqrt(np.abs(ends)), -MOST * student, MOST * student)
    return np.minimum(low, -student) * error, np.maximum(high, student) * error


def ratio_interval(
    numerators: Floats,
    denominators: Floats,
    level: float = LEVEL,
    resamples: int = 10_000,
    seed: int = 0,
) -> tuple[float, float]:
    """The interval of `sum(numerators) / sum(denominators)`, both `[n]`.

    Runs are resampled whole, a numerator with its denominator, and what is left of the numerators
    behind the ratio tells its error (Cochran 1977, Sampling techniques, 6.4). Two runs have no
    interval, (nan, nan), nor has a sum of 0. The same runs in any order have the same interval.
    """
    n, pairs = len(denominators), np.transpose([numerators, denominators])
    if not have_interval([n]) or not np.isfinite(pairs).all() or not mean(denominators):
        return np.nan, np.nan
    by = np.array([shrinking(numerators), shrinking(denominators)])
    above, below_each = (by * pairs)[np.lexsort((by * pairs).T)].T
    ratio = above.mean() / below_each.mean()
    left = above - ratio * below_each
    size = np.abs(left).max()
    if size <= n * np.finfo(float).eps * np.abs(above).max(initial=0.0):
        left, size = np.zeros(n), 0.0
    left = left / (size or 1.0)
    variance = np.array([[(left**2).mean() / (n - 1)]])
    drawn = None
    if n >= FEWEST:
        drawn = _resampled_ratios(left, below_each / below_each.mean(), resamples, seed)
    low, high = (float(end[0]) for end in studentised(variance, [n - 1], drawn, level))
    unit, back = size / abs(below_each.mean()), float(by[0] / by[1])
    return restored(float(ratio - unit * high), back), restored(float(ratio - unit * low), back)


def median_interval(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The order statistics of `values [n]` between which the median lies, whatever their law.

    They cover at least `level`, by the binomial law (Thompson 1936, doi 10.1214/aoms/1177732563);
    (nan, nan) where all of them cover less: fewer than six seeds at 95 %.

    >>> median_interval(np.arange(10.0)), median_interval(np.arange(5.0))
    ((1.0, 8.0), (nan, nan))
    """
    n = len(values)
    place = _median_place(n, level)
    if place < 1 or np.isnan(values).any():
        return np.nan, np.nan
    ordered = np.sort(values)
    return float(ordered[place - 1]), float(ordered[n - place])


@lru_cache(maxsize=64)  # a table asks for that of one number of seeds in every row
def _median_place(n: int, level: float) -> int:
    """Which of `n` order statistics, from either end, are the ends of a median's interval."""
    return int(np.searchsorted(bdtr(np.arange(n + 1), n, 0.5), (1 - level) / 2)) if n else 0


def _resampled(
    away: Sequence[Floats], resamples: int, seeds: Sequence[Sequence[int]]
) -> tuple[Floats, Floats]:
    """The shift of the sum of means and its variance, of deviations `[n, g]` of each stratum."""
    shift = np.zeros((away[0].shape[1], resamples))
    variance = np.zeros_like(shift)
    for each, seed in zip(away, seeds, strict=True):
        share = shares(len(each), resamples, tuple(seed)).T
        its_shift = each.T @ share
        shift += its_shift
        variance += ((each**2).T @ share - its_shift**2) / (len(each) - 1)
    return shift, variance


def _resampled_ratios(
    left: Floats, below: Floats, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """How far each resample's ratio is off, and the variance of that, in units of the sample's.

    A resample whose denominators sum to 0 says nothing and is left out.
    """
    columns = np.transpose([left, below, left**2, left * below, below**2])
    over, under, squares, products, under_squares = (
        shares(len(left), resamples, (seed, 0)) @ columns
    ).T
    says = under != 0
    over, under = over[says], under[says]
    off = over / under
    variance = squares[says] - 2 * off * products[says] + off**2 * under_squares[says]
    return off[None], (variance / under**2 / (len(left) - 1))[None]
