"""A study in parts: which runs each makes follows from the study alone, and all make the whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import blackbox as bb
from blackbox import cli
from blackbox.part import WHOLE, StudyPart
from blackbox.run_command import UNFINISHED

STUDY = """
name = "parts"
objectives = "synthetic.sphere(d=2)"
strategies = ["random_search", "hill_climb"]
budget = 6
seeds = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def digests(study: bb.Comparison) -> list[str]:
    return [trace.digest() for trace in study.traces]


def alone() -> list[str]:
    return digests(bb.compare("synthetic.sphere(d=2)", ["random_search", "hill_climb"], 6, 3))


def test_parts_are_disjoint_and_make_the_whole() -> None:
    runs = list(range(17))
    for whole in (1, 2, 5, 17, 20):
        parts = [StudyPart(nth, whole).of(runs) for nth in range(1, whole + 1)]
        assert sorted(run for part in parts for run in part) == runs
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "1", "a/b", "1/2/3", "-1/2", "1/0"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(bb.StudyError, match="a part of a study is one of"):
        StudyPart.parse(text)


@pytest.mark.slow
def test_parts_in_one_folder_are_the_study(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file), "--shard", "2/2"]) == 0
    text = capsys.readouterr().err
    assert "3 of 6 runs are not finished (another part of the study makes it)" in text
    study = bb.load(file.parent)
    assert len(study.traces) == len(study.missing) == 3
    assert {trace.strategy for trace in study.traces} == {"random_search", "hill_climb"}
    assert cli.main(["run", str(file), "--shard", "1/2"]) == 0
    assert "not finished" not in capsys.readouterr().err
    assert digests(bb.load(file.parent)) == alone()
    assert (file.parent / "report" / "README.md").exists()


@pytest.mark.slow
def test_parts_in_two_folders_are_merged(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(file, other)
    assert cli.main(["run", str(file), "--shard", "1/2"]) == 0
    assert cli.main(["run", str(other / "study.toml"), "--shard", "2/2"]) == 0
    assert digests(bb.merge([file.parent, other])) == alone()


def test_a_part_that_could_not_be_made_is_not_finished(file: Path) -> None:
    assert cli.main(["run", str(file), "--shard", "1/2", "--seconds", "1e-9"]) == UNFINISHED
    # There are more parts than runs.
    assert cli.main(["run", str(file), "--shard", "9/9"]) == 0
    assert cli.main(["run", str(file), "--shard", "9/8"]) == 2


def test_a_race_has_no_parts(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(STUDY.replace("seeds = 3", 'seeds = "until settled"'))
    assert cli.main(["run", str(file), "--shard", "1/2"]) == 2
    assert "has no parts" in capsys.readouterr().err
    assert StudyPart.parse("1/1") == WHOLE


def test_a_lease_is_at_least_a_second(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file), "--lease", "0.5"]) == 2
    assert "lease must be a number of seconds >= 1, not 0.5" in capsys.readouterr().err
