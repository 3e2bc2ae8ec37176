"""What frames have of truth calls, where a search of the study made any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from blackbox.trace import Trace

OF_RUNS, OF_EVALUATIONS = "truth_calls", "n_truths"


def columns_of_runs(traces: Sequence[Trace]) -> tuple[str, ...]:
    """That of a frame of runs, if one of these has asked for the truth."""
    return (OF_RUNS,) if any(len(trace.verified) for trace in traces) else ()


def so_far(runs: Sequence[tuple[Trace, int]]) -> dict[str, Any]:
    """How many calls were made before each row; runs with the rows that are read."""
    if not columns_of_runs([trace for trace, _ in runs]):
        return {}
    each = [np.searchsorted(t.verified.after, np.arange(n), side="right") for t, n in runs]
    return {OF_EVALUATIONS: np.concatenate([np.empty(0, np.int64), *each])}


def in_all(trace: Trace, rows: int) -> int:
    """How many a run had made when so many rows were paid."""
    return int((trace.verified.after <= rows).sum())
