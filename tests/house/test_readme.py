"""Its examples run, its commands are the ones that exist, and its verdict is that of the demo."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_it_is_read_in_a_few_minutes() -> None:
    assert len(README.splitlines()) <= 150


def test_python_examples_run_in_their_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a report
    module = types.ModuleType("readme")
    monkeypatch.setitem(sys.modules, "readme", module)
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), vars(module))
    assert "gradient_ascent" in capsys.readouterr().out


def test_commands_are_those_of_the_makefile_and_of_ci() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for command in re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert f"\n{command}:" in makefile
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()


def test_the_verdict_is_that_of_the_demo_word_for_word() -> None:
    report = (ROOT / "reports" / "digits" / "report" / "README.md").read_text()
    verdict = re.findall(r"^- .*$", report.split("## Verdict")[1].split("\n## ")[0], re.MULTILINE)
    assert verdict
    assert re.findall(r"^> (- .*)$", README, re.MULTILINE) == verdict
