"""The command line: it helps, lists what can be copied, is quiet, and speaks JSON when asked."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import pytest

from blackbox import cli, live
from blackbox.command_line import EXIT_CODES
from blackbox.comparison import Comparison
from blackbox.entries import HOUSE
from blackbox.entry_settings import Kind, entry
from blackbox.live import Display
from blackbox.other_packages import QUIET, silent_others
from blackbox.terminal import say, shown_in_a_line
from tests import warm

STUDY = """
objectives = "synthetic.sphere(d=2)"
strategies = ["random_search", "gradient_ascent"]
budget = 9
seeds = 2
"""


def test_alone_it_helps_and_names_each_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert "blackbox list strategies cma_es" in shown
    assert all(f"{code}  " in shown for code in EXIT_CODES)


@pytest.mark.parametrize("arguments", [[], ["strategies"], ["objectives"], ["strategies", "auto"]])
def test_on_a_terminal_of_80_letters_nothing_is_wider_and_names_are_whole(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    cli.main(["list", *arguments] if arguments else [])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    if arguments in (["strategies"], ["objectives"]):
        first = {line.split()[0] for line in lines if line and not line.startswith(" ")}
        assert set(HOUSE["strategies" if arguments == ["strategies"] else "objectives"]) <= first


def test_in_a_pipe_an_entry_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "strategies"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines][: len(HOUSE["strategies"])] == [*HOUSE["strategies"]]


@pytest.mark.parametrize("name", HOUSE["strategies"])
def test_each_setting_of_a_strategy_has_a_default_and_a_reason(name: str) -> None:
    for one in entry(name, "strategies").settings:
        assert one.default, one.name
        assert one.reason, one.name


@pytest.mark.slow
@pytest.mark.parametrize("name", HOUSE["objectives"])
def test_each_objective_says_what_it_is_and_what_can_be_set(name: str) -> None:
    whole = entry(name, "objectives")
    assert whole.text
    assert all(one.values for one in whole.settings)


def test_an_entry_is_found_by_its_call_form_and_a_mistake_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kind: Kind = "strategies"
    assert entry("cma_es(sigma0=0.3)", kind) == entry("cma_es", kind)
    assert cli.main(["list", "strategies", "cmaes_"]) == 2
    assert "did you mean" in capsys.readouterr().err
    one = "blackbox.strategies.evolution.snes:Snes"
    assert entry(one, kind).settings == entry("snes", kind).settings


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without their figures, which take seconds."""
    monkeypatch.setattr(Comparison, "report", lambda _, folder, *rest: Path(folder))


@pytest.mark.slow
def test_every_command_speaks_json(
    undrawn: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "study.toml"
    file.write_text(STUDY)

    def printed(*arguments: str) -> dict[str, list[object]]:
        assert cli.main([*arguments, "--json"]) == 0
        made: dict[str, list[object]] = json.loads(capsys.readouterr().out)
        return made

    made = printed("run", str(file))
    assert len(made["summary"]) == len(made["best"]) == 2
    assert made["verdict"]
    assert made["reports"] == [str(tmp_path / "report")]
    again = printed("report", str(tmp_path))
    assert again["verdict"] == made["verdict"]
    assert len(printed("status", str(tmp_path))["rows"]) == 2
    assert printed("check", "synthetic.sphere(d=2)")["rows"]
    assert printed("diff", str(tmp_path), str(tmp_path))
    assert printed("list", "strategies", "snes")["settings"]


@pytest.mark.slow
def test_where_nobody_looks_only_who_asks_hears_how_far_it_is(
    undrawn: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(live, "SHORT", 0.0)
    monkeypatch.setattr(Display.__init__, "__defaults__", (0.0,))
    (tmp_path / "study.toml").write_text(STUDY)
    assert cli.main(["run", str(tmp_path / "study.toml")]) == 0
    assert capfd.readouterr().err == ""
    (tmp_path / "study.toml").write_text(STUDY.replace("seeds = 2", "seeds = 3"))
    assert cli.main(["run", str(tmp_path / "study.toml"), "--progress"]) == 0
    assert "of the budget" in capfd.readouterr().err


def test_colours_are_left_out_where_nobody_wants_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    say("gone", "red")
    assert "\x1b[31m" in capsys.readouterr().err
    monkeypatch.setenv("NO_COLOR", "1")
    say("gone", "red")
    assert capsys.readouterr().err == "gone\n"


THEIRS = """
import logging, warnings
log = logging.getLogger("theirs")
log.addHandler(logging.StreamHandler())
log.setLevel(logging.DEBUG)
def speak():
    log.error("their line")
    warnings.warn("their warning")
"""
MINE = """
import logging, sys
sys.path.append(FOLDER)
import theirs
import blackbox as bb
def score(x) -> float:
    theirs.speak()
    logging.getLogger("mine").warning("my line")
    return -float((x**2).sum())
plant = bb.Objective(score, space=bb.Space.normal(2), name="plant")
"""


def test_other_packages_lines_are_not_heard_whoever_attached_a_handler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "theirs.py").write_text(THEIRS)
    (tmp_path / "mine_too.py").write_text(THEIRS.replace("their", "my"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages), str(tmp_path)])
    with pytest.warns(UserWarning) as shown, silent_others(), shown_in_a_line():
        for name in ("theirs", "mine_too"):
            importlib.import_module(name).speak()
        assert os.environ[QUIET]
    assert [str(one.message) for one in shown] == ["my warning"]
    errors = capsys.readouterr().err
    assert "their" not in errors
    assert "my line" in errors
    with pytest.warns(UserWarning, match="their warning"):
        sys.modules["theirs"].speak()
    assert "their line" in capsys.readouterr().err
    assert QUIET not in os.environ


@pytest.mark.processes
@pytest.mark.slow
def test_other_packages_lines_are_heard_by_who_asks_only(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "theirs.py").write_text(THEIRS)
    (tmp_path / "mine.py").write_text(MINE.replace("FOLDER", repr(str(packages))))
    (tmp_path / "study.toml").write_text(
        STUDY.replace("synthetic.sphere(d=2)", "mine:plant").replace(', "gradient_ascent"', "")
    )

    def errors(*arguments: str) -> str:
        command = [sys.executable, "-m", "blackbox", *arguments]
        done = warm.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return str(done.stderr)

    quiet = errors("run", "study.toml", "--jobs", "2")  # here, and in worker processes
    assert "their" not in quiet
    assert quiet.count("my line") > 2 * 9
    loud = errors("--verbose", "check", "mine:plant")
    assert "their line" in loud
    assert "their warning" in loud
