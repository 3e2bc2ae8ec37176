"""Latent points in frames: all that were asked, and the best with the object that it became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results.constrained import column_of
from blackbox.results.frame import EVALUATION_COLUMNS, Traces, evaluations, place_of
from blackbox.results.judging.trusted import TrustedChoice
from blackbox.results.judging.verified import VerifiedChoice
from blackbox.results.worth import Worth, confirmed, is_noisy, worths
from blackbox.trace import Status, Trace

COLUMNS = (
    "objective",
    "strategy",
    "seed",
    "status",
    "row",
    "cost",
    "score",
    "truth",
    "true",
)
WHAT = ("z", "x", "shown")
NOISY = ("score_se", "score_seen", "n_confirm")
Choice: TypeAlias = TrustedChoice | VerifiedChoice
EACH = ("strategy", "run", "objective")


def points(traces: Traces, gradient_price: float | None = None) -> pd.DataFrame:
    """The evaluations with their latent points as columns `z_0`, `z_1`, ... behind the others.

    This takes 8 bytes for each evaluation and dimension of the largest space. A coordinate is NaN
    where a row was asked in data space, and beyond the dimensions of a smaller space.
    """
    most = max((trace.dim for trace in traces), default=0)
    parts = [np.empty((0, most))]
    for trace in traces:
        n = trace.affordable(gradient_price)
        z = np.full((n, most), np.nan)
        z[:, : trace.dim] = trace.z[:n]
        parts.append(z)
    coordinates = pd.DataFrame(np.concatenate(parts), columns=[f"z_{i}" for i in range(most)])
    return pd.concat([evaluations(traces, gradient_price), coordinates], axis=1)


def best(
    traces: Traces,
    gradient_price: float | None = None,
    each: str = "strategy",
    choices: Sequence[Choice] | None = None,
) -> pd.DataFrame:
    """The best point per objective and strategy, of all its runs; `each` "run", or "objective".

    The best is the highest feasible score that the budget affords at this price, the first of
    several, whatever the run's end. `z` is the latent point as an array, NaN where the row was
    asked in data space, `x` the object that judges saw of it, None where none was small enough to
    be kept or judges saw another price's best, and `shown` what a reader sees of it. `true`,
    `judge_<name>` and criteria are those of this point. Where nobody found a valid point, numbers
    are NaN and the seed is the first run's.

    Where a scorer is noisy, the best run is the one whose best was confirmed to be the highest, and
    `score` and criteria are means of `n_confirm` answers that had no part in choosing it, if the
    study could ask for them: those of a last round, or of the run alone for `each="run"`.
    `score_se` is the standard error of this mean, `score_seen` the highest score that the run had
    seen. The highest of several such rows is high by luck again: for the best of an objective
    ask `each="objective"`, which chooses by the runs' own means.

    With `choices`, one per run, the best is the point that is still trusted (see `trusted.py`), or
    the truest that some calls have found (`verified.py`), the start where none is: of several runs
    the one that is worth most, or truest. `trust` and `worth`, or `truth_calls`, are then columns,
    and `best_score` is what the run had found without. Raises ValueError for another `each`.
    """
    if each not in EACH:
        raise ValueError(f"each is {', '.join(map(repr, EACH[:-1]))} or {EACH[-1]!r}, not {each!r}")
    chosen: dict[tuple[object, ...], tuple[Trace, Worth, Choice | None]] = {}
    each_worth = worths(traces, gradient_price)
    for nth, (trace, seen) in enumerate(zip(traces, each_worth, strict=True)):
        choice = None if choices is None else choices[nth]
        worth = seen if choice is None else _worth(trace, choice)
        cell = trace.objective, each != "objective" and trace.strategy, each == "run" and trace.seed
        if cell not in chosen or _height(worth, choice) > _height(*chosen[cell][1:]):
            chosen[cell] = trace, worth, choice
    noisy, last = is_noisy(traces), each != "run"
    rows = (
        _row(trace, worth, gradient_price, noisy, last=last) | _told(trace, choice)
        for trace, worth, choice in chosen.values()
    )
    return _framed(rows)


def _height(worth: Worth, choice: Choice | None) -> float:
    height = worth.score if choice is None else choice.height
    return -np.inf if np.isnan(height) else height


def _worth(trace: Trace, choice: Choice) -> Worth:
    """The row that was chosen for the best, as its score was seen."""
    row = choice.row
    score = np.nan if row is None or not trace.valid[row] else float(trace.score[row])
    return Worth(row, score, score)


def _told(trace: Trace, choice: Choice | None) -> dict[str, Any]:
    """What is told of a choice."""
    if choice is None:
        return {}
    return choice.columns | {
        "best_score": _worth(trace, replace(choice, row=choice.best_row)).score
    }


def _framed(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The rows with their fixed columns first, then criteria and judges, the arrays last."""
    made = list(rows)
    names = dict.fromkeys(name for row in made for name in row)
    between = [name for name in names if name not in (*COLUMNS, *WHAT)]
    between.sort(key=lambda name: name.startswith("judge_"))
    table = pd.DataFrame(
        [{name: row.get(name, np.nan) for name in (*COLUMNS, *between)} for row in made],
        columns=[*COLUMNS, *between],
    )
    for name in WHAT:  # one by one: an array is a cell here, not a column
        cells = np.empty(len(made), object)
        for nth, row in enumerate(made):
            cells[nth] = row[name]
        table[name] = cells
    return table


def _row(
    trace: Trace, worth: Worth, gradient: float | None, noisy: bool, *, last: bool
) -> dict[str, Any]:
    row, path = worth.row, trace.path
    place, is_cut = place_of(trace, row), trace.affordable(gradient) < len(trace)
    answers = np.zeros(0, bool)
    if worth.is_confirmed:
        last &= bool(trace.confirmations.of(row, last=True).any())
        worth, answers = (
            confirmed(trace, gradient, last=last),
            trace.confirmations.of(row, last=last),
        )
    at_best: dict[str, Any] = {
        "objective": trace.objective,
        "strategy": trace.strategy,
        "seed": trace.seed,
        "status": str(Status.SPENT if is_cut else trace.status),
        "row": np.nan if row is None else row,
        "cost": np.nan if row is None else float(trace.cost(gradient)[row]),
        "score": worth.score,
        "truth": path.truth if path is not None else "",
        "true": np.nan,
        "z": np.full(trace.dim, np.nan) if row is None else np.array(trace.z[row]),
        "x": _object(trace, row, place),
        "shown": None if path is None or place is None else path.shown(place),
    }
    if noisy:
        at_best |= dict(zip(NOISY, (worth.se, worth.seen, worth.n), strict=True))
    for name, values in trace.constraints.items():
        at_best[column_of(name)] = np.nan if row is None else float(values[row])
    for name, values in trace.criteria.items():
        seen = np.nan if row is None else float(values[row])
        again = trace.confirmations.criteria[name][answers] if answers.any() else np.array([seen])
        valid = again[~np.isnan(again)]
        at_best[criterion(name)] = float(valid.mean()) if len(valid) else np.nan
    if path is not None:
        if path.true is not None and place is not None:
            at_best["true"] = float(path.true[place])
        for name, verdicts in path.judged.items():
            at_best[f"judge_{name}"] = np.nan if place is None else float(verdicts[place])
    return at_best


def criterion(name: str) -> str:
    """The column of a criterion, told apart from the fixed ones."""
    fixed = (*EVALUATION_COLUMNS, "best_seen", *COLUMNS, *NOISY, *WHAT, "key", "judges")
    return f"criterion_{name}" if name in fixed else name


def _object(trace: Trace, row: int | None, place: int | None) -> NDArray[Any] | str | None:
    """The object of a row: as judges saw it, else as it was asked in data space."""
    objects = trace.path.objects if trace.path is not None else None
    if place is not None and objects is not None:
        return str(objects[place]) if objects.dtype.kind == "U" else np.array(objects[place])
    return np.array(trace.x[row]) if row is not None and row in trace.x else None
