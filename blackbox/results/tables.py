"""Tables: functions frame -> frame, and the two ways to write one down.

The rule for runs that did not end well. A run is ok if it is `spent` or `returned`. Each objective
expects every strategy that ran on it to have run every seed that any of them ran. A run that is not
ok, is missing or found no valid score counts as the worst of that objective: its best (and its
area) is the smallest of all its runs. It is never dropped, and `n_ok` shows it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.statistics import (
    Floats,
    area_under_curve,
    bootstrap_mean_band,
    bootstrap_mean_interval,
    normalised,
    step_values,
)

CELL = ["objective", "strategy"]
RUN = ["objective", "strategy", "seed"]
WHEN_EMPTY = (
    *("n_ok", "best_mean", "best_low", "best_high", "best_median", "score", "area"),
    *("granted", "used", "n_invalid", "thinking_seconds"),
)
ENDED_WELL = ("spent", "returned")
ABSENT = "–"  # noqa: RUF001 - an en dash is what a table shows where there is no number


def summary(runs: pd.DataFrame, evaluations: pd.DataFrame) -> pd.DataFrame:
    """One row per objective x strategy, the best mean first; both frames at one price.

    Failed and missing runs count as the worst (see the module). `best_low` and `best_high` are a
    95 % bootstrap interval of the mean over seeds. `score` is 0 for the mean of `random_search` at
    the same budget and 100 for the best known (see `best_known`). `area` is the mean area under
    best-so-far over cost; until its first valid score a run stands at the worst first score of the
    objective. A judge's columns are means over the runs that it judged; `judge_<name>_refused` is
    the share whose best it refused or never saw. `granted`, `used`, `n_invalid` and
    `thinking_seconds` are means per run.
    """
    counted = _counted(runs, evaluations)
    references = best_known(runs).set_index("objective")[["random", "best_known"]].T.to_dict()
    rows = []
    for (objective, strategy), cell in counted.groupby(CELL, sort=False):
        row = _cell(cell, references[objective])
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
    best = _best_filled(evaluations)
    cost = evaluations["cost"].to_numpy()
    steps: dict[Hashable, list[Floats]] = {}
    for (objective, strategy, _), rows in _rows_of_runs(evaluations):
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
    number = summary.map(_cell_text)
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
    table["thinking s"] = [f"{seconds:.2g}" for seconds in summary["thinking_seconds"]]
    return table


def to_markdown(table: pd.DataFrame) -> str:
    """A Markdown table; numbers to four digits, columns of numbers to the right, text escaped."""
    cells = table.map(_cell_text).astype(object).to_numpy()
    lines = [[escaped(str(name)) for name in table.columns]]
    lines.append(["---:" if _looks_numeric(cells[:, c]) else "---" for c in range(cells.shape[1])])
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


def _counted(runs: pd.DataFrame, evaluations: pd.DataFrame) -> pd.DataFrame:
    """Runs by the rule of the module, sorted by seed, with their `area`."""
    best, cost = _best_filled(evaluations), evaluations["cost"].to_numpy()
    granted = runs.drop_duplicates(RUN).set_index(RUN)["granted"]
    areas = [
        (*run, area_under_curve(cost[rows], best[rows], granted.loc[run]))
        for run, rows in _rows_of_runs(evaluations)
    ]
    area = pd.DataFrame(areas, columns=[*RUN, "area"]).astype({"seed": runs["seed"].dtype})
    return _worst_where_not_ok(as_worst(runs).merge(area, how="left", on=RUN), "area")


def as_worst(runs: pd.DataFrame) -> pd.DataFrame:
    """All runs that each objective expects, sorted by seed; those that are not `ok` are worst."""
    cells = runs[CELL].drop_duplicates()
    expected = cells.merge(runs[["objective", "seed"]].drop_duplicates(), on="objective")
    table = expected.sort_values("seed", kind="stable").merge(runs, how="left", on=RUN)
    table["ok"], table["found"] = table["status"].isin(ENDED_WELL), table["best"]
    return _worst_where_not_ok(table, "best")


def _worst_where_not_ok(table: pd.DataFrame, column: str) -> pd.DataFrame:
    worst = table.groupby("objective")[column].transform("min")
    counts = table["ok"] & table[column].notna()
    return table.assign(**{column: table[column].where(counts, worst)})


def _cell(cell: pd.DataFrame, known: dict[Hashable, float]) -> dict[str, Any]:
    best = cell["best"].to_numpy(float)
    mean = float(np.sort(best).mean())
    low, high = bootstrap_mean_interval(best)
    row: dict[str, Any] = {"n_ok": f"{cell['ok'].sum()}/{len(cell)}"}
    row |= {"best_mean": mean, "best_low": low, "best_high": high}
    row |= {"best_median": float(np.median(best))}
    row |= {"score": normalised(mean, known["random"], known["best_known"])}
    row |= {"area": cell["area"].mean()}
    for name in judge_names(cell):
        row[f"judge_{name}"] = cell[f"judge_{name}"].mean()
        row[f"judge_{name}_start"] = cell[f"judge_{name}_start"].mean()
        asked = cell[[f"judge_{name}", f"judge_{name}_start"]].notna().any(axis=None)
        row[f"judge_{name}_refused"] = cell[f"judge_{name}"].isna().mean() if asked else np.nan
    per_run = ("granted", "used", "n_invalid", "thinking_seconds")
    return row | {column: cell[column].mean() for column in per_run}


def _rows_of_runs(evaluations: pd.DataFrame) -> list[tuple[tuple[Any, ...], Any]]:
    """Which rows of the frame belong to each run, in their order."""
    groups = evaluations.groupby(RUN, sort=False, observed=True).indices
    return list(groups.items())  # type: ignore[arg-type]


def _best_filled(evaluations: pd.DataFrame) -> Floats:
    """Best-so-far `[rows]`; before a run's first valid score the objective's worst first score."""
    best = evaluations["best"]
    if not best.isna().any():
        return best.to_numpy(float)
    first = evaluations.groupby(RUN, sort=False, observed=True)["best"].first()
    worst = first.groupby("objective", observed=True).min()
    return best.fillna(evaluations["objective"].map(worst).astype(float)).to_numpy(float)


def _last_line(error: object) -> str:
    return str(error).strip().rpartition("\n")[2] if isinstance(error, str) else ""


def _cell_text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return ABSENT if np.isnan(value) else f"{float(value):.4g}"
    return str(value)


def _looks_numeric(cells: Any) -> bool:
    return all(re.match(rf"-?[\d.]|{ABSENT}|-?inf", text) for text in cells)
