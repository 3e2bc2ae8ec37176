"""Parameters as plain tables, in JSON and in study files."""

from __future__ import annotations

from typing import Any

from blackbox.errors import ParameterError
from blackbox.parameters.kinds import KINDS, Choice, Integer, Parameter, Real
from blackbox.spelling import did_you_mean, suggestion

NUMBER = ("lower", "upper", "log", "unit", "default", "prior")
KEYS = {"real": NUMBER, "integer": NUMBER, "choice": ("options", "default", "weights")}
NEEDED = {"real": ("lower", "upper"), "integer": ("lower", "upper"), "choice": ("options",)}
TYPES: dict[str, tuple[type, str]] = {
    "log": (bool, "true or false"),
    "unit": (str, "a text"),
    "options": (list, "a list"),
}


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
    if not isinstance(kind, str) or kind not in KINDS:
        near = did_you_mean(kind, KINDS) if isinstance(kind, str) else ""
        raise ParameterError(f"{name}: the kind is one of {', '.join(KINDS)}, not {kind!r}{near}")
    _refuse_keys(name, kind, table)
    try:
        if kind == "choice":
            return Choice(*table.pop("options"), **table)
        return Integer(**table) if kind == "integer" else Real(**table)
    except (TypeError, ParameterError) as error:
        raise ParameterError(f"{name}: {error}") from None


def _refuse_keys(name: str, kind: str, table: dict[str, Any]) -> None:
    """Raise ParameterError for a key that this kind has not, or lacks, or of another type."""
    for key, value in table.items():
        if key not in KEYS[kind]:
            raise ParameterError(
                f"{name}: a parameter of the kind {kind} has no key "
                f"{key!r}{suggestion(str(key), ('kind', *KEYS[kind]))}"
            )
        of, what = TYPES.get(key, (object, ""))
        if not isinstance(value, of | tuple if of is list else of):
            raise ParameterError(f"{name}: {key} is {what}, not {value!r}")
    for key in NEEDED[kind]:
        if key not in table:
            raise ParameterError(
                f"{name}: a parameter of the kind {kind} lacks the key {key!r}; it needs "
                f"{', '.join(NEEDED[kind])}"
            )
