"""A frame of known data as points and answers: its columns are found by the objective's names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.errors import ParameterError, StudyError
from blackbox.parameters import Choice, Parameters
from blackbox.plain import plain
from blackbox.protocol import Array
from blackbox.scoring.objective import Objective
from blackbox.spelling import did_you_mean

Columns: TypeAlias = dict[str, NDArray[np.generic]]
# What a column of a parameter may be called: as itself, as in our frames, and as in optuna's.
BEFORE = ("", "param_", "params_")
SCORE = ("score", "value")
STATUS = ("status", "state")
# What the status of a row says whose point was tried and has no score.
WITHOUT = ("invalid", "fail", "failed")
WITH_UNIT = re.compile(r"(.+?)\s*[\[(]([^\])]*)[\])]\s*")


def of_table(table: pd.DataFrame, objective: Objective) -> tuple[Array, Columns]:
    """The points `[n, d]` of a frame, and `score`, `valid`, `criteria` and `constraints` of each.

    Raises StudyError for a column that lacks and a value that says nothing, ParameterError for a
    value that a parameter cannot have.
    """
    table = _of_this(table, objective)
    if not len(table):
        raise StudyError("there are no rows")
    parameters = objective.parameters
    if parameters is None:
        z = _latents(table, objective.space.dim)
    else:
        z = parameters.points(named_values(table, parameters))
    valid = np.ones(len(table), bool)
    if (status := _named(table, STATUS)) is not None:
        valid = ~table[status].astype(str).str.lower().isin(WITHOUT).to_numpy(bool)
    return z, _answered(table, valid, objective)


def named_values(table: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """The columns of the parameters, under their names. Raises StudyError where one lacks."""
    columns = {}
    for name, one in parameters.items():
        column = _column_of(table, name, one.unit)
        if column is None:
            near = did_you_mean(name, [str(other) for other in table.columns])
            raise StudyError(
                f"there is no column {name!r}{near}; there are {_listed(table.columns)}"
            )
        values = table[column].tolist()
        if isinstance(one, Choice):  # a csv does not tell the text "1" from the number
            values = [_option(one, value) for value in values]
        columns[name] = values
    return pd.DataFrame(columns)


def numbers(table: pd.DataFrame, column: str, valid: NDArray[np.bool_]) -> Array:
    """The numbers `[n]` of a column, NaN where not `valid`. Raises StudyError for anything else."""
    given = table[column]
    values = pd.to_numeric(given, errors="coerce").to_numpy(float)
    bad = valid & ~np.isfinite(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise StudyError(
            f"{column}, row {row}: {plain(given.iloc[row])!r} is no finite number; leave the row "
            'out, or say in a column `status` that it is "invalid": tried, and without a score'
        )
    return np.where(valid, values, np.nan)


def _of_this(table: pd.DataFrame, objective: Objective) -> pd.DataFrame:
    """The rows of this objective, where a frame is of several."""
    if "objective" not in table or table["objective"].nunique() < 2:
        return table
    mine = table["objective"].astype(str) == objective.name
    if not mine.any():
        names = _listed(table["objective"].astype(str).unique())
        raise StudyError(f"its rows are of {names}, none of {objective.name}")
    return table[mine]


def _latents(table: pd.DataFrame, dim: int) -> Array:
    there = [name for name in table.columns if re.fullmatch(r"z_\d+", str(name))]
    wanted = [f"z_{nth}" for nth in range(dim)]
    # Beside a larger space's, the points of a smaller one have no further coordinates.
    used = [name for name in there if table[name].notna().any()]
    if set(used) != set(wanted):
        raise StudyError(
            f"points of {dim} coordinates are columns z_0 to z_{dim - 1}; there are "
            f"{_listed(there or table.columns)}"
        )
    return np.stack([numbers(table, name, np.ones(len(table), bool)) for name in wanted], axis=1)


def _answered(table: pd.DataFrame, valid: NDArray[np.bool_], objective: Objective) -> Columns:
    scorer = objective.scorer
    margins = [_margin(table, name, valid, objective) for name in scorer.constraints]
    columns: Columns = {"valid": valid}
    if margins:
        columns["constraints"] = np.stack(margins, axis=1)
    if scorer.criteria:
        criteria = []
        for name in scorer.criteria:
            column = _named(table, (name, f"criterion_{name}"))
            if column is None:
                raise StudyError(
                    f"there is no column of the criterion {name!r}; there are "
                    f"{_listed(table.columns)}"
                )
            criteria.append(numbers(table, column, valid))
        raw = np.stack([*criteria, *margins], axis=1)
        return columns | {"criteria": np.stack(criteria, 1), "score": scorer.combined(raw)}
    column = _named(table, SCORE)
    if column is None:
        raise StudyError(
            "there is no column `score`: what the scorer returned; rename the one that holds it. "
            f"There are {_listed(table.columns)}"
        )
    return columns | {"score": scorer.sign * numbers(table, column, valid)}


def _margin(
    table: pd.DataFrame, name: str, valid: NDArray[np.bool_], objective: Objective
) -> Array:
    """How far each row meets a constraint: as it is, or of the output that is bounded."""
    if f"constraint_{name}" in table:
        return numbers(table, f"constraint_{name}", valid)
    if name not in table:
        raise StudyError(
            f"there is no column {name!r} (the output that a constraint bounds) and none "
            f"'constraint_{name}' (met where it is >= 0); there are {_listed(table.columns)}"
        )
    values, bound = numbers(table, name, valid), objective.scorer.bounds.get(name)
    margin: Array = values if bound is None else bound.margin(values)
    return margin


def _column_of(table: pd.DataFrame, name: str, unit: str) -> Any:
    """The column of a parameter; None where there is none. Raises StudyError for another unit."""
    if (plain := _named(table, [f"{before}{name}" for before in BEFORE])) is not None:
        return plain
    for column in table.columns:
        parts = WITH_UNIT.fullmatch(str(column))
        if parts is None or parts[1] not in [f"{before}{name}" for before in BEFORE]:
            continue
        if parts[2] != unit:
            has = repr(unit) if unit else "no unit"
            raise StudyError(
                f"the column {str(column)!r} is in {parts[2]!r}, and the parameter {name} has "
                f"{has}: convert the column, and call it {name!r}"
            )
        return column
    return None


def _option(one: Choice, value: Any) -> Any:
    """The option that a value is, or is written like."""
    try:
        one.number(value)
    except ParameterError:
        alike = [option for option in one.options if str(option) == str(value)]
        return alike[0] if len(alike) == 1 else value
    return value


def _named(table: pd.DataFrame, names: Iterable[str]) -> str | None:
    return next((name for name in names if name in table), None)


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(repr, map(str, names))) or "none"
