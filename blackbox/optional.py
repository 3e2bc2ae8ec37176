"""Packages that only some parts need: imported where they are used."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from blackbox.errors import MissingPackage
from blackbox.global_state import generator_states, restore


def require(module: str, extra: str, package: str = "") -> Any:
    """The module, or MissingPackage with the extra of this project that brings it.

    `package` is what the module's package is called where it is installed from. The caller's
    global generators do not notice: nevergrad's import draws from numpy's.

    >>> require("no_such_module", "all")
    Traceback (most recent call last):
    blackbox.errors.MissingPackage: this needs the package no_such_module, which is not installed: \
pip install "blackbox[all]"
    """
    if sys.modules.get(module) is not None:  # None: its import is forbidden
        return sys.modules[module]
    outside = generator_states()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing and not f"{module}.".startswith(f"{missing}."):
            raise  # it is there, and something that it needs is not
        raise MissingPackage(
            f"this needs the package {package or module.partition('.')[0]}, which is not "
            f'installed: pip install "blackbox[{extra}]"'
        ) from error
    finally:
        restore(outside)
