"""Whose a function or class is: the user's own, ours, or a library's.

Only the user's code is read: it changes from one call to the next without a version. Ours has
numbers that we raise; a library's counts by name, and its version where it is what is identified.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import sysconfig
import types
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

HOUSE = __name__.split(".")[0]
MAIN = ("__main__", "__mp_main__")
INSTALLED = {"site-packages", "dist-packages"}


class Owner(Enum):
    """Who changes a piece of code."""

    USER = "the user"
    HOUSE = HOUSE
    LIBRARY = "a library"


@cache
def _places() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folders of this package and those of the standard library."""
    house = Path(__file__).resolve().parent.parent
    # In a checkout, the shipped objectives lie beside the package, which links to them.
    ours = (str(house), os.path.realpath(house / "objectives"))
    standard = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
    return ours, tuple({place for path in standard for place in (path, os.path.realpath(path))})


@cache
def owner_of_file(path: str) -> Owner:
    """Whose a source file is, by where it lies."""
    real = os.path.realpath(path)
    ours, standard = _places()
    if any(real.startswith(place + os.sep) for place in ours):
        return Owner.HOUSE
    # An installed file may itself be a link to a package manager's cache.
    if INSTALLED & {*Path(path).parts, *Path(real).parts}:
        return Owner.LIBRARY
    in_standard = any(p.startswith(place + os.sep) for p in (path, real) for place in standard)
    return Owner.LIBRARY if in_standard else Owner.USER


def owner_of_module(name: str | None) -> Owner:
    """Whose a module is. One that is nowhere was sent from another process: the user's."""
    if name is None:
        return Owner.LIBRARY
    if name in MAIN:
        return Owner.USER
    file = getattr(sys.modules.get(name), "__file__", None)
    if file:
        return owner_of_file(file)
    top = name.split(".")[0]
    if top.startswith("_cython_"):  # where compiled code keeps the classes of its functions
        return Owner.LIBRARY
    return Owner.LIBRARY if top in sys.stdlib_module_names else Owner.USER


def owner_of_code(code: types.CodeType, module: str | None) -> Owner:
    """Whose a function is: by its file, for a wrapper may bear another's name."""
    if code.co_filename.startswith("<frozen"):
        return Owner.LIBRARY
    if code.co_filename.startswith("<") or not os.path.isabs(code.co_filename):
        return owner_of_module(module)
    return owner_of_file(code.co_filename)


def qualified(thing: Any) -> str:
    """The name of a function, class or module, the same in the process that was sent it.

    >>> qualified(Path.exists)
    'pathlib.Path.exists'
    """
    if isinstance(thing, types.ModuleType):
        return _module_name(thing.__name__)
    module = _module_name(getattr(thing, "__module__", None))
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", type(thing).__name__)
    return f"{module}.{name}" if module else str(name)


def _module_name(name: Any) -> str:
    # A C function may have any object for its module, or none.
    return MAIN[0] if name in MAIN else name if isinstance(name, str) else ""


def house_version(thing: Any) -> int:
    """The number that we raise when a shipped function or class gives other results."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    for number in (getattr(thing, "version", None), getattr(module, "VERSION", None)):
        if isinstance(number, int) and not isinstance(number, bool):
            return number
    return 1


@cache
def installed_package(module: str) -> tuple[str, str] | None:
    """The top-level name and the version of the installed package that a module is of, if any."""
    top = module.split(".")[0]
    if top == HOUSE or top in sys.stdlib_module_names:
        return None
    version = getattr(sys.modules.get(top), "__version__", None)
    if isinstance(version, str):
        return top, version
    # Takes seconds, for it reads what every installed package holds.
    names = importlib.metadata.packages_distributions().get(top)
    return (top, importlib.metadata.version(names[0])) if names else None
