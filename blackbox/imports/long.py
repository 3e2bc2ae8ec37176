"""Logs with a row per evaluation: a long csv, any table or frame like it, and optuna's trials."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.errors import LogError
from blackbox.formats import LONG
from blackbox.imports.cells import MOST_DIMENSIONS, Cells, Floats, Ints
from blackbox.imports.records import Record
from blackbox.imports.table import LogTable, read_table
from blackbox.spelling import did_you_mean

Source: TypeAlias = Path | pd.DataFrame
Key: TypeAlias = tuple[str, str, int, int]

CAN_BE_MISSING = ("evaluation", "seed", "gradients")
ALIKE = 0.75  # as near as a name must be to be taken for a slip of the pen
# How our own export marks rows, whatever their score.
NOT_OK = ("invalid", "infeasible")


@dataclass(frozen=True)
class Asked:
    """What the caller says of a table: which end is better, and which column means what."""

    maximize: bool
    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=lambda: LONG)  # where nothing else is said

    def __post_init__(self) -> None:
        """Know the meanings, and a budget that is one."""
        for given, meanings in ((self.columns, LONG), (self.fixed, [*LONG, "budget"])):
            for meaning in given:
                if meaning not in meanings:
                    raise LogError(f"a column means one of {', '.join(meanings)}, not {meaning!r}")
        if both := sorted(set(self.columns) & set(self.fixed)):
            raise LogError(f"{both[0]!r} has a column and is fixed too; give one of them")

    @property
    def budget(self) -> float | None:
        """The units that each run was granted. Raises LogError for what is no budget."""
        if "budget" not in self.fixed:
            return None
        cells = Cells([self.fixed["budget"]], lambda _: "fixed={'budget': ...}", [])
        budget = float(cells.numbers()[0])
        if not (0 < budget < np.inf):
            raise cells.refusal(0, "a budget is a number above 0")
        return budget

    @property
    def needed(self) -> list[str]:
        """The columns that must be there."""
        asked = [m for m in LONG if m not in self.fixed]
        return [self.name(m) for m in asked if m not in CAN_BE_MISSING or m in self.columns]

    def name(self, meaning: str) -> str:
        """The column that means this."""
        return self.columns.get(meaning, self.names[meaning])

    def for_columns(self, columns: Collection[str]) -> Asked:
        """The same where a column without its usual name has the plain name of its meaning."""
        plain = {one for one, name in self.names.items() if one in columns and name not in columns}
        return replace(self, names={**self.names, **{one: one for one in plain}})

    def cells(self, table: LogTable, meaning: str) -> Cells | None:
        """The cells with this meaning; None where they are missing and may be."""
        if meaning in self.fixed:
            return table.same(self.fixed[meaning], meaning)
        name = self.name(meaning)
        if name not in table.columns and meaning in CAN_BE_MISSING and meaning not in self.columns:
            if near := did_you_mean(name, table.columns, cutoff=ALIKE):
                raise LogError(
                    f"{table.source} has no column {name!r}{near} If so, say "
                    f"columns={{{meaning!r}: ...}}; if not, give that column another name"
                )
            return None
        where = f"name the column that means it (columns={{{meaning!r}: ...}})"
        return table.cells(name, f" for the {meaning}; {where} or give one value for all (fixed=)")


def read_long(source: Source, asked: Asked, notices: list[str]) -> list[Record]:
    """Each run of a table with one row per logged evaluation.

    Without numbers of evaluations rows are numbered in their order; runs that are not numbered by
    whole numbers are numbered in theirs.
    """
    table = read_table(source, asked.needed, notices)
    return records_of(table, asked.for_columns(table.columns))


def records_of(table: LogTable, asked: Asked) -> list[Record]:
    """The runs of a table that is read already."""
    budget, sign = asked.budget, 1 if asked.maximize else -1
    cells = {meaning: asked.cells(table, meaning) for meaning in LONG}
    if not len(table):
        return []
    score = sign * _scores(table, cells["score"])
    runs = _rows_of_runs(table, cells)
    evaluation = _evaluations(table, cells["evaluation"], runs)
    gradients = cells["gradients"]
    # Of a noisy scorer bests are not of its scores alone, but of those that were asked again.
    is_checked = table.is_ours and "best_seen" not in table.columns
    best = table.cells("best") if is_checked else None
    bests = best.numbers() if best else score
    records = []
    for (objective, strategy, seed, dim), rows in runs.items():
        run = f"{strategy} on {objective}, run {seed}"
        order = _in_order(table, rows, evaluation, run, cells["seed"] is not None)
        numbers = np.arange(1, len(rows) + 1) if evaluation is None else evaluation[order]
        counted = None if gradients is None else _gradients(table, gradients, order, run)
        record = Record(objective, strategy, seed, dim, numbers, score[order], counted)
        records.append(replace(record, budget=budget, sign=sign))
        if best:
            _refuse_another_best(best, bests, order, score[order], sign)
    return records


def _scores(table: LogTable, cells: Cells | None) -> Floats:
    """Scores as they stand, NaN where a row counts as none."""
    assert cells is not None  # never missing
    score = cells.numbers()
    if table.is_ours:
        states = [str(state) for state in table.columns["status"]]
        return np.where(np.isin(states, NOT_OK), np.nan, score)
    invalid = int((~np.isfinite(score)).sum())
    if invalid:
        row = int(np.argmax(~np.isfinite(score)))
        table.notices.append(
            f"{invalid} of {len(score)} scores of {table.source} are empty, nan or infinite and "
            f"count as invalid points; the first stands in {table.counted} {table.places[row]}"
        )
    return score


def _rows_of_runs(table: LogTable, cells: Mapping[str, Cells | None]) -> dict[Key, list[int]]:
    objective, strategy, dim = cells["objective"], cells["strategy"], cells["dim"]
    assert objective
    assert strategy
    assert dim
    seeds = np.zeros(len(table), np.int64) if cells["seed"] is None else cells["seed"].seeds()
    runs: dict[Key, list[int]] = {}
    columns = (
        objective.names(),
        strategy.names(),
        seeds.tolist(),
        dim.whole(1, MOST_DIMENSIONS).tolist(),
    )
    for row, key in enumerate(zip(*columns, strict=True)):
        runs.setdefault(key, []).append(row)
    return runs


def _evaluations(
    table: LogTable, cells: Cells | None, runs: Mapping[Key, Sequence[int]]
) -> Ints | None:
    """The numbers of evaluations from 1; where each run begins with 0, one more than they say."""
    if cells is None:
        table.notices.append(
            f"{table.source} has no column for the evaluation: rows were numbered in their order"
        )
        return None
    numbers = cells.whole(0)
    firsts = {key: int(numbers[rows].min()) for key, rows in runs.items()}
    if not any(first == 0 for first in firsts.values()):
        return numbers
    if any(first > 0 for first in firsts.values()):
        raise cells.refusal(
            int(np.argmin(numbers)), "evaluations must be numbered from 1, as in other runs"
        )
    table.notices.append(f"{table.source} counts evaluations from 0: one was added to each")
    return numbers + 1


def _in_order(
    table: LogTable, rows: Sequence[int], evaluation: Ints | None, run: str, has_seeds: bool
) -> NDArray[np.intp]:
    """The rows of a run by their evaluations. Raises LogError where these may be several runs."""
    places = np.array(rows, np.intp)
    if evaluation is None:
        return places
    numbers = evaluation[places]
    order = places[np.argsort(numbers, kind="stable")]
    twice = np.flatnonzero(np.diff(evaluation[order]) == 0)
    todo = "name the column that tells runs apart as the one that means seed"
    if len(twice):
        first, second = table.places[order[twice[0]]], table.places[order[twice[0] + 1]]
        raise LogError(
            f"{table.source}, {run}: evaluations must be numbered from 1, each once, but "
            f"{evaluation[order[twice[0]]]} stands in {table.counted} {first} and {second}; {todo}"
        )
    falls = np.flatnonzero(np.diff(numbers) < 0)
    if len(falls):
        if not has_seeds:
            raise LogError(
                f"{table.at(places[falls[0] + 1])}: the evaluations of {run} fall from "
                f"{numbers[falls[0]]} to {numbers[falls[0] + 1]}: rows in disorder, or a second "
                f"run; {todo}"
            )
        notice = f"{table.source} has rows in disorder, which were ordered by their evaluations"
        if notice not in table.notices:
            table.notices.append(notice)
    return order


def _gradients(table: LogTable, cells: Cells, order: NDArray[np.intp], run: str) -> Ints | None:
    """Gradients asked so far; None where nobody counted those of the run."""
    of_run = Cells(
        [cells.content[row] for row in order],
        lambda row: cells.where(int(order[row])),
        cells.notices,
        cells.is_only,
    )
    empty = of_run.is_missing()
    if empty.all():
        return None
    counts = of_run.whole(0)
    falls = np.flatnonzero(np.diff(counts) < 0)
    if len(falls):
        raise of_run.refusal(
            int(falls[0]) + 1,
            f"gradients are those asked so far, so they cannot fall from {counts[falls[0]]} in "
            f"{run}",
        )
    return counts


def _refuse_another_best(
    cells: Cells, bests: Floats, order: NDArray[np.intp], score: Floats, sign: int
) -> None:
    """Refuse what we exported where its column `best` is not the best of its scores so far."""
    seen = np.maximum.accumulate(np.where(np.isnan(score), -np.inf, score))
    expected, best = np.where(np.isinf(seen), np.nan, sign * seen), bests[order]
    differs = ~((best == expected) | (np.isnan(best) & np.isnan(expected)))
    if differs.any():
        first = int(np.argmax(differs))
        raise cells.refusal(
            int(order[first]),
            f"the {'highest' if sign > 0 else 'lowest'} score so far is {expected[first]}; either "
            "maximize= is the other way, or a value was changed: this must be the same",
        )
