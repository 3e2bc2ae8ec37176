"""Scores that rise where judges fall: the best so far, as it is predicted and as it is judged."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.results.frame import judge_names
from blackbox.results.statistics.curves import step_values
from blackbox.results.statistics.failed_runs import CELL
from blackbox.results.statistics.intervals import Floats, mean_band
from blackbox.results.statistics.large_numbers import restored, shrinking


def over_optimisation(paths: pd.DataFrame, points: int = 41) -> pd.DataFrame:
    """The score and each judge of the best so far against cost: mean and 95 % band over seeds.

    One row per objective, strategy, `measure` and each of `points` even costs up to the budget.
    `measure` is "score", "true score by <name>" for the judge that is the truth, and "judge <name>"
    for the others. Between two judged objects a run stands at the earlier one. Means are over the
    `n` runs that are not refused there. The curves of Gao, Schulman and Hilton, 2022 (arXiv
    2210.10760), over cost.
    """
    parts = []
    for objective, seen in paths.groupby("objective", sort=False):
        grid = np.linspace(0, float(seen["granted"].max()), points)
        measures = _measures(seen)
        for strategy, cell in seen.groupby("strategy", sort=False):
            runs = [run for _, run in cell.sort_values(["seed", "row"]).groupby("seed")]
            for measure, column in measures.items():
                labels = {"objective": objective, "strategy": strategy, "measure": measure}
                band = _band(runs, column, grid)
                parts.append(pd.DataFrame(labels | {"cost": grid} | band))
    nothing = pd.DataFrame(columns=[*CELL, "measure", "cost", "mean", "low", "high", "n"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _measures(seen: pd.DataFrame) -> dict[str, str]:
    """What can be drawn of one objective: its name -> its column."""
    truth = str(seen["truth"].iloc[0])
    named = {"score": "score"} | ({f"true score by {truth}": "true"} if truth else {})
    named |= {
        f"judge {name}": f"judge_{name}" for name in judge_names(seen, "off") if name != truth
    }
    return {measure: column for measure, column in named.items() if seen[column].notna().any()}


def _band(runs: list[pd.DataFrame], column: str, grid: Floats) -> dict[str, Floats]:
    columns = ((run["cost"].to_numpy(float), run[column].to_numpy(float)) for run in runs)
    values = np.array([step_values(cost, numbers, grid) for cost, numbers in columns])
    measured = ~np.isnan(values)
    n, filled = measured.sum(axis=0), np.where(measured, values, 0.0)
    by, nothing = shrinking(filled), np.full(len(grid), np.nan)
    low, high = nothing.copy(), nothing.copy()
    for who in np.unique(measured, axis=1).T:  # costs at which the same runs count
        at = (measured == who[:, None]).all(axis=0)
        if who.any():
            low[at], high[at] = mean_band(values[np.ix_(who, at)])
    with np.errstate(invalid="ignore"):  # a judge may say inf of one run and -inf of another
        mean = np.divide((by * filled).sum(axis=0), n, out=nothing, where=n > 0)
    return {"mean": restored(mean, by), "low": low, "high": high, "n": n}
