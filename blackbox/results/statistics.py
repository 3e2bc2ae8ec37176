"""Statistics: functions array -> number. Scores are maximised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import studentized_range, wilcoxon

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


def bootstrap_means(values: Floats, resamples: int, seed: int | Sequence[int] = 0) -> Floats:
    """The mean of each column of `values [n, g]` in each resample of its rows, `[resamples, g]`."""
    n = len(values)
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    share = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n) / n
    means: Floats = share @ values
    return means


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
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def interquartile_mean(values: Floats) -> Floats:
    """The mean of the middle half of the last axis: a quarter, rounded down, is cut at each end.

    rliable's `aggregate_iqm` of all runs of all objectives, pooled (arXiv 2108.13264).

    >>> float(interquartile_mean(np.array([-1e9, 1.0, 3.0, 1e9])))
    2.0
    """
    cut = values.shape[-1] // 4
    middle: Floats = np.sort(values, axis=-1)[..., cut : values.shape[-1] - cut].mean(axis=-1)
    return middle


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


def first_hits(cost: Floats, best: Floats, targets: Floats) -> Floats:
    """What a run had paid `[t]` when its best-so-far first reached each target; inf: never.

    >>> cost, best = np.array([1.0, 2.0, 4.0]), np.array([np.nan, 5.0, 7.0])
    >>> first_hits(cost, best, targets=np.array([5.0, 6.0, 8.0]))
    array([ 2.,  4., inf])
    """
    reached = np.searchsorted(np.where(np.isnan(best), -np.inf, best), targets, side="left")
    return np.append(cost, np.inf)[reached]


def expected_running_time(hits: Floats, spent: Floats) -> float:
    """ERT: all that the runs paid until they hit, or in vain, divided by the number of hits.

    `hits [n]` is inf where a run missed; a run that missed is charged its own `spent [n]`, as
    cocopp's `sp` does (Hansen et al. 2021, doi 10.1080/10556788.2020.1808977). inf without a hit.

    >>> expected_running_time(hits=np.array([3.0, np.inf]), spent=np.array([4.0, 5.0]))
    8.0
    """
    n = np.isfinite(hits).sum()
    return float(np.minimum(hits, spent).sum() / n) if n else float("inf")


def penalised_running_time(hits: Floats, budget: float, penalty: float = 10) -> float:
    """PAR-10: the mean of `hits [n]`, a miss counted as ten budgets."""
    return float(np.where(np.isfinite(hits), hits, penalty * budget).mean())


def log_precision(regret: Floats, lower: float = 1e-8, upper: float = 1e8) -> Floats:
    """How far a regret has come in decades: 0 at `upper` and above, 1 at `lower` and below.

    Its area under the curve is the AOCC of Lopez-Ibanez et al., as IOHinspector computes it.
    """
    decades = np.log(upper) - np.log(np.clip(regret, lower, upper))
    share: Floats = decades / (np.log(upper) - np.log(lower))
    return share


def probability_of_improvement(x: Floats, y: Floats) -> float:
    """The share of all pairs of a run of `x [n]` and one of `y [m]` where x is better; ties half.

    Mann-Whitney's U / (n m), as in rliable: it knows nothing of seeds.

    >>> probability_of_improvement(np.array([1.0, 3.0]), np.array([0.0, 3.0]))
    0.625
    """
    known = np.sort(y)
    below, up_to = np.searchsorted(known, x, "left"), np.searchsorted(known, x, "right")
    return float((below + up_to).sum() / (2 * len(x) * len(y)))


def signed_rank_p(differences: Floats) -> float:
    """Wilcoxon's two-sided p of paired `differences [n]`; NaN where they do not vary.

    Zeros are dropped (Wilcoxon 1945, doi 10.2307/3001968). Seeds that all say the same are one
    observation, however many they are: nothing is tested then.
    """
    if len(differences) < 2 or np.ptp(differences) == 0 or np.isnan(differences).any():
        return float("nan")
    return float(wilcoxon(np.sort(differences)).pvalue)


def holm(p: Floats) -> Floats:
    """P values `[m]` adjusted for being m: Holm 1979, jstor 4615733. NaN is no test and stays NaN.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03]))
    array([0.03, 0.06,  nan, 0.06])
    """
    order = np.argsort(p)[: np.isfinite(p).sum()]
    adjusted = np.full(len(p), np.nan)
    steps = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted


def nemenyi_critical_difference(strategies: int, objectives: int, alpha: float = 0.05) -> float:
    """The gap of two mean ranks that chance exceeds in a share `alpha` of studies.

    `q_alpha sqrt(k (k + 1) / (6 N))`, Demsar 2006, JMLR 7.

    >>> round(nemenyi_critical_difference(strategies=4, objectives=14), 2)  # his section 3.2.4
    1.25
    """
    q = studentized_range.ppf(1 - alpha, strategies, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(strategies * (strategies + 1) / (6 * objectives)))
