"""A value as text, by its content: short values as they are written, long ones as a hash."""

from __future__ import annotations

import copyreg
import functools
import pickle
import random
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any, Protocol

import numpy as np

from blackbox.identity.arrays import RANDOM, array_text, is_network
from blackbox.identity.counted_files import CountedFile
from blackbox.identity.fields import fields_of, is_plain_instance
from blackbox.identity.networks import network_parts
from blackbox.identity.owners import qualified
from blackbox.identity.parts import digest_of

SCALARS = (int, float, complex, bool, str, bytes, type(None), type(...), type(NotImplemented))
SCALAR_TYPES = frozenset((*SCALARS, range, slice))
# What is longer is shown as its hash: a list of changes must stay readable.
SHORT = 60
# Written into a pickle to warn of another version: says nothing of what the object is.
STAMPS = {"_sklearn_version"}


class Surroundings(Protocol):
    """Who knows the code that a value leads to, and which of its fields the code itself writes."""

    def reference(self, value: Any, where: str) -> str | None:
        """A function, class or module by its name, or None for any other value."""

    def is_state(self, owner: object, name: str, value: Any) -> bool:
        """Whether the code that is identified writes this field itself."""

    def refuse(self, value: Any, where: str) -> str:
        """Names a value that has no content to compare."""


class Contents:
    """Tells values by their content. Each object is told once, and a circle ends where it began."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Asks `surroundings` for the names of code."""
        self.surroundings = surroundings
        self.told: dict[int, str] = {}
        self.open: dict[int, int] = {}
        # An object that lives as long as this one shares its address with no other.
        self.alive: list[Any] = []

    def text(self, value: Any, where: str) -> str:
        """The content of a value; `where` names it should it have none."""
        if type(value) in SCALAR_TYPES:
            return shortened(repr(value), type(value).__name__)
        if id(value) in self.open:
            return f"itself, {len(self.open) - self.open[id(value)]} up"
        if id(value) not in self.told:
            self.alive.append(value)
            self.open[id(value)] = len(self.open)
            try:
                self.told[id(value)] = self._text(value, where)
            except Exception:  # an object may answer anything with an error: it has no content
                return self.surroundings.refuse(value, where)
            finally:
                del self.open[id(value)]
        return self.told[id(value)]

    def _text(self, value: Any, where: str) -> str:
        for of_kind in (self.surroundings.reference, self._collection, self._array, self._special):
            text = of_kind(value, where)
            if text is not None:
                return text
        if is_plain_instance(value):
            return self._called(self._kind(value, where), self._fields(value, where))
        return self._taken_apart(value, where)

    def _kind(self, value: Any, where: str) -> str:
        return self.text(type(value), where)

    def _collection(self, value: Any, where: str) -> str | None:
        kind = type(value)
        if kind in (list, tuple):
            if all(type(part) in SCALAR_TYPES for part in value):
                return shortened(repr(value), f"{kind.__name__} of {len(value)}")
            return self._joined(kind.__name__, (self.text(part, where) for part in value))
        if kind in (set, frozenset):
            ordered = sorted(value, key=_order)
            return self._joined(kind.__name__, sorted(self.text(p, where) for p in ordered))
        if kind is dict and all(type(p) in SCALAR_TYPES for pair in value.items() for p in pair):
            pairs = sorted(f"{key!r}: {content!r}" for key, content in value.items())
            return self._joined("dict", pairs)
        if kind is dict or isinstance(value, types.MappingProxyType):
            return self._joined("dict", self._items(value, where))
        return None

    def _items(self, value: Mapping[Any, Any], where: str) -> list[str]:
        pairs = sorted(value.items(), key=lambda pair: _order(pair[0]))
        return sorted(f"{self.text(k, where)}: {self.text(v, f'{where}[{k!r}]')}" for k, v in pairs)

    def _array(self, value: Any, where: str) -> str | None:
        return array_text(value, lambda part: self.text(part, where))

    def _special(self, value: Any, where: str) -> str | None:
        if isinstance(value, Enum):
            content = self.text(value.value, where)
            return f"{self._kind(value, where)}.{value.name} = {content}"
        if isinstance(value, CountedFile):
            return value.text
        if isinstance(value, PurePath):
            return f"path {place_of(value, where)!r}"
        if isinstance(value, np.random.Generator | np.random.RandomState | random.Random):
            return RANDOM
        if isinstance(value, weakref.ReferenceType):
            return f"reference to {self.text(value(), where)}"
        if type(value).__module__.startswith("sklearn.neighbors.") and hasattr(value, "get_arrays"):
            # A tree counts its calls; whole numbers apart, its state is what it was made of.
            made_of = (part for part in value.__getstate__() if type(part) is not int)
            return self._called(type(value).__name__, (self.text(part, where) for part in made_of))
        if isinstance(value, functools.partial):
            parts = (value.func, value.args, value.keywords)
            return self._called("partial", (self.text(part, where) for part in parts))
        if is_network(value):
            weights, settings = network_parts(value, self, where)
            return self._called(self._kind(value, where), (weights, settings))
        return None

    def _fields(self, value: Any, where: str) -> list[str]:
        return [
            f"{name}={self.text(field, f'{where}.{name}')}"
            for name, field in sorted(fields_of(value).items())
            if not self.surroundings.is_state(value, name, field)
        ]

    def _taken_apart(self, value: Any, where: str) -> str:
        """Any other object as its own class takes it apart for `pickle`, never as those bytes."""
        reducer = copyreg.dispatch_table.get(type(value))
        reduced: Any = reducer(value) if reducer else value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return self._global(value, reduced, where)
        make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        parts = [self.text(make, where), self.text(arguments, where)]
        for fields in state if isinstance(state, tuple) and len(state) == 2 else (state,):
            parts.append(self._state(value, fields, where))
        parts += [self.text(list(items or ()), where), self.text(dict(pairs or ()), where)]
        return self._called(self._kind(value, where), parts)

    def _global(self, value: Any, name: str, where: str) -> str:
        """What says of itself that it is to be found under a name, if it is."""
        module = pickle.whichmodule(value, name)  # type: ignore[attr-defined]
        there = functools.reduce(
            lambda owner, part: getattr(owner, part, None), name.split("."), sys.modules.get(module)
        )
        return f"{module}.{name}" if there is value else self.surroundings.refuse(value, where)

    def _state(self, value: Any, state: Any, where: str) -> str:
        if type(state) is not dict:
            return self.text(state, where)
        names = sorted((n for n in state if n not in STAMPS), key=str)
        return self._joined(
            "state",
            (
                f"{name}={self.text(state[name], f'{where}.{name}')}"
                for name in names
                if not self.surroundings.is_state(value, str(name), state[name])
            ),
        )

    def _joined(self, kind: str, parts: Iterable[str]) -> str:
        parts = list(parts)
        return shortened(f"{kind}({', '.join(parts)})", f"{kind} of {len(parts)}")

    def _called(self, name: str, parts: Iterable[str]) -> str:
        return shortened(f"{name}({', '.join(parts)})", name)


def place_of(path: PurePath, where: str) -> str:
    """A path as text: what lies in an imported package, or beside its own module, as from there.

    So a project may move to another folder or machine, and what it reads is still the same.

    >>> import blackbox
    >>> place_of(PurePath(blackbox.__file__).parent / "weights", "blackbox.HOME")
    'blackbox/weights'
    """
    for folder in reversed(path.parents if path.is_absolute() else ()):
        if _file(folder.name).parent == folder:
            return path.relative_to(folder.parent).as_posix()
    beside = _file(where.partition(".")[0])
    if beside.name and beside.parent in path.parents:
        return f"beside {beside.name}: {path.relative_to(beside.parent).as_posix()}"
    return str(path)


def _file(module: str) -> PurePath:
    """The file of an imported module; of others a place that nothing lies in."""
    return PurePath(getattr(sys.modules.get(module), "__file__", None) or "")


def shortened(text: str, kind: str) -> str:
    """A text as it is, or what it is and its hash where it is long."""
    return text if len(text) <= SHORT else f"{kind} {digest_of(text)}"


def _order(value: Any) -> tuple[str, str]:
    """An order of what a set or a dict holds that is the same in every process."""
    kind = type(value)
    text = repr(value) if kind in SCALAR_TYPES or kind is tuple else ""
    is_code = isinstance(value, Callable)  # type: ignore[arg-type]
    return kind.__qualname__, qualified(value) if is_code else text
