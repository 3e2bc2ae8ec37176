"""What a run makes in its end: a sample of its last evaluations is judged, outside its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blackbox.scoring.judging import Judged
from blackbox.scoring.objective import Objective
from blackbox.trace import Ints, LateSample, Trace
from blackbox.variety import apart


def sample_rows(trace: Trace, prices: Sequence[float]) -> Ints:
    """The rows of the sample at each of these prices, and at that at which the run was granted."""
    return np.unique(np.concatenate([trace.late_sample_rows(price) for price in (None, *prices)]))


def with_sample(trace: Trace, rows: Ints, judged: Judged, objective: Objective) -> Trace:
    """The trace, which has its path, with what was seen of these rows."""
    if not len(rows):
        return trace
    truth = trace.path.truth if trace.path is not None else ""
    late = LateSample(
        rows,
        judged.verdicts,
        true=objective.scorer.from_truth(judged.verdicts[truth]) if truth else None,
        apart=None if judged.objects is None else apart(judged.objects),
    )
    return replace(trace, late=late)
