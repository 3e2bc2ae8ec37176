"""What a run makes in its end: a sample of its last evaluations is judged, outside its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blackbox.scoring.judging import Judged, Judging, PathPoints
from blackbox.scoring.objective import Objective
from blackbox.trace import Ints, LateSample, Trace
from blackbox.variety import apart


def with_samples(
    traces: Sequence[Trace],
    prices: Sequence[Sequence[float]],
    judging: Judging,
    objective: Objective,
) -> list[Trace]:
    """The traces with what judges see of a sample of their last evaluations, at each price."""
    rows = [
        np.unique(np.concatenate([trace.late_sample_rows(price) for price in (None, *mine)]))
        for trace, mine in zip(traces, prices, strict=True)
    ]
    # The start goes first: some judges compare with it.
    places = [np.concatenate([np.zeros(1, np.int64), late]) for late in rows]
    points = [
        PathPoints(trace.z[mine], trace.asked_as_data(mine))
        for trace, mine in zip(traces, places, strict=True)
        if len(mine) > 1
    ]
    judged = iter(judging.of(points, drawn=False))
    return [
        _with_sample(trace, late, next(judged), objective) if len(late) else trace
        for trace, late in zip(traces, rows, strict=True)
    ]


def _with_sample(trace: Trace, rows: Ints, judged: Judged, objective: Objective) -> Trace:
    verdicts = {name: numbers[1:] for name, numbers in judged.verdicts.items()}
    truth = trace.path.truth if trace.path is not None else ""
    late = LateSample(
        rows,
        verdicts,
        true=objective.scorer.from_truth(verdicts[truth]) if truth else None,
        apart=None if judged.objects is None else apart(judged.objects[1:]),
    )
    complaints = dict.fromkeys(filter(None, (trace.error, *judged.complaints)))
    return replace(trace, late=late, error="; ".join(complaints))
