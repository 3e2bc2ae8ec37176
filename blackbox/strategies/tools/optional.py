"""Packages that only some strategies need: imported where they are used."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from blackbox.strategies.tools.fence import place, streams


class MissingPackage(ImportError):
    """An optional package is not installed; says what to install."""


def package(name: str, extra: str) -> ModuleType:
    """The package, or MissingPackage with the extra of this project that brings it.

    The caller's global generators do not notice: nevergrad's import draws from numpy's.
    """
    known: ModuleType | None = sys.modules.get(name)  # None: its import is forbidden
    if known is not None:
        return known
    outside = streams()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise MissingPackage(
            f"this strategy needs the package {name}, which is not installed: "
            f'pip install "blackbox[{extra}]"'
        ) from error
    finally:
        place(outside)
