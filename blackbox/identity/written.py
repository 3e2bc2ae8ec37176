"""What the code itself writes: counters, caches, logs. It is state of a run and no input of it.

Only methods that may run count. `fit` stores what it learned, but unless something that is
reached calls `fit`, what it learned is content like any other.
"""

from __future__ import annotations

import array
import sys
import types
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from blackbox.identity.reads import CHANGING, Names, Reads
from blackbox.identity.resolve import Writing

# These make an object, or take it from elsewhere, before anything is called on it.
MAKING = {
    *("__init__", "__post_init__", "__new__", "__setstate__", "__init_subclass__"),
    *("__set_name__", "__class_getitem__", "__copy__", "__deepcopy__", "__del__"),
}
# These put something into an object, most often before anything is called on it: they wait for
# their names to be read.
BUILDING = {
    *("__setitem__", "__delitem__", "__setattr__", "__delattr__", "__set__", "__delete__"),
    *("__iadd__", "__isub__", "__imul__", "__itruediv__", "__ior__", "__iand__", "__ixor__"),
}
# What libraries call by name on an object that they were handed.
CALLED_BY_LIBRARIES = ("forward", "search", "decode", "score", "predict", "transform", "sample")
CONTAINERS = (list, dict, set, bytearray, array.array)


class Written:
    """The names and attributes that reached code writes; asked before each is told by content."""

    def __init__(self) -> None:
        """Knows of nothing that is written."""
        self.set: set[tuple[int, str]] = set()
        self.changed: set[tuple[int, str]] = set()
        self.on_self: dict[type, set[tuple[bool, Names]]] = defaultdict(set)
        self.attributes: set[str] = set()
        self.changing: set[type] = set()
        self.waiting: dict[str, list[tuple[type, Reads, list[Writing]]]] = defaultdict(list)
        # Counted as content so far; once one turns out to be state, all is told anew.
        self.counted: list[tuple[object, str, Any]] = []
        self.alive: list[Any] = []
        self.mention(CALLED_BY_LIBRARIES)

    def is_state(self, owner: object, name: str, value: Any) -> bool:
        """Whether reached code writes this attribute or name itself; remembers that it was asked.

        `owner` is the namespace of a module, a cell, or the object that has the attribute.
        """
        state = self._is_state(owner, name, value)
        if not state:
            self.counted.append((owner, name, value))
        return state

    def was_mistaken(self) -> bool:
        """Whether something that was counted has turned out to be state; forgets what was asked."""
        mistaken = any(self._is_state(*asked) for asked in self.counted)
        self.alive += self.counted
        self.counted = []
        return mistaken

    def note(self, owner: object, name: str, changed: bool) -> None:
        """Something that is reached sets a name, or calls a changing method on what it holds."""
        self.alive.append(owner)
        (self.changed if changed else self.set).add((id(owner), name))

    def note_all(self, writings: Iterable[Writing]) -> None:
        """All that a function that runs writes."""
        for writing in writings:
            self.note(*writing)

    def note_method(self, cls: type, name: str, reads: Reads, writings: list[Writing]) -> None:
        """A method of a class that is reached: it counts once it may be called."""
        runs_unasked = name.startswith("__") and name.endswith("__") and name not in BUILDING
        is_called = name in self.attributes or (name in CHANGING and cls in self.changing)
        if name not in MAKING and (is_called or runs_unasked):
            self._runs(cls, reads, writings)
        elif name not in MAKING:
            self.waiting[name].append((cls, reads, writings))

    def mention(self, names: Iterable[str]) -> None:
        """Reached code takes these attributes of something: methods so called may run."""
        for name in set(names) - self.attributes:
            self.attributes.add(name)
            for method in self.waiting.pop(name, ()):
                self._runs(*method)

    def calls_changing_methods(self, value: Any) -> None:
        """Reached code calls `append` and the like of an object: such methods of its class run."""
        classes = set(type(value).__mro__) - self.changing
        self.changing |= classes
        for name in CHANGING & set(self.waiting) if classes else ():
            for method in [one for one in self.waiting[name] if one[0] in classes]:
                self.waiting[name].remove(method)
                self._runs(*method)

    def may_run(self, cls: type, reads: Reads) -> None:
        """A method of a class may run: what it stores on its object is state."""
        for changed, chains in ((False, reads.set), (True, reads.changed)):
            attributes = {c[2:] for c in chains if c[:2] == ("local", reads.first) and len(c) > 2}
            self.on_self[cls] |= {(changed, chain) for chain in attributes}

    def _runs(self, cls: type, reads: Reads, writings: list[Writing]) -> None:
        self.may_run(cls, reads)
        self.note_all(writings)
        self.mention(reads.attributes)

    def _is_state(self, owner: object, name: str, value: Any) -> bool:
        if (id(owner), name) in self.set:
            return True
        changeable = _is_changed_by_methods(value)
        if (id(owner), name) in self.changed:
            self.calls_changing_methods(value)
            if changeable:
                return True
        for cls in (owner if isinstance(owner, type) else type(owner)).__mro__:
            for changed, chain in tuple(self.on_self.get(cls, ())):
                if chain == (name,) and (changeable or not changed):
                    return True
                if chain == (name,):
                    self.calls_changing_methods(value)
                if len(chain) == 2 and chain[0] == name:
                    self.note(value, chain[1], changed)
        return False


def _is_changed_by_methods(value: Any) -> bool:
    """Whether `append` and the like change a value: of a tensor, `add` is another tensor."""
    if isinstance(value, CONTAINERS):
        return True
    is_standard = type(value).__module__.split(".")[0] in sys.stdlib_module_names
    return is_standard and not isinstance(value, types.GeneratorType)
