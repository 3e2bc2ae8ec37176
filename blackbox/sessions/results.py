"""Results as a laboratory tells them, as answers: a number, named outputs, a frame, a failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from blackbox.constraints import Scored
from blackbox.errors import BlackboxError, SessionError
from blackbox.known.tables import named_values
from blackbox.plain import is_whole, plain
from blackbox.protocol import Answer, Array
from blackbox.scoring.columns import finished
from blackbox.sessions.setup import Setup
from blackbox.spelling import did_you_mean

ID = "id"
# What a cell says where a trial was made and has no result; an empty one is not measured yet.
FAILED = "failed"
# How far a point of a frame may lie from the one that was asked, on an axis of length 1: a csv
# holds some digits of it.
ROUNDED = 1e-6


class Results:
    """Reads what is told of the trials of a session."""

    def __init__(self, setup: Setup) -> None:
        """Of the outputs that this session is about."""
        self._setup, self._scorer = setup, setup.scorer
        criteria = self._scorer.criteria or (setup.score,)
        # The columns that a result has in a frame.
        self.columns = tuple(dict.fromkeys((*criteria, *self._scorer.constraints)))

    def of_frame(self, table: pd.DataFrame, points: Mapping[int, Array]) -> dict[int, Answer]:
        """The answers in a frame, by id: of rows that have a result.

        Raises SessionError for what is no result, and for values that were not asked.
        """
        for name in (ID, *self.columns):
            if name not in table:
                there = [str(column) for column in table.columns]
                near = did_you_mean(name, there)
                raise SessionError(
                    f"the frame has no column {name!r}{near}; it has {', '.join(there)}. A session "
                    f"is told {', '.join((ID, *self.columns))}"
                )
        answers: dict[int, Answer] = {}
        for row in table[[ID, *self.columns]].to_dict("records"):
            trial, cells = id_of(row.pop(ID)), {str(name): plain(one) for name, one in row.items()}
            if all(map(_is_empty, cells.values())):
                continue
            answer = self.of_one(trial, self._value(trial, cells))
            _refuse_two(trial, answers.get(trial), answer)
            answers[trial] = answer
        rows = table[table[ID].isin(list(answers))]
        self._refuse_moved(rows, [id_of(one) for one in rows[ID]], points)
        return answers

    def of_one(self, trial: int, value: Any) -> Answer:
        """The answer that one value is, of one row. Raises SessionError."""
        scorer = self._scorer
        if value is None or (isinstance(value, str) and value.strip().lower() == FAILED):
            raw = np.full(scorer.width, np.nan)
        else:
            if isinstance(value, str):
                value = _as_number(trial, self._setup.score, value)
            if isinstance(value, Mapping) and not (scorer.bounds or scorer.has_named_weights):
                value = value.get(self._setup.score, value)
            try:
                raw = np.asarray(scorer.of_one(value), float)
            except BlackboxError as error:
                raise SessionError(f"id {trial}: {_in_words(str(error))}") from error
        raw = raw.reshape(1, *scorer.width)
        columns: dict[str, Any] = {"score": np.asarray(scorer.combined(raw), float)}
        if scorer.criteria:
            columns["criteria"] = np.array(scorer.outputs_of(raw), float)
        if scorer.constraints:
            columns["constraints"] = np.array(scorer.constraints_of(raw), float)
        columns = finished(columns, scorer)
        columns.pop("notes", None)
        return Answer(**{"valid": np.isfinite(columns["score"])} | columns)

    def shown(self, answer: Answer) -> dict[str, Any]:
        """An answer as a row of a frame, its score as it was told."""
        scorer = self._scorer
        valid, feasible = bool(answer.valid[0]), bool(answer.feasible[0])
        row: dict[str, Any] = {self._setup.score: scorer.sign * float(answer.score[0])}
        row["status"] = "invalid" if not valid else "ok" if feasible else "infeasible"
        if answer.criteria is not None:
            row |= dict(zip(scorer.criteria, answer.criteria[0].tolist(), strict=True))
        margins = zip(scorer.constraints, answer.constraints[0].tolist(), strict=False)
        return row | {f"constraint_{name}": margin for name, margin in margins}

    def _value(self, trial: int, cells: dict[str, Any]) -> Any:
        """What the cells of one row say, as a scorer would return it."""
        if any(isinstance(one, str) and one.strip().lower() == FAILED for one in cells.values()):
            return None
        for name, one in cells.items():
            if _is_empty(one):
                raise SessionError(
                    f"id {trial} has no {name!r}: fill it in, or leave all of its results empty "
                    f'until they are there ("{FAILED}": the trial has none)'
                )
            cells[name] = _as_number(trial, name, one)
        scorer = self._scorer
        if scorer.bounds or (scorer.has_named_weights and not scorer.constraints):
            return cells
        if not scorer.constraints:
            return cells[self._setup.score]
        outputs = {name: one for name, one in cells.items() if name not in scorer.constraints}
        score = outputs if scorer.has_named_weights else outputs[self._setup.score]
        return Scored(score, {name: cells[name] for name in scorer.constraints})

    def _refuse_moved(
        self, table: pd.DataFrame, ids: list[int], points: Mapping[int, Array]
    ) -> None:
        """Raise SessionError where a row says other values than were asked for its id."""
        parameters, space = self._setup.objective.parameters, self._setup.objective.space
        names = list(parameters) if parameters else [f"z_{nth}" for nth in range(space.dim)]
        if not set(names) <= set(table.columns) or not len(table):
            return  # it says nothing of them
        try:
            if parameters is None:
                z = space.to_unit(table[names].to_numpy(float))
            else:
                z = parameters.points(named_values(table, parameters))
        except (BlackboxError, ValueError) as error:
            raise SessionError(f"the frame has values that were not asked: {error}") from error
        for row, (trial, point) in enumerate(zip(ids, z, strict=True)):
            if trial not in points:
                continue  # it is refused as such
            asked = points[trial] if parameters else space.to_unit(points[trial])
            moved = np.flatnonzero(np.abs(point - asked) > ROUNDED)
            if len(moved):
                name, values = names[moved[0]], points[trial]
                was = values[moved[0]]
                if parameters is not None:
                    was = parameters.rows(values[None])[0][name]
                raise SessionError(
                    f"id {trial}: {name} is {plain(table[name].iloc[row])!r} in the frame, and was "
                    f"asked to be {plain(was)!r}: what was tried elsewhere is no answer; begin "
                    "another session with it as known="
                )


# What a result says; an answer from a file has more columns.
TOLD = ("valid", "score", "criteria", "constraints")


def _refuse_two(trial: int, before: Answer | None, now: Answer) -> None:
    if before is not None and not are_same(before, now):
        raise SessionError(f"the frame has id {trial} twice, with two results")


def are_same(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same, but for digits that a csv rounds."""
    for name in (name for name in TOLD if name in one):
        before, now = (answer.columns[name].astype(float) for answer in (one, other))
        if not np.allclose(before, now, rtol=1e-9, atol=0.0, equal_nan=True):
            return False
    return True


def id_of(given: Any) -> int:
    """The number of a trial. Raises SessionError for what is none."""
    value = plain(given)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column with an empty cell holds floats
    if not is_whole(value):
        raise SessionError(f"an id is a whole number, as ask() gives it, not {value!r}")
    return int(value)


def _is_empty(cell: Any) -> bool:
    is_nan = isinstance(cell, float) and np.isnan(cell)
    return cell is None or cell is pd.NA or is_nan or (isinstance(cell, str) and not cell.strip())


def _as_number(trial: int, name: str, cell: Any) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise SessionError(
            f'id {trial}: {name} is {cell!r}, which is no number; "{FAILED}" says that a trial has '
            "no result, an empty cell that it is not there yet"
        ) from None


def _in_words(error: str) -> str:
    """What a scorer's error says of a result that was told; there is no scorer to mend."""
    what, _, _ = error.partition("; write scorer=")
    return what.replace("scorer `_handed_back` returned", "told was")
