"""Traces as tidy frames: one row per evaluation, one row per run, at any price of a gradient.

A run that was granted at one price can be read at a higher one: the rows that its budget no longer
pays for are cut off, as if they had never been asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results import beforehand, constrained, truth_calls, worth
from blackbox.results.worth import Worth, worths
from blackbox.trace import ENDED_WELL as ENDED_WELL
from blackbox.trace import Status, Trace

Traces: TypeAlias = Sequence[Trace]

EVALUATION_COLUMNS = (
    "objective",
    "strategy",
    "seed",
    "row",
    "n_scores",
    "n_gradients",
    "cost",
    "score",
    "best",
    "status",
    "z_norm",
    "log_prior",
    "seconds",
)
RUN_COLUMNS = (
    "objective",
    "strategy",
    "seed",
    "status",
    "granted",
    "used",
    "wasted",
    "best",
    "best_cost",
)
RUN_COLUMNS_BEHIND_JUDGES = (
    *(
        "thinking_seconds",
        "evaluation_seconds",
        "n_invalid",
        "n_duplicate",
        "n_clipped",
        "error",
        "versions",
    ),
    "start",
    "n_scores",
    "n_gradients",
    "dim",
    "optimum",
    "n_after_best",
    "peak_memory_mb",
    "machine",
    "n_grad_invalid",
    "n_called",
    "noise",
    "scoring",
)


def evaluations(traces: Traces, gradient_price: float | None = None) -> pd.DataFrame:
    """One row per evaluation that the budget affords at this price (default: the run's own).

    `score` is NaN where `status` is "invalid", `best` is the best so far that is "ok". Where a
    scorer is noisy, `best` never rises above what the best of the run was confirmed to be (see
    `worth.py`), and `best_seen` is the best of the scores. Behind the fixed columns stands one per
    constraint, met where it is >= 0, and one per criterion.
    """
    n_rows = [trace.affordable(gradient_price) for trace in traces]
    runs = list(zip(traces, n_rows, strict=True))
    valid = _stack((t.valid[:n] for t, n in runs), bool)
    score = _stack((t.score[:n] for t, n in runs), float)
    worth_of = zip(traces, worths(traces, gradient_price), strict=True)
    bests = [worth.best_so_far(trace, of_run) for trace, of_run in worth_of]
    columns: dict[str, Any] = {
        "objective": _spread([trace.objective for trace in traces], n_rows),
        "strategy": _spread([trace.strategy for trace in traces], n_rows),
        "seed": np.repeat(np.array([trace.seed for trace in traces], np.int64), n_rows),
        "row": _stack((np.arange(n) for n in n_rows), np.int64),
        "n_scores": _stack((t.n_scores[:n] for t, n in runs), np.int64),
        "n_gradients": _gradients(runs),
        "cost": _stack((t.cost(gradient_price)[:n] for t, n in runs), float),
        "score": np.where(valid, score, np.nan),
        "best": _stack((best[:n] for best, n in zip(bests, n_rows, strict=True)), float),
        "status": constrained.states(valid, _stack((t.feasible[:n] for t, n in runs), bool)),
        "z_norm": _stack((t.z_norm[:n] for t, n in runs), float),
        "log_prior": _stack((t.log_prior[:n] for t, n in runs), float),
        "seconds": _stack((t.seconds[:n] for t, n in runs), float),
    }
    if worth.is_noisy(traces):
        columns["best_seen"] = _stack((t.best_so_far()[:n] for t, n in runs), float)
    columns |= truth_calls.so_far(runs) | constrained.values(runs)
    for name in dict.fromkeys(name for trace in traces for name in trace.criteria):
        values = (t.criteria.get(name, np.full(len(t), np.nan))[:n] for t, n in runs)
        columns[_criterion(name)] = _stack(values, float)
    return pd.DataFrame(columns)


def clock(traces: Traces, gradient_price: float | None = None) -> NDArray[np.float64]:
    """Seconds of a run up to each row of `evaluations`: in the objective, and its thinking.

    Thinking, recorded as a whole, is spread evenly over the rows. NaN where a log tells no times.
    """
    parts = []
    for trace in traces:
        n = trace.affordable(gradient_price)
        is_unknown = "thinking_seconds" in trace.unknown
        per_row = np.nan if is_unknown else trace.thinking_seconds / max(len(trace), 1)
        parts.append(np.cumsum(trace.seconds[:n]) + per_row * np.arange(1, n + 1))
    return _stack(parts, float)


def reading_price(traces: Traces, price: float | None) -> float | None:
    """The price at which runs are read: this, else the one at which all were granted, or None.

    Raises ValueError for what is no price.
    """
    if price is not None and not (isfinite(price) and price >= 0):
        raise ValueError(f"a gradient price is a finite number >= 0, not {price!r}")
    granted = {trace.price.gradient for trace in traces}
    return granted.pop() if price is None and len(granted) == 1 else price


def directions(traces: Traces) -> pd.DataFrame:
    """Which way each criterion is wanted, by its column and its own name: 1 high, -1 low, 0."""
    rows = {(t.objective, _criterion(c), c): way for t in traces for c, way in t.directions.items()}
    listed = [(*names, way) for names, way in rows.items()]
    return pd.DataFrame(listed, columns=["objective", "criterion", "name", "direction"])


def runs(traces: Traces, gradient_price: float | None = None) -> pd.DataFrame:
    """One row per run, read at this price (default: the run's own).

    A run that had spent its budget at this price before it ended otherwise is `spent`. A failed run
    keeps the best that it had paid for; NaN: none. A judge's number is that of the best row and of
    the start, NaN where it refused or never saw it. `n_after_best` counts evaluations behind the
    best row, all if there is none. `peak_memory_mb` is the most that the process had held so far.
    Where there are constraints, `best` is of the `n_feasible` rows that meet all. `n_grad_invalid`
    counts gradients that were no finite numbers (the strategy was told 0), `n_called` objects that
    were called for the run, padding and tries after an error included; `noise` is the sd of a score
    that is asked again. `known_best` is of data that were known before. What no log told is NaN.

    Where a scorer is noisy, `best` is the mean of `n_confirm` scores of the best row, asked outside
    the budget (see `worth.py`), `best_se` its standard error, and `best_seen` the highest score
    that was seen. `n_confirm` are all that were asked of the run so, at any price and as the best
    of several runs too, and `confirm_cost` is their price, which is in no other column.
    """
    pairs = list(zip(traces, worths(traces, gradient_price), strict=True))
    rows = [_run(t, of, gradient_price) | dict.fromkeys(t.unknown, np.nan) for t, of in pairs]
    behind: tuple[str, ...] = RUN_COLUMNS_BEHIND_JUDGES
    if worth.is_noisy(traces):
        rows = [row | worth.columns(*pair) for row, pair in zip(rows, pairs, strict=True)]
        behind += worth.COLUMNS
    behind += constrained.columns_of_runs(traces) + beforehand.columns_of_runs(traces)
    behind += truth_calls.columns_of_runs(traces)
    names = dict.fromkeys(name for row in rows for name in row)
    judges = [name for name in names if name.startswith("judge_")]
    return pd.DataFrame(rows, columns=[*RUN_COLUMNS, *judges, *behind])


def pictures(traces: Traces, gradient_price: float | None = None) -> pd.DataFrame:
    """One row per run: what is shown of its start and its best, None if nothing was kept."""
    bests = worths(traces, gradient_price)
    columns: dict[str, list[Any]] = {
        "objective": [trace.objective for trace in traces],
        "strategy": [trace.strategy for trace in traces],
        "seed": [trace.seed for trace in traces],
        "start_score": [_score(trace, 0) for trace in traces],
        "best_score": [best.score for best in bests],
        "start": [_object(trace, 0) for trace in traces],
        "best": [_object(trace, best.row) for trace, best in zip(traces, bests, strict=True)],
    }
    return pd.DataFrame(columns)


def judge_names(table: pd.DataFrame, beside: str = "start") -> list[str]:
    """The judges of a table: those with a column `judge_<name>` and one `judge_<name>_<beside>`."""
    judges = [str(c).removeprefix("judge_") for c in table.columns if str(c).startswith("judge_")]
    return [name for name in judges if f"judge_{name}_{beside}" in table.columns]


def _run(trace: Trace, worth: Worth, gradient: float | None) -> dict[str, Any]:
    n_rows, best = trace.affordable(gradient), worth.row
    cost, cut = trace.cost(gradient), n_rows < len(trace)
    spent_here = float(cost[n_rows - 1]) if n_rows else 0.0
    used = trace.used if gradient in (None, trace.price.gradient) and not cut else spent_here
    return {
        "objective": trace.objective,
        "strategy": trace.strategy,
        "seed": trace.seed,
        "status": str(Status.SPENT if cut else trace.status),
        "granted": trace.budget,
        "used": used,
        "wasted": trace.budget - used,
        "best": worth.score,
        "best_cost": np.nan if best is None else float(cost[best]),
        **_judged(trace, best),
        "thinking_seconds": trace.thinking_seconds,
        "evaluation_seconds": float(trace.seconds[:n_rows].sum()),
        "n_invalid": int((~trace.valid[:n_rows]).sum()),
        "n_feasible": int(trace.feasible[:n_rows].sum()),
        "n_duplicate": trace.duplicates(n_rows),
        "n_clipped": int(trace.clipped[:n_rows].sum()),
        "error": "" if cut and trace.status is Status.FAILED else trace.error,
        "versions": _as_text(tuple(sorted(trace.versions.items()))),
        "start": _score(trace, 0),
        "n_scores": int(trace.n_scores[n_rows - 1]) if n_rows else 0,
        "n_gradients": int(trace.n_gradients[n_rows - 1]) if n_rows else 0,
        "dim": trace.dim,
        "optimum": np.nan if trace.optimum is None else trace.optimum,
        "n_after_best": n_rows if best is None else n_rows - best - 1,
        "peak_memory_mb": trace.peak_memory_mb,
        "machine": _as_text(tuple(sorted(trace.machine.items()))),
        "n_grad_invalid": 0 if (ok := trace.grad_valid) is None else int((~ok[:n_rows]).sum()),
        "n_called": trace.n_called,
        "noise": trace.noise,
        "scoring": _as_text(tuple(trace.scoring.items())),
        **beforehand.values(trace),
        "truth_calls": truth_calls.in_all(trace, n_rows),
    }


@lru_cache(maxsize=256)  # hardly ever another one from run to run
def _as_text(pairs: tuple[tuple[str, Any], ...]) -> str:
    return json.dumps(dict(pairs))


def _judged(trace: Trace, best: int | None) -> dict[str, float]:
    judged: Mapping[str, NDArray[np.float64]] = trace.path.judged if trace.path else {}
    at_best, at_start = place_of(trace, best), place_of(trace, 0)
    columns = {}
    for name, values in judged.items():
        columns[f"judge_{name}"] = np.nan if at_best is None else float(values[at_best])
        columns[f"judge_{name}_start"] = np.nan if at_start is None else float(values[at_start])
    return columns


def place_of(trace: Trace, row: int | None) -> int | None:
    """Where on the path a row of the trace stands; None if judges never saw it."""
    if trace.path is None or row is None:
        return None
    places = np.flatnonzero(trace.path.rows == row)
    return int(places[0]) if len(places) else None


def _object(trace: Trace, row: int | None) -> NDArray[np.generic] | str | None:
    place = place_of(trace, row)
    return None if place is None or trace.path is None else trace.path.shown(place)


def _score(trace: Trace, row: int | None) -> float:
    paid_and_valid = row is not None and row < len(trace) and trace.valid[row]
    return float(trace.score[row]) if paid_and_valid else np.nan


def _criterion(name: str) -> str:
    """The column of a criterion, told apart from the fixed ones."""
    return f"criterion_{name}" if name in (*EVALUATION_COLUMNS, "best_seen") else name


def _gradients(runs: list[tuple[Trace, int]]) -> NDArray[Any]:
    """Gradients asked so far, row by row; NaN where the log of another tool did not count them."""
    if not any("n_gradients" in trace.unknown for trace, _ in runs):
        return _stack((t.n_gradients[:n] for t, n in runs), np.int64)
    counted = (t.n_gradients[:n] * (np.nan if "n_gradients" in t.unknown else 1.0) for t, n in runs)
    return _stack(counted, float)


def _stack(parts: Iterable[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts])


def _spread(names: list[str], rows: list[int]) -> pd.Categorical[str]:
    """One name per run, repeated over its rows; as categories, since a name costs a byte there."""
    categories = list(dict.fromkeys(names))
    codes = np.array([categories.index(name) for name in names], np.int32)
    return pd.Categorical.from_codes(np.repeat(codes, rows), pd.Index(categories, dtype="str"))
