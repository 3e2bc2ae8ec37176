"""Packages that only some objectives need: imported where they are used."""

from __future__ import annotations

import importlib
from typing import Any


def module(name: str, distribution: str) -> Any:
    """The module, or an ImportError that says which package is missing and what to install."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"this objective needs {distribution}, which is not installed: "
            'pip install "blackbox[digits]"'
        ) from error
