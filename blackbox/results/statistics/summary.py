"""The summary of a study: one row per objective and strategy."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.frame import judge_names
from blackbox.results.statistics import large_numbers
from blackbox.results.statistics.curves import with_areas
from blackbox.results.statistics.failed_runs import CELL, best_filled, n_ok
from blackbox.results.statistics.inference import FIXED, Inference
from blackbox.results.statistics.intervals import Floats
from blackbox.results.statistics.large_numbers import group_means, restored, shrinking
from blackbox.results.statistics.normalisation import best_known, normalised

PER_RUN = ("granted", "used", "n_invalid", "thinking_seconds")
SOMETIMES = ("n_feasible", "truth_calls")  # where there are constraints, or truth calls
WHEN_EMPTY = (
    "n_ok",
    "best_mean",
    "best_low",
    "best_high",
    "best_median",
    "median_low",
    "median_high",
    "score",
    "area",
    *PER_RUN,
    "interval",
)


def summary(
    runs: pd.DataFrame, evaluations: pd.DataFrame, inference: Inference = FIXED
) -> pd.DataFrame:
    """One row per objective x strategy, the best mean first; both frames at one price.

    Failed runs count as the worst, missing ones not at all (see `failed_runs.py`). `best_low` and
    `best_high` are a 95 % interval of the mean over seeds, and `interval` says where few seeds
    allow no sound one; `median_low` and `median_high` are order statistics, NaN below six seeds. Of
    raced seeds (`inference`) both are confidence sequences.
    `score` is 0 for the mean of `random_search` at the same budget and 100 for the best known (see
    `best_known`). `area` is the mean area under best-so-far over cost; until its first valid score
    a run stands at the worst first score of the objective. A judge's columns are means over the
    runs that it judged; `judge_<name>_refused` is the share whose best it refused or never saw.
    `granted`, `used`, `n_invalid` and `thinking_seconds` are means per run, `n_feasible` is
    where there are constraints, and `truth_calls` where a search has asked for the truth.

    Where a scorer is noisy, bests are what they were confirmed to be (see `worth.py`): `best_se` is
    the standard error that the noise of the scorer leaves in `best_mean`, which is in its interval
    already, NaN where bests are as seen; `best_seen` is the mean of the highest scores that were
    seen, and `n_confirm` how many were asked again per run, outside the budget.
    """
    counted = with_areas(runs, evaluations, best_filled(evaluations))
    references = best_known(runs).set_index("objective")[["random", "best_known"]].T.to_dict()
    judged = [f"judge_{name}{at}" for name in judge_names(counted) for at in ("", "_start")]
    per_run = [*PER_RUN, *(name for name in SOMETIMES if name in runs)]
    means = group_means(counted, CELL, ["area", *judged, *per_run]).to_dict("index")
    cells = list(counted.groupby(CELL, sort=False))
    intervals = inference.mean_intervals([cell["best"].to_numpy(float) for _, cell in cells])
    rows = []
    for ((objective, strategy), cell), interval in zip(cells, intervals.T, strict=True):
        row = _cell(cell, interval, references[objective], means[objective, strategy], inference)
        rows.append({"objective": objective, "strategy": strategy, **row})
    table = pd.DataFrame(rows, columns=None if rows else [*CELL, *WHEN_EMPTY])
    place = {name: nth for nth, name in enumerate(dict.fromkeys(runs["objective"]))}
    return table.sort_values(
        ["objective", "best_mean", "strategy"],
        ascending=[True, False, True],
        key=lambda column: column.map(place) if column.name == "objective" else column,
        ignore_index=True,
    )


def _cell(
    cell: pd.DataFrame,
    interval: Floats,
    reference: dict[Hashable, float],
    means: dict[Hashable, float],
    inference: Inference,
) -> dict[str, Any]:
    """A row of the summary; `means` are those of columns, over the runs that have a number."""
    best = cell["best"].to_numpy(float)
    mean, by = float(large_numbers.mean(np.sort(best))), shrinking(best)
    low, high = (float(end) for end in interval)
    row: dict[str, Any] = {"n_ok": n_ok(cell["ok"])}
    row |= {"best_mean": mean, "best_low": low, "best_high": high}
    row |= {"best_median": restored(float(np.median(by * best)), by)}
    row["median_low"], row["median_high"] = inference.median_interval(best)
    row |= {"score": normalised(mean, reference["random"], reference["best_known"])}
    row |= {"area": means["area"]}
    for name in judge_names(cell):
        best_column, start_column = f"judge_{name}", f"judge_{name}_start"
        row |= {best_column: means[best_column], start_column: means[start_column]}
        is_judged = not np.isnan([means[best_column], means[start_column]]).all()
        row[f"{best_column}_refused"] = cell[best_column].isna().mean() if is_judged else np.nan
    row |= {name: means[name] for name in (*PER_RUN, *SOMETIMES) if name in means}
    return row | {"interval": inference.note(len(best))} | _noise(cell)


def _noise(cell: pd.DataFrame) -> dict[str, float]:
    """What is told of a cell where a scorer of the study is noisy."""
    if "best_se" not in cell:
        return {}
    ok = cell[cell["ok"]]
    se = float(np.sqrt((ok["best_se"] ** 2).sum(skipna=False)) / len(cell)) if len(ok) else np.nan
    seen = large_numbers.column_mean(ok["best_seen"])
    return {"best_se": se, "best_seen": seen, "n_confirm": float(cell["n_confirm"].mean())}
