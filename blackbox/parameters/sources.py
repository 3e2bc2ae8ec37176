"""Parameters as others say them: the columns of a table, optuna's distributions, a ConfigSpace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from blackbox.errors import ParameterError
from blackbox.late import is_frame, pandas
from blackbox.parameters.kinds import Choice, Integer, Parameter, Real
from blackbox.parameters.tables import of_table

if TYPE_CHECKING:
    import pandas as pd


def parameters_of(source: Any) -> dict[str, Parameter]:
    """The parameters of a source, by name. Raises ParameterError for what says none."""
    if is_frame(source):
        return {str(name): of_column(str(name), source[name]) for name in source.columns}
    if type(source).__name__ == "ConfigurationSpace":
        return _of_configspace(source)
    if isinstance(source, Mapping):
        return {str(name): _of_one(str(name), one) for name, one in source.items()}
    raise ParameterError(
        "parameters are a mapping, a frame, a dict of optuna's distributions or a ConfigSpace, "
        f"not {type(source).__name__}"
    )


def of_column(name: str, column: pd.Series[Any]) -> Parameter:
    """What a column of known rows spans: from its least to its largest value, or its values."""
    values = column.dropna()
    try:
        if pandas.api.types.is_bool_dtype(values) or not pandas.api.types.is_numeric_dtype(values):
            return Choice(*sorted(set(values.tolist()), key=str))
        if pandas.api.types.is_integer_dtype(values):
            return Integer(int(values.min()), int(values.max()))
        return Real(float(values.min()), float(values.max()))
    except (ParameterError, ValueError) as error:
        raise ParameterError(f"{name}: {error}") from None


def _of_one(name: str, one: Any) -> Parameter:
    """A parameter, a table of one, or a distribution of optuna's."""
    if isinstance(one, Real | Integer | Choice):
        return one
    if isinstance(one, Mapping):
        return of_table(name, dict(one))
    kind = type(one).__name__
    try:
        if kind == "CategoricalDistribution":
            return Choice(*one.choices)
        if kind in ("FloatDistribution", "IntDistribution"):
            whole = kind == "IntDistribution"
            if one.step is not None and not (whole and one.step == 1):
                steps = np.arange(one.low, one.high + one.step / 2, one.step).tolist()
                return Choice(*(int(value) if whole else float(value) for value in steps))
            return (Integer if whole else Real)(one.low, one.high, log=one.log)
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None
    raise ParameterError(
        f"{name} is {one!r}, where bb.Real(lower, upper), bb.Integer(lower, upper) or "
        "bb.Choice(option, option) is expected"
    )


def _of_configspace(space: Any) -> dict[str, Parameter]:
    """The hyperparameters of a ConfigSpace that has no conditions."""
    if list(space.conditions) or list(space.forbidden_clauses):
        raise ParameterError(
            "a ConfigSpace with conditions or forbidden clauses has no parameters of its own for "
            "each point: leave them out, and let the scorer say so"
        )
    named: dict[str, Parameter] = {}
    for one in space.values():
        kind = type(one).__name__
        if kind.endswith("FloatHyperparameter"):
            made: Parameter = Real(one.lower, one.upper, log=bool(getattr(one, "log", False)))
        elif kind.endswith("IntegerHyperparameter"):
            made = Integer(one.lower, one.upper, log=bool(getattr(one, "log", False)))
        elif kind == "CategoricalHyperparameter":
            made = Choice(*(_plain(option) for option in one.choices))
        elif kind == "OrdinalHyperparameter":
            made = Choice(*(_plain(option) for option in one.sequence))
        else:
            raise ParameterError(f"{one.name} is a {kind}: say what never changes in the scorer")
        named[str(one.name)] = made
    return named


def _plain(option: Any) -> Any:
    """An option as Python's own value, where it is one of numpy's."""
    return option.item() if isinstance(option, np.generic) else option
