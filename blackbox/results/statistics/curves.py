"""Best-so-far over cost: read at any cost, as an area, and as a mean over seeds.

Where a scorer is noisy, a curve rises as the scores that were seen did, but never above what the
best of its run was confirmed to be: it ends where the tables say.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from blackbox.results.statistics.failed_runs import (
    CELL,
    RUN,
    as_worst,
    best_filled,
    n_ok,
    rows_of_runs,
    worst_where_not_ok,
)
from blackbox.results.statistics.intervals import (
    Floats,
    mean_band,
    mean_interval,
)
from blackbox.results.statistics.large_numbers import mean, restored, shrinking
from blackbox.results.statistics.normalisation import best_known

LINEAR, EARLY = 101, 41  # costs at which curves are read: even ones, and more at the start


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
    by = shrinking(best)
    return restored(float((by * best) @ (ends - begins)) / budget, by)


def log_precision(regret: Floats, lower: float = 1e-8, upper: float = 1e8) -> Floats:
    """How far a regret has come in decades: 0 at `upper` and above, 1 at `lower` and below.

    Its area under the curve is the AOCC of Lopez-Ibanez et al., as IOHinspector computes it.
    """
    decades = np.log(upper) - np.log(np.clip(regret, lower, upper))
    share: Floats = decades / (np.log(upper) - np.log(lower))
    return share


def curve(evaluations: pd.DataFrame, grid: Floats) -> pd.DataFrame:
    """Best-so-far over cost: its mean over seeds at each cost of `grid [g]`, with a 95 % band.

    Each run is a left step; after its last row it is flat, also where it failed. The band is that
    of `intervals.py`, point by point.
    """
    best = best_filled(evaluations)
    cost = evaluations["cost"].to_numpy()
    steps: dict[Hashable, list[Floats]] = {}
    for (objective, strategy, _), rows in rows_of_runs(evaluations):
        read = step_values(cost[rows], best[rows], grid)
        steps.setdefault((objective, strategy), []).append(read)
    parts = []
    for (objective, strategy), values in steps.items():  # type: ignore[misc]
        ordered = np.sort(np.array(values), axis=0)  # a sum that does not depend on the order
        low, high = mean_band(ordered)
        columns = {"cost": grid, "mean": mean(ordered, axis=0), "low": low, "high": high}
        parts.append(pd.DataFrame({"objective": objective, "strategy": strategy, **columns}))
    nothing = pd.DataFrame(columns=[*CELL, "cost", "mean", "low", "high"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def curves(evaluations: pd.DataFrame, budgets: Mapping[str, float]) -> dict[str, pd.DataFrame]:
    """The `curve` of each objective, read from nothing to its budget: objective -> frame."""
    parts = dict(list(evaluations.groupby("objective", sort=False, observed=True)))
    none = evaluations.iloc[:0]
    return {name: curve(parts.get(name, none), grid(budget)) for name, budget in budgets.items()}


def curves_over_seconds(evaluations: pd.DataFrame, clock: Floats) -> dict[str, pd.DataFrame]:
    """The `curve` of each objective over the seconds `[rows]` of its runs: objective -> frame.

    It ends with the longest run; one that took fewer seconds stays where it ended. Objectives of
    which no times are known are left out.
    """
    timed = evaluations.assign(cost=clock).dropna(subset="cost")
    frames = {}
    for name, rows in timed.groupby("objective", sort=False, observed=True):
        end = float(rows["cost"].max())
        if end > 0:
            early = np.geomspace(end / 1_000, end, EARLY)[:-1]
            read_at = np.unique(np.concatenate([np.linspace(0, end, LINEAR), early]))
            frames[str(name)] = curve(rows, read_at).rename(columns={"cost": "seconds"})
    return frames


def grid(budget: float) -> Floats:
    """About 140 costs from 0 to the budget: even ones, and early ones for a log axis."""
    early = np.geomspace(min(1.0, budget / LINEAR), budget, EARLY)
    return np.unique(np.concatenate([np.linspace(0, budget, LINEAR), early.round(2)[:-1]]))


def with_areas(runs: pd.DataFrame, evaluations: pd.DataFrame, curve: Floats) -> pd.DataFrame:
    """The runs by seed, each with the `area` under its part of a `curve [rows]`."""
    cost, granted = evaluations["cost"].to_numpy(), runs.groupby("objective")["granted"].max()
    areas = [
        (*run, area_under_curve(cost[rows], curve[rows], granted[run[0]]))
        for run, rows in rows_of_runs(evaluations)
    ]
    area = pd.DataFrame(areas, columns=[*RUN, "area"]).astype({"seed": runs["seed"].dtype})
    return worst_where_not_ok(as_worst(runs).merge(area, how="left", on=RUN), "area")


def aocc(
    runs: pd.DataFrame, evaluations: pd.DataFrame, lower: float = 1e-8, upper: float = 1e8
) -> pd.DataFrame:
    """One row per objective x strategy: the area over the convergence curve, 1 the best.

    The regret against `best_known` on a log scale between its bounds, averaged over the budget (see
    `log_precision`), then over seeds, with a 95 % interval. `reference` says what the
    regret is measured from; the best run of a study without a known optimum ends at `lower`.
    """
    if not 0 < lower < upper:
        raise ValueError(f"bounds of a regret are 0 < lower < upper, not {lower}, {upper}")
    ends = best_known(runs).set_index("objective")
    best_known_of, source = ends["best_known"], ends["source"].to_dict()
    optimum = evaluations["objective"].astype(str).map(best_known_of).to_numpy(float)
    with np.errstate(over="ignore"):  # a regret beyond all floats is above `upper` as well
        regret = optimum - best_filled(evaluations)
    precision = log_precision(regret, lower, upper)
    rows = []
    for (objective, strategy), cell in with_areas(runs, evaluations, precision).groupby(
        CELL, sort=False
    ):
        area = cell["area"].to_numpy(float)
        interval = mean_interval(area)
        bounds = (source[objective], lower, upper)
        mean_area = float(mean(np.sort(area)))
        rows.append((objective, strategy, n_ok(cell["ok"]), mean_area, *interval, *bounds))
    columns = [*CELL, "n_ok", "aocc", "low", "high", "reference", "lower", "upper"]
    return pd.DataFrame(rows, columns=columns)
