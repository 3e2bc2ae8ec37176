"""What a value is, in words that are the same in every process: no address, nothing left out."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# An array of more numbers than this is named by its content's hash.
FEW = 16
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


def named(function: Any) -> str:
    """The qualified name of a function or class.

    >>> named(dataclasses.replace)
    'dataclasses.replace'
    """
    return f"{function.__module__}.{function.__qualname__}"


def short(value: Any) -> Any:
    """A setting as a label shows it: functions by name, large arrays by size and hash.

    >>> short([len, np.ones(2)])
    ['builtins.len', [1.0, 1.0]]
    """
    match value:
        case np.ndarray() if value.size <= FEW:
            return value.tolist()
        case np.ndarray():
            return f"array {list(value.shape)} {_hash(value)[:8]}"
        case list() | tuple():
            return [short(part) for part in value]
        case dict():
            return {key: short(part) for key, part in value.items()}
        case functools.partial():
            return f"partial {short(value.func)}"
    return named(value) if isinstance(value, FUNCTIONS) else value


def text(value: Any) -> str:
    """All that makes a value what it is: two that differ have different texts, in any process.

    A function is its name, its code and what it closes over; an object without a `repr` of its
    own is what it holds.
    """
    plain = repr(value)
    if not ADDRESS.search(plain) and not _holds_arrays(value):
        return plain
    return _text(value, ())


def _text(value: Any, above: tuple[int, ...]) -> str:
    if id(value) in above:
        return "itself"
    below = (*above, id(value))

    def parts(values: Iterable[Any]) -> str:
        return ", ".join(_text(part, below) for part in values)

    match value:
        case np.ndarray():
            return f"array({list(value.shape)}, {value.dtype}, {_hash(value)})"
        case types.FunctionType():
            cells = [_content(cell) for cell in value.__closure__ or ()]
            given = (value.__defaults__, value.__kwdefaults__)
            return f"{named(value)}({_code(value.__code__)}, {parts((*given, *cells))})"
        case types.MethodType():
            return f"method({parts((value.__func__, value.__self__))})"
        case functools.partial():
            return f"partial({parts((value.func, value.args, value.keywords))})"
        case list() | tuple() | set() | frozenset():
            ordered = value if isinstance(value, list | tuple) else sorted(value, key=repr)
            return f"{type(value).__name__}({parts(ordered)})"
        case Mapping():
            return f"{type(value).__name__}({parts(sum(value.items(), ()))})"
    if isinstance(value, FUNCTIONS):
        return named(value)
    if not ADDRESS.search(plain := repr(value)) and not _holds_arrays(value):
        return plain
    return f"{named(type(value))}({parts(sum(sorted(_fields(value).items()), ()))})"


def _fields(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    return dict(getattr(value, "__dict__", {}))


def _holds_arrays(value: Any) -> bool:
    """Whether a `repr` leaves out digits: those of an array, which are cut."""
    if isinstance(value, list | tuple):
        return any(map(_holds_arrays, value))
    if isinstance(value, Mapping):
        return any(map(_holds_arrays, value.values()))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(map(_holds_arrays, _fields(value).values()))
    return isinstance(value, np.ndarray)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # of a name that has no value yet
        return None


def _code(code: types.CodeType) -> str:
    inner = [_code(one) if isinstance(one, types.CodeType) else repr(one) for one in code.co_consts]
    content = repr((code.co_code, code.co_names, code.co_varnames, inner))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _hash(array: np.ndarray[Any, Any]) -> str:
    if array.dtype.hasobject:
        return hashlib.sha256(repr(array.tolist()).encode()).hexdigest()[:16]
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
