"""A study read at one price of a gradient: its frames, made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import pandas as pd

from blackbox.results import frame, losses
from blackbox.results.costs.prices import steps
from blackbox.results.judging import paths, verified
from blackbox.results.judging.trusted import TrustedChoice, WhoBelieves, choice, trusted_rows
from blackbox.results.statistics import curves, summary
from blackbox.results.statistics.inference import inference_of
from blackbox.results.statistics.missing_runs import nothing_missing, nothing_skipped
from blackbox.results.writing import not_made

RANDOM = "random_search"


@dataclass(frozen=True, eq=False)
class Frames:
    """The frames of all runs of a study at one `price` of a gradient.

    Rows that the budget does not afford at this price are cut off. Without a price, each run is
    read at the one at which it was granted, the cheapest of its study. With a `share`, runs are
    read as if that part of the budget had been all. `runs` and `evaluations` are shared by all
    tables: copy them before you change them. What a method returns is yours. Each table that counts
    runs tells how many ended well, `n_ok`; `missing` are those not made yet.
    """

    traces: frame.Traces = field(repr=False)
    recipe: Mapping[str, Any] = field(default_factory=dict, repr=False)
    skipped: pd.DataFrame = field(default_factory=nothing_skipped, repr=False)
    price: float | None = None  # None only where runs were granted at several
    share: float = 1.0
    missing: pd.DataFrame = field(default_factory=nothing_missing, repr=False)
    as_scores: bool = field(default=False, repr=False)  # losses too: the higher, the better
    baseline: str | None = None  # whom others are compared with; None: see `against`
    believers: WhoBelieves | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Know the price at which all runs were granted.

        Raises ValueError for what is none, and for a baseline that did not run.
        """
        object.__setattr__(self, "price", frame.reading_price(self.traces, self.price))
        if self.baseline is not None and self.baseline not in self.strategies:
            there = ", ".join(self.strategies)
            raise ValueError(f"the baseline {self.baseline!r} did not run; there are {there}")

    def at(self, price: float | None = None, share: float = 1.0) -> Self:
        """The same runs at another price (None: as granted), or at a share of the budget."""
        other = replace(self, price=price, share=share)
        return self if (other.price, other.share) == (self.price, self.share) else other

    @cached_property
    def losses(self) -> frozenset[str]:
        """The objectives whose scorer returns a loss, which tables show as it was returned."""
        return frozenset(trace.objective for trace in self.traces if trace.sign < 0)

    @property
    def scores(self) -> Self:
        """The same with all losses as scores, minus the loss: the higher, the better.

        For whoever computes with levels; everybody else reads losses as they are.
        """
        if self.as_scores or not self.losses:
            return self
        other = replace(self, as_scores=True)
        private = {name: held for name, held in self.__dict__.items() if name.startswith("_")}
        other.__dict__.update(private)
        return other

    def _read(self, table: pd.DataFrame, name: str, of: str | None = None) -> pd.DataFrame:
        """The table of this name, or of one objective, as it is read: losses as losses."""
        turned = self.losses if of is None else self.losses & {of}
        return table if self.as_scores else losses.read(table, name, turned)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: its status, what it used, its best, and what the judges say of it."""
        return self._read(self._runs, "runs")

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """One row per evaluation that the budget affords."""
        return self._read(self._evaluations, "evaluations")

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Best-so-far over cost with its band: objective -> frame."""
        return {name: self._read(one, "curves") for name, one in self._curves.items()}

    @cached_property
    def curves_over_seconds(self) -> dict[str, pd.DataFrame]:
        """The same over the seconds of this machine, thinking spread evenly over a run's rows."""
        over = self._curves_over_seconds.items()
        return {name: self._read(one, "curves_over_seconds") for name, one in over}

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row per run and range of prices over which it would have found the same."""
        return self._read(self._steps, "steps")

    @cached_property
    def _runs(self) -> pd.DataFrame:
        return frame.runs(self._traces, self.price)

    @cached_property
    def _evaluations(self) -> pd.DataFrame:
        return frame.evaluations(self._traces, self.price)

    def choices(self, trust: Any) -> list[TrustedChoice]:
        """What each run has found that is still trusted. Raises ValueError where nobody can say."""
        if self.believers is None:
            raise ValueError("nobody can say what is trusted of traces alone: ask a study")
        of = self.believers.of
        return [choice(one, of(one.objective, trust), self.price) for one in self._traces]

    def _chosen(
        self, trust: Any, truth_calls: int
    ) -> Sequence[TrustedChoice | verified.VerifiedChoice] | None:
        """One choice per run, or None where bests are the highest scores."""
        if truth_calls:
            return self.verified_choices(truth_calls, trust)
        return None if trust is None or trust is False else self.choices(trust)

    def verified_choices(
        self, truth_calls: int, trust: Any = None
    ) -> list[verified.VerifiedChoice]:
        """The truest point that so many truth calls find of each run, among what is trusted.

        Raises ValueError where nobody can say, and for fewer than two calls.
        """
        if self.believers is None:
            raise ValueError("nobody can say what is true of traces alone: ask a study")
        if truth_calls < verified.FEWEST:
            raise ValueError(
                f"truth_calls is a whole number >= {verified.FEWEST}, the start and one more point "
                f"of each run, not {truth_calls!r}"
            )
        chosen = []
        for one in self._traces:
            rows = None
            if trust is not None and trust is not False:
                path = verified.improvements(one, self.price)
                rows = trusted_rows(one, path, self.believers.of(one.objective, trust))
            given = one, self.believers, int(truth_calls), self.price, rows
            chosen.append(verified.choice(*given))
        return chosen

    @cached_property
    def directions(self) -> pd.DataFrame:
        """Which way each criterion is wanted: 1 high, -1 low, 0 neither."""
        return frame.directions(self.traces)

    @cached_property
    def _curves(self) -> dict[str, pd.DataFrame]:
        return curves.curves(self._evaluations, self.budgets)

    @cached_property
    def _curves_over_seconds(self) -> dict[str, pd.DataFrame]:
        return curves.curves_over_seconds(self._evaluations, frame.clock(self._traces, self.price))

    @cached_property
    def budgets(self) -> dict[str, float]:
        """The units that each run on an objective was granted."""
        granted = self._runs.groupby("objective", sort=False)["granted"].max()
        return {str(objective): float(units) for objective, units in granted.items()}

    @cached_property
    def _steps(self) -> pd.DataFrame:
        return steps(self.traces)

    @property
    def not_made(self) -> str:
        """Which runs are not made yet, in a sentence; "" where all are there."""
        return not_made.missing(self.missing, len(self.traces))

    @property
    def against(self) -> str:
        """The strategy that others are compared with: the baseline, else random search, if it ran.

        Else the first one.
        """
        random = [name for name in self.strategies if name == RANDOM]
        return self.baseline or (random or self.strategies)[0]

    @property
    def strategies(self) -> list[str]:
        """Those that ran, in their order."""
        return list(dict.fromkeys(trace.strategy for trace in self.traces))

    @cached_property
    def asks_gradients(self) -> bool:
        """Whether any run asked for a gradient: else no price of one changes anything."""
        return any(len(t) > 0 and int(t.n_gradients[-1]) > 0 for t in self.traces)

    @property
    def prices(self) -> list[float]:
        """The prices that tables are cut at; the first alone where nothing asks for gradients."""
        asked = list(self.recipe["prices"])
        return asked if self.asks_gradients else asked[:1]

    @cached_property
    def _traces(self) -> frame.Traces:
        if self.share == 1:
            return self.traces
        return [replace(trace, budget=self.share * trace.budget) for trace in self.traces]

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return summary.summary(self._runs, self._evaluations, inference_of(self.recipe))

    @cached_property
    def _paths(self) -> pd.DataFrame:
        return paths.paths(self._traces, self.price)
