"""Several criteria: the points that nobody beats in all of them, and the volume they command.

Of single evaluations: where the scorer is noisy, fronts are of lucky ones, and lie too far out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.optional import require
from blackbox.results.statistics.failed_runs import CELL, RUN, as_worst, n_ok, worst_where_not_ok
from blackbox.results.statistics.intervals import Floats, mean_interval
from blackbox.results.statistics.large_numbers import mean

MARGIN = 0.1  # of a criterion's range: how far the reference lies behind the worst point
COLUMNS = (*CELL, "n_ok", "hypervolume", "low", "high", "together", "n_front", "reference")


def pareto_front(
    evaluations: pd.DataFrame, directions: pd.DataFrame, objective: str
) -> pd.DataFrame:
    """The evaluations that no other of the same strategy dominates: as good in all, better in one.

    `directions` say per `objective` and `criterion` whether high (1) or low (-1) is wanted; others
    are left out. `overall` marks those that nobody dominates; of equal points the first run's is
    shown. Points of failed runs are here too: they were found and paid for. Raises ValueError where
    the objective has fewer than two criteria, MissingPackage without moocore.
    """
    signs = dict(_criteria(directions)).get(objective)
    if signs is None:
        raise ValueError(
            f"a front needs an objective with two or more criteria that are wanted high or low, "
            f"not {objective!r}; known: {list(dict(_criteria(directions)))}"
        )
    names = list(signs.index)
    points = evaluations[evaluations["objective"] == objective].dropna(subset=names)
    points = points[points["status"] != "infeasible"]
    points = points.astype({"strategy": str}).sort_values(["strategy", "seed", "row"])
    fronts = [rows[_nondominated(_gains(rows, signs))] for _, rows in points.groupby("strategy")]
    table = pd.concat(fronts or [points])
    table = table[["strategy", "seed", "row", "cost", "score", *names]]
    table = table.drop_duplicates(["strategy", *names], ignore_index=True)
    return table.assign(overall=_nondominated(_gains(table, signs)))


def hypervolumes(
    runs: pd.DataFrame,
    evaluations: pd.DataFrame,
    directions: pd.DataFrame,
    reference: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """One row per strategy and objective with several criteria; both frames at one price.

    `hypervolume` is the volume between a reference point and what a run found, in the product of
    the criteria's units, as the mean over seeds with a 95 % interval (Zitzler and Thiele
    1998, doi 10.1007/BFb0056872). `together` is the volume of all runs that ended well, `n_front`
    counts the points that they have on their common front. The reference is yours by criterion, or
    the worst of all valid points less a tenth of their range (1 where they are all alike), so that
    every point commands something, and those at the ends of a front as well (Ishibuchi et al. 2018,
    doi 10.1162/evco_a_00226): it changes with the runs, so state your own to compare studies.
    Points that are worse than it in any criterion command nothing.
    """
    reference, tables = reference or {}, []
    own_names = dict(zip(directions["criterion"], directions["name"], strict=True))
    for objective, signs in _criteria(directions):
        counted = as_worst(runs[runs["objective"] == objective])
        points = evaluations[evaluations["objective"] == objective].dropna(subset=signs.index)
        points = points[points["status"] != "infeasible"]
        behind = _behind(points[points["status"] == "ok"], signs)
        given = {name: reference.get(own_names[name], reference.get(name)) for name in signs.index}
        at = pd.Series(
            {name: float(behind[name] if at is None else at) for name, at in given.items()}
        )
        words = ", ".join(f"{own_names[name]} {level:.4g}" for name, level in at.items())
        tables.append(_volumes(counted, points, signs, at).assign(reference=words))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def _behind(points: pd.DataFrame, signs: pd.Series[int]) -> pd.Series[float]:
    """What every point beats in every criterion: a tenth of their range behind the worst."""
    gains = (points[signs.index] * signs).replace([np.inf, -np.inf], np.nan)
    spread = MARGIN * (gains.max() - gains.min())
    return (gains.min() - spread.where(spread > 0, 1.0)) * signs


def _volumes(
    counted: pd.DataFrame, points: pd.DataFrame, signs: pd.Series[int], at: pd.Series[float]
) -> pd.DataFrame:
    """The rows of one objective, in the order of its strategies."""
    edge = np.asarray((at * signs).to_numpy(), np.float64)
    volume = {
        run: _volume(_gains(rows, signs), edge)
        for run, rows in points.groupby(RUN, observed=True, sort=False)
    }
    keys = counted[RUN].itertuples(index=False, name=None)
    counted = counted.assign(volume=[volume.get(key, np.nan) for key in keys])
    counted = worst_where_not_ok(counted, "volume")
    well = points.merge(counted.loc[counted["ok"], RUN], on=RUN)
    rows = []
    for (objective, strategy), cell in counted.groupby(CELL, sort=False):
        values = np.sort(cell["volume"].to_numpy(float))
        gains = _gains(well[well["strategy"] == strategy], signs)
        front = np.unique(gains[_nondominated(gains)], axis=0)
        numbers = (mean(values), *mean_interval(values), _volume(front, edge))
        rows.append((objective, strategy, n_ok(cell["ok"]), *numbers, len(front)))
    return pd.DataFrame(rows, columns=list(COLUMNS[:-1]))


def _criteria(directions: pd.DataFrame) -> Iterator[tuple[str, pd.Series[int]]]:
    """The signs of each objective's criteria by name, where there are two or more."""
    for objective, group in directions[directions["direction"] != 0].groupby(
        "objective", sort=False
    ):
        if len(group) > 1:
            yield str(objective), group.set_index("criterion")["direction"]


def _gains(points: pd.DataFrame, signs: pd.Series[int]) -> Floats:
    """The criteria `[n, k]`, each turned so that high is wanted."""
    gains: Floats = (points[signs.index] * signs).to_numpy(float)
    return gains


def _nondominated(gains: Floats) -> NDArray[np.bool_]:
    if not len(gains):
        return np.zeros(0, bool)
    return np.asarray(_moocore().is_nondominated(gains, maximise=True, keep_weakly=True))


def _volume(gains: Floats, edge: Floats) -> float:
    inside = gains[(gains > edge).all(axis=1)]
    return float(_moocore().hypervolume(inside, ref=edge, maximise=True)) if len(inside) else 0.0


def _moocore() -> Any:
    return require("moocore", "pareto")
