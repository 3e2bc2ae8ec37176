"""What frames of runs have of data that were known before the runs began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blackbox.trace import Trace

COLUMNS = ("known_n", "known_best", "known_from")


def columns_of_runs(traces: Sequence[Trace]) -> tuple[str, ...]:
    """Those of a frame of runs, if one of these was told of anything."""
    return COLUMNS if any(trace.known.n for trace in traces) else ()


def values(trace: Trace) -> dict[str, Any]:
    """What stands there of one run."""
    return dict(zip(COLUMNS, (trace.known.n, trace.known.best, trace.known.source), strict=True))
