"""Found against real: what the scorer promised, what judges say of it, and how the two part.

Exploitation is told by `rho = true gain / predicted gain` from a run's start to its best. A best
that the truth refuses to measure has gained nothing real: its true gain is 0, its promise counts,
and `true_refused` shows how many there are. A run without a best, or whose start has no score or no
true score, has no gain and is not in `n_pairs`. A run that failed is judged by what it had found;
`n_ok` shows it.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.exploitation import exploitation_ratio, ratio_band, ratio_interval
from blackbox.results.rule import CELL, RUN, as_worst, n_ok
from blackbox.results.statistics import Floats, step_values
from blackbox.results.tables import ABSENT

FOUND = (
    *("n_ok", "n_found", "score_start", "score_best", "predicted_gain"),
    *("truth", "true_start", "true_best", "true_gain", "true_refused", "n_pairs"),
    *("rho", "rho_low", "rho_high", "shell_score", "off_prior", "off_manifold"),
)


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
    judges = judge_names(paths)
    rows = []
    for (objective, strategy), cell in table.groupby(CELL, sort=False):
        row = {"objective": objective, "strategy": strategy, **_promised(cell)}
        row |= _true(cell) | _off(cell, judges)
        for name in judges:
            row |= _judged(cell, name)
        rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else [*CELL, *FOUND])


def over_optimisation(paths: pd.DataFrame, points: int = 41) -> pd.DataFrame:
    """The score and each judge of the best so far against cost: mean and 95 % band over seeds.

    One row per objective, strategy, `measure` and each of `points` even costs up to the budget.
    `measure` is "score", "true score by <name>" for the judge that is the truth, and "judge <name>"
    for the others. Between two judged objects a run stands at the earlier one. Means are over the
    `n` runs that are not refused there. The curves of Gao, Schulman and Hilton, 2022 (arXiv
    2210.10760), over cost.
    """
    parts = []
    for objective, seen in paths.groupby("objective", sort=False):
        grid = np.linspace(0, float(seen["granted"].max()), points)
        measures = _measures(seen)
        for strategy, cell in seen.groupby("strategy", sort=False):
            runs = [run for _, run in cell.sort_values(["seed", "row"]).groupby("seed")]
            for measure, column in measures.items():
                labels = {"objective": objective, "strategy": strategy, "measure": measure}
                band = _band(runs, column, grid)
                parts.append(pd.DataFrame(labels | {"cost": grid} | band))
    nothing = pd.DataFrame(columns=[*CELL, "measure", "cost", "mean", "low", "high", "n"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def typicality(paths: pd.DataFrame) -> pd.DataFrame:
    """One row per run: the score of its best, and how typical its latent point is of the prior."""
    best = paths[paths["best"].astype(bool)]
    kept = [*RUN, "score", "dim", "z_norm", "shell_score", "off_prior"]
    return (
        best[kept].assign(log_prior_per_dim=best["log_prior"] / best["dim"]).reset_index(drop=True)
    )


def texts(paths: pd.DataFrame) -> pd.DataFrame:
    """One row per run whose objects are shown as texts: its start and its best, best run first."""
    written = paths[np.array([isinstance(shown, str) for shown in paths["shown"]], bool)]
    kept = [*RUN, "score", "shown"]
    start, best = written[written["row"] == 0], written[written["best"].astype(bool)]
    table = start[kept].merge(best[kept], on=RUN, suffixes=("_start", "_best"))
    order = {name: nth for nth, name in enumerate(dict.fromkeys(table["strategy"]))}
    return (
        table.assign(place=table["strategy"].map(order))
        .sort_values(["place", "score_best", "seed"], ascending=[True, False, True])
        .drop(columns="place")
        .rename(columns={"shown_start": "start", "shown_best": "best"})
        .reset_index(drop=True)
    )


def readable(found: pd.DataFrame) -> pd.DataFrame:
    """The table as strings for people, in fewer columns."""
    table = found[[*CELL, "n_ok"]].rename(columns={"n_ok": "ok"})
    table["predicted start → best"] = _arrows(found, "score_start", "score_best")
    if (found["truth"] != "").any():
        table["true start → best"] = _arrows(found, "true_start", "true_best")
        table["rho [95 %]"] = [_rho(row) for _, row in found.iterrows()]
        table["truth refused"] = [_percent(share) for share in found["true_refused"]]
    for name in judge_names(found):
        if not (found["truth"] == name).all():
            said = _arrows(found, f"judge_{name}_start", f"judge_{name}")
            refused = found[f"judge_{name}_refused"]
            table[f"{name} start → best"] = [
                f"{text}, {_percent(share)} refused" if share > 0 else text
                for text, share in zip(said, refused, strict=True)
            ]
    if found["off_manifold"].notna().any():
        table["off the manifold"] = [_percent(share) for share in found["off_manifold"]]
    return table


def judge_names(table: pd.DataFrame) -> list[str]:
    """The judges that have columns in a frame of paths or a table of what was found."""
    found = (re.fullmatch("judge_(.*)_off", str(column), re.DOTALL) for column in table.columns)
    return [match[1] for match in found if match]


def _by(paths: pd.DataFrame, judge: str) -> pd.DataFrame:
    """The same paths where this judge is the truth, on the objectives that have it."""
    if judge not in judge_names(paths):
        known = ", ".join(judge_names(paths)) or "none"
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


def _measures(seen: pd.DataFrame) -> dict[str, str]:
    """What can be drawn of one objective: its name -> its column."""
    truth = str(seen["truth"].iloc[0])
    named = {"score": "score"} | ({f"true score by {truth}": "true"} if truth else {})
    named |= {f"judge {name}": f"judge_{name}" for name in judge_names(seen) if name != truth}
    return {measure: column for measure, column in named.items() if seen[column].notna().any()}


def _band(runs: list[pd.DataFrame], column: str, grid: Floats) -> dict[str, Floats]:
    columns = ((run["cost"].to_numpy(float), run[column].to_numpy(float)) for run in runs)
    values = np.array([step_values(cost, numbers, grid) for cost, numbers in columns])
    known = ~np.isnan(values)
    n, filled = known.sum(axis=0), np.where(known, values, 0.0)
    low, high = ratio_band(filled, known.astype(float))
    mean = np.divide(filled.sum(axis=0), n, out=np.full(len(grid), np.nan), where=n > 0)
    return {"mean": mean, "low": low, "high": high, "n": n}


def _arrows(table: pd.DataFrame, start: str, best: str) -> list[str]:
    pairs = zip(table[start], table[best], strict=True)
    return [
        ABSENT if np.isnan(begin) and np.isnan(end) else f"{_short(begin)} → {_short(end)}"
        for begin, end in pairs
    ]


def _rho(row: pd.Series[Any]) -> str:
    text = _short(row["rho"])
    if not np.isnan(row["rho_low"]):
        text += f" [{_short(row['rho_low'])}, {_short(row['rho_high'])}]"
    return text + (f", of {row['n_pairs']} runs" if row["n_pairs"] < row["n_found"] else "")


def _short(number: float) -> str:
    return ABSENT if np.isnan(number) else f"{number:.4g}"


def _percent(share: float) -> str:
    return ABSENT if np.isnan(share) else f"{100 * share:.0f} %"
