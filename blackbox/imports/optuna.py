"""optuna's `study.trials_dataframe()`, as a frame or saved as any table: a row per trial."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from blackbox.errors import LogError
from blackbox.formats import LONG
from blackbox.imports.long import Asked, Source, records_of
from blackbox.imports.records import Record
from blackbox.imports.table import LogTable, read_table

# optuna's names of what it tells; objective and strategy it does not.
NAMES = {**LONG, "evaluation": "number", "score": "value"}
PARAMETER = "params_"
COMPLETE, WITHOUT_SCORE, NOT_MADE = "COMPLETE", ("FAIL", "PRUNED"), ("RUNNING", "WAITING")
APART = ("objective", "strategy", "seed")  # what studies that share a frame differ in
STATES = (COMPLETE, *WITHOUT_SCORE, *NOT_MADE)


def read_optuna(source: Source, asked: Asked, notices: list[str]) -> list[Record]:
    """The trials of a study as one run, or as many as a column that means the seed tells apart.

    A trial that failed or was pruned is an evaluation without a score; one that is not finished is
    left out. Dimensions are parameters, unless `fixed` says otherwise.
    """
    table = read_table(source, ["number", "state"], notices)
    is_given = {**asked.columns, **asked.fixed}
    if "value" not in table.columns and "score" not in is_given:
        values = [name for name in table.columns if name.startswith("value")]
        raise LogError(
            f"{table.source} has no column 'value' but {', '.join(values) or 'no values at all'}; "
            "say which one is the score: columns={'score': ...}"
        )
    n_parameters = sum(name.startswith(PARAMETER) for name in table.columns)
    names: dict[str, Any] = {"strategy": "optuna", "objective": _stem(source)}
    if n_parameters:
        names["dim"] = n_parameters
    defaults = {name: value for name, value in names.items() if name not in is_given}
    made = _made(table, asked)
    return records_of(made, replace(asked, fixed={**defaults, **asked.fixed}))


def _stem(source: Source) -> str:
    return source.name.partition(".")[0] if isinstance(source, Path) else "study"


def _made(table: LogTable, asked: Asked) -> LogTable:
    """The trials that were made, numbered from 1 in their order; scores of failed ones are nan."""
    score, states = asked.name("score"), table.cells("state")
    values, endings = table.cells(score), [_state(value) for value in states.content]
    empty = values.is_missing()
    for row, state in enumerate(endings):
        if state not in STATES:
            raise states.refusal(row, f"a trial is one of {', '.join(STATES)}")
        if state == COMPLETE and empty[row]:
            raise values.refusal(row, "a complete trial has a value")
    for state in NOT_MADE:
        if n := endings.count(state):
            table.notices.append(f"{n} trials of {table.source} are {state} and were left out")
    failed = [state in WITHOUT_SCORE for state in endings]
    scores = [
        math.nan if none else value for none, value in zip(failed, values.content, strict=True)
    ]
    there = [row for row, state in enumerate(endings) if state not in NOT_MADE]
    columns = {**table.columns, score: scores, "number": _places(table, asked, there)}
    return replace(table, columns=columns).rows(there)


def _places(table: LogTable, asked: Asked, rows: Sequence[int]) -> list[int]:
    """Where each of these trials stands in its study, from 1; 0 for the others."""
    cells = table.cells("number")
    numbers = cells.whole(0).tolist()
    apart = [table.cells(asked.columns[one]).content for one in APART if one in asked.columns]
    places, made, taken = [0] * len(table), Counter[Any](), set()
    for row in sorted(rows, key=lambda one: numbers[one]):
        study = tuple(str(values[row]) for values in apart)
        if (study, numbers[row]) in taken:
            wanted = "each trial has a number of its own; name the column that tells studies apart"
            raise cells.refusal(row, f"{wanted} (columns={{'seed': ...}}): a new number")
        taken.add((study, numbers[row]))
        made[study] += 1
        places[row] = made[study]
    return places


def _state(value: object) -> str:
    return str(value).strip().removeprefix("TrialState.")
