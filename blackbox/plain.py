"""Numbers as people give them: those of numpy become Python's own, and a whole one is whole."""

from __future__ import annotations

import copy
import dataclasses
import math
import operator
from collections.abc import Iterable
from typing import Any, TypeGuard, TypeVar

import numpy as np

Settings = TypeVar("Settings")
SCALARS = (np.number, np.bool_)
# How a field of settings is annotated that counts something.
COUNTS = ("int", "int | None", "Optional[int]", int, int | None)
# And one that is a number. What an object of a user's class holds there is the user's matter.
NUMBERS = ("float", "float | None", float, float | None)


def is_whole(given: object) -> TypeGuard[int]:
    """Whether this is one whole number, whoever's; a float is none (16.0), nor is a truth value.

    >>> [is_whole(one) for one in (16, np.int64(16), np.array(16), 16.0, True, np.array([16]))]
    [True, True, True, False, False, False]
    """
    if isinstance(given, bool) or "bool" in str(getattr(given, "dtype", "")):
        return False
    try:
        operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def number(given: Any) -> float | int | None:
    """A real number, numpy's included, as Python's own; None for anything else, truth values too.

    >>> number(np.int64(3)), number(True), number("3")
    (3, None, None)
    """
    if isinstance(given, np.generic) or (isinstance(given, np.ndarray) and given.ndim == 0):
        given = given.item()
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        float(given)
    except OverflowError:  # of a whole number beyond all floats
        return math.inf if given > 0 else -math.inf
    return given


def plain(value: Any) -> Any:
    """The same value with Python's own scalars, inside lists, tuples and dicts too.

    Itself where nothing changes. Arrays with an axis stay arrays.

    >>> plain({"popsize": np.int64(12), "ends": (np.float64(0.5), None)})
    {'popsize': 12, 'ends': (0.5, None)}
    """
    if isinstance(value, np.str_):
        return str.__str__(value)  # its own item() loses a zero byte at the end
    if isinstance(value, SCALARS) or (isinstance(value, np.ndarray) and value.ndim == 0):
        scalar = value.item()
        return float(scalar) if isinstance(scalar, np.floating) else scalar  # a long double
    if type(value) in (list, tuple):
        parts = [plain(part) for part in value]
        return value if _same(parts, value) else type(value)(parts)
    if type(value) is dict:
        parts = [plain(part) for part in value.values()]
        return value if _same(parts, value.values()) else dict(zip(value, parts, strict=True))
    return value


def refuse_uncounted(one: dataclasses.Field[Any], value: object) -> None:
    """Raise ValueError for a setting that counts something, and a value that is no whole number."""
    counts = one.type in COUNTS and value is not None and value is not one.default
    if counts and not is_whole(value):
        raise ValueError(f"{one.name} must be a whole number, not {value!r}")


def refuse_no_number(one: dataclasses.Field[Any], value: object) -> None:
    """Raise ValueError for what was written for a setting that is a number or counts something.

    What stands there by default may be written.
    """
    if type(value) is type(one.default) and value == one.default:
        return
    refuse_uncounted(one, value)
    if one.type == "int" and value is None:
        raise ValueError(f"{one.name} must be a whole number, not None")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_left_out = value is None and one.type != "float"
    if one.type in NUMBERS and not is_left_out and not (is_number and value == value):  # no NaN
        raise ValueError(f"{one.name} must be a number, not {value!r}")


def settled(settings: Settings) -> Settings:
    """A strategy with plain settings, and the strategies inside it too; itself where it has them.

    Raises ValueError for a setting that counts something and is no whole number.
    """
    if not dataclasses.is_dataclass(settings) or isinstance(settings, type):
        return settings
    changed: dict[str, Any] = {}
    for one in dataclasses.fields(settings):
        if not one.init:
            continue
        value = getattr(settings, one.name)
        plain_value = _inside(value) if one.metadata.get("strategies") else plain(value)
        refuse_uncounted(one, plain_value)
        if plain_value is not value:
            changed[one.name] = plain_value
    if not changed:
        return settings
    # Of the object as it is: making it anew would lose what its class does not list.
    made = copy.copy(settings)
    for name, plain_value in changed.items():
        object.__setattr__(made, name, plain_value)
    return made


def _inside(value: Any) -> Any:
    """The strategies that a strategy is made of, one or several."""
    if not isinstance(value, list | tuple):
        return settled(value)
    parts = [settled(part) for part in value]
    return value if _same(parts, value) else type(value)(parts)


def _same(new: Iterable[object], old: Iterable[object]) -> bool:
    return all(one is other for one, other in zip(new, old, strict=True))
