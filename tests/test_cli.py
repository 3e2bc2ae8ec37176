"""The command line: what it makes, what it prints, and how it says that something is wrong."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import blackbox as bb
from blackbox import carry_out, cli, printing
from blackbox.run_command import UNFINISHED
from blackbox.study_file import read
from tests import warm

pytestmark = pytest.mark.slow

STUDY = """
name = "small"
objectives = ["synthetic.sphere(d=2)", {name = "synthetic.ackley", d = 2, differentiable = false}]
strategies = ["random_search", "gradient_ascent", {name = "cma_es", sigma0 = 0.4}]
budget = 12
prices = [1, 2]
seeds = 2
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "study.toml").write_text(STUDY)
    assert cli.main(["run", str(folder / "study.toml")]) == 0
    return folder


@pytest.fixture
def made(made_once: Path, tmp_path: Path) -> Path:
    """The study file in a folder of its own, where it has been run."""
    return shutil.copytree(made_once, tmp_path / "made") / "study.toml"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Everything that was printed, without the line breaks of a narrow terminal."""
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


def test_run_makes_the_study_and_shows_its_tables(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(study), "--full"]) == 0
    out = said(capsys)
    assert "a gradient costs 1" in out
    assert "a gradient costs 2" in out
    assert "skipped" in out
    assert len(list((study.parent / "runs").glob("*.run"))) == 2 * 5
    assert "cma_es(sigma0=0.4)" in (study.parent / "report" / "README.md").read_text()


@pytest.mark.parametrize("width", [1, 30, 60, 500])
def test_a_wide_table_is_shown_in_parts_that_fit(width: int) -> None:
    table = pd.DataFrame({name: [name * 3, "x"] for name in ("who", "best", "judged", "used")})
    parts = list(printing.blocks(table, width))
    assert all(part.columns[0] == "who" for part in parts)
    shown = [name for part in parts for name in part.columns[1:]]
    assert shown == ["best", "judged", "used"]
    for part in parts:
        wide = sum(3 * len(name) + printing.GAP for name in part.columns)
        assert wide <= width or part.shape[1] == 2
    assert len(parts) == {1: 3, 30: 3, 60: 2, 500: 1}[width]


def test_what_was_found_of_named_values_is_told_in_a_line() -> None:
    def cost(heat: float, tanks: int) -> float:
        return heat + tanks

    parameters = bb.Parameters(heat=bb.Real(20, 90, unit="degC"), tanks=bb.Integer(1, 3))
    plant = bb.Objective(cost, space=parameters, maximize=False, name="plant")
    study = bb.compare([plant, "synthetic.sphere(d=2)"], "random_search", 8, 2, progress=False)
    console = Console(width=80, record=True, file=io.StringIO())
    printing.show(study, console)
    (line,) = [one for one in console.export_text().splitlines() if one.startswith("best of")]
    best = study.best().query("objective == 'plant'").iloc[0]
    assert line == f"best of plant, by random_search: {best.score:.4g} at {best.shown}"
    assert " degC, tanks " in line


@pytest.mark.usefixtures("undrawn")
def test_report_makes_the_same_again(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made.parent / "report" / "README.md"
    readme = path.read_text()
    assert "blackbox run study.toml    # in the folder above" in readme
    path.unlink()
    assert cli.main(["report", str(made.parent)]) == 0
    assert path.read_text() == readme


@pytest.mark.usefixtures("undrawn")
def test_what_lies_beside_a_study_file_stays_as_it_is(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("README.md", "runs.csv", "summary.csv"):
        (made.parent / name).write_text("mine")
    assert cli.main(["run", str(made)]) == 0
    for name in ("README.md", "runs.csv", "summary.csv"):
        assert (made.parent / name).read_text() == "mine"
    theirs = made.parent / "report" / "README.md"
    theirs.write_text("mine, too")
    assert cli.main(["report", str(made.parent)]) == 2
    assert "were changed since: README.md; name another folder" in said(capsys)
    assert theirs.read_text() == "mine, too"


@pytest.mark.usefixtures("undrawn")
def test_run_again_adds_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def files() -> dict[Path, int]:
        """What is under version control or read later; who is at work leaves no file."""
        whole = (made.parent / "runs").rglob("*")
        return {file: file.stat().st_mtime_ns for file in whole if file.is_file()}

    before = files()
    assert cli.main(["run", str(made), "--jobs", "2"]) == 0
    assert files() == before


@pytest.mark.parametrize(
    ("what", "entry"), [("strategies", "bayes_opt"), ("objectives", "digits.thickness")]
)
def test_list_shows_the_tables(what: str, entry: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", what]) == 0
    assert entry in said(capsys)


def test_mistakes_are_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(tmp_path / "absent.toml")]) == 2
    assert "there is no study file" in said(capsys)
    assert cli.main(["report", str(tmp_path)]) == 2
    assert "there are no runs in" in said(capsys)


@pytest.mark.usefixtures("undrawn")
def test_a_study_grows_where_its_file_does(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made.write_text(STUDY.replace("budget = 12", "budget = 13").replace("seeds = 2", "seeds = 3"))
    assert cli.main(["run", str(made)]) == 0
    assert len(bb.load(made.parent).traces) == 3 * 5


@pytest.mark.processes
def test_an_edited_module_is_refused_and_made_again_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "edited_part.py").write_text(OWN_PART)
    file = tmp_path / "study.toml"
    file.write_text(
        'objectives = "edited_part:make"\nstrategies = "random_search"\nbudget = 4\nseeds = 2\n'
    )
    blackbox = [sys.executable, "-m", "blackbox", "run", str(file)]
    run = partial(warm.run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run(blackbox).returncode == 0
    (tmp_path / "edited_part.py").write_text(OWN_PART.replace("** 2", "** 3"))
    refused = run(blackbox)
    assert refused.returncode == 2
    assert "on the command line --again edited" in refused.stderr
    assert run([*blackbox, "--again", "edited", "--again", "judges"]).returncode == 0


OWN_PART = """
import blackbox as bb

def score(x):
    return -(x ** 2).sum(-1)

def make() -> bb.Objective:
    return bb.Objective(score, space=bb.Space.normal(3), name="mine")
"""


def test_a_study_that_is_out_of_time_says_so_and_goes_on_next_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "study.toml"
    text = 'objectives = "synthetic.sphere(d=2)"\nstrategies = ["random_search"]\nseeds = 2\n'
    file.write_text(f"{text}budget = 9\n")
    assert cli.main(["run", str(file), "--seconds", "1e-9"]) == UNFINISHED
    out = said(capsys)
    assert "2 of 2 runs are not finished (the time that the study was given is up)" in out
    assert "run again to go on" in out
    assert cli.main(["run", str(file), "--seconds", "600"]) == 0


def test_a_goal_and_seconds_of_a_run_stand_in_a_study_file(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    text = 'objectives = "synthetic.sphere(d=2)"\nstrategies = ["random_search"]\nseeds = 2\n'
    file.write_text(f"{text}budget = 9\nstop_at = -1e9\nrun_seconds = 50\n")
    assert cli.main(["run", str(file)]) == 0
    assert {trace.status for trace in bb.load(tmp_path).traces} == {"reached"}
    for key in ("stop_at", "run_seconds"):
        for wrong in ("nan", '"soon"', "true", "[1]"):
            file.write_text(f"{text}budget = 9\n{key} = {wrong}\n")
            with pytest.raises(bb.StudyError, match=f"{key} is a finite number"):
                read(file)


@pytest.mark.usefixtures("undrawn")
def test_what_a_user_should_know_is_one_line_and_a_warning_in_python(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def damage() -> None:
        file = next(iter((made.parent / "runs").glob("*.run")))
        file.write_bytes(file.read_bytes()[:-9])

    damage()
    assert cli.main(["run", str(made)]) == 0
    (line,) = [one for one in capsys.readouterr().err.splitlines() if "damaged" in one]
    assert line.startswith("blackbox: ")
    assert "it is now" in line
    damage()
    study = read(made)
    with pytest.warns(bb.StudyWarning, match="is damaged") as caught:
        bb.compare(study.objectives, study.strategies, 12, 2, prices=(1, 2), store=made.parent)
    assert [Path(one.filename).name for one in caught] == ["test_cli.py"]


@pytest.mark.usefixtures("undrawn")
def test_one_s_own_module_is_found_beside_the_study(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (study.parent / "my_own_parts.py").write_text(
        "import torch, blackbox as bb\n"
        "space = bb.Space.normal(3)\n"
        "objective = bb.Objective(lambda z: -z.abs().sum(-1), space=space, name='[b]x')\n"
        "class Still:\n"
        "    needs = frozenset()\n"
        "    def search(self, brief, rng):\n"
        "        while True:\n"
        "            yield bb.Ask(brief.start[:1])\n"
        "class Broken(Still):\n"
        "    def search(self, brief, rng):\n"
        "        yield bb.Ask(brief.start[:1])\n"
        "        raise RuntimeError('lost my way')\n"
    )
    study.write_text(
        'objectives = "my_own_parts:objective"\nbudget = 4\nseeds = [3]\n'
        'strategies = ["random_search", "my_own_parts:Still", "my_own_parts:Broken"]\n'
    )
    monkeypatch.syspath_prepend(study.parent)
    assert cli.main(["run", str(study), "--full"]) == 0
    out = said(capsys)
    assert "still" in out
    assert "[b]x" in out
    assert "lost my way" in out


def test_interrupting_is_not_an_error_message(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(carry_out, "run", interrupted)
    assert cli.main(["run", str(study)]) == 130
    assert "run again to go on" in said(capsys)


def test_jobs_must_be_positive(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["run", str(study), "--jobs", "0"])
    assert "must be >= 1" in said(capsys)


def test_a_study_in_which_nothing_ended_well_is_told_by_the_exit_code(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    text = 'objectives = ["synthetic.ackley(d=2, differentiable=False)"]\nbudget = 9\nseeds = 2\n'
    file.write_text(text + 'strategies = ["gradient_ascent"]\n')
    assert cli.main(["run", str(file)]) == 1
    assert cli.main(["check", "synthetic.sphere(d=2)"]) == 0


def test_the_package_is_the_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "blackbox", "--help"], capture_output=True, text=True, check=True
    )
    assert "exit codes:\n    0  it worked" in done.stdout


def test_a_study_prints_in_a_line() -> None:
    study = bb.compare("synthetic.sphere(d=3)", ["random_search", "hill_climb"], 9, seeds=2)
    assert str(study) == (
        "Comparison('study': 2 strategies on synthetic.sphere(d=3), 2 seeds, 4 runs; "
        "see .summary())"
    )
