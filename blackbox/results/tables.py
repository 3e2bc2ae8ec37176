"""Tables: functions frame -> frame, and the two ways to write one down."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.rule import (
    CELL,
    RUN,
    as_worst,
    best_filled,
    n_ok,
    rows_of_runs,
    worst_where_not_ok,
)
from blackbox.results.statistics import (
    Floats,
    area_under_curve,
    bootstrap_mean_band,
    bootstrap_mean_interval,
    normalised,
    step_values,
)

PER_RUN = ("granted", "used", "n_invalid", "thinking_seconds")
WHEN_EMPTY = (
    *("n_ok", "best_mean", "best_low", "best_high", "best_median", "score", "area"),
    *PER_RUN,
)
ABSENT = "–"  # noqa: RUF001 - an en dash is what a table shows where there is no number


def summary(runs: pd.DataFrame, evaluations: pd.DataFrame) -> pd.DataFrame:
    """One row per objective x strategy, the best mean first; both frames at one price.

    Failed and missing runs count as the worst (see `rule.py`). `best_low` and `best_high` are a
    95 % bootstrap interval of the mean over seeds. `score` is 0 for the mean of `random_search` at
    the same budget and 100 for the best known (see `best_known`). `area` is the mean area under
    best-so-far over cost; until its first valid score a run stands at the worst first score of the
    objective. A judge's columns are means over the runs that it judged; `judge_<name>_refused` is
    the share whose best it refused or never saw. `granted`, `used`, `n_invalid` and
    `thinking_seconds` are means per run.
    """
    counted = with_areas(runs, evaluations, best_filled(evaluations))
    references = best_known(runs).set_index("objective")[["random", "best_known"]].T.to_dict()
    judged = [f"judge_{name}{at}" for name in judge_names(counted) for at in ("", "_start")]
    cells = counted.groupby(CELL, sort=False)
    means = cells[["area", *judged, *PER_RUN]].mean().to_dict("index")
    rows = []
    for (objective, strategy), cell in cells:
        row = _cell(cell, references[objective], means[objective, strategy])
        rows.append({"objective": objective, "strategy": strategy, **row})
    table = pd.DataFrame(rows, columns=None if rows else [*CELL, *WHEN_EMPTY])
    place = {name: nth for nth, name in enumerate(dict.fromkeys(runs["objective"]))}
    return table.sort_values(
        ["objective", "best_mean", "strategy"],
        ascending=[True, False, True],
        key=lambda column: column.map(place) if column.name == "objective" else column,
        ignore_index=True,
    )


def best_known(runs: pd.DataFrame) -> pd.DataFrame:
    """Per objective what 0 and 100 of the normalised score stand for, and where 100 comes from.

    `random` is the mean best of `random_search`, NaN if it was not run; `best_known` the optimum
    where the objective knows it, else the best that any run of this study paid for, failed or not.
    """
    rows = []
    for objective, group in as_worst(runs).groupby("objective", sort=False):
        plays_random = group["strategy"].str.partition("(")[0] == "random_search"
        optimum, found = group["optimum"].max(), group["found"].max()
        source = "the known optimum"
        if np.isnan(optimum):
            holders = group[group["found"] == found].sort_values(RUN)
            source = "the best of this study"
            if len(holders):
                source += f": {holders['strategy'].iloc[0]}, seed {holders['seed'].iloc[0]}"
        random = group.loc[plays_random, "best"].sort_values().mean()
        known = found if np.isnan(optimum) else optimum
        rows.append((objective, random, known, source))
    return pd.DataFrame(rows, columns=["objective", "random", "best_known", "source"])


def curve(evaluations: pd.DataFrame, grid: Floats) -> pd.DataFrame:
    """Best-so-far over cost: its mean over seeds at each cost of `grid [g]`, with a 95 % band.

    Each run is a left step; after its last row it is flat, also where it failed. The band is a
    bootstrap over seeds, point by point.
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
        low, high = bootstrap_mean_band(ordered)
        columns = {"cost": grid, "mean": ordered.mean(axis=0), "low": low, "high": high}
        parts.append(pd.DataFrame({"objective": objective, "strategy": strategy, **columns}))
    nothing = pd.DataFrame(columns=[*CELL, "cost", "mean", "low", "high"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def with_areas(runs: pd.DataFrame, evaluations: pd.DataFrame, curve: Floats) -> pd.DataFrame:
    """The expected runs by seed, each with the `area` under its part of a `curve [rows]`."""
    cost, granted = evaluations["cost"].to_numpy(), runs.groupby("objective")["granted"].max()
    areas = [
        (*run, area_under_curve(cost[rows], curve[rows], granted[run[0]]))
        for run, rows in rows_of_runs(evaluations)
    ]
    area = pd.DataFrame(areas, columns=[*RUN, "area"]).astype({"seed": runs["seed"].dtype})
    return worst_where_not_ok(as_worst(runs).merge(area, how="left", on=RUN), "area")


def failures(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs that count as the worst of their objective, with the last line of their error."""
    expected = as_worst(runs)
    table = expected[~expected["ok"] | expected["found"].isna()].sort_values(RUN)
    shown = {"status": table["status"].fillna("missing"), "used": table["used"]}
    said = [_last_line(error) for error in table["error"]]
    return table[RUN].assign(**shown, best=table["found"], error=said).reset_index(drop=True)


def invalid_points(runs: pd.DataFrame) -> pd.DataFrame:
    """Per objective x strategy how many evaluations had no score, and what the first one said."""
    touched = runs[runs["n_invalid"] > 0].sort_values("seed", kind="stable")
    touched = touched.assign(first=[_last_line(error) for error in touched["error"]])
    cells = touched.groupby(CELL, sort=False)
    table = cells.agg(
        runs=("seed", "size"),
        n_invalid=("n_invalid", "sum"),
        n_scores=("n_scores", "sum"),
        first=("first", "first"),
    )
    return table.reset_index()


def readable(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary as strings for people, in fewer columns."""
    number = summary.map(cell_text)
    table = summary[CELL].copy()
    table["ok"] = summary["n_ok"]
    ends = zip(number["best_mean"], number["best_low"], number["best_high"], strict=True)
    table["best [95 %]"] = [m if a == ABSENT else f"{m} [{a}, {b}]" for m, a, b in ends]
    table["median"] = number["best_median"]
    table["score 0-100"] = [
        ABSENT if np.isnan(score) else f"{score:.1f}" for score in summary["score"]
    ]
    table["area"] = number["area"]
    for name in judge_names(summary):
        arrow = number[f"judge_{name}_start"] + " → " + number[f"judge_{name}"]
        table[f"{name} start → best"] = arrow.replace(f"{ABSENT} → {ABSENT}", ABSENT)
    table["used"] = number["used"] + "/" + number["granted"]
    table["thinking s"] = [
        ABSENT if np.isnan(seconds) else f"{seconds:.2g}" for seconds in summary["thinking_seconds"]
    ]
    return table


def to_markdown(table: pd.DataFrame) -> str:
    """A Markdown table; numbers to four digits, columns of numbers to the right, text escaped."""
    cells = table.map(cell_text).astype(object).to_numpy()
    lines = [[escaped(str(name)) for name in table.columns]]
    lines.append(["---:" if looks_numeric(cells[:, c]) else "---" for c in range(cells.shape[1])])
    lines += [[escaped(text) for text in row] for row in cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def escaped(text: str) -> str:
    """Text from outside as Markdown that shows it: no markup, no formula, no HTML, one line."""
    one_line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*|$~>]|\](?=[(\[:]))", r"\\\1", one_line)


def judge_names(table: pd.DataFrame) -> list[str]:
    """The judges that have columns in a frame of runs or a summary."""
    found = (re.fullmatch("judge_(.*)_start", str(column)) for column in table.columns)
    return [match[1] for match in found if match]


def _cell(
    cell: pd.DataFrame, known: dict[Hashable, float], means: dict[Hashable, float]
) -> dict[str, Any]:
    """A row of the summary; `means` are those of columns, over the runs that have a number."""
    best = cell["best"].to_numpy(float)
    mean = float(np.sort(best).mean())
    low, high = bootstrap_mean_interval(best)
    row: dict[str, Any] = {"n_ok": n_ok(cell["ok"])}
    row |= {"best_mean": mean, "best_low": low, "best_high": high}
    row |= {"best_median": float(np.median(best))}
    row |= {"score": normalised(mean, known["random"], known["best_known"])}
    row |= {"area": means["area"]}
    for name in judge_names(cell):
        found, start = f"judge_{name}", f"judge_{name}_start"
        row |= {found: means[found], start: means[start]}
        asked = not np.isnan([means[found], means[start]]).all()
        row[f"{found}_refused"] = cell[found].isna().mean() if asked else np.nan
    return row | {column: means[column] for column in PER_RUN}


def _last_line(error: object) -> str:
    return str(error).strip().rpartition("\n")[2] if isinstance(error, str) else ""


def cell_text(value: object) -> str:
    """A cell as people read it: four digits of a number, a dash where there is none."""
    if isinstance(value, float | np.floating):
        return ABSENT if np.isnan(value) else f"{float(value):.4g}"
    return str(value)


def looks_numeric(cells: Any) -> bool:
    """Whether all these texts begin as numbers do, so that their column is set to the right."""
    return all(re.match(rf"-?[\d.]|{ABSENT}|-?inf", text) for text in cells)
