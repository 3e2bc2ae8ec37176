"""From a run that has ended to its trace: the columns, and what the judges saw along its path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox import machine
from blackbox.runtime.run import Run
from blackbox.scoring.objective import Objective
from blackbox.trace import Path, Trace

# Points of a path that judges see between its start and its best.
BETWEEN = 6
# Objects of more values than this are not kept beside the numbers: a colour picture of 256 x 256.
MOST_VALUES = 3 * 256 * 256


def record(
    run: Run,
    objective: Objective,
    strategy: str,
    seed: int,
    prices: Sequence[float],
) -> Trace:
    """The trace of an ended run, judged. A judge that raises costs its verdict, never the run."""
    columns: dict[str, Any] = run.recorder.filled()
    criteria = np.concatenate(run.recorder.criteria) if run.recorder.criteria else np.empty((0, 0))
    z_norm = np.linalg.norm(columns["z"], axis=1)
    log_prior = np.where(np.isnan(z_norm), np.nan, objective.space.log_prior(columns["z"]))
    trace = Trace(
        objective=objective.name,
        strategy=strategy,
        seed=seed,
        dim=objective.space.dim,
        budget=run.meter.budget,
        price=run.meter.price,
        status=run.status,
        error=run.error or run.recorder.complaint,
        **columns,
        z_norm=z_norm,
        log_prior=log_prior,
        used=run.meter.spent,
        thinking_seconds=run.thinking_seconds,
        criteria=dict(zip(objective.scorer.criteria, criteria.T, strict=False)),
        directions=objective.scorer.directions,
        x=run.recorder.x,
        prior=objective.space.prior,
        optimum=objective.optimum,
        versions=machine.versions(),
        machine=machine.facts(),
        peak_memory_mb=machine.peak_memory_mb(),
    )
    return _judged(trace, objective, prices) if len(trace) else trace


def _judged(trace: Trace, objective: Objective, prices: Sequence[float]) -> Trace:
    """The trace with its path. What raises costs what it would have said, and is told."""
    rows, complaints = _path_rows(trace, prices), [trace.error]

    def tried(what: str, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Exception as error:
            complaints.append(f"{what}: {type(error).__name__}: {error}")
            return None

    given, z = {i: trace.x.get(int(row)) for i, row in enumerate(rows)}, trace.z[rows]
    judged = {name: np.full(len(rows), np.nan) for name in objective.judges}
    drawn = kept = None
    if (objects := tried("not judged", lambda: objective.see(z, given))) is not None:
        for name, judge in objective.judges.items():
            said = tried(f"not judged by {name!r}", partial(judge.verdict, objects, name, z))
            judged[name] = judged[name] if said is None else said
        kept = tried("not kept", lambda: _kept(objects))
        drawn = tried("not drawn", lambda: objective.draw(objects))
    truth = next((name for name, judge in objective.judges.items() if judge.truth), "")
    path = Path(
        rows,
        judged,
        kept,
        drawn,
        truth=truth,
        true=objective.scorer.from_truth(judged[truth]) if truth else None,
        limits={name: (judge.low, judge.high) for name, judge in objective.judges.items()},
    )
    return replace(trace, path=path, error="; ".join(filter(None, complaints)))


def _path_rows(trace: Trace, prices: Sequence[float]) -> NDArray[np.int64]:
    """The start, some improvements evenly spread over their sequence, the best at each price."""
    best = trace.best_so_far()
    improved = np.flatnonzero(best[1:] > np.where(np.isnan(best[:-1]), -np.inf, best[:-1])) + 1
    if len(improved) > BETWEEN:
        improved = improved[np.linspace(0, len(improved) - 1, BETWEEN).round().astype(int)]
    ends = [row for price in prices if (row := trace.best_row(price)) is not None]
    return np.unique(np.array([0, *improved, *ends], np.int64))


def _kept(objects: Any) -> NDArray[np.generic] | None:
    """The objects as an array small enough to keep: float32 numbers, or texts."""
    array = np.asarray(objects)
    if array.dtype.kind in "fiub":
        return array.astype(np.float32) if array[0].size <= MOST_VALUES else None
    return array if array.dtype.kind == "U" else None
