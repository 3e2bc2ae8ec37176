"""What frames have of constraints, where an objective of the study has any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.trace import Trace

STATES = pd.Index(["ok", "invalid", "infeasible"])
CONSTRAINTS_COLUMNS = (
    "objective",
    "strategy",
    "constraint",
    "met",
    "met_at_start",
    "n_runs",
    "n_feasible_runs",
)


def column_of(name: str) -> str:
    """The column of a constraint's values."""
    return f"constraint_{name}"


def columns_of_runs(traces: Sequence[Trace]) -> tuple[str, ...]:
    """What a frame of runs tells of constraints, if one of these objectives has any."""
    return ("n_feasible",) if any(trace.constraints for trace in traces) else ()


def states(valid: NDArray[np.bool_], feasible: NDArray[np.bool_]) -> pd.Categorical[str]:
    """Of each row "ok", "invalid" (it has no score) or "infeasible" (it breaks a constraint)."""
    codes = np.where(valid, np.where(feasible, 0, 2), 1).astype(np.int8)
    kinds = STATES if (codes == 2).any() else STATES[:2]
    return pd.Categorical.from_codes(codes, kinds)


def values(runs: Sequence[tuple[Trace, int]]) -> dict[str, Any]:
    """Columns of the constraints' values, NaN on objectives that lack them; runs with rows."""
    names = dict.fromkeys(name for trace, _ in runs for name in trace.constraints)
    columns: dict[str, Any] = {}
    for name in names:
        parts = [t.constraints.get(name, np.full(len(t), np.nan))[:n] for t, n in runs]
        columns[column_of(name)] = np.concatenate([np.empty(0), *parts])
    return columns


def constraints(runs: pd.DataFrame, evaluations: pd.DataFrame) -> pd.DataFrame:
    """One row per objective, strategy and constraint; empty where there are none.

    `met` is the share of evaluations that meet it, `met_at_start` that of the first ones, and
    `n_feasible_runs` of `n_runs` found a point that meets all. Invalid evaluations met nothing.
    """
    columns = [name for name in evaluations.columns if str(name).startswith(column_of(""))]
    if not columns:
        return pd.DataFrame(columns=list(CONSTRAINTS_COLUMNS))
    rows = []
    ended = runs.groupby(["objective", "strategy"], sort=False)["best"]
    of_runs = {cell: (len(best), int(best.notna().sum())) for cell, best in ended}
    cells = evaluations.groupby(["objective", "strategy"], sort=False, observed=True)
    for cell, part in cells:
        first = part["row"] == 0
        for name in columns:
            if part[name].isna().all():
                continue
            met = part[name] >= 0
            shares = float(met.mean()), float(met[first].mean())
            rows.append((*cell, name.removeprefix(column_of("")), *shares, *of_runs[cell]))
    return pd.DataFrame(rows, columns=list(CONSTRAINTS_COLUMNS))
