"""The README's examples run, its commands are the ones that exist, and its tables are complete."""

from __future__ import annotations

import re
import sys
import tomllib
import types
from pathlib import Path

import pytest

from blackbox import registry
from blackbox.objectives import TABLE as OBJECTIVES
from blackbox.protocol import Capability, wishes
from blackbox.strategies import TABLE as STRATEGIES
from blackbox.strategies.peers import scipy
from blackbox.study_file import from_table

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_python_examples_run_in_their_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    module = types.ModuleType("readme")
    monkeypatch.setitem(sys.modules, "readme", module)
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), vars(module))
    assert "gradient_ascent" in capsys.readouterr().out


def test_study_files_are_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    (scorer,) = [block for block in blocks("python") if "\ndef score(" in f"\n{block}"]
    plant = types.ModuleType("plant")
    exec(compile(scorer.split("\n\n\n")[0], "plant.py", "exec"), vars(plant))
    monkeypatch.setitem(sys.modules, "plant", plant)
    named, tabled = (from_table(tomllib.loads(block)).plan() for block in blocks("toml"))
    assert named.specs
    assert {spec.name for spec in tabled.specs} == {"plant", "synthetic.sphere(d=3)"}


def test_commands_are_those_of_the_makefile_and_of_ci() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for command in re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert f"\n{command}:" in makefile
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()


def test_it_says_who_handles_constraints_and_who_is_told_a_merit() -> None:
    (passage,) = re.findall(r"These strategies are told(.*?)All others", README, re.DOTALL)
    names = set(re.findall(r"`([\w:]+)`", passage))
    asked = {*STRATEGIES} - {"ax", "smac"} | {f"scipy:{method}" for method in scipy.METHODS}
    able = {one for one in asked if Capability.CONSTRAINTS in wishes(registry.strategy(one))}
    assert names == able


def test_the_tables_name_every_entry() -> None:
    for name in STRATEGIES:
        assert f"`{name}" in README
    for name in OBJECTIVES:
        family, _, entry = name.partition(".")
        assert f"`{name}" in README or (f"`{family}." in README and f"`.{entry}`" in README)


def test_the_verdict_is_that_of_the_demo_word_for_word() -> None:
    report = (ROOT / "reports" / "digits" / "report" / "README.md").read_text()
    verdict = re.findall(r"^- .*$", report.split("## Verdict")[1].split("\n## ")[0], re.MULTILINE)
    assert verdict
    assert re.findall(r"^> (- .*)$", README, re.MULTILINE) == verdict


def test_pages_and_pictures_that_it_points_at_are_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target
