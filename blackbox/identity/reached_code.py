"""The functions, classes and modules that are reached: the user's by what they do, others by name.

A function is its syntax tree where its source is known to be what runs, and else its bytecode.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable
from typing import Any

from blackbox.identity.instructions import bytecode_text
from blackbox.identity.members import description, functions_in, members_of
from blackbox.identity.owners import (
    Owner,
    house_version,
    owner_of_code,
    owner_of_module,
    qualified,
)
from blackbox.identity.parts import CODE, digest_of
from blackbox.identity.reads import reads_of
from blackbox.identity.resolve import (
    Place,
    closed_over,
    given,
    imported_places,
    is_followed,
    place_read,
    places_written,
)
from blackbox.identity.sources import module_text, source_text
from blackbox.identity.written import MAKING, Written


class ReachedCode:
    """Reads all code that is reached, once each; hands on the values that it reads."""

    def __init__(
        self, parts: dict[str, str], written: Written, place: Callable[[Place], None]
    ) -> None:
        """Fills `parts`, notes in `written` what the code writes, calls `place` for each value."""
        self.parts = parts
        self.written = written
        self.place = place
        # Functions to be read, and whether they run for certain; methods run if they are called.
        self.waiting: deque[tuple[types.FunctionType, str, bool]] = deque()
        # What is known, by its address; `alive` keeps an address from being given to another.
        self.texts: dict[int, str] = {}
        self.names: set[str] = set()
        self.alive: list[Any] = []

    def explore(self) -> None:
        """Reads what is waiting, and what that leads to."""
        while self.waiting:
            function, name, runs = self.waiting.popleft()
            owner = _owner(function)
            if owner is Owner.USER:
                self._reads(function, name, runs)
            for place in closed_over(function, name):
                if place.label == f"{name}.__class__":  # what `super()` looks at
                    self.cls(place.value)
                elif not is_followed(place.value):
                    self.place(place)

    def function(self, function: types.FunctionType, runs: bool = True) -> str:
        """The name of a function; the user's becomes a part."""
        if id(function) not in self.texts:
            owner = _owner(function)
            name = self._name(function)
            self.texts[id(function)] = name
            if owner is Owner.USER:
                self.parts[name] = CODE + code_digest(function)
            elif owner is Owner.HOUSE:
                self.texts[id(function)] = f"{name} version {house_version(function)}"
            self.waiting.append((function, name, runs))
        return self.texts[id(function)]

    def cls(self, cls: type) -> str:
        """The name of a class; the user's becomes a part, with its bases, methods and values."""
        if id(cls) in self.texts:
            return self.texts[id(cls)]
        owner = owner_of_module(cls.__module__)
        if owner is Owner.LIBRARY:
            return qualified(cls)
        name = self._name(cls)
        self.texts[id(cls)] = name
        if owner is Owner.USER:
            bases = [self.cls(base) for base in cls.__bases__ if base is not object]
            self.parts[name] = description(cls, bases)
            self.cls(type(cls))
            self._members(cls, name)
        else:
            self.texts[id(cls)] = f"{name} version {house_version(cls)}"
            for attribute, one in members_of(cls):
                for function in functions_in(one) if attribute not in MAKING else ():
                    self.written.may_run(cls, reads_of(function.__code__))
        return self.texts[id(cls)]

    def module(self, module: types.ModuleType) -> str:
        """A module that is handed around: any of its names may be meant, so all of it counts."""
        name = qualified(module)
        owner = owner_of_module(module.__name__)
        if owner is Owner.USER:
            text = module_text(getattr(module, "__file__", None) or "")
            self.parts[name] = CODE + digest_of(text) if text else "module without source"
        version = f" version {house_version(module)}" if owner is Owner.HOUSE else ""
        return f"module {name}{version}"

    def _name(self, code: Any) -> str:
        """A name that no other code has: two lambdas of one module are told apart."""
        name = plain = qualified(code)
        number = 1
        while name in self.names:
            number += 1
            name = f"{plain} #{number}"
        self.names.add(name)
        self.alive.append(code)
        return name

    def _reads(self, function: types.FunctionType, name: str, runs: bool) -> None:
        reads = reads_of(function.__code__)
        if runs:
            self.written.mention(reads.attributes)
            self.written.note_all(places_written(reads, function))
        for chain in reads.read:
            place = place_read(chain, function, name)
            if place is not None:
                self.place(place)
        for place in (*imported_places(reads, function), *given(function, name)):
            self.place(place)

    def _members(self, cls: type, name: str) -> None:
        for attribute, one in members_of(cls):
            functions = list(functions_in(one))
            for function in functions:
                reads = reads_of(function.__code__)
                writes = places_written(reads, function)
                self.written.note_method(cls, attribute, reads, writes)
                self.function(function, runs=False)
            if not functions:
                self.place(Place(cls, attribute, f"{name}.{attribute}", one))
        for field in getattr(cls, "__dataclass_fields__", {}).values():
            if callable(field.default_factory):
                place = Place(None, "", f"{name}.{field.name}", field.default_factory)
                self.place(place)


def code_digest(function: types.FunctionType) -> str:
    """The hash of what a function does."""
    return digest_of(source_text(function) or bytecode_text(function.__code__))


def _owner(function: types.FunctionType) -> Owner:
    return owner_of_code(function.__code__, function.__globals__.get("__name__"))
