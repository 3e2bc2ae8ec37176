"""Exports as tables: the frames themselves, a long csv for IOHanalyzer, and nevergrad's csv."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from blackbox.results.writing.csv_text import to_csv

# The names that IOHanalyzer expects in a csv of its own kind (`read_pure_csv` in R/readFiles.R).
LONG_NAMES = {
    "n_scores": "neval",
    "score": "fval",
    "objective": "fname",
    "strategy": "algname",
    "seed": "run",
}
LONG_COLUMNS = ["neval", "fval", "fname", "algname", "dim", "run"]


def write_parquet(
    runs: pd.DataFrame, evaluations: pd.DataFrame, folder: Path, losses: Collection[str] = ()
) -> None:
    """Write `evaluations.parquet` and `runs.parquet`: the frames as they are.

    Their pages have checksums, and the attribute `losses` of the frame of evaluations names the
    objectives whose levels are losses.
    """
    marked = evaluations.copy(deep=False)
    marked.attrs = {**evaluations.attrs, "losses": sorted(losses)}
    for name, table in (("evaluations", marked), ("runs", runs)):
        table.to_parquet(folder / f"{name}.parquet", index=False, write_page_checksum=True)


def write_csv(
    runs: pd.DataFrame, evaluations: pd.DataFrame, folder: Path, _: Collection[str] = ()
) -> None:
    """Write `evaluations.csv`, a row per evaluation, and `runs.csv`, the frame of runs.

    The first columns of `evaluations.csv` are IOHanalyzer's: `neval` (scores asked so far), `fval`
    (the score, to be maximised, or the loss, to be minimised; empty where invalid), `fname`
    (objective), `algname` (strategy), `dim`, `run` (seed). Those of the frame follow:
    `n_gradients`, `cost`, `best` and the rest.
    """
    dims = runs.drop_duplicates("objective").set_index("objective")["dim"]
    table = evaluations.rename(columns=LONG_NAMES)
    table["dim"] = table["fname"].map(dims)
    others = [name for name in table.columns if name not in LONG_COLUMNS and name != "row"]
    _save(table[[*LONG_COLUMNS, *others]], folder / "evaluations.csv")
    _save(runs, folder / "runs.csv")


def write_nevergrad(
    runs: pd.DataFrame, evaluations: pd.DataFrame, folder: Path, losses: Collection[str] = ()
) -> None:
    """Write `nevergrad.csv` as `nevergrad.benchmark` does: a row per run, with its final loss.

    `loss` is minus the best score, empty where there is none. The columns `info/*` say what that
    format has no room for: gradients, units spent, status, and whether the scorer returned a loss
    (-1) or a score (1).
    """
    columns = {
        "optimizer_name": runs["strategy"],
        "budget": runs["granted"],
        "num_workers": 1,
        "seed": runs["seed"],
        "loss": -runs["best"],
        "elapsed_budget": runs["n_scores"],
        "dimension": runs["dim"],
        "name": runs["objective"],
        "elapsed_time": runs["thinking_seconds"] + runs["evaluation_seconds"],
        "pseudotime": runs["n_scores"],  # nevergrad's clock of simulated time: one per evaluation
        "error": runs["error"].where(runs["status"] == "failed", ""),
        "info/n_gradients": runs["n_gradients"],
        "info/used": runs["used"],
        "info/status": runs["status"],
        "info/sign": runs["objective"].isin(losses).map({True: -1, False: 1}),
    }
    _save(pd.DataFrame(columns), folder / "nevergrad.csv")


def _save(table: pd.DataFrame, path: Path) -> None:
    path.write_text(to_csv(table), encoding="utf-8", newline="\n")
