"""What a study found: its traces, and the frames, tables and reports that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.results import report
from blackbox.results.shorthand import outdated, shorthand
from blackbox.results.statistics.missing_runs import missing_runs, nothing_missing
from blackbox.results.view import View
from blackbox.runtime.store import Store
from blackbox.study import Skip
from blackbox.trace import Trace


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a study found: its traces, and frames, tables and reports made of them."""

    recipe: dict[str, Any]
    traces: tuple[Trace, ...]
    skips: tuple[Skip, ...] = ()
    # What the probe found out about each objective, as plain values; `compare` takes it again.
    measured: Mapping[str, Any] = field(default_factory=dict)
    # Runs that were asked for and are not made: objective, strategy, seed and their `state`.
    missing: pd.DataFrame = field(default_factory=nothing_missing)

    def __repr__(self) -> str:
        """What was compared, in a line."""
        strategies = dict.fromkeys(trace.strategy for trace in self.traces)
        objectives = dict.fromkeys(trace.objective for trace in self.traces)
        seeds = {trace.seed for trace in self.traces}
        skipped = f", {len(self.skips)} skipped" if self.skips else ""
        return (
            f"Comparison({self.recipe.get('name', 'study')!r}: {len(strategies)} strategies on "
            f"{', '.join(objectives) or 'nothing'}, {len(seeds)} seeds, {len(self.traces)} runs"
            f"{skipped}; see .summary())"
        )

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """One row per evaluation that was paid for."""
        return self.at().evaluations.copy()

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: its status, what it used, its best, and what the judges say of it."""
        return self.at().runs.copy()

    @cached_property
    def skipped(self) -> pd.DataFrame:
        """Cells that could not be compared, each with its reason."""
        return pd.DataFrame(map(asdict, self.skips), columns=["objective", "strategy", "reason"])

    def at(self, price: float | None = None) -> View:
        """All tables at one price of a gradient (None: the cheapest): `study.at(4).ranks()`.

        The frames of a view are made once, so hold it while you look at several of its tables.
        """
        return self._granted.at(price)

    @cached_property
    def _granted(self) -> View:
        return View(self.traces, self.recipe, self.skipped, missing=self.missing)

    # The tables at the price at which the runs were granted: `summary()` is `at().summary()`.
    summary = shorthand(View.summary)
    ranks = shorthand(View.ranks)
    critical_difference = shorthand(View.critical_difference)
    aggregate = shorthand(View.aggregate)
    paired = shorthand(View.paired)
    paired_over_objectives = shorthand(View.paired_over_objectives)
    targets = shorthand(View.targets)
    ecdf = shorthand(View.ecdf)
    aocc = shorthand(View.aocc)
    profiles = shorthand(View.profiles)
    front = shorthand(View.front)
    hypervolume = shorthand(View.hypervolume)
    paths = shorthand(View.paths)
    exploitation = shorthand(View.exploitation)
    over_optimisation = shorthand(View.over_optimisation)
    audit = shorthand(View.audit)
    failures = shorthand(View.failures)
    facts = shorthand(View.facts)
    price_table = shorthand(View.price_table)
    break_even = shorthand(View.break_even)
    styled = shorthand(View.styled)
    to_markdown = shorthand(View.to_markdown)
    to_latex = shorthand(View.to_latex)
    export = shorthand(View.export)

    def found(self, price: float | None = None, truth: str | None = None) -> pd.DataFrame:
        """The old name of `exploitation`."""
        outdated("found(price, truth)", "at(price).exploitation(truth)")
        return self.at(price).exploitation(truth)

    def statistics(self, price: float | None = None) -> View:
        """The old name of `at`."""
        outdated("statistics(price)", "at(price)")
        return self.at(price)

    def _repr_html_(self) -> str:
        return self.at()._repr_html_()

    def report(self, folder: str | Path) -> Path:
        """Write a README, a page, tables and figures to a folder, and return it."""
        return report.write(Path(folder), self.at())

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
    return assembled(store.recipe(), store.traces(), store.facts())


def opened(study: Comparison | str | Path) -> Comparison:
    """A comparison, or the one of a folder."""
    return study if isinstance(study, Comparison) else load(study)


def assembled(
    recipe: dict[str, Any], traces: Iterable[Trace], facts: Mapping[str, Any]
) -> Comparison:
    """The comparison of these runs of a recipe, in the order of its plan, and what is missing."""
    # Fingerprints are kept by the objectives' own names.
    objectives, strategies = list(recipe["fingerprints"]), recipe["strategies"]

    def place(trace: Trace) -> tuple[int, int, int]:
        cell = objectives.index(trace.objective), strategies.index(trace.strategy)
        return *cell, recipe["seeds"].index(trace.seed)

    in_order = tuple(sorted(traces, key=place))
    skips = tuple(Skip(**skip) for skip in recipe["skipped"])
    cells = [(skip.objective, skip.strategy) for skip in skips]
    made = [(trace.objective, trace.strategy, trace.seed) for trace in in_order]
    return Comparison(recipe, in_order, skips, facts, missing_runs(recipe, made, cells))
