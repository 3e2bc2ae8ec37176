"""The rule for runs that did not end well, and how runs are found in a frame of evaluations.

A run is ok if it is `spent` or `returned`. Each objective expects every strategy that ran on it to
have run every seed that any of them ran. A run that is not ok, is missing or found no valid score
counts as the worst of that objective: its best (its area, its hypervolume) is the smallest of all
its runs, and it has hit no target. It is never dropped, and `n_ok` shows it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blackbox.results.statistics.intervals import Floats

CELL = ["objective", "strategy"]
RUN = ["objective", "strategy", "seed"]
ENDED_WELL = ("spent", "returned")


def as_worst(runs: pd.DataFrame) -> pd.DataFrame:
    """All runs that each objective expects, sorted by seed; those that are not `ok` are worst."""
    cells = runs[CELL].drop_duplicates()
    expected = cells.merge(runs[["objective", "seed"]].drop_duplicates(), on="objective")
    table = expected.sort_values("seed", kind="stable").merge(runs, how="left", on=RUN)
    table["ok"], table["found"] = table["status"].isin(ENDED_WELL), table["best"]
    return worst_where_not_ok(table, "best")


def worst_where_not_ok(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """The table with the smallest number of the objective where a run is not ok or has none."""
    worst = table.groupby("objective")[column].transform("min")
    counts = table["ok"] & table[column].notna()
    return table.assign(**{column: table[column].where(counts, worst)})


def ran_everywhere(counted: pd.DataFrame) -> list[str]:
    """The strategies that ran on every objective, by name: nobody else is compared over all."""
    objectives = counted.groupby("strategy")["objective"].nunique()
    names: list[str] = objectives.index[objectives == counted["objective"].nunique()].tolist()
    return names


def n_ok(ok: ArrayLike) -> str:
    """How many runs ended well of how many were expected: "9/10"."""
    ok = np.asarray(ok, bool)
    return f"{ok.sum()}/{len(ok)}"


def rows_of_runs(
    evaluations: pd.DataFrame,
) -> list[tuple[tuple[str, str, int], NDArray[np.intp]]]:
    """Which rows of the frame belong to each run, in the order in which it paid for them."""
    groups: dict[Any, Any] = {**evaluations.groupby(RUN, sort=False, observed=True).indices}
    paid = evaluations["row"].to_numpy()
    return [(run, rows[np.argsort(paid[rows], kind="stable")]) for run, rows in groups.items()]


def best_filled(evaluations: pd.DataFrame) -> Floats:
    """Best-so-far `[rows]`; before a run's first valid score the objective's worst first score."""
    best = evaluations["best"]
    if not best.isna().any():
        return best.to_numpy(float)
    first = evaluations.groupby(RUN, sort=False, observed=True)["best"].min()
    worst = first.groupby("objective", observed=True).min()
    return best.fillna(evaluations["objective"].map(worst).astype(float)).to_numpy(float)
