"""The one place that joins studies and results: compare, and look at what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox import names
from blackbox.distribute import distribute
from blackbox.execute import execute
from blackbox.protocol import Strategy
from blackbox.recipe import as_list, as_seeds
from blackbox.results import report
from blackbox.results.shorthand import outdated, shorthand
from blackbox.results.view import View
from blackbox.runtime.store import Store
from blackbox.scoring.objective import Objective
from blackbox.study import Plan, RunSpec, Skip, Study
from blackbox.trace import Trace

SHARDS_PER_JOB = 4  # small enough that the last ones end together

# Hears the units of budget spent since last time, and the units of the whole study.
Progress = Callable[[float, float], None]


def compare(
    objectives: str | Objective | Sequence[str | Objective],
    strategies: str | Strategy | Sequence[str | Strategy],
    budget: float,
    seeds: int | Sequence[int] = 10,
    *,
    prices: float | Sequence[float] = (1,),
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | None = None,
    name: str = "study",
) -> Comparison:
    """Run every strategy on every objective, from the same starts, under one hard budget.

    Objectives and strategies are names in call form, `package.module:attribute`, or objects. The
    budget is in units of one score; `prices` are what a gradient costs on top. `jobs` processes
    share the work, with the same results. With a folder as `store`, finished runs are kept there
    and not made again. Raises StudyError, NameProblem, ObjectiveError or StoreError before anything
    is paid for.

    >>> study = compare("synthetic.sphere(d=9)", ["random_search", "gradient_ascent"], 60, seeds=2)
    >>> study.summary().strategy.tolist()
    ['gradient_ascent', 'random_search']
    """
    study = Study(
        objectives=tuple(as_list(objectives)),
        strategies=tuple(as_list(strategies)),
        budget=budget,
        seeds=as_seeds(seeds),
        prices=tuple(float(price) for price in as_list(prices)),
        name=name,
    )
    return run(study, jobs=jobs, store=store, progress=progress)


def run(
    study: Study,
    *,
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Carry out a study; what its store already holds is left out."""
    if jobs < 1:
        raise ValueError(f"jobs must be >= 1, not {jobs}")
    plan, folder = study.plan(), Store(store) if store is not None else None
    recipe = study.recipe() | {
        "fingerprints": {_name(spec): spec.fingerprint for spec in plan.specs},
        "skipped": [asdict(skip) for skip in plan.skipped],
    }
    if folder is not None:
        folder.open(recipe)
    todo = [spec for spec in plan.specs if folder is None or spec.key not in folder]
    whole = sum(spec.budget for spec in plan.specs)

    def hear(units: float) -> None:
        if progress is not None:
            progress(units, whole)

    hear(whole - sum(spec.budget for spec in todo))
    made = list(_made(todo, jobs, folder, hear))
    if folder is not None:
        known = {spec.key for spec in todo}
        made += [folder.load(spec.key) for spec in plan.specs if spec.key not in known]
    return Comparison(recipe, tuple(_ordered(made, plan)), plan.skipped)


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a study found: its traces, and frames, tables and reports made of them."""

    recipe: dict[str, Any]
    traces: tuple[Trace, ...]
    skips: tuple[Skip, ...] = ()

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
        return View(self.traces, self.recipe, self.skipped)

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
    return Comparison(recipe, tuple(traces), tuple(Skip(**skip) for skip in recipe["skipped"]))


def _made(
    todo: Sequence[RunSpec], jobs: int, store: Store | None, hear: Callable[[float], None]
) -> Iterator[Trace]:
    if jobs == 1 or len(todo) < 2:
        yield from execute(todo, store, hear)
        return
    from loky import ProcessPoolExecutor  # here, because starting it costs a second

    with ProcessPoolExecutor(max_workers=jobs) as executor:
        for trace in distribute(todo, executor, jobs * SHARDS_PER_JOB, store):
            hear(trace.budget)
            yield trace


def _ordered(traces: Sequence[Trace], plan: Plan) -> list[Trace]:
    """Traces in the order of the plan, whoever finished first."""
    by_cell = {(t.objective, t.strategy, t.seed): t for t in traces}
    cells = ((_name(spec), names.label(spec.strategy), spec.seed) for spec in plan.specs)
    return [by_cell[cell] for cell in cells]


def _name(spec: RunSpec) -> str:
    given = spec.objective
    return names.objective(given).name if isinstance(given, str) else given.name
