"""From each recorded path the best point that is still trusted: nothing is paid again.

Who trusts is handed in: whatever says of points `z [n, d]` and their scores how far each is to be
believed, and what it is worth. No judge has a say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.trace import Trace

Floats = NDArray[np.float64]
FIRST = 16  # points that are looked at at first, the best scores; then twice as many each time


class Believer(Protocol):
    """Says how far points of an objective are to be believed."""

    @property
    def level(self) -> float:
        """Trust ends here."""
        ...

    @property
    def margin(self) -> float:
        """What a point must be worth more than the start to be chosen for it."""
        ...

    def looked(self, z: Floats, score: Floats) -> tuple[Floats, Floats]:
        """The trust in points `[n]`, and what each is worth, no more than its score."""
        ...


class WhoBelieves(Protocol):
    """Who believes, by objective."""

    def of(self, objective: str, asked: Any) -> Believer:
        """The one that is asked for. Raises StudyError where there is none."""
        ...

    def verified(self, objective: str, z: Floats, start: Floats) -> Floats:
        """What its scorer would say of points `[n, d]` of a run if it were right, `[n]`."""
        ...


@dataclass(frozen=True)
class TrustedChoice:
    """The best trusted row of a run, its trust and worth; the best row of all, and its trust.

    Where nothing better than the start is trusted, the row is the start.
    """

    row: int | None
    trust: float
    worth: float
    best_row: int | None
    best_trust: float
    level: float

    @property
    def height(self) -> float:
        """What choices of several runs are compared by."""
        return self.worth

    @property
    def columns(self) -> dict[str, Any]:
        """What a table tells of it."""
        return {"trust": self.trust, "worth": self.worth}


def choice(trace: Trace, believer: Believer, gradient: float | None = None) -> TrustedChoice:
    """What a run has found that is still trusted, among all its latent points.

    The start needs no trust, and is returned where nothing trusted is worth more by the margin.
    """
    n = trace.affordable(gradient)
    best = trace.best_row(gradient)
    if best is None or not n:
        return TrustedChoice(None, np.nan, np.nan, best, np.nan, believer.level)
    ends = np.unique([0, best])
    trust, worth = _looked(trace, ends, believer)
    chosen, in_chosen = 0, float(trust[0])
    of_start = float(worth[0]) if trace.feasible[0] else -np.inf
    highest = of_start + believer.margin
    for rows in _descending(trace, n):
        if not trace.score[rows[0]] > highest:
            break
        believed, worths = _looked(trace, rows, believer)
        worths = np.where(believed > believer.level, worths, -np.inf)
        if worths.max() > highest:
            place = int(np.argmax(worths))
            chosen, in_chosen = int(rows[place]), float(believed[place])
            highest = float(worths[place])
    highest = highest if chosen else of_start
    return TrustedChoice(chosen, in_chosen, highest, best, float(trust[-1]), believer.level)


def trusted_rows(trace: Trace, rows: NDArray[np.int64], believer: Believer) -> NDArray[np.int64]:
    """Those of some rows that are trusted, and the start, which needs none."""
    is_trusted = _looked(trace, rows, believer)[0] > believer.level
    return np.asarray(rows[is_trusted | (rows == 0)], np.int64)


def table(traces: Sequence[Trace], choices: Sequence[TrustedChoice]) -> pd.DataFrame:
    """One row per run: where trust ended, and what was still found by then."""
    return pd.DataFrame(
        {
            "objective": [trace.objective for trace in traces],
            "strategy": [trace.strategy for trace in traces],
            "seed": np.array([trace.seed for trace in traces], np.int64),
            "row": np.array([_number(one.row) for one in choices]),
            "score": [_score(t, one.row) for t, one in zip(traces, choices, strict=True)],
            "worth": np.array([one.worth for one in choices], float),
            "trust": np.array([one.trust for one in choices], float),
            "best_row": np.array([_number(one.best_row) for one in choices]),
            "best_score": [_score(t, one.best_row) for t, one in zip(traces, choices, strict=True)],
            "best_trust": np.array([one.best_trust for one in choices], float),
            "start": [_score(trace, 0 if len(trace) else None) for trace in traces],
            "level": np.array([one.level for one in choices], float),
        }
    )


def _descending(trace: Trace, n: int) -> Iterator[NDArray[np.int64]]:
    """The feasible latent rows, the highest scores first, in blocks that grow."""
    usable = trace.feasible[:n] & ~np.isnan(trace.z[:n]).any(axis=1)
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(-trace.score[rows], kind="stable")]
    first, size = 0, FIRST
    while first < len(rows):
        yield rows[first : first + size]
        first, size = first + size, 2 * size


def _looked(trace: Trace, rows: NDArray[np.int64], believer: Believer) -> tuple[Floats, Floats]:
    """Trust and worth of rows `[n]`; of what was asked in data space 0 and NaN."""
    trust, worth = np.zeros(len(rows)), np.full(len(rows), np.nan)
    latent = ~np.isnan(trace.z[rows]).any(axis=1)
    if latent.any():
        at = rows[latent]
        trust[latent], worth[latent] = believer.looked(trace.z[at], trace.score[at])
    return trust, worth


def _number(row: int | None) -> float:
    return np.nan if row is None else float(row)


def _score(trace: Trace, row: int | None) -> float:
    return np.nan if row is None or not trace.valid[row] else float(trace.score[row])
