"""Modules that are written, imported and written anew, as a user edits them between two days."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Load = Callable[..., ModuleType]


def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """A function that writes `mine` and its neighbours into a new folder, and imports it."""
    numbers = itertools.count()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(mine: str, **others: str) -> ModuleType:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name, text in {"mine": mine, **others}.items():
            (folder / f"{name}.py").write_text(text)
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(folder)
        importlib.invalidate_caches()
        return importlib.import_module("mine")

    return load
