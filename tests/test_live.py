"""A study is seen while it runs: by whoever started it, and from another shell."""

from __future__ import annotations

import io
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import blackbox as bb
from blackbox import cli, live
from blackbox.live import Display, Lines, sentence, table, time_left
from blackbox.runtime.follower import Pace
from blackbox.standing import Row, Tally, total
from blackbox.status import status
from blackbox.study import Study
from tests import warm
from tests.conftest import bowl

STUDY = Study(("synthetic.sphere(d=2)",), ("random_search", "cma_es"), 20, (0, 1, 2))


def shown(rows: list[Row], most: float = math.inf) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table(rows, "so far", most))
    return console.export_text()


def test_a_tally_counts_runs_as_they_end() -> None:
    specs = STUDY.plan().specs
    tally = Tally(specs)
    assert total(tally.rows({})).used == 0
    paces = {specs[0].key: Pace(5.0, -3.0), specs[3].key: Pace(50.0, -1.0), "another": Pace(9.0)}
    rows = {row.strategy: row for row in tally.rows(paces)}
    assert (rows["random_search"].used, rows["random_search"].best) == (5, -3)
    assert (rows["cma_es"].used, rows["cma_es"].best) == (20, -1)  # no more than it has
    for trace in bb.compare(STUDY.objectives, STUDY.strategies, 20, 3).traces:
        tally.finish(trace)
        tally.finish(trace)  # once only
    whole = total(tally.rows(paces))
    assert (whole.runs, whole.finished, whole.failed, whole.used) == (6, 6, 0, 120)


def test_the_table_has_a_row_per_cell_or_per_strategy_where_it_is_too_long() -> None:
    rows = [Row(f"o{o}", f"[s{s}]", 4, 1, 1, 40, 15, 2.5) for o in range(3) for s in range(2)]
    assert shown(rows).count("[s1]") == 3
    assert "37 %" in shown(rows)
    short = shown(rows, most=5)
    assert short.count("[s1]") == 1
    assert "3/12" in short
    assert "2.5" not in short  # scores of unlike objectives have no best


def test_the_time_that_is_left_is_told_by_what_was_paid_since_it_began() -> None:
    row = Row("", "", whole=100, used=60)
    assert time_left(row, 50, 10.0) == 40
    assert time_left(row, 60, 10.0) is None
    assert "left" not in sentence(row, None)
    assert sentence(Row("", "", whole=1000, used=999.9), 1).startswith("99 %")


class Seen:
    every = 0.0

    def __init__(self, cost: float = 0.0) -> None:
        self.sentences: list[str] = []
        self.rows: list[list[Row]] = []
        self.cost, self.is_closed = cost, False

    def show(self, rows: list[Row], sentence: str) -> None:
        time.sleep(self.cost)
        self.rows.append(rows)
        self.sentences.append(sentence)

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_study_is_shown_with_its_best_scores(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()
    monkeypatch.setattr("blackbox.carry_out.screen", lambda: seen)
    monkeypatch.setattr(live, "SHARE", 1e9)
    monkeypatch.setattr(Display.__init__, "__defaults__", (0.0,))

    def slow(x: Any) -> Any:
        time.sleep(0.05)
        return bowl(x)

    objective = bb.Objective(slow, space=bb.Space.normal(3), name="slow")
    study = bb.compare(objective, ["random_search", "cma_es"], 60, 2, jobs=jobs)
    assert seen.is_closed
    halfway = [row for rows in seen.rows for row in rows if 0 < row.used < row.whole]
    best = study.runs.groupby("strategy").best.max()
    assert halfway
    assert all(row.best <= best[row.strategy] for row in halfway)
    assert any("left" in line for line in seen.sentences)


def test_showing_costs_a_hundredth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(cost=0.02)
    display, tally = Display("s", seen, quiet=0.0), Tally(STUDY.plan().specs)
    begin = time.monotonic()
    while time.monotonic() < begin + 0.5:
        display.look(tally, dict)
    assert len(seen.rows) == 1


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(live, "SHORT", 0.0)
    monkeypatch.setattr(Display.__init__, "__defaults__", (0.0,))
    yield


def test_where_nobody_looks_nothing_is_printed_unless_asked(
    quick: None, capfd: pytest.CaptureFixture[str]
) -> None:
    bb.compare("synthetic.sphere(d=2)", "random_search", 9, 1)
    bb.compare("synthetic.sphere(d=2)", "random_search", 9, 1, progress=False)
    assert capfd.readouterr().err == ""
    bb.compare("synthetic.sphere(d=2)", "random_search", 9, 1, progress=True, name="mine")
    assert capfd.readouterr().err.startswith("mine: 0 % of the budget, 0 of 1 runs finished")


def test_a_terminal_and_a_notebook_show_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    terminal = live.screen()
    assert isinstance(terminal, live.Terminal)
    terminal.show([Row("o", "s", 4, 1, 0, 40, 15, 2.5)], "so far")
    terminal.close()
    assert "2.5" in capsys.readouterr().err
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    shell = type("ZMQInteractiveShell", (InteractiveShell,), {})()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    notebook = live.screen()
    assert isinstance(notebook, live.Notebook)
    # What rich would do where it sees a notebook: leave a second table there.
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *_: pytest.fail("it is shown twice"))
    capsys.readouterr()
    notebook.show([Row("o", "s", 4, 1, 0, 40, 15, 2.5)], "so far")
    assert capsys.readouterr().out.count("DisplayObject") <= 1


def test_lines_grow_rare_in_a_long_study(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    lines: list[float] = []
    monkeypatch.setattr(Lines, "show", lambda *_: lines.append(clock[0]))
    display, tally = Display("night", Lines()), Tally(STUDY.plan().specs)
    for second in range(8 * 3600):
        clock[0] = float(second)
        display.look(tally, dict)
    assert lines[:3] == [2, 7, 12]
    assert len(lines) < 150


SLOW = """
import time
import blackbox as bb
def score(x):
    time.sleep(0.05)
    return -(x ** 2).sum(-1)
plant = bb.Objective(score, space=bb.Space.normal(2), name="plant")
"""


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.processes
def test_status_looks_at_a_study_that_another_process_runs(
    jobs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slow_part.py").write_text(SLOW)
    text = 'name = "far"\nobjectives = "slow_part:plant"\nstrategies = "random_search"\nseeds = 4\n'
    (tmp_path / "study.toml").write_text(f"{text}budget = 5000\n")
    command = [sys.executable, "-m", "blackbox", "run", "study.toml", "--jobs", str(jobs)]
    process = warm.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            try:
                now = status(tmp_path)
            except bb.StoreError:
                now = None
            if now is not None and now.rows and now.rows[0].used > 5:
                break
            time.sleep(0.1)
        assert now is not None
        (row,) = now.rows
        assert (row.runs, row.finished, row.whole) == (4, 0, 20_000)
        assert row.best <= 0
        assert [one.process for one in now.holders] == [process.pid]
        assert now.seconds_left is not None
        before = {f: f.stat().st_ino for f in (tmp_path / "runs").rglob("*")}
        assert cli.main(["status", str(tmp_path)]) == 0
        assert before.keys() <= set((tmp_path / "runs").rglob("*"))
        assert f"process {process.pid} on" in capsys.readouterr().out
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert process.returncode == cli.STOPPED
    assert "blackbox: stopped" in errors
    assert cli.main(["status", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "nobody works on it" in out
    assert "far: 0 % of the budget, 0 of 4 runs finished" in out


def test_status_moves_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bb.compare("synthetic.sphere(d=2)", "random_search", 9, 2, store=tmp_path)
    runs = tmp_path / "runs"
    journal = runs / "journals" / "broken.journal"
    journal.parent.mkdir(exist_ok=True)
    journal.write_bytes(b"blackbox journal 1\n" + b"\x05\x00\x00\x00" + bytes(40))
    next(runs.glob("*.run")).write_bytes(b"damaged")
    before = {f: (f.stat().st_mtime_ns, f.is_dir() or f.read_bytes()) for f in runs.rglob("*")}
    (row,) = status(tmp_path).rows
    assert (row.finished, row.runs) == (1, 2)
    after = {f: (f.stat().st_mtime_ns, f.is_dir() or f.read_bytes()) for f in runs.rglob("*")}
    assert after == before
    assert cli.main(["status", str(tmp_path / "absent")]) == 2
