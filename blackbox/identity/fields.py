"""What an object holds: its attributes and slots, but for what is only remembered."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from abc import ABC
from enum import Enum
from typing import Any, Generic, Protocol

from blackbox.identity.arrays import is_network
from blackbox.identity.owners import Owner, owner_of_module

# The metadata of a dataclass's field that says nothing of what an object does: a time limit, say.
UNCOUNTED = {"counts": False}
# Bases that say nothing of how an object is laid out.
FORMAL = (object, ABC, Generic, Protocol)


def is_plain_instance(value: Any) -> bool:
    """Whether an object is what its attributes are: a dataclass, or of a class in Python here."""
    kind = type(value)
    if isinstance(value, type | Enum | BaseException) or is_network(value):
        return False
    if dataclasses.is_dataclass(value):
        return True
    return all(
        base in FORMAL or owner_of_module(base.__module__) is not Owner.LIBRARY
        for base in kind.__mro__
    )


def fields_of(value: Any) -> dict[str, Any]:
    """The attributes and slots of an object, without what `cached_property` keeps there."""
    kind = type(value)
    fields = dict(getattr(value, "__dict__", {}))
    for base in kind.__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            mangled = f"_{base.__name__.lstrip('_')}{name}" if _is_private(name) else name
            if name not in ("__dict__", "__weakref__") and hasattr(value, mangled):
                fields[mangled] = getattr(value, mangled)
    return {
        name: field
        for name, field in fields.items()
        if not (_is_remembered(kind, name) or _is_uncounted(kind, name))
    }


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _is_remembered(kind: type, name: str) -> bool:
    return isinstance(inspect.getattr_static(kind, name, None), functools.cached_property)


def _is_uncounted(kind: type, name: str) -> bool:
    field = getattr(kind, "__dataclass_fields__", {}).get(name)
    return field is not None and field.metadata.get("counts") is False
