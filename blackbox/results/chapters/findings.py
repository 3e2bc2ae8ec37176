"""What a study found, as the chapters of a report take it: whole, or read at one gradient price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.results import frame
from blackbox.results.statistics.curves import curve
from blackbox.results.statistics.scale import best_known
from blackbox.results.statistics.summary import summary

LINEAR, EARLY = 101, 41  # costs at which curves are read: even ones, and more at the start


@dataclass(frozen=True, eq=False)
class Findings:
    """All that a study left behind; `skipped` has the columns objective, strategy and reason."""

    traces: frame.Traces
    skipped: pd.DataFrame
    prices: Sequence[float]
    recipe: Mapping[str, Any]

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run, at the price at which it was granted."""
        return frame.runs(self.traces)

    def at(self, price: float, share: float = 1) -> Reading:
        """All runs at a price, as if this share of the budget had been all: later rows are cut."""
        cut = [replace(trace, budget=share * trace.budget) for trace in self.traces]
        kept = self.traces if share == 1 else cut
        ending = f"-gradient-{price:g}" if len(self.prices) > 1 else ""
        return Reading(price, ending, frame.runs(kept, price), frame.evaluations(kept, price))


@dataclass(frozen=True, eq=False)
class Reading:
    """The frames of a study at one price of a gradient, and what several chapters make of them.

    `ending` sets files of this price apart from those of others.
    """

    price: float
    ending: str
    runs: pd.DataFrame
    evaluations: pd.DataFrame

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per objective and strategy."""
        return summary(self.runs, self.evaluations)

    @cached_property
    def known(self) -> pd.DataFrame:
        """What 0 and 100 of the score stand for, one row per objective."""
        return best_known(self.runs)

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Best-so-far over cost with its band: objective -> frame."""
        parts = dict(list(self.evaluations.groupby("objective", sort=False, observed=True)))
        none = self.evaluations.iloc[:0]
        return {
            name: curve(parts.get(name, none), grid(budget))
            for name, budget in self.budgets.items()
        }

    @cached_property
    def budgets(self) -> dict[str, float]:
        """The units that each run on an objective was granted."""
        granted = self.runs.groupby("objective", sort=False)["granted"].max()
        return {str(objective): float(units) for objective, units in granted.items()}


def grid(budget: float) -> NDArray[np.float64]:
    """About 140 costs from 0 to the budget: even ones, and early ones for a log axis."""
    early = np.geomspace(min(1.0, budget / LINEAR), budget, EARLY)
    return np.unique(np.concatenate([np.linspace(0, budget, LINEAR), early.round(2)[:-1]]))
