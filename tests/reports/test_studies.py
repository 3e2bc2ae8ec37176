"""Every study that can be made small runs by its one command and writes its page."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    script
    for script in sorted((ROOT / "reports").glob("*/*.py"))
    if script.stem == script.parent.name
    and ("options(" in script.read_text() or "--small" in script.read_text())
]


@pytest.mark.no_cover  # what they show of the package, its own tests show too
@pytest.mark.filterwarnings("default")  # as the command has it
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_small_study_writes_its_page(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its command, in this process: a fresh one takes as long to begin as to make the study."""
    monkeypatch.setattr(sys, "argv", [str(script), "--small", "--folder", str(tmp_path)])
    # Offline: studies stand on what is shipped.
    monkeypatch.setenv("BLACKBOX_DATA", str(tmp_path))
    runpy.run_module(f"reports.{script.parent.name}.{script.stem}", run_name="__main__")
    page = (tmp_path / "README.md").read_text()
    assert page.startswith("# ")
    assert " nan" not in page
