"""What a name in a function's code stands for: followed through the user's modules, not beyond."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import types
from typing import Any, NamedTuple

from blackbox.identity.owners import Owner, owner_of_file, owner_of_module, qualified
from blackbox.identity.reads import Names, Reads

MISSING: Any = object()
# Whose attribute or name is written, which, and whether by a method of what it holds.
Writing = tuple[Any, str, bool]


class Place(NamedTuple):
    """A value, whose it is under which name, and what it is called in a list of parts."""

    owner: Any
    name: str
    label: str
    value: Any


def place_read(chain: Names, function: types.FunctionType, label: str) -> Place | None:
    """What a function reads: a module's value, or the first thing on the way that is no module."""
    place = _root(chain, function, label)
    for name in chain[2:]:
        if place is None or not is_followed(place.value):
            break
        place = member(place.value, name)
    return place if place and place.value is not MISSING else None


def places_written(reads: Reads, function: types.FunctionType) -> list[Writing]:
    """Whose attributes or names a function writes, as far as that is told without running it."""
    return [
        (*place, changed)
        for changed, chains in ((False, reads.set), (True, reads.changed))
        for chain in chains
        if (place := _place_written(chain, function))
    ]


def _place_written(chain: Names, function: types.FunctionType) -> tuple[Any, str] | None:
    if chain[0] == "local":
        # Only what is given by default outlives a call: `def score(z, seen={})`.
        return (function, f"({chain[1]})") if len(chain) == 2 else None
    place = _root(chain, function, "")
    if place is None:
        return None
    owner, name, value = place.owner, place.name, place.value
    for attribute in chain[2:]:
        if value is MISSING:
            return None
        owner = vars(value) if isinstance(value, types.ModuleType) else value
        name, value = attribute, _kept(owner, attribute)
    return owner, name


def is_followed(value: Any) -> bool:
    """Whether a value is a module whose members are read one by one: the user's, or ours."""
    is_module = isinstance(value, types.ModuleType)
    return is_module and owner_of_module(value.__name__) is not Owner.LIBRARY


def member(module: types.ModuleType, name: str) -> Place:
    """A module's value by name, or a module inside a package."""
    value = vars(module).get(name, MISSING)
    if value is MISSING:
        value = sys.modules.get(f"{module.__name__}.{name}", MISSING)
    if value is MISSING:  # a package may look its names up when they are asked for
        value = getattr(module, name, MISSING)
    return Place(vars(module), name, f"{qualified(module)}.{name}", value)


def imported(function: types.FunctionType, level: int, name: str) -> types.ModuleType | None:
    """The module that a function imports when it runs, if it is the user's and can be imported."""
    try:
        package = function.__globals__.get("__package__") or ""
        whole = importlib.util.resolve_name("." * level + name, package) if level else name
        if whole in sys.modules:
            return sys.modules[whole]
        spec = importlib.util.find_spec(whole)
        if spec is None or not spec.origin or owner_of_file(spec.origin) is not Owner.USER:
            return None
        return importlib.import_module(whole)
    except Exception:  # what cannot be imported fails where it is run, with its own words
        return None


def _root(chain: Names, function: types.FunctionType, label: str) -> Place | None:
    kind, name = chain[:2]
    if name.startswith("__") and name.endswith("__"):
        return None
    if kind == "global":
        names = function.__globals__
        whose = qualified(types.ModuleType(names.get("__name__", "")))
        return Place(names, name, f"{whose}.{name}", names.get(name, MISSING))
    if kind == "module":
        module = imported(function, 0, name)
        return Place(None, name, name, module) if module else None
    if kind == "free" and name in function.__code__.co_freevars:
        cell = (function.__closure__ or ())[function.__code__.co_freevars.index(name)]
        return Place(cell, "", f"{label}.{name}", cell_content(cell))
    return None


def imported_places(reads: Reads, function: types.FunctionType) -> list[Place]:
    """What a function takes from the user's modules by imports of its own."""
    pairs = [(imported(function, level, name), names) for level, name, names in reads.imported]
    followed = [(module, names) for module, names in pairs if module and is_followed(module)]
    return [member(module, name) for module, names in followed for name in names]


def given(function: types.FunctionType, label: str) -> list[Place]:
    """What a function was given by default, and the attributes that were set on it."""
    code = function.__code__
    defaults = function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    pairs = (*zip(names, defaults, strict=True), *(function.__kwdefaults__ or {}).items())
    attributes = [
        (name, value) for name, value in vars(function).items() if not name.startswith("__")
    ]
    return [
        *(Place(function, f"({name})", f"{label}({name})", value) for name, value in pairs),
        *(Place(function, name, f"{label}.{name}", value) for name, value in sorted(attributes)),
    ]


def closed_over(function: types.FunctionType, label: str) -> list[Place]:
    """What a function closes over, and what it wraps or hands on to."""
    more = vars(function)
    if "registry" in more and "dispatch" in more:  # of functools.singledispatch: no caches
        return [Place(function, "registry", f"{label}.registry", more["registry"])]
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    places = [Place(cell, "", f"{label}.{name}", cell_content(cell)) for name, cell in cells]
    wrapped = more.get("__wrapped__", MISSING)
    return [*places, Place(function, "__wrapped__", f"{label}.__wrapped__", wrapped)]


def cell_content(cell: types.CellType) -> Any:
    """What a function closes over, or `MISSING` of a name that has no value yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _kept(owner: Any, name: str) -> Any:
    if isinstance(owner, dict):
        return owner.get(name, MISSING)
    return inspect.getattr_static(owner, name, MISSING)
