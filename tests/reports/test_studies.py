"""Every study that can be made small runs by its one command and writes its page."""

from __future__ import annotations

import os
import subprocess
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


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_small_study_writes_its_page(script: Path, tmp_path: Path) -> None:
    module = f"reports.{script.parent.name}.{script.stem}"
    command = [sys.executable, "-m", module, "--small", "--folder", str(tmp_path)]
    # Offline: studies stand on what is shipped.
    offline = {**os.environ, "BLACKBOX_DATA": str(tmp_path), "OMP_NUM_THREADS": "1"}
    made = subprocess.run(command, capture_output=True, text=True, env=offline, cwd=ROOT)
    assert made.returncode == 0, made.stderr
    page = (tmp_path / "README.md").read_text()
    assert page.startswith("# ")
    assert " nan" not in page
