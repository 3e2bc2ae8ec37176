"""What a study found: its traces, and the frames, tables and reports that are made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.believers import Believers
from blackbox.cell import cell_of
from blackbox.errors import StoreError
from blackbox.plan import Skip, StudyCode, run_key
from blackbox.results import report
from blackbox.results.shorthand import outdated, shorthand
from blackbox.results.statistics.failed_runs import RUN
from blackbox.results.statistics.missing_runs import MISSING, missing_runs, nothing_missing
from blackbox.results.view import View
from blackbox.rounds import asked_of
from blackbox.runtime.budget import RunLimits
from blackbox.runtime.store import Store
from blackbox.trace import Trace


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a study found: its traces, and frames, tables and reports made of them."""

    recipe: dict[str, Any]
    traces: tuple[Trace, ...]
    skips: tuple[Skip, ...] = ()
    # What the probe found out about each objective, as plain values; `compare` takes it again.
    measured: Mapping[str, Any] = field(default_factory=dict)
    # Runs of the plan that are not finished: which, their `state`, how far they are, and why.
    missing: pd.DataFrame = field(default_factory=nothing_missing)
    objectives: tuple[Any, ...] = field(default=(), repr=False)  # as they were given, if here

    def __repr__(self) -> str:
        """What was compared, in a line."""
        strategies = dict.fromkeys(trace.strategy for trace in self.traces)
        objectives = dict.fromkeys(trace.objective for trace in self.traces)
        seeds = {trace.seed for trace in self.traces}
        skipped = f", {len(self.skips)} skipped" if self.skips else ""
        if not self.is_complete:
            skipped += f", {len(self.missing)} not finished (see .missing)"
        return (
            f"Comparison({self.recipe.get('name', 'study')!r}: {len(strategies)} strategies on "
            f"{', '.join(objectives) or 'nothing'}, {len(seeds)} seeds, {len(self.traces)} runs"
            f"{skipped}; see .summary())"
        )

    @property
    def is_complete(self) -> bool:
        """Whether all runs of the study are finished."""
        return len(self.missing) == 0

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
        believers = Believers(self.objectives or self.recipe.get("objectives", ()))
        held = self.traces, self.recipe, self.skipped
        return View(*held, missing=self.missing, believers=believers)

    def __getstate__(self) -> dict[str, Any]:
        """What travels: all but the objectives, which may not; their names lead to them again."""
        return self.__dict__ | {"objectives": ()}

    # The tables at the price at which the runs were granted: `summary()` is `at().summary()`.
    verdict = shorthand(View.verdict)
    trusted = shorthand(View.trusted)
    best = shorthand(View.best)
    points = shorthand(View.points)
    summary = shorthand(View.summary)
    ranks = shorthand(View.ranks)
    critical_difference = shorthand(View.critical_difference)
    aggregate = shorthand(View.aggregate)
    paired = shorthand(View.paired)
    paired_over_objectives = shorthand(View.paired_over_objectives)
    tuning = shorthand(View.tuning)
    targets = shorthand(View.targets)
    ecdf = shorthand(View.ecdf)
    aocc = shorthand(View.aocc)
    profiles = shorthand(View.profiles)
    front = shorthand(View.front)
    hypervolume = shorthand(View.hypervolume)
    paths = shorthand(View.paths)
    exploitation = shorthand(View.exploitation)
    harm = shorthand(View.harm)
    production = shorthand(View.production)
    leaders = shorthand(View.leaders)
    leaderboard = shorthand(View.leaderboard)
    racing = shorthand(View.racing)
    over_optimisation = shorthand(View.over_optimisation)
    audit = shorthand(View.audit)
    seconds = shorthand(View.seconds)
    failures = shorthand(View.failures)
    constraints = shorthand(View.constraints)
    facts = shorthand(View.facts)
    price_table = shorthand(View.price_table)
    break_even = shorthand(View.break_even)
    styled = shorthand(View.styled)
    to_markdown = shorthand(View.to_markdown)
    to_latex = shorthand(View.to_latex)
    plot = shorthand(View.plot)
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

    def report(self, folder: str | Path, baseline: str | None = None) -> Path:
        """Write a README, a page, tables and figures to a folder, and return it."""
        view = self.at() if baseline is None else replace(self.at(), baseline=baseline)
        return report.write(Path(folder), view)

    def save(self, folder: str | Path) -> Path:
        """Keep the runs in a folder that `load` and `blackbox report` read; the folder.

        Raises StoreError where it holds the runs of another study.
        """
        store = Store(folder)
        if (store.runs / "recipe.json").exists() and store.recipe() != json.loads(
            json.dumps(self.recipe)
        ):
            raise StoreError(f"{store.runs} holds the runs of another study; use another folder")
        store.keep(facts=self.measured, recipe=self.recipe)
        for trace in self.traces:
            store.save(trace.digest()[:24], trace)
        return store.folder


def load(folder: str | Path) -> Comparison:
    """The comparison whose runs a study's folder holds, finished or not.

    Runs that the study, as it was carried out last, does not ask for are left out; those that are
    not finished stand in `missing`. Raises StoreError if there are none.
    """
    store = Store(folder)
    recipe = store.recipe()
    code = StudyCode.from_json(store.code())
    if not code.objectives:  # an earlier version's, or runs that were saved from memory
        return assembled(recipe, store.traces(), store.facts())
    skips = tuple(Skip(**skip) for skip in recipe["skipped"])
    left_out = {(skip.objective, skip.strategy) for skip in skips}
    finished: list[Trace] = []
    missing: list[dict[str, Any]] = []
    price, paces = min(recipe["prices"]), store.journals.paces()
    ends = (recipe.get("stop_at"), recipe.get("run_seconds"), recipe.get("charge_retries", False))
    limits = {
        name: RunLimits.of(*ends, sign=-1 if name in recipe.get("losses", ()) else 1)
        for name in recipe["fingerprints"]
    }
    keys = {
        (objective, strategy, seed): run_key(
            code.search_of(objective, strategy, seed),
            *(recipe["budget"], price, limits[objective]),
        )
        for objective, strategy, seed in product(
            recipe["fingerprints"], recipe["strategies"], recipe["seeds"]
        )
        if (objective, strategy) not in left_out
    }
    there = {cell: run.trace for cell, key in keys.items() if (run := store.look(key)) is not None}
    asked = asked_of(recipe, there.values(), left_out)
    for cell, key in keys.items():
        if asked is not None and cell not in asked:
            continue
        if cell in there:
            finished.append(there[cell])
        else:
            missing.append(dict(zip(RUN, cell, strict=True)) | store.progress(key, paces))
    table = pd.DataFrame(missing, columns=list(MISSING))
    return Comparison(recipe, tuple(finished), skips, store.facts(), table)


def opened(study: Comparison | str | Path) -> Comparison:
    """A comparison, or the one of a folder."""
    return study if isinstance(study, Comparison) else load(study)


def assembled(
    recipe: dict[str, Any], traces: Iterable[Trace], facts: Mapping[str, Any]
) -> Comparison:
    """The comparison of the runs that a recipe asks for, in its order, and what is missing."""
    # Fingerprints are kept by the objectives' own names.
    order = [list(recipe["fingerprints"]), list(recipe["strategies"]), list(recipe["seeds"])]

    theirs = [
        trace
        for trace in traces
        if all(one in names for one, names in zip(cell_of(trace), order, strict=True))
        and (trace.budget == recipe["budget"] or "read_from" in recipe or "joined" in recipe)
    ]
    theirs.sort(key=lambda t: [names.index(n) for names, n in zip(order, cell_of(t), strict=True)])
    skips = tuple(Skip(**skip) for skip in recipe["skipped"])
    left_out = [(skip.objective, skip.strategy) for skip in skips]
    asked = asked_of(recipe, theirs, left_out)
    if asked is not None:
        theirs = [trace for trace in theirs if cell_of(trace) in asked]
    missing = missing_runs(recipe, map(cell_of, theirs), left_out, asked)
    return Comparison(recipe, tuple(theirs), skips, facts, missing)
