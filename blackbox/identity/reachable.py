"""All that a thing leads to: the code that it may run, and the values that this code reads."""

from __future__ import annotations

import functools
import types
from collections import deque
from typing import Any

from blackbox.identity.arrays import is_network
from blackbox.identity.callables import callable_text, unwrapped
from blackbox.identity.contents import Contents
from blackbox.identity.fields import fields_of, is_plain_instance
from blackbox.identity.networks import network_parts
from blackbox.identity.owners import qualified
from blackbox.identity.reached_code import ReachedCode
from blackbox.identity.resolve import MISSING, Place
from blackbox.identity.written import Written

CODE_TYPES = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


class Reachable:
    """Walks from a thing to its parts: code first, so that what it writes is known to be state."""

    def __init__(self, written: Written) -> None:
        """Begins with what an earlier walk found to be written."""
        self.written = written
        self.parts: dict[str, str] = {}
        self.unhashed: set[str] = set()
        self.code = ReachedCode(self.parts, written, self._place)
        self.contents = Contents(self)
        self.values: deque[Place] = deque()
        # Objects by their address; `alive` keeps an address from being given to another.
        self.instances: dict[int, str] = {}
        self.placed: set[tuple[int, str]] = set()
        self.alive: list[Any] = []

    def walk(self, name: str, thing: Any) -> None:
        """Fills `parts` and `unhashed` with all that a thing leads to."""
        self._part(name, thing)
        self.code.explore()
        while self.values:
            place = self.values.popleft()
            if place.owner is None or not self.is_state(place.owner, place.name, place.value):
                self._part(place.label, place.value)
            self.code.explore()

    def is_state(self, owner: object, name: str, value: Any) -> bool:
        """Whether the code writes this itself; all code that is known is read before."""
        self.code.explore()
        return self.written.is_state(owner, name, value)

    def refuse(self, value: Any, where: str) -> str:
        """Names a value that has no content to compare."""
        kind = qualified(type(value)).removeprefix("builtins.")
        self.unhashed.add(f"{where} ({kind})")
        return f"unhashed {kind}"

    def reference(self, value: Any, where: str) -> str | None:
        """A function, class or module by its name; None for a value that is neither."""
        value = unwrapped(value)
        if isinstance(value, types.FunctionType):
            return self.code.function(value)
        if isinstance(value, type):
            return self.code.cls(value)
        if isinstance(value, types.ModuleType):
            return self.code.module(value)
        if isinstance(value, types.MethodType):
            self.written.mention((value.__func__.__name__,))
            owner = self.contents.text(value.__self__, where)
            return f"{self.contents.text(value.__func__, where)} of {owner}"
        return callable_text(value, lambda part: self.contents.text(part, where))

    def _place(self, place: Place) -> None:
        """Something to be told by content once all code that may write it is known."""
        owner, name, label, value = place
        if value is MISSING or (owner is not None and (id(owner), name) in self.placed):
            return
        self.placed.add((id(owner), name))
        self.alive.append(owner)
        value = unwrapped(value)
        if isinstance(value, CODE_TYPES):
            self._alias(label, self.contents.text(value, label))
        else:
            self.values.append(Place(owner, name, label, value))

    def _part(self, label: str, value: Any) -> None:
        """Tells a value as one part, or as one for each thing that it is made of."""
        value = unwrapped(value)
        try:
            self._parts(label, value)
        except Exception:  # an object may answer anything with an error: it has no content
            self.parts[label] = self.refuse(value, label)

    def _parts(self, label: str, value: Any) -> None:
        if isinstance(value, types.MethodType):
            self.written.mention((value.__func__.__name__,))
            self._alias(label, self.contents.text(value.__func__, label))
            bound_to = label.removesuffix(f".{value.__func__.__name__}")
            owner = bound_to if bound_to.endswith("()") else f"{label}.self"
            self._place(Place(None, "", owner, value.__self__))
        elif isinstance(value, functools.partial):
            self.parts[label] = "partial"
            self._place(Place(None, "", f"{label}.func", value.func))
            for key, argument in (*enumerate(value.args), *value.keywords.items()):
                self._place(Place(None, "", f"{label}({key})", argument))
        elif id(value) in self.instances:
            self.parts[label] = f"is {self.instances[id(value)]}"
        elif is_network(value):
            self.contents.text(type(value), label)
            weights, settings = network_parts(value, self.contents, label)
            self.parts |= {label: weights, f"{label} settings": settings}
        elif is_plain_instance(value) and not isinstance(value, CODE_TYPES):
            self._instance(label, value)
        else:
            self._alias(label, self.contents.text(value, label))

    def _instance(self, label: str, value: Any) -> None:
        self.instances[id(value)] = label
        self.alive.append(value)
        self.parts[label] = self.contents.text(type(value), label)
        for name, field in sorted(fields_of(value).items()):
            self._place(Place(value, name, f"{label}.{name}", field))

    def _alias(self, label: str, text: str) -> None:
        """A part of its own, unless it is the user's code under that very name."""
        if text != label or label not in self.parts:
            self.parts[label] = text
