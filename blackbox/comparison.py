"""What a study found: its traces, and the frames, tables and reports that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from blackbox.results import export, frame, report
from blackbox.results.costs import audit, break_even
from blackbox.results.costs.prices import PRICES, price_table, steps
from blackbox.results.costs.prices import AskedPrice as TablePrice
from blackbox.results.judging import found, over_optimisation, paths
from blackbox.results.statistics import ranking, summary
from blackbox.results.statistics.study import StudyStatistics
from blackbox.results.writing import markdown, readable, typeset
from blackbox.runtime.store import Store
from blackbox.study import Skip
from blackbox.trace import Trace

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a study found: its traces, and frames, tables and reports made of them."""

    recipe: dict[str, Any]
    traces: tuple[Trace, ...]
    skips: tuple[Skip, ...] = ()
    # What the probe found out about each objective, as plain values; `compare` takes it again.
    measured: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """One row per evaluation that was paid for."""
        return frame.evaluations(self.traces)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: its status, what it used, its best, and what the judges say of it."""
        return frame.runs(self.traces)

    @cached_property
    def skipped(self) -> pd.DataFrame:
        """Cells that could not be compared, each with its reason."""
        return pd.DataFrame(map(asdict, self.skips), columns=["objective", "strategy", "reason"])

    def summary(self, price: float | None = None) -> pd.DataFrame:
        """One row per objective and strategy, at one price of a gradient (None: the cheapest)."""
        rows = frame.evaluations(self.traces, price)
        return summary.summary(frame.runs(self.traces, price), rows)

    def ranks(self, price: float | None = None) -> pd.DataFrame:
        """One row per strategy: its mean rank over objectives and seeds, at one gradient price."""
        return ranking.ranks(frame.runs(self.traces, price))

    def statistics(self, price: float | None = None) -> StudyStatistics:
        """Targets, profiles, pairs, fronts, ...: `study.statistics().paired("random_search")`."""
        return StudyStatistics.at(self.traces, price)

    def paths(self, price: float | None = None) -> pd.DataFrame:
        """One row per object that judges saw, from the start to the best of each run."""
        return paths.paths(self.traces, price)

    def found(self, price: float | None = None, truth: str | None = None) -> pd.DataFrame:
        """Found against real, one row per objective and strategy: what the judges say of the best.

        `truth` names the judge that is the truth, where the objective declares none.
        """
        return found.found(frame.runs(self.traces, price), self.paths(price), truth)

    def over_optimisation(self, price: float | None = None) -> pd.DataFrame:
        """The score and each judge of the best so far over cost, with 95 % bands over seeds."""
        return over_optimisation.over_optimisation(self.paths(price))

    def price_table(self, prices: Sequence[TablePrice] = PRICES) -> pd.DataFrame:
        """Score and rank of each strategy at several prices of a gradient; "d": the dimension."""
        return price_table(steps(self.traces), prices)

    def break_even(self, baseline: str | None = None) -> pd.DataFrame:
        """The price of a gradient at which two strategies swap order, per objective and pair."""
        return break_even.break_even(steps(self.traces), baseline)

    def audit(self, price: float | None = None) -> pd.DataFrame:
        """What each strategy did with its budget, its time and its memory."""
        return audit.audit(frame.runs(self.traces, price))

    def facts(self) -> pd.DataFrame:
        """What the study was made of: the recipe's hash, machines, versions of packages."""
        return audit.facts(self.runs, self.recipe)

    def styled(self, price: float | None = None) -> Styler:
        """The summary as a pandas Styler, the best of each objective in bold."""
        return typeset.styled(self.summary(price))

    def to_markdown(self, price: float | None = None) -> str:
        """The summary as a Markdown table."""
        return markdown.to_markdown(readable.summary(self.summary(price)))

    def to_latex(self, price: float | None = None) -> str:
        """The summary as a LaTeX tabular for booktabs, the best of each objective in bold."""
        return typeset.to_latex(self.summary(price))

    def _repr_html_(self) -> str:
        return typeset.notebook(self.recipe, self.summary(), len(self.skips))

    def report(self, folder: str | Path) -> Path:
        """Write a README, a page, tables and figures to a folder, and return it."""
        return report.write(
            Path(folder), self.traces, self.skipped, self.recipe["prices"], self.recipe
        )

    def export(self, folder: str | Path, format: str, price: float | None = None) -> Path:
        """Write the runs for other tools into a new folder: coco, csv, ioh, nevergrad or parquet.

        At a `price` of a gradient, rows that the budget does not afford there are left out. Raises
        ExportError for a folder in use, or what the format cannot hold.
        """
        runs, rows = frame.runs(self.traces, price), frame.evaluations(self.traces, price)
        return export.write(runs, rows, Path(folder), format)

    def save(self, folder: str | Path) -> Path:
        """Keep the runs in a folder that `load` and `blackbox report` read; the folder."""
        store = Store(folder)
        store.open(self.recipe)
        store.keep_facts(self.measured)
        for trace in self.traces:
            store.save(trace.digest()[:24], trace)
        return store.folder


def load(folder: str | Path) -> Comparison:
    """The comparison whose runs a study's folder holds. Raises StoreError if it holds none."""
    store = Store(folder)
    recipe = store.recipe()
    # The order of the plan; fingerprints are kept by the objectives' own names.
    objectives, strategies = list(recipe["fingerprints"]), recipe["strategies"]

    def place(trace: Trace) -> tuple[int, int, int]:
        cell = objectives.index(trace.objective), strategies.index(trace.strategy)
        return *cell, recipe["seeds"].index(trace.seed)

    traces = sorted(store.traces(), key=place)
    skips = tuple(Skip(**skip) for skip in recipe["skipped"])
    return Comparison(recipe, tuple(traces), skips, store.facts())
