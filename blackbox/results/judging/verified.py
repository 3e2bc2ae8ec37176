"""The turning point of each recorded path, found by a stated number of truth calls.

Along a path on which a scorer is over-optimised the truth rises and then falls. Of such a sequence
Fibonacci search finds the top with the fewest questions: J. Kiefer, Sequential minimax search for a
maximum, 1953, doi 10.1090/S0002-9939-1953-0055639-3. Where it rises and falls more often the best
of the points that were asked about is taken: never worse, by the truth, than the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from blackbox.trace import Trace

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Ask = Callable[[int], float]  # a row, what is true of it
FEWEST = 2  # the start and one more


class Verifier(Protocol):
    """Says what is true of points of an objective."""

    def verified(self, objective: str, z: Floats, start: Floats) -> Floats:
        """What its scorer would say of points `[n, d]` of a run if it were right, `[n]`."""
        ...


@dataclass(frozen=True)
class VerifiedChoice:
    """The truest row of a run among those that were asked about, and the best by score.

    `calls` were made for it, on `asked` rows, the start among them; what the run itself had asked
    is not among them.
    """

    row: int | None
    true: float
    best_row: int | None
    calls: int = 0
    asked: Mapping[int, float] = field(default_factory=dict)

    @property
    def height(self) -> float:
        """What choices of several runs are compared by."""
        return self.true

    @property
    def columns(self) -> dict[str, Any]:
        """What a table tells of it."""
        return {"true": self.true, "truth_calls": self.calls}


def choice(
    trace: Trace,
    verifier: Verifier,
    calls: int,
    gradient: float | None = None,
    rows: Rows | None = None,
) -> VerifiedChoice:
    """The truest row that so many calls find among the improvements of a run, or among `rows`.

    What a judge said of a row when the run was made counts as a call, and is not asked again. What
    the search itself has asked of the truth is known already.
    """
    best = trace.best_row(gradient)
    if best is None:
        return VerifiedChoice(None, np.nan, None)
    asked: dict[int, float] = {}
    recorded = _recorded(trace)

    def ask(row: int) -> float:
        if row not in asked:
            true = recorded.get(row)
            if true is None:
                start = trace.z[:1]
                true = float(verifier.verified(trace.objective, trace.z[[row]], start)[0])
            asked[row] = true
        return _height(asked[row])

    candidates = improvements(trace, gradient) if rows is None else rows
    ask(0)
    turning_point(candidates[candidates > 0], ask, calls - 1)
    seen = _of_the_search(trace, gradient) | asked
    row = min(seen, key=lambda one: (-_height(seen[one]), one))
    return VerifiedChoice(row, seen[row], best, len(asked), asked)


def turning_point(rows: Sequence[int] | Rows, ask: Ask, calls: int) -> None:
    """Ask about so many rows of a path at most, by Fibonacci search for the highest.

    Of a longer path than so many calls can search to the end, rows are left out evenly.
    """
    fibonacci = [1, 1]
    while len(fibonacci) < calls + 2:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    most = fibonacci[calls + 1] - 1 if calls > 0 else 0
    if not most or not len(rows):
        return
    places = np.linspace(0, len(rows) - 1, most).round() if most > 1 else [len(rows) - 1]
    lattice = np.asarray(rows)[np.unique(places).astype(int)]
    step = next(n for n, number in enumerate(fibonacci) if number > len(lattice))
    before = 0  # of places 1 to len(lattice); beyond them nothing is true

    def height(place: int) -> float:
        return ask(int(lattice[place - 1])) if place <= len(lattice) else -np.inf

    while step > 1:
        left, right = before + fibonacci[step - 2], before + fibonacci[step - 1]
        if left != right and height(left) < height(right):
            before = left
        step -= 1
    height(before + 1)


def improvements(trace: Trace, gradient: float | None = None) -> Rows:
    """The start, and the latent rows that were the best so far, as far as the budget pays."""
    best = trace.best_rows()[: trace.affordable(gradient)]
    rows = np.unique(np.append(0, best[best >= 0]))
    return np.asarray(rows[~np.isnan(trace.z[rows]).any(axis=1)], np.int64)


def _recorded(trace: Trace) -> dict[int, float]:
    """What a judge has said already, by row."""
    if trace.path is None or trace.path.true is None:
        return {}
    return dict(zip(trace.path.rows.tolist(), trace.path.true.tolist(), strict=True))


def _of_the_search(trace: Trace, gradient: float | None) -> dict[int, float]:
    """What the search has asked of the truth, by row, as far as the budget pays."""
    n, seen = trace.affordable(gradient), dict[int, float]()
    for z, true in zip(trace.verified.z, trace.verified.true, strict=True):
        rows = np.flatnonzero((trace.z[:n] == z).all(axis=1))
        seen |= {int(rows[0]): float(true)} if len(rows) else {}
    return seen


def _height(true: float) -> float:
    return -np.inf if np.isnan(true) else true
