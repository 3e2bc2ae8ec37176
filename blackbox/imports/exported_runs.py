"""Single runs of the frames that we exported, each checked against what both frames say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import LogError
from blackbox.imports.cells import MOST_DIMENSIONS, Cells, Floats, Ints
from blackbox.imports.nevergrad import PRICE_DIGITS, states_of
from blackbox.imports.table import ROW_NUMBERS, LogTable
from blackbox.price import Price
from blackbox.trace import Status, Trace

FIXED = (
    *("objective", "strategy", "seed", "row", "n_scores", "n_gradients", "cost", "score", "best"),
    *("status", "z_norm", "log_prior", "seconds", "best_seen", "dim"),
)
CONSTRAINT = "constraint_"
OK, INVALID, INFEASIBLE = "ok", "invalid", "infeasible"
# What the frame of runs counts, and no row tells.
NEVER_TOLD = ("n_duplicate", "n_clipped", "n_grad_invalid")
CAN_BE_UNKNOWN = ("thinking_seconds", "evaluation_seconds", "n_invalid", "n_after_best")
NUMBERS_OF_ROWS = ("cost", "score", "best", "z_norm", "log_prior", "seconds")
NUMBERS_OF_RUNS = ("granted", "used", "best", "thinking_seconds", "optimum", "peak_memory_mb")
COUNTS_OF_RUNS = ("n_scores", "n_called", "noise", *CAN_BE_UNKNOWN[1:])
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class ExportedRuns:
    """The columns of both frames, checked for themselves."""

    evaluations: LogTable
    runs: LogTable
    rows: Mapping[str, Floats]  # columns of evaluations, [n]
    ends: Mapping[str, Floats]  # columns of runs
    n_scores: Ints
    n_gradients: Floats  # NaN where nobody counted
    states: NDArray[np.str_]
    dims: Ints
    statuses: list[Status | None]
    price: Price

    @classmethod
    def of(cls, evaluations: LogTable, runs: LogTable) -> ExportedRuns:
        """Read all columns that a run is made of."""
        others = [name for name in evaluations.columns if name not in (*FIXED, *ROW_NUMBERS)]
        rows = {name: evaluations.cells(name).numbers() for name in (*NUMBERS_OF_ROWS, *others)}
        ends = {name: runs.cells(name).numbers() for name in (*NUMBERS_OF_RUNS, *COUNTS_OF_RUNS)}
        n_scores = evaluations.cells("n_scores").whole(0) if len(evaluations) else np.empty(0, int)
        n_gradients = _gradients(evaluations)
        states = np.array([str(value) for value in evaluations.cells("status").content], str)
        wrong = ~np.isin(states, (OK, INVALID, INFEASIBLE))
        if wrong.any():
            cells = evaluations.cells("status")
            raise cells.refusal(int(np.argmax(wrong)), "a row is ok, invalid or infeasible")
        granted = ends["granted"]
        if not ((granted > 0) & np.isfinite(granted)).all():
            row = int(np.argmin((granted > 0) & np.isfinite(granted)))
            raise runs.cells("granted").refusal(row, "a budget is a number above 0")
        return cls(
            evaluations,
            runs,
            rows,
            ends,
            n_scores,
            n_gradients,
            states,
            runs.cells("dim").whole(1, MOST_DIMENSIONS),
            states_of(runs.cells("status")),
            _price(evaluations.cells("cost"), rows["cost"], n_scores, n_gradients),
        )

    def trace(
        self, key: tuple[str, str, int], nth: int, rows: NDArray[np.intp], sign: int
    ) -> Trace:
        """The run in this row of the frame of runs. Raises LogError where both do not agree."""
        rows = rows[np.argsort(self.n_scores[rows], kind="stable")]
        columns = {name: values[rows] for name, values in self.rows.items()}
        scores, gradients, states = self.n_scores[rows], self.n_gradients[rows], self.states[rows]
        valid = (states != INVALID) & np.isfinite(columns["score"])
        is_counted = not np.isnan(gradients).any()
        self._refuse_falling(rows, scores, gradients)
        trace = Trace(
            *key,
            dim=int(self.dims[nth]),
            budget=float(self.ends["granted"][nth]),
            price=self.price,
            status=self.statuses[nth] or Status.RETURNED,
            error=_text(self.runs, "error", nth),
            z=np.broadcast_to(np.nan, (len(rows), int(self.dims[nth]))),
            score=np.where(valid, sign * columns["score"], np.nan),
            valid=valid,
            clipped=np.zeros(len(rows), bool),
            n_scores=scores,
            n_gradients=np.where(is_counted, gradients, 0).astype(np.int64),
            n_decodes=np.zeros(len(rows), np.int64),
            seconds=columns["seconds"],
            z_norm=columns["z_norm"],
            log_prior=columns["log_prior"],
            used=float(self.ends["used"][nth]),
            thinking_seconds=float(self.ends["thinking_seconds"][nth]),
            criteria=_there(columns, self._criteria(), ""),
            constraints=_there(columns, self._constraints(), CONSTRAINT),
            optimum=_or_none(sign * self.ends["optimum"][nth]),
            versions=_json(self.runs, "versions", nth),
            machine=_json(self.runs, "machine", nth),
            scoring=_json(self.runs, "scoring", nth),
            peak_memory_mb=float(self.ends["peak_memory_mb"][nth]),
            n_called=float(self.ends["n_called"][nth]),
            noise=float(self.ends["noise"][nth]),
            unknown=self._unknown(nth, is_counted),
            sign=sign,
        )
        self._compare(trace, nth, rows, states)
        return trace

    def _criteria(self) -> list[str]:
        return [name for name in self.rows if name not in FIXED and not _is_constraint(name)]

    def _constraints(self) -> list[str]:
        return [name.removeprefix(CONSTRAINT) for name in self.rows if _is_constraint(name)]

    def _unknown(self, nth: int, is_counted: bool) -> tuple[str, ...]:
        untold = [name for name in CAN_BE_UNKNOWN if np.isnan(self.ends[name][nth])]
        return (*NEVER_TOLD, *untold, *(() if is_counted else ("n_gradients",)))

    def _refuse_falling(self, rows: NDArray[np.intp], scores: Ints, gradients: Floats) -> None:
        for name, counts, least in (("n_scores", scores, 1), ("n_gradients", gradients, 0)):
            wrong = np.append(counts[:1] < 0, np.diff(counts) < least)
            if wrong.any():
                row = int(np.argmax(wrong))
                wanted = f"a counter of a run cannot go on so from {counts[max(row - 1, 0)]:g}"
                raise self.evaluations.cells(name).refusal(int(rows[row]), wanted)

    def _compare(
        self, trace: Trace, nth: int, rows: NDArray[np.intp], states: NDArray[np.str_]
    ) -> None:
        """Refuse a run of which both frames, or two columns, say different things."""
        expected = np.where(trace.feasible, OK, np.where(trace.valid, INFEASIBLE, INVALID))
        if (expected != states).any():
            row = int(np.argmax(expected != states))
            wanted = f"the score and constraints of this row are '{expected[row]}'"
            raise self.evaluations.cells("status").refusal(int(rows[row]), wanted)
        last = float(trace.n_scores[-1]) if len(trace) else 0.0
        of_run = {"n_scores": last, "n_invalid": float((~trace.valid).sum())}
        if "best_seen" in self.evaluations.columns:
            notice = f"{self.runs.source}: bests of noisy scores are read as seen, not as confirmed"
            if notice not in self.runs.notices:
                self.runs.notices.append(notice)
        else:
            so_far = trace.sign * trace.best_so_far()
            self._refuse_other_bests(so_far, rows)
            of_run["best"] = float(so_far[-1]) if len(trace) else np.nan
        for name, value in of_run.items():
            stated = float(self.ends[name][nth])
            if not (np.isnan(stated) and name != "best") and not _same(stated, value):
                raise LogError(
                    f"{self.runs.at(nth)}, column {name!r}: {stated:g}, but by its rows it is "
                    f"{value:g}; rows are missing, or one of them was changed"
                )

    def _refuse_other_bests(self, so_far: Floats, rows: NDArray[np.intp]) -> None:
        best = self.rows["best"][rows]
        differs = ~((so_far == best) | (np.isnan(so_far) & np.isnan(best)))
        if differs.any():
            row = int(np.argmax(differs))
            wanted = f"the best score so far is {so_far[row]}: this must be the same"
            raise self.evaluations.cells("best").refusal(int(rows[row]), wanted)


def _there(columns: Mapping[str, Floats], names: Sequence[str], prefix: str) -> dict[str, Floats]:
    """Those that the run's objective has: of others, a frame holds no number."""
    of_run = {name: columns[prefix + name] for name in names}
    return {name: values for name, values in of_run.items() if not np.isnan(values).all()}


def _is_constraint(name: str) -> bool:
    return name.startswith(CONSTRAINT)


def _same(one: float, other: float) -> bool:
    return one == other or (np.isnan(one) and np.isnan(other))


def _gradients(table: LogTable) -> Floats:
    cells = table.cells("n_gradients")
    counts, empty = cells.numbers(), cells.is_missing()
    with np.errstate(invalid="ignore"):
        wrong = ~empty & ~((counts >= 0) & (counts % 1 == 0))
    if wrong.any():
        raise cells.refusal(int(np.argmax(wrong)), "this must be a whole number from 0 on")
    return counts


def _price(cells: Cells, cost: Floats, scores: Ints, gradients: Floats) -> Price:
    """What scores and gradients cost, by what rows had cost in all."""
    if not np.isfinite(cost).all():
        raise cells.refusal(int(np.argmin(np.isfinite(cost))), "this must be a cost")
    asked = np.nan_to_num(gradients)
    plain, priced = asked == 0, asked > 0
    score = float(np.median(cost[plain] / scores[plain])) if plain.any() else 1.0
    score = float(f"{score:.{PRICE_DIGITS}g}")
    gradient = 1.0
    if priced.any():
        gradient = float(np.median((cost[priced] - score * scores[priced]) / asked[priced]))
        gradient = float(f"{gradient:.{PRICE_DIGITS}g}")
    wrong = ~(np.abs(score * scores + gradient * asked - cost) <= ROUNDING * (1 + np.abs(cost)))
    if wrong.any() or not (score > 0 and gradient >= 0):
        wanted = f"at {score:g} for a score and {gradient:g} for a gradient, this must be the cost"
        raise cells.refusal(int(np.argmax(wrong)), wanted)
    return Price(score=score, gradient=gradient)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _text(table: LogTable, name: str, row: int) -> str:
    value = table.cells(name).content[row]
    return value if isinstance(value, str) else ""


def _json(table: LogTable, name: str, row: int) -> dict[str, Any]:
    text = _text(table, name, row)
    try:
        described = json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise LogError(f"{table.at(row)}, column {name!r}: no JSON: {error}") from error
    if not isinstance(described, dict):
        raise table.cells(name).refusal(row, "this must be a JSON object")
    return described
