"""One number per strategy over all objectives, on the scale that they share."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import trim_mean

from blackbox.results.statistics.failed_runs import as_worst, n_ok, ran_everywhere
from blackbox.results.statistics.intervals import Floats, percentile_interval, stratified_resamples
from blackbox.results.statistics.large_numbers import mean, restored, shrinking
from blackbox.results.statistics.normalisation import normalised, normalised_runs

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
    middle = np.asarray(trim_mean(np.sort(by * values, axis=-1), 0.25, axis=-1))
    return restored(middle, by)


def aggregate(runs: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """One row per strategy that ran on every objective, the best interquartile mean first.

    Each run's best becomes a normalised score: 0 is the mean of random search at the same budget,
    100 the best known (see `best_known`); objectives without that scale are left out, and
    `n_objectives` says how many remain. `score` is the mean, `score_median` the median over
    objectives of their means, `iqm` the interquartile mean of all runs pooled. Intervals are 95 %
    of a bootstrap that draws runs within each objective (arXiv 2108.13264).
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
    drawn = stratified_resamples(strata, seed=seed)
    resampled = np.array([mean(values, axis=1) for values in drawn])
    score = percentile_interval(mean(resampled, axis=0))
    iqm = percentile_interval(interquartile_mean(np.concatenate(drawn, axis=1)))
    middle = float(interquartile_mean(np.concatenate(strata)))
    by = shrinking(means)
    median = restored(float(np.median(by * np.array(means))), by)
    return (float(mean(np.array(means))), *score, median, middle, *iqm)
