"""The bench: its cells run, it goes on where it was interrupted, and says what got slower."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from itertools import count
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from blackbox.pages import PageFrames
from tests.benchmarks.field import comparisons, evaluations, evolution, ledger, parts, quick
from tests.benchmarks.field.medians import medians
from tests.benchmarks.field.rows import Row, Size, Way

SMALL = Size(small=True)
CHEAP = (*evaluations.rows(SMALL), *evolution.rows(SMALL), comparisons.rows(SMALL)[0])


@pytest.mark.parametrize("row", CHEAP, ids=lambda row: row.name)
def test_each_way_of_a_row_can_be_measured(row: Row) -> None:
    assert row.ways[0].is_ours
    assert np.isfinite([way.measure(0) for way in row.ways]).all()


@pytest.mark.slow
@pytest.mark.dear
def test_all_rows_can_be_measured(tmp_path: Path) -> None:
    rows = ledger.all_rows(SMALL)
    table = ledger.measured(rows, tmp_path / "bench.csv")
    assert set(table["row"]) == {row.name for row in rows if not row.missing}
    assert np.isfinite(table["amount"]).all()


def test_all_rows_make_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "pace", lambda: 0.01)
    rows = [
        replace(row, ways=tuple(Way(way.name, lambda turn: 1.0 + turn) for way in row.ways))
        for row in ledger.all_rows(SMALL)
    ]
    table = ledger.measured(rows, tmp_path / "bench.csv")
    measured = {row.name for row in rows if not row.missing}
    assert set(table["row"]) == set(medians(table)["row"]) == measured
    left_out = ledger.conditions(rows)["is"].str.startswith("not measured").sum()
    assert left_out == len(rows) - len(measured)


def made(row: str, way: str, amounts: list[float], pace: float = 1.0, unit: str = "us") -> Row:
    amounts = [pace * amount if unit != "MB" else amount for amount in amounts]
    return Row(row, unit, (Way(way, lambda turn: amounts[turn]),), len(amounts))


def table_of(*rows: Row, pace: float = 1.0) -> pd.DataFrame:
    lines = [
        (row.name, way.name, row.unit, turn, way.measure(turn), pace)
        for row in rows
        for turn in range(row.turns)
        for way in row.ways
    ]
    return pd.DataFrame(lines, columns=list(ledger.COLUMNS))


def test_an_interrupted_bench_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "pace", lambda: 0.01)
    calls: list[tuple[str, int]] = []

    def counted(name: str) -> Way:
        def measure(turn: int) -> float:
            if len(calls) == 3 and "goes on" not in str(calls):
                calls.append(("goes on", -1))
                raise KeyboardInterrupt
            calls.append((name, turn))
            return float(turn)

        return Way(name, measure)

    row = Row("a row", "s", (counted("blackbox"), counted("peer")), 3)
    with pytest.raises(KeyboardInterrupt):
        ledger.measured([row], tmp_path / "bench.csv")
    table = ledger.measured([row], tmp_path / "bench.csv")
    assert len(table) == 6
    assert sorted(call for call in calls if call[1] >= 0) == [
        (name, turn) for name in ("blackbox", "peer") for turn in range(3)
    ]
    assert [name for name, _ in calls[:3]] == ["blackbox", "peer", "peer"]  # nobody is always first


def test_a_quick_look_says_what_got_slower_at_the_pace_of_the_machine() -> None:
    then = table_of(
        made("steps", "blackbox bayes_opt", [10, 10.5, 11], unit="ms"),
        made("points", "blackbox one_plus_one", [30, 31, 32]),
        made("starts", "blackbox --help", [20, 20, 20], unit="MB"),
        made("noisy", "blackbox list", [10, 30, 12]),
        pace=0.02,
    )
    slow = 3.0  # a machine that takes three times as long for everything
    now = table_of(
        made("steps", "blackbox bayes_opt", [20, 21, 22], slow, unit="ms"),
        made("points", "blackbox one_plus_one", [15, 15, 16], slow),
        made("starts", "blackbox --help", [20, 21, 20], slow, unit="MB"),
        made("noisy", "blackbox list", [25, 26, 27], slow),
        made("new", "blackbox run", [1, 1, 1], slow),
        pace=0.02 * slow,
    )
    lines, status = quick.report(then, now)
    assert status == 1
    assert lines == [
        "slower: steps, blackbox bayes_opt: 2.00 times what it was (10.5 ms then, 21 ms now at "
        "that machine's pace)",
        "faster: points, blackbox one_plus_one: 0.48 times what it was (31 us then, 15 us now at "
        "that machine's pace)",
        "never measured before: new, blackbox run",
        "within 1.3 times, or not clear of chance: 2 of 4",
        "1 got slower",
    ]
    lines, status = quick.report(then, then)
    assert (lines[-1], status) == ("nothing got slower", 0)


def test_a_quick_look_measures_our_ways_of_cheap_rows_alone() -> None:
    rows = quick.quick_rows(ledger.all_rows(Size()))
    assert rows
    assert all(way.is_ours for row in rows for way in row.ways)
    assert not {"the demo study"} & {row.name for row in rows}


def test_some_rows_measured_again_leave_the_others(tmp_path: Path) -> None:
    first = table_of(made("a", "blackbox", [1.0]), made("b", "blackbox", [2.0]))
    machine = pd.DataFrame({"what": ["cpu"], "is": ["this"]})
    PageFrames({"steps": [{"n": 1}]}).write(tmp_path)
    ledger.merged(tmp_path, first, machine)
    frames = ledger.merged(tmp_path, table_of(made("b", "blackbox", [5.0])), machine)
    assert dict(zip(frames.bench["row"], frames.bench["amount"], strict=True)) == {"a": 1, "b": 5}
    assert set(frames) == {"steps", "bench", "bench_machine"}


def test_the_parts_of_a_study_are_there_and_are_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in (place for places in parts.PARTS.values() for place in places):
        module, _, attribute = place.partition(":")
        import_module(module)
        assert callable(attrgetter(attribute)(sys.modules[module]))
    monkeypatch.setattr(parts, "time", SimpleNamespace(perf_counter=count().__next__))
    clocks = parts.Clocks()
    inner = clocks.around("inner", lambda: None)
    clocks.around("outer", lambda: [inner(), inner()])()  # the clock ticks at each look
    assert clocks.seconds == {"inner": 2, "outer": 3}
