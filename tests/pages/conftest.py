"""A package that holds a page, for each test anew."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

from blackbox.pages import PageFrames

TEMPLATE = """\
# Does a decoder help?

{% claim it_helps %}Yes: {{ it.behind | percent }} arrive, and {{ it.bare | percent(1) }} without
one.{% endclaim %} That is *what judges see*.

![shares](bars.svg)

{{ tables.all_shares }}

Run it again with `make 2`, see [the 3 sources](https://example.org/1).
"""
CLAIMS = """
from blackbox.pages import Figures, PageFrames, share

def it_helps(frames: PageFrames) -> Figures:
    behind, bare = frames.shares["judged"]
    if behind > bare:
        yield {"behind": behind, "bare": share([1.0] * 3 + [0.0] * 7)}
"""
TABLES = """
def all_shares(frames):
    return frames.shares
"""
FIGURES = """
from blackbox.results.drawing.canvas import new_figure

def bars(frames):
    figure = new_figure(3, 2)
    figure.subplots().bar([0, 1], frames.shares["judged"])
    return figure
"""
SHARES = pd.DataFrame({"space": ["behind", "bare"], "judged": [0.9, 0.3]})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "helping"
    folder.mkdir()
    files = {"page.md": TEMPLATE, "claims.py": CLAIMS, "tables.py": TABLES, "figures.py": FIGURES}
    for name, text in files.items() | {("__init__.py", "")}:
        (folder / name).write_text(text)
    PageFrames({"shares": SHARES}).write(folder / "frames")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "helping"]:
        monkeypatch.delitem(sys.modules, name)
    importlib.invalidate_caches()
    return folder


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
