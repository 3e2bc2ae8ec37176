"""The rule for runs that did not end well, and how runs are found in a frame of evaluations.

A run is ok if it ended in one of the ways of `ENDED_WELL` and found a valid score. A run that was
made and is not ok counts as the worst of its objective: its best (its area, its hypervolume) is the
smallest of all its runs, and it has hit no target. It is never dropped, and `n_ok` shows it.

A run that is not there is missing, and nothing is known of it: numbers of one strategy are of the
runs that it has, and what compares strategies seed by seed takes the seeds that all of them have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blackbox.results.frame import ENDED_WELL as ENDED_WELL
from blackbox.results.statistics.intervals import Floats

CELL = ["objective", "strategy"]
RUN = ["objective", "strategy", "seed"]


def as_worst(runs: pd.DataFrame) -> pd.DataFrame:
    """All runs, sorted by seed and then by cell; those that are not `ok` count as the worst."""
    others = [name for name in runs.columns if name not in RUN]
    in_order = np.lexsort((_places(runs), runs["seed"].to_numpy()))
    table = runs[[*RUN, *others]].take(in_order)
    table.index = pd.RangeIndex(len(table))
    table["ok"], table["found"] = is_ok(table), table["best"]
    return worst_where_not_ok(table, "best")


def _places(runs: pd.DataFrame) -> NDArray[np.intp]:
    """Of each run the place of its cell `[runs]`, in the order in which cells are first met."""
    objectives, _ = pd.factorize(runs["objective"])
    strategies, names = pd.factorize(runs["strategy"])
    return pd.factorize(objectives * len(names) + strategies)[0]


def is_ok(runs: pd.DataFrame) -> pd.Series[bool]:
    """Which runs ended well and found a valid score."""
    return runs["status"].isin(ENDED_WELL) & runs["best"].notna()


def worst_where_not_ok(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """The table with the smallest number of the objective where a run is not ok or has none."""
    objectives, names = pd.factorize(table["objective"])
    values, worst = table[column].to_numpy(float), np.full(len(names), np.nan)
    np.fmin.at(worst, objectives, values)
    counts = table["ok"].to_numpy(bool) & ~np.isnan(values)
    return table.assign(**{column: np.where(counts, values, worst[objectives])})


def ran_everywhere(counted: pd.DataFrame) -> list[str]:
    """The strategies that ran on every objective, by name: nobody else is compared over all."""
    objectives = counted.groupby("strategy")["objective"].nunique()
    names: list[str] = objectives.index[objectives == counted["objective"].nunique()].tolist()
    return names


def shared(counted: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The runs of these strategies on the objectives and seeds that all of them have run."""
    theirs = counted[counted["strategy"].isin(names)]
    n = theirs.groupby(["objective", "seed"])["strategy"].transform("nunique")
    return theirs[n == len(names)]


def n_ok(ok: ArrayLike) -> str:
    """How many runs are ok of how many there are: "9/10"."""
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
