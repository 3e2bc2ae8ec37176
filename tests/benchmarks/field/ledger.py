"""Measure rows, way by way in turns, and keep each turn: an interrupted bench goes on."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.machine import facts, versions
from blackbox.pages import PageFrames
from tests.benchmarks.field import comparisons, decoders, evaluations, evolution, models, processes
from tests.benchmarks.field.calibration import pace
from tests.benchmarks.field.rows import Row, Size, Way

COLUMNS = ("row", "way", "unit", "turn", "amount", "calibration")
ROOMS = (processes, comparisons, evaluations, evolution, models, decoders)
FRAME, MACHINE = "bench", "bench_machine"
DIGITS = 5  # of an amount


def all_rows(size: Size) -> list[Row]:
    """The table of the bench."""
    return [row for room in ROOMS for row in room.rows(size)]


def turns(row: Row, ways: Sequence[Way], done: set[tuple[str, int]]) -> Iterator[dict[str, Any]]:
    """What each way took in each turn but those that are done; nobody is always the first."""
    for turn in range(row.turns):
        shift = turn % len(ways)
        for way in (*ways[shift:], *ways[:shift]):
            if (way.name, turn) in done:
                continue
            calibration = pace()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # peers warn of their own business
                amount = way.measure(turn)
            given = (row.name, way.name, row.unit, turn, _short(amount), _short(calibration))
            print(f"{row.name}: {way.name}: {amount:.4g} {row.unit}", file=sys.stderr, flush=True)
            yield dict(zip(COLUMNS, given, strict=True))


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def measured(rows: Iterable[Row], file: Path) -> pd.DataFrame:
    """A row per turn of each way; what the file holds of them is not measured again.

    Each turn is written as it ends.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    held = pd.read_csv(file) if file.is_file() else pd.DataFrame(columns=list(COLUMNS))
    made: list[dict[Any, Any]] = held.to_dict("records")
    asked = [row for row in rows if not row.missing]
    for row in asked:
        theirs = held[held["row"] == row.name]
        done = set(zip(theirs["way"], theirs["turn"].astype(int), strict=True))
        for one in turns(row, row.ways, done):
            made.append(one)
            pd.DataFrame(made, columns=list(COLUMNS)).to_csv(file, index=False)
    order = {row.name: nth for nth, row in enumerate(asked)}
    table = pd.DataFrame(made, columns=list(COLUMNS))
    table = table[table["row"].isin(order)]
    return table.sort_values(["row", "turn"], key=_placed(order), kind="stable", ignore_index=True)


def _placed(order: Mapping[str, int]) -> Any:
    return lambda column: column.map(order) if column.name == "row" else column


def conditions(rows: Iterable[Row]) -> pd.DataFrame:
    """The machine, the versions, and what could not be measured on it."""
    missing = {row.name: f"not measured: {row.missing}" for row in rows if row.missing}
    told = facts() | versions() | missing
    if card := decoders.card():
        told["gpu"] = card
    return pd.DataFrame({"what": told.keys(), "is": told.values()})


def merged(frames: Path, table: pd.DataFrame, machine: pd.DataFrame) -> PageFrames:
    """Write the rows among those that are there, in place of the same ones; all frames."""
    there = PageFrames.read(frames) if any(frames.glob("*.csv")) else PageFrames({})
    if FRAME in there:
        earlier = there[FRAME]
        others = earlier[~earlier["row"].isin(table["row"])]
        table = pd.concat([others, table], ignore_index=True) if len(others) else table
    return PageFrames({**there, FRAME: table, MACHINE: machine}).write(frames)
