"""Statistics: functions array -> number. Scores are maximised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def bootstrap_mean_interval(
    values: Floats, level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """The percentile bootstrap interval of the mean of `values [n]`.

    One value has no interval, (nan, nan); equal values have the interval (mean, mean); a NaN among
    the values makes both ends NaN. The same values in any order have the same interval.
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
    ordered = np.sort(values, axis=0)  # so that the order of runs changes nothing
    tail = (1 - level) / 2
    means = bootstrap_means(ordered, resamples, seed)
    low, high = np.quantile(means, [tail, 1 - tail], axis=0)
    same = ordered[0] == ordered[-1]
    return np.where(same, ordered[0], low), np.where(same, ordered[0], high)


def bootstrap_means(values: Floats, resamples: int, seed: int = 0) -> Floats:
    """The mean of each column of `values [n, g]` in each resample of its rows, `[resamples, g]`."""
    n = len(values)
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    share = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n) / n
    means: Floats = share @ values
    return means


def step_values(cost: Floats, best: Floats, grid: Floats) -> Floats:
    """The best-so-far curve read at `grid [g]`: each value holds from its own cost to the next.

    Before the first paid row the curve stands at the first score, after the last it is flat; NaN
    where no row was paid.
    """
    if len(cost) == 0:
        return np.full(len(grid), np.nan)
    holding = np.searchsorted(cost, grid, side="right") - 1
    return best[np.maximum(holding, 0)]


def area_under_curve(cost: Floats, best: Floats, budget: float) -> float:
    """`(1/B) * integral of best-so-far d cost` over `[0, B]`, with the rule of `step_values`.

    `cost [n]` rises; a row beyond the budget counts nothing. A score like any other, in the units
    of the score: the best score itself if it was found at once.

    >>> area_under_curve(np.array([1.0, 3.0]), np.array([0.0, 1.0]), budget=4.0)
    0.25
    """
    if len(cost) == 0:
        return float("nan")
    ends = np.minimum(np.append(cost[1:], budget), budget)
    begins = np.minimum(np.append(0.0, cost[1:]), budget)
    return float(best @ (ends - begins)) / budget


def normalised(best: float, random: float, best_known: float) -> float:
    """`100 * (best - random) / (best_known - random)`: 0 is random search, 100 the best known.

    Below 0 where random search was better; NaN unless the best known lies above random search.

    >>> normalised(best=3.0, random=2.0, best_known=4.0)
    50.0
    """
    if not best_known > random:
        return float("nan")
    return 100 * (best - random) / (best_known - random)
