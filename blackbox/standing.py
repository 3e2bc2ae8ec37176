"""How far a study is, by objective and strategy: what a table shows while it runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from blackbox.comparison import Comparison
from blackbox.plan import RunSpec
from blackbox.registry import label
from blackbox.runtime.follower import Pace
from blackbox.trace import Status, Trace


@dataclass
class Row:
    """How far the runs of one strategy are; a finished one counts with all of its budget."""

    objective: str
    strategy: str
    runs: int = 0
    finished: int = 0
    failed: int = 0
    whole: float = 0.0  # units of budget
    used: float = 0.0
    best: float = math.nan  # as a score
    sign: int = 1  # -1 where that is minus a loss

    def add(self, other: Row) -> None:
        """Count another one's runs, too. Its best does not count: it may be another objective's."""
        self.runs, self.finished = self.runs + other.runs, self.finished + other.finished
        self.failed, self.whole = self.failed + other.failed, self.whole + other.whole
        self.used += other.used


class Tally:
    """The runs of a plan, counted as they end."""

    def __init__(self, specs: Iterable[RunSpec]) -> None:
        """None of them has begun."""
        self._rows: dict[tuple[str, str], Row] = {}
        self._left: dict[str, tuple[Row, float]] = {}  # by key: its row and its budget
        self._keys: dict[tuple[str, str, int], str] = {}
        self.ask(specs)

    def ask(self, specs: Iterable[RunSpec]) -> None:
        """Count these, too: a race asks for more from round to round."""
        for spec in specs:
            cell = spec.name, label(spec.strategy)
            row = self._rows.setdefault(cell, Row(*cell))
            row.runs, row.whole = row.runs + 1, row.whole + spec.budget
            key = self._keys[*cell, spec.seed] = spec.key
            self._left[key] = row, spec.budget

    def finish(self, trace: Trace) -> None:
        """Count a run that has ended."""
        key = self._keys.get((trace.objective, trace.strategy, trace.seed), "")
        if key in self._left:
            row, budget = self._left.pop(key)
            _finish(row, trace, budget)

    def rows(self, paces: Mapping[str, Pace]) -> list[Row]:
        """How far all are, those that have not ended as `paces` says by their keys."""
        rows = {id(row): replace(row) for row in self._rows.values()}
        for key, pace in paces.items():
            if key in self._left:
                row, budget = self._left[key]
                _underway(rows[id(row)], min(pace.used, budget), pace.best, pace.sign)
        return list(rows.values())


def of_comparison(comparison: Comparison) -> list[Row]:
    """How far a study is of which a folder holds what there is."""
    rows: dict[tuple[str, str], Row] = {}
    budget = float(comparison.recipe["budget"])
    for trace in comparison.traces:
        row = rows.setdefault(cell := (trace.objective, trace.strategy), Row(*cell))
        row.runs, row.whole = row.runs + 1, row.whole + budget
        _finish(row, trace, budget)
    for one in comparison.missing.to_dict("records"):
        row = rows.setdefault(cell := (one["objective"], one["strategy"]), Row(*cell))
        row.runs, row.whole = row.runs + 1, row.whole + budget
        sign = -1 if one["objective"] in comparison.recipe.get("losses", ()) else 1
        _underway(row, min(float(one["used"]), budget), sign * float(one["best"]), sign)
    return list(rows.values())


def total(rows: Iterable[Row]) -> Row:
    """All of them in one."""
    whole = Row("", "")
    for row in rows:
        whole.add(row)
    return whole


def _finish(row: Row, trace: Trace, budget: float) -> None:
    row.finished += 1
    row.failed += trace.status is Status.FAILED
    row.used += budget
    row.sign, best = trace.sign, trace.best_row()
    if best is not None:
        confirmed = trace.confirmations.mean(best)  # NaN where the scorer is not noisy
        score = trace.score[best] if np.isnan(confirmed) else confirmed
        row.best = float(np.fmax(row.best, score))


def _underway(row: Row, used: float, best: float, sign: int) -> None:
    row.used, row.sign = row.used + used, sign
    row.best = float(np.fmax(row.best, best))
