"""Logs that are one table: a long csv, a row per evaluation, and nevergrad's, a row per run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox.errors import LogError
from blackbox.formats import LONG
from blackbox.imports.records import Floats, Ints, Record
from blackbox.spelling import did_you_mean

CAN_BE_MISSING = ("evaluation", "seed", "gradients")
# Columns of nevergrad's csv that are no setting of the function.
NO_SETTING = (
    "optimizer_name",
    "seed",
    "loss",
    "error",
    "dimension",
    "name",
    "function_class",
    "elapsed_time",
    "elapsed_budget",
    "pseudotime",
    "parametrization",
    "num_objectives",
)


def read_long(
    path: Path, maximize: bool, columns: Mapping[str, str], fixed: Mapping[str, Any]
) -> Iterator[Record]:
    """Each run of a csv with one row per logged evaluation.

    `columns` says which column means what, `fixed` what is the same for all rows; a meaning is a
    key of `LONG`, and `budget` may be fixed too. Without numbers of evaluations rows are numbered
    in their order; runs that are not numbered by whole numbers are numbered in theirs.
    """
    for given, meanings in ((columns, LONG), (fixed, [*LONG, "budget"])):
        for meaning in given:
            if meaning not in meanings:
                raise LogError(f"a column means one of {', '.join(meanings)}, not {meaning!r}")
    log = _table(path)
    table = pd.DataFrame({m: _column(log, m, columns, fixed, path) for m in LONG}, log.index)
    table["seed"] = _whole(table["seed"].fillna(0))
    budget = None if "budget" not in fixed else float(fixed["budget"])
    sign, keys = (1.0 if maximize else -1.0), ["objective", "strategy", "seed", "dim"]
    for _, rows in table.groupby(keys, sort=False, dropna=False):
        objective, strategy, seed, _ = rows[keys].iloc[0]
        numbers = _numbers(rows, sign, f"{strategy} on {objective}, run {seed}")
        record = Record(str(objective), str(strategy), int(seed), *numbers)
        yield replace(record, budget=budget, sign=int(sign))


def read_nevergrad(path: Path) -> Iterator[Record]:
    """Each run of nevergrad's csv: only its final loss is known, at the end of its budget.

    A setting of the function that differs between rows is part of the objective's name. Seeds are
    kept where all optimizers of an objective have the same ones, else runs are numbered.
    """
    log = _table(path)
    _require(log, ["optimizer_name", "budget", "loss", "dimension"], path)
    named = next((c for c in ("name", "function_class") if c in log), None)
    settings = [c for c in log if c not in NO_SETTING and not str(c).startswith("info/")]
    differing = [c for c in settings if len(set(log[c].astype(str))) > 1]
    log["objective"] = [_objective(row, named, differing) for row in log.to_dict("records")]
    log["seed"] = _seeds(log)
    if "elapsed_budget" not in log:
        log["elapsed_budget"] = log["budget"]
    log["elapsed_budget"] = log["elapsed_budget"].fillna(log["budget"])  # a run that failed
    for row in log.to_dict("records"):
        error = row.get("error")
        yield Record(
            objective=row["objective"],
            strategy=str(row["optimizer_name"]),
            seed=int(row["seed"]),
            dim=int(row["dimension"]),
            evaluations=np.array([row["elapsed_budget"]], np.int64),
            score=-np.array([row["loss"]], float),
            budget=float(row["budget"]),
            sign=int(row.get("info/sign", 1 if "info/used" in log else -1)),
            error=error if isinstance(error, str) else "",
        )


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise LogError(f"cannot read {path}: {error}") from error


def _column(
    log: pd.DataFrame,
    meaning: str,
    columns: Mapping[str, str],
    fixed: Mapping[str, Any],
    path: Path,
) -> Any:
    """The column with this meaning, or what is fixed for it, or None where it can be missing."""
    if meaning in fixed:
        return fixed[meaning]
    name = columns.get(meaning, LONG[meaning])
    if name not in log and meaning in CAN_BE_MISSING and meaning not in columns:
        return None
    where = f"name the column that means it (columns={{{meaning!r}: ...}})"
    _require(log, [name], path, f" for the {meaning}; {where} or give one value for all (fixed=)")
    return log[name]


def _require(log: pd.DataFrame, names: Sequence[str], path: Path, todo: str = "") -> None:
    for name in names:
        if name not in log:
            columns = ", ".join(map(str, log.columns))
            near = did_you_mean(name, log.columns)
            raise LogError(f"{path} has no column {name!r}{todo}{near}; it has: {columns}")


def _numbers(rows: pd.DataFrame, sign: float, run: str) -> tuple[int, Ints, Floats, Ints | None]:
    """Dimension, evaluations, scores and gradients of one run's rows."""
    try:
        score = sign * pd.to_numeric(rows["score"]).to_numpy(float)
        numbers = {m: pd.to_numeric(rows[m]) for m in ("dim", "evaluation", "gradients")}
    except (TypeError, ValueError) as error:
        raise LogError(f"{run}: {error}; these columns must hold numbers") from error
    evaluations = numbers["evaluation"].fillna(0).to_numpy(np.int64)
    if rows["evaluation"].isna().all():
        evaluations = np.arange(1, len(rows) + 1)
    order = np.argsort(evaluations, kind="stable")
    evaluations = evaluations[order]
    if evaluations[0] < 1 or (np.diff(evaluations) == 0).any():
        raise LogError(
            f"{run}: evaluations must be numbered from 1, each once, not {evaluations[:5].tolist()}"
            "...; name the column that tells runs apart as the one that means seed"
        )
    counted = rows["gradients"].notna().all()
    gradients = numbers["gradients"].to_numpy(np.int64)[order] if counted else None
    return int(numbers["dim"].iloc[0]), evaluations, score[order], gradients


def _whole(seeds: pd.Series[Any]) -> pd.Series[Any]:
    """Seeds as whole numbers: themselves, or their places in the order of appearance."""
    numbers = pd.to_numeric(seeds, errors="coerce")
    if numbers.notna().all() and (numbers % 1 == 0).all():
        return numbers.astype(np.int64)
    return pd.Series(pd.factorize(seeds.astype(str))[0], seeds.index)


def _objective(row: Mapping[Any, Any], named: str | None, differing: Sequence[Any]) -> str:
    name = str(row[named]) if named else "function"
    differing_settings = ", ".join(f"{setting}={row[setting]}" for setting in differing)
    return f"{name} ({differing_settings})" if differing_settings else name


def _seeds(log: pd.DataFrame) -> Any:
    cells = log.groupby(["objective", "optimizer_name"], sort=False)
    numbered = cells.cumcount()
    if "seed" not in log:
        return numbered
    seed_sets = {(objective, frozenset(seeds)) for (objective, _), seeds in cells["seed"]}
    paired = len(seed_sets) == log["objective"].nunique()
    once = not log.duplicated(["objective", "optimizer_name", "seed"]).any()
    return log["seed"] if paired and once and log["seed"].ge(0).all() else numbered
