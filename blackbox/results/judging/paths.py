"""What judges saw of runs as a tidy frame: one row per judged object, from start to best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.frame import Traces
from blackbox.results.judging.typicality import shell_score, typical_norms
from blackbox.results.statistics.failed_runs import RUN
from blackbox.results.worth import Worth, worths
from blackbox.trace import Path, Trace

COLUMNS = (
    "objective",
    "strategy",
    "seed",
    "granted",
    "row",
    "cost",
    "best",
    "score",
    "truth",
    "true",
    "z_norm",
    "log_prior",
    "dim",
    "shell_score",
    "off_prior",
    "shown",
)


def paths(traces: Traces, gradient_price: float | None = None) -> pd.DataFrame:
    """One row per object that judges saw and the budget affords at this price, start to best.

    `best` marks the run's best at this price. `true` is what the score would be if the scorer said
    what the judge `truth` says, NaN where it refuses, and `truth` is "" where no judge is declared
    to be the truth. `off_prior` is whether the norm of `z` lies outside the central 99 % of normal
    draws, `shell_score` by how much; NaN where the prior is not normal or the row was asked in data
    space. Behind them stand `judge_<name>`, and `judge_<name>_off`: 1 where it refuses or its
    number lies outside the limits that it declares for real objects, NaN where it declares none.
    `shown` is what a reader gets to see: a picture, a text, the object itself, or None. Where a
    scorer is noisy, the `score` of the best is what it was confirmed to be, and that of those
    between it and the start no higher (see `worth.py`).
    """
    runs = zip(traces, worths(traces, gradient_price), strict=True)
    rows = [row for trace, worth in runs for row in _rows(trace, worth, gradient_price)]
    judges = list(dict.fromkeys(column for row in rows for column in row if column not in COLUMNS))
    return pd.DataFrame(rows, columns=[*COLUMNS, *judges])


def texts(paths: pd.DataFrame) -> pd.DataFrame:
    """One row per run whose objects are shown as texts: its start and its best, best run first."""
    written = paths[np.array([isinstance(shown, str) for shown in paths["shown"]], bool)]
    shown_columns = [*RUN, "score", "shown"]
    start, best = written[written["row"] == 0], written[written["best"].astype(bool)]
    table = start[shown_columns].merge(best[shown_columns], on=RUN, suffixes=("_start", "_best"))
    order = {name: nth for nth, name in enumerate(dict.fromkeys(table["strategy"]))}
    return (
        table.assign(place=table["strategy"].map(order))
        .sort_values(["place", "score_best", "seed"], ascending=[True, False, True])
        .drop(columns="place")
        .rename(columns={"shown_start": "start", "shown_best": "best"})
        .reset_index(drop=True)
    )


def _rows(trace: Trace, worth: Worth, gradient: float | None) -> list[dict[str, Any]]:
    path, best = trace.path, worth.row
    if path is None:
        return []
    n_rows, cost = trace.affordable(gradient), trace.cost(gradient)
    low, high = typical_norms(trace.dim)
    rows = []
    for place, row in enumerate(path.rows.tolist()):
        if row >= n_rows:
            continue
        norm = float(trace.z_norm[row]) if trace.prior == "normal" else np.nan
        rows.append(
            {
                "objective": trace.objective,
                "strategy": trace.strategy,
                "seed": trace.seed,
                "granted": trace.budget,
                "row": row,
                "cost": float(cost[row]),
                "best": row == best,
                "score": _score(trace, worth, row),
                "truth": path.truth,
                "true": np.nan if path.true is None else float(path.true[place]),
                "z_norm": float(trace.z_norm[row]),
                "log_prior": float(trace.log_prior[row]),
                "dim": trace.dim,
                "shell_score": float(shell_score(np.array(norm), trace.dim)),
                "off_prior": np.nan if np.isnan(norm) else float(not low <= norm <= high),
                "shown": path.shown(place),
                **_judged(path, place),
            }
        )
    return rows


def _score(trace: Trace, worth: Worth, row: int) -> float:
    """What a row of the path is taken for: a start as it was seen, for it was not chosen."""
    if row == worth.row:
        return worth.score
    score = float(trace.score[row]) if trace.valid[row] else np.nan
    return score if row == 0 or not worth.is_confirmed else float(np.minimum(score, worth.score))


def _judged(path: Path, place: int) -> dict[str, float]:
    verdicts: dict[str, float] = {}
    for name, values in path.judged.items():
        value = float(values[place])
        verdicts[f"judge_{name}"] = value
        low, high = path.limits.get(name, (-np.inf, np.inf))
        bounded = np.isfinite([low, high]).any()
        verdicts[f"judge_{name}_off"] = float(not low <= value <= high) if bounded else np.nan
    return verdicts
