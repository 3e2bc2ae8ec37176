"""The runs of a study that are asked for and not made, in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from blackbox.cell import cell_of, cell_of_spec
from blackbox.plan import RunSpec
from blackbox.results.statistics.missing_runs import MISSING
from blackbox.trace import Trace


def unfinished_runs(
    specs: Iterable[RunSpec],
    made: Sequence[Trace],
    unfinished: Sequence[Trace],
    states: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """The runs asked for that are not made; `states` are what else is known of one, by its key."""
    finished = {cell_of(trace) for trace in made}
    begun = {cell_of(trace): trace for trace in unfinished}
    rows = []
    for spec in specs:
        if (cell := cell_of_spec(spec)) in finished:
            continue
        row: dict[str, Any] = dict(zip(MISSING, (*cell, "not begun", 0.0, np.nan, ""), strict=True))
        if (trace := begun.get(cell)) is not None:
            best = trace.best_row()
            row |= {"state": "unfinished", "used": trace.used, "reason": trace.error}
            row["best"] = np.nan if best is None else trace.sign * trace.score[best]
        rows.append(row | dict(states.get(spec.key, {})))
    return pd.DataFrame(rows, columns=list(MISSING))
