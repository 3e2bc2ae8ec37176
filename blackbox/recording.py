"""From a run that has ended to its trace: the columns, and what the judges saw along its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    versions: Mapping[str, str],
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
        x=run.recorder.x,
        optimum=objective.optimum,
        versions=dict(versions),
    )
    return _judged(trace, objective, prices) if len(trace) else trace


def _judged(trace: Trace, objective: Objective, prices: Sequence[float]) -> Trace:
    rows = _path_rows(trace, prices)
    try:
        objects = objective.see(trace.z[rows], {i: trace.x.get(int(r)) for i, r in enumerate(rows)})
        path = Path(rows, objective.judge(objects), _kept(objects))
    except Exception as error:
        said = f"not judged: {type(error).__name__}: {error}"
        unknown = {name: np.full(len(rows), np.nan) for name in objective.judges}
        return replace(
            trace, path=Path(rows, unknown), error="; ".join(filter(None, [trace.error, said]))
        )
    return replace(trace, path=path)


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
