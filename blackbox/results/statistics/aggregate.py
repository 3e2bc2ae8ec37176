"""One number per strategy over all objectives, on the scale that they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from blackbox.late import stats
from blackbox.results.statistics.failed_runs import as_worst, n_ok, ran_everywhere
from blackbox.results.statistics.intervals import (
    FEWEST,
    Floats,
    have_interval,
    stratified_band,
    studentised,
)
from blackbox.results.statistics.large_numbers import mean, restored, shrinking
from blackbox.results.statistics.normalisation import normalised, normalised_runs
from blackbox.results.statistics.resamples import stratified_resamples

COLUMNS = (
    "strategy",
    "n_ok",
    "n_objectives",
    "score",
    "score_low",
    "score_high",
    "score_median",
    "iqm",
    "iqm_low",
    "iqm_high",
)


def interquartile_mean(values: Floats) -> Floats:
    """The mean of the middle half of the last axis: a quarter, rounded down, is cut at each end.

    rliable's `aggregate_iqm` of all runs of all objectives, pooled (arXiv 2108.13264).

    >>> float(interquartile_mean(np.array([-1e9, 1.0, 3.0, 1e9])))
    2.0
    """
    by = shrinking(values)
    # Sorted, so that the order of runs does not change the last bits.
    middle = np.asarray(stats.trim_mean(np.sort(by * values, axis=-1), 0.25, axis=-1))
    return restored(middle, by)


def interquartile_interval(strata: Sequence[Floats], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the interquartile mean of runs `[n]` of several objectives, pooled.

    Its error is that of a trimmed mean: of the runs with what was cut moved to where the cut is
    (Tukey and McLaughlin 1963, jstor 25049278), within each objective.

    >>> interquartile_interval([np.array([1.0, 1.0]), np.array([2.0, 2.0])])
    (1.5, 1.5)
    """
    by = shrinking(*strata)
    shrunk = [by * values[None] for values in strata]
    freedoms, n = [values.shape[1] - 1 for values in shrunk], sum(map(len, strata))
    size = float(np.ptp(np.concatenate(shrunk, axis=1))) or 1.0
    middle = float(interquartile_mean(np.concatenate(shrunk, axis=1))[0])
    away = [(values - middle) / size for values in shrunk]
    drawn = None
    if min(map(len, strata)) >= FEWEST:
        resampled = stratified_resamples([values[0] for values in away], seed=seed)
        shift = interquartile_mean(np.concatenate(resampled, axis=1))
        drawn = (shift[None], _trimmed_variances(resampled, n).sum(axis=0)[None])
    low, high = studentised(_trimmed_variances(away, n), freedoms, drawn)
    ends = middle - size * high[0], middle - size * low[0]
    return restored(float(ends[0]), by), restored(float(ends[1]), by)


def _trimmed_variances(strata: Sequence[Floats], n: int) -> Floats:
    """What each objective's runs `[resamples, n]` add to the variance of the trimmed mean."""
    cut = n // 4
    ordered = np.sort(np.concatenate(strata, axis=1), axis=1)
    ends = ordered[:, cut, None], ordered[:, n - cut - 1, None]
    return np.array(
        [
            values.shape[1] * np.clip(values, *ends).var(axis=1, ddof=1) / (n - 2 * cut) ** 2
            for values in strata
        ]
    )


def aggregate(runs: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """One row per strategy that ran on every objective, the best interquartile mean first.

    Each run's best becomes a normalised score: 0 is the mean of random search at the same budget,
    100 the best known (see `best_known`); objectives without that scale are left out, and
    `n_objectives` says how many remain. `score` is the mean, `score_median` the median over
    objectives of their means, `iqm` the interquartile mean of all runs pooled. Intervals are
    those of `intervals.py`, of runs drawn within each objective (arXiv 2108.13264), NaN where one
    of them has a single run.
    """
    counted = as_worst(runs)
    scaled, rows = normalised_runs(counted, runs), []
    for strategy in ran_everywhere(counted):
        ok = counted.loc[counted["strategy"] == strategy, "ok"]
        cells = scaled[scaled["strategy"] == strategy].groupby("objective")
        means = [_mean_score(cell) for _, cell in cells]
        strata = [cell["score"].to_numpy(float) for _, cell in cells]
        rows.append((strategy, n_ok(ok), len(means), *_aggregated(means, strata, seed)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["iqm", "strategy"], ascending=[False, True], ignore_index=True)


def _mean_score(cell: pd.DataFrame) -> float:
    """The score of the mean best, as in the summary: of random search it is 0 to the last bit."""
    mean_best = float(mean(np.sort(cell["best"].to_numpy(float))))
    return normalised(mean_best, cell["random"].iloc[0], cell["best_known"].iloc[0])


def _aggregated(means: list[float], strata: list[Floats], seed: int) -> tuple[float, ...]:
    if not strata:
        return (np.nan,) * 7
    score = iqm = (np.nan, np.nan)
    if have_interval([len(values) for values in strata]):
        ends = stratified_band([values[:, None] for values in strata], seed=seed)
        score = (float(ends[0][0]), float(ends[1][0]))
        iqm = interquartile_interval(strata, seed)
    middle = float(interquartile_mean(np.concatenate(strata)))
    by = shrinking(means)
    median = restored(float(np.median(by * np.array(means))), by)
    return (float(mean(np.array(means))), *score, median, middle, *iqm)
