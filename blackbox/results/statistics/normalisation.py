"""The scale that objectives share: 0 is random search at the same budget, 100 the best known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.statistics.failed_runs import RUN, as_worst
from blackbox.results.statistics.large_numbers import LARGEST, column_mean, shrinking

# Bounded there: as far below random search as the best known lies above it. Where random search is
# next to the best known, one strategy that fell behind would have -9 000, and drown all objectives.
LOWEST = -100.0
RANDOM = "random_search"  # whatever its settings


def normalised(best: float, random: float, best_known: float) -> float:
    """`100 * (best - random) / (best_known - random)`: 0 is random search, 100 the best known.

    Below 0 where random search was better, and never below -100; NaN unless the best known lies
    above random search.

    >>> normalised(best=3.0, random=2.0, best_known=4.0)
    50.0
    """
    return float(_normalised(best, random, best_known)) if best_known > random else float("nan")


def best_known(runs: pd.DataFrame) -> pd.DataFrame:
    """Per objective what 0 and 100 of the normalised score stand for, and where 100 comes from.

    `random` is the mean best of `random_search`, NaN if it was not run; `best_known` the optimum
    where the objective knows it, else the best that any run of this study paid for, failed or not.
    """
    counted = as_worst(runs).sort_values(RUN, kind="stable")
    names = {name: str(name).partition("(")[0] == RANDOM for name in set(counted["strategy"])}
    plays_random = counted["strategy"].map(names).to_numpy(bool)
    columns = {name: counted[name].to_numpy(float) for name in ("optimum", "found", "best")}
    who, seeds = counted["strategy"].to_numpy(object), counted["seed"].to_numpy()
    places, rows = counted.groupby("objective", sort=False).indices, []
    for objective in dict.fromkeys(runs["objective"]):
        here = np.asarray(places[objective], np.intp)
        optimum, bests = _highest(columns["optimum"][here]), columns["found"][here]
        top, source = optimum, "the known optimum"
        if np.isnan(optimum):
            top, source = _highest(bests), "the best of this study"
            holders = here[bests == top]
            if len(holders):
                source += f": {who[holders[0]]}, seed {seeds[holders[0]]}"
        of_random: NDArray[np.float64] = columns["best"][here[plays_random[here]]]
        rows.append((objective, column_mean(np.sort(of_random)), top, source))
    return pd.DataFrame(rows, columns=["objective", "random", "best_known", "source"])


def _highest(numbers: NDArray[np.float64]) -> float:
    return float(np.fmax.reduce(numbers, initial=np.nan))


def normalised_runs(counted: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The counted runs of all objectives that have a scale, with the `score` of each run."""
    scale = best_known(runs)
    table = counted.merge(scale[scale["best_known"] > scale["random"]], on="objective")
    return table.assign(score=_normalised(table["best"], table["random"], table["best_known"]))


def _normalised(best: Any, random: Any, best_known: Any) -> Any:
    by = shrinking(best, random, best_known)
    with np.errstate(over="ignore"):
        score = 100 * (by * best - by * random) / (by * best_known - by * random)
    return np.clip(score, LOWEST, LARGEST)  # the latter so that a mean can be taken
