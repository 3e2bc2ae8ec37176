"""What a callable or an object is, by its code and content: the door of this room."""

from __future__ import annotations

import functools
import types
import warnings
from typing import Any

from blackbox.identity.callables import unwrapped
from blackbox.identity.owners import Owner, installed_package, owner_of_module, qualified
from blackbox.identity.parts import Identity
from blackbox.identity.reachable import Reachable
from blackbox.identity.written import Written

# Each round finds more of what the code writes; values that write are seldom nested deeper.
MOST_ROUNDS = 8
NAMED = (type, types.FunctionType, types.BuiltinFunctionType)


def identity(thing: object, name: str = "", version: object | None = None) -> Identity:
    """What a thing is, so that what was made with it is never taken for another's.

    Counted are the syntax trees of the user's functions and classes, all that they read, and
    values by their content; a library's code counts by name. Code in a comment, a docstring or
    another function of the module changes nothing, and neither does what the code itself writes.
    `name` is what the thing is called in `parts`; a `version` stands for all of its content.

    >>> identity(lambda z: 0, "score", version=2).parts
    {'score': 'version 2'}
    """
    thing = unwrapped(thing)
    name = name or _name(thing)
    if version is not None:
        return Identity({name: f"version {version!r}"})
    written = Written()
    with warnings.catch_warnings():
        # Taking apart what may not be taken apart for long any more is no fault of the caller.
        warnings.simplefilter("ignore")
        for _ in range(MOST_ROUNDS):
            reachable = Reachable(written)
            reachable.walk(name, thing)
            if not written.was_mistaken():
                break
    parts = dict(sorted((reachable.parts | _package(thing)).items()))
    return Identity(parts, tuple(sorted(reachable.unhashed)))


def _name(thing: Any) -> str:
    if isinstance(thing, types.MethodType):
        return f"{qualified(type(thing.__self__))}().{thing.__func__.__name__}"
    return qualified(thing) if isinstance(thing, NAMED) else f"{qualified(type(thing))}()"


def _package(thing: Any) -> dict[str, str]:
    """The package that a thing itself comes from: its code is not read, its version counts."""
    if isinstance(thing, functools.partial):
        return _package(thing.func)
    if isinstance(thing, types.MethodType):
        return _package(thing.__self__)
    module = (thing if isinstance(thing, NAMED) else type(thing)).__module__
    if module is None or owner_of_module(module) is not Owner.LIBRARY:
        return {}
    package = installed_package(module)
    return {f"package {package[0]}": package[1]} if package else {}
