"""What the best of a run is worth: as it was seen, or, where the scorer is noisy, as confirmed.

The highest of many noisy scores is high by luck, too. Where the best rows of all runs of an
objective were asked again, each is worth the mean of these answers. Where that is true of some runs
only (at a price, or a share of the budget, that the study does not name, or where a run was kept by
an earlier version), all are as they were seen: luck on both sides is fairer than on one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blackbox.trace import Trace

Floats = NDArray[np.float64]
# What frames have of noisy scorers, behind their other columns.
COLUMNS = ("best_se", "best_seen", "n_confirm", "confirm_cost")


@dataclass(frozen=True)
class Worth:
    """The best row of a run, None without a valid one, and its score: what it is taken for.

    `seen` is the highest score that the run had seen, `se` the standard error of a confirmed mean,
    and `n` the number of answers behind that; NaN and 0 where the score is as it was seen.
    """

    row: int | None
    score: float
    seen: float
    se: float = np.nan
    n: int = 0

    @property
    def is_confirmed(self) -> bool:
        """Whether the score is a mean of answers that had no part in choosing the row."""
        return self.n > 0


def worths(traces: Sequence[Trace], gradient: float | None = None) -> list[Worth]:
    """What the best of each run that its budget affords at this price is worth."""
    as_seen = {trace.objective for trace in traces if not _is_asked(trace, gradient)}
    return [
        _seen(trace, gradient) if trace.objective in as_seen else confirmed(trace, gradient)
        for trace in traces
    ]


def confirmed(trace: Trace, gradient: float | None = None, *, last: bool = False) -> Worth:
    """The best row by the valid ones of its answers, NaN where there is none of these.

    By those to the best of several runs, if `last`. As it was seen where nothing was answered.
    """
    row, as_seen = trace.best_row(gradient), _seen(trace, gradient)
    answers = trace.confirmations.score[trace.confirmations.of(row, last=last)]
    if row is None or not len(answers):
        return as_seen
    valid = answers[~np.isnan(answers)]
    mean = float(valid.mean()) if len(valid) else np.nan
    se = float(valid.std(ddof=1) / np.sqrt(len(valid))) if len(valid) > 1 else np.nan
    return Worth(row, mean, as_seen.score, se, len(answers))


def _is_asked(trace: Trace, gradient: float | None) -> bool:
    """Whether the best row was asked again, or there is none."""
    if not len(trace.confirmations):
        return not trace.feasible[: trace.affordable(gradient)].any()
    row = trace.best_row(gradient)
    return row is None or bool(trace.confirmations.of(row).any())


def _seen(trace: Trace, gradient: float | None) -> Worth:
    """The highest score, whatever the search took for the best: as fair as those of others."""
    plain = trace if trace.incumbent is None else replace(trace, incumbent=None)
    row = plain.best_row(gradient)
    score = np.nan if row is None else float(trace.score[row])
    return Worth(row, score, score)


def is_noisy(traces: Sequence[Trace]) -> bool:
    """Whether a scorer of these runs is noisy: frames then say what luck there was."""
    return any(trace.is_noisy for trace in traces)


def best_so_far(trace: Trace, worth: Worth) -> Floats:
    """The best up to each row `[n]`, as the best of the run is worth.

    When it was found is by the scores that were seen; how high it is, never more than was
    confirmed: from the best row on it is just that, and before no higher.
    """
    rising = trace.best_so_far()
    if not worth.is_confirmed or worth.row is None:
        return rising
    if np.isnan(worth.score):
        return np.full(len(rising), np.nan)
    capped = np.minimum(rising, worth.score)  # NaN before the first valid score
    capped[worth.row :] = worth.score
    return capped


def columns(trace: Trace, worth: Worth) -> dict[str, float]:
    """What frames have of a noisy scorer; NaN and 0 for a run on a steady one."""
    n = len(trace.confirmations)
    values = (worth.se, worth.seen, float(n), n * trace.price.score)
    return dict(zip(COLUMNS, values, strict=True))
