"""Found against real: what the scorer promised, what judges say of it, and how the two part.

Exploitation is told by `rho = true gain / predicted gain` from a run's start to its best. A best
that the truth refuses to measure has gained nothing real: its true gain is 0, its promise counts,
and `true_refused` shows how many there are. A run without a best, or whose start has no score or no
true score, has no gain and is not in `n_pairs`. A run that failed is judged by what it had found;
`n_ok` shows it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.frame import judge_names
from blackbox.results.statistics.intervals import Floats, ratio_interval
from blackbox.results.statistics.rule import CELL, RUN, as_worst, n_ok

FOUND = (
    *("n_ok", "n_found", "score_start", "score_best", "predicted_gain"),
    *("truth", "true_start", "true_best", "true_gain", "true_refused", "n_pairs"),
    *("rho", "rho_low", "rho_high", "shell_score", "off_prior", "off_manifold"),
)


def exploitation_ratio(true_gain: Floats, predicted_gain: Floats) -> float:
    """`rho = mean true gain / mean predicted gain` of runs `[n]`: 1 is honest, below 0 is fooled.

    NaN without a predicted gain. The means are divided, not each run: one run that was promised
    next to nothing would drown all others. Gains and rho as in Gao, Schulman and Hilton, 2022
    (arXiv 2210.10760), where the proxy's score outruns the gold score.

    >>> exploitation_ratio(np.array([1.0, -1.0]), np.array([2.0, 6.0]))
    0.0
    """
    # Sorted, so that the order of runs does not change the last bits.
    promised = float(np.sort(predicted_gain).sum())
    return float(np.sort(true_gain).sum()) / promised if promised else float("nan")


def found(runs: pd.DataFrame, paths: pd.DataFrame, truth: str | None = None) -> pd.DataFrame:
    """One row per objective x strategy: what was promised against what is real (see the module).

    Both frames at one price. `truth` names a judge whose numbers are to be the true score as they
    are; otherwise it is the one that the objective declares, and rho is NaN without one. `rho` is a
    ratio of means with its 95 % bootstrap interval over runs. `judge_<name>` and
    `judge_<name>_start` are means over the objects that it judged, `judge_<name>_refused` and
    `judge_<name>_off` the shares of bests that it refused, and that it refused or saw beyond its
    limits. `off_prior` is the share of bests whose norm of `z` lies outside 99 % of prior draws,
    `off_manifold` of those that are off by any of these; NaN where nothing was declared that could
    tell. Raises ValueError for a judge that nobody has.
    """
    seen = paths.astype({"seed": runs["seed"].dtype})
    seen = seen if truth is None else _by(seen, truth)
    best, start = seen[seen["best"].astype(bool)], seen[seen["row"] == 0]
    ends = best.merge(start, how="left", on=RUN, suffixes=("", "_start"))
    table = as_worst(runs)[[*RUN, "ok"]].merge(ends, how="left", on=RUN)
    judges = judge_names(paths, "off")
    rows = []
    for (objective, strategy), cell in table.groupby(CELL, sort=False):
        row = {"objective": objective, "strategy": strategy, **_promised(cell)}
        row |= _true(cell) | _off(cell, judges)
        for name in judges:
            row |= _judged(cell, name)
        rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else [*CELL, *FOUND])


def _by(paths: pd.DataFrame, judge: str) -> pd.DataFrame:
    """The same paths where this judge is the truth, on the objectives that have it."""
    if judge not in judge_names(paths, "off"):
        known = ", ".join(judge_names(paths, "off")) or "none"
        raise ValueError(f"there is no judge {judge!r}; the judges of this study are: {known}")
    true = paths[f"judge_{judge}"]
    asked = true.notna().groupby(paths["objective"]).transform("any")
    return paths.assign(true=true, truth=np.where(asked, judge, ""))


def _promised(cell: pd.DataFrame) -> dict[str, Any]:
    return {
        "n_ok": n_ok(cell["ok"]),
        "n_found": int(cell["score"].notna().sum()),
        "score_start": cell["score_start"].mean(),
        "score_best": cell["score"].mean(),
        "predicted_gain": (cell["score"] - cell["score_start"]).mean(),
    }


def _true(cell: pd.DataFrame) -> dict[str, Any]:
    known = cell["truth"].dropna()
    truth = known.iloc[0] if len(known) else ""
    predicted = cell["score"] - cell["score_start"]
    refused = cell["score"].notna() & cell["true"].isna()
    pairs = predicted.notna() & cell["true_start"].notna()
    gain = (cell["true"] - cell["true_start"]).where(~refused, 0.0)[pairs].to_numpy(float)
    promise = predicted[pairs].to_numpy(float)
    low, high = ratio_interval(gain, promise)
    return {
        "truth": truth,
        "true_start": cell["true_start"].mean(),
        "true_best": cell["true"].mean(),
        "true_gain": gain.mean() if len(gain) else np.nan,
        "true_refused": _share(refused, cell) if truth else np.nan,
        "n_pairs": int(pairs.sum()),
        "rho": exploitation_ratio(gain, promise),
        "rho_low": low,
        "rho_high": high,
    }


def _off(cell: pd.DataFrame, judges: list[str]) -> dict[str, float]:
    told = cell[["off_prior", *(f"judge_{name}_off" for name in judges)]].astype(float)
    shares = {"shell_score": cell["shell_score"].mean(), "off_prior": told["off_prior"].mean()}
    return shares | {"off_manifold": told.max(axis=1).mean()}


def _judged(cell: pd.DataFrame, name: str) -> dict[str, float]:
    column = f"judge_{name}"
    refused = cell["score"].notna() & cell[column].isna()
    asked = cell[[column, f"{column}_start"]].notna().any(axis=None)
    return {
        column: cell[column].mean(),
        f"{column}_start": cell[f"{column}_start"].mean(),
        f"{column}_refused": _share(refused, cell) if asked else np.nan,
        f"{column}_off": cell[f"{column}_off"].astype(float).mean(),
    }


def _share(runs: pd.Series[bool], cell: pd.DataFrame) -> float:
    """The share of the runs that found something for which this holds."""
    found = int(cell["score"].notna().sum())
    return float(runs.sum() / found) if found else float("nan")
