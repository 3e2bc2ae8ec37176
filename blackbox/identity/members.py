"""What a class says: its functions, and its values, but for what Python writes there by itself."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any

from blackbox.identity.resolve import cell_content

GENERATED = ("<string>", "<attrs generated")
GENERATING = ("__dataclass_fields__", "__attrs_attrs__", "_fields")
# A cache that `abc` keeps in a class.
BOOKS = ("_abc_impl",)


def functions_in(member: Any) -> Iterator[types.FunctionType]:
    """The functions that an attribute of a class is made of: a method, a property's three."""
    match member:
        case types.FunctionType():
            yield member
            # A decorator closes over the method that it wraps.
            for cell in member.__closure__ or ():
                content = cell_content(cell)
                if isinstance(content, types.FunctionType) and content is not member:
                    yield content
        case staticmethod() | classmethod():
            yield from functions_in(member.__func__)
        case property():
            for part in (member.fget, member.fset, member.fdel):
                yield from functions_in(part)
        case functools.cached_property() | functools.partialmethod():
            yield from functions_in(member.func)
        case functools._lru_cache_wrapper():
            yield from functions_in(member.__wrapped__)


def members_of(cls: type) -> list[tuple[str, Any]]:
    """The attributes of a class that were written by hand, sorted by name."""
    if issubclass(cls, Enum):
        functions = [(name, one) for name, one in vars(cls).items() if any(functions_in(one))]
        return sorted(functions) + list(cls.__members__.items())
    generates = any(mark in vars(cls) for mark in GENERATING)
    return [
        (name, member)
        for name, member in sorted(vars(cls).items())
        if not _is_book(name, member) and not (generates and _is_generated(member))
    ]


def description(cls: type, bases: list[str]) -> str:
    """The bases of a class and the names of its fields, whose order is that of its arguments."""
    fields = list(getattr(cls, "__dataclass_fields__", ()) or getattr(cls, "_fields", ()))
    head = f"class ({', '.join(bases)})"
    return f"{head} with {', '.join(fields)}" if fields else head


def _is_book(name: str, member: Any) -> bool:
    if name in BOOKS or isinstance(member, types.MemberDescriptorType | types.GetSetDescriptorType):
        return True
    is_dunder = name.startswith("__") and name.endswith("__")
    return is_dunder and not any(functions_in(member))


def _is_generated(member: Any) -> bool:
    return any(f.__code__.co_filename.startswith(GENERATED) for f in functions_in(member))
