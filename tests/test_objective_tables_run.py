"""The commands on a study file whose objective is a table, and a module beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import blackbox as bb
from blackbox import cli

pytestmark = pytest.mark.slow

STUDY = """
strategies = ["random_search"]
budget = 6
seeds = 2

[[objectives]]
name = "plant"
scorer = "plant_beside:score"
constraints = {stress = {at_most = 30}}

[objectives.parameters]
heat = {lower = 20, upper = 90, unit = "degC"}
stages = {kind = "integer", lower = 1, upper = 8}
"""
SCORER = """
def score(heat, stages) -> dict[str, float]:
    return {"gain": -abs(stages - 4) - heat / 90, "stress": heat - 30}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "plant_beside.py").write_text(SCORER)
    (tmp_path / "study.toml").write_text(STUDY)
    yield tmp_path / "study.toml"
    sys.modules.pop("plant_beside", None)


def test_it_is_checked_run_and_gone_on_with(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", str(study)]) == 0
    assert "objective plant" in capsys.readouterr().out
    assert cli.main(["run", str(study), "--jobs", "2"]) == 0
    first = bb.load(study.parent)
    assert list(first.best().filter(like="param_")) == ["param_heat", "param_stages"]
    study.write_text(STUDY.replace("seeds = 2", "seeds = 3"))
    assert cli.main(["run", str(study)]) == 0
    more = bb.load(study.parent).traces
    assert [one.digest() for one in more[:2]] == [one.digest() for one in first.traces]
    assert len(more) == 3
    for old, new in (("at_most = 30", "at_most = 31"), ("upper = 8", "upper = 9")):
        study.write_text(STUDY.replace(old, new))
        assert cli.main(["run", str(study)]) == 2
        assert "made otherwise: objective plant" in " ".join(capsys.readouterr().err.split())


def test_what_may_not_be_named_is_told_in_a_line(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.write_text(STUDY.replace("plant_beside:score", "os:system"))
    assert cli.main(["run", str(study)]) == 2
    assert "objective 'plant': scorer 'os:system' leads to" in capsys.readouterr().err
