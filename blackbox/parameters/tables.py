"""Parameters as plain tables, in JSON and in study files."""

from __future__ import annotations

from typing import Any

from blackbox.errors import ParameterError
from blackbox.parameters.kinds import KINDS, Choice, Integer, Parameter, Real


def plain(one: Parameter) -> dict[str, Any]:
    """A parameter as plain values."""
    kind = next(name for name, of in KINDS.items() if isinstance(one, of))
    if isinstance(one, Choice):
        table: dict[str, Any] = {"kind": kind, "options": list(one.options)}
        table |= {"weights": list(one.weights)} if one.weights is not None else {}
    else:
        table = {"kind": kind, "lower": one.lower, "upper": one.upper}
        table |= {"log": True} if one.log else {}
        table |= {"prior": one.prior.table} if one.prior is not None else {}
        table |= {"unit": one.unit} if one.unit else {}
    return table | ({"default": one.default} if one.default is not None else {})


def of_table(name: str, table: dict[str, Any]) -> Parameter:
    """The parameter of a table. Raises ParameterError where it is none."""
    kind = table.pop("kind", "choice" if "options" in table else "real")
    if kind not in KINDS:
        raise ParameterError(f"{name}: the kind is one of {', '.join(KINDS)}, not {kind!r}")
    try:
        if kind == "choice":
            return Choice(*table.pop("options", ()), **table)
        return Integer(**table) if kind == "integer" else Real(**table)
    except (TypeError, ParameterError) as error:
        raise ParameterError(f"{name}: {error}") from None
