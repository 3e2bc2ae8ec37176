"""The one place that joins studies and results: compare, in one process or in many."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from blackbox import registry, stable_text
from blackbox.comparison import Comparison
from blackbox.distribute import distribute
from blackbox.execute import execute
from blackbox.plain import is_whole
from blackbox.protocol import Strategy
from blackbox.runtime.store import Store
from blackbox.scoring.facts import Facts
from blackbox.scoring.objective import Objective
from blackbox.study import AskedPrice, Plan, RunSpec, Study, StudyError
from blackbox.study_file import as_list, as_seeds
from blackbox.trace import Trace
from blackbox.travel import unable_to_travel

SHARDS_PER_JOB = 4  # small enough that the last ones end together

# Hears the units of budget spent since last time, and the units of the whole study.
Progress = Callable[[float, float], None]


def compare(
    objectives: str | Objective | Sequence[str | Objective],
    strategies: str | Strategy | Sequence[str | Strategy],
    budget: float,
    seeds: int | Sequence[int] = 10,
    *,
    prices: AskedPrice | Sequence[AskedPrice] = (1,),
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | None = None,
    measured: Mapping[str, Any] | None = None,
    name: str = "study",
) -> Comparison:
    """Run every strategy on every objective, from the same starts, under one hard budget.

    Objectives and strategies are names in call form, `package.module:attribute`, or objects. The
    budget is in units of one score; `prices` are what a gradient costs on top, "measured" what it
    costs here. `jobs` processes share the work, with the same results. With a folder as `store`,
    finished runs are kept there and not made again. `measured` is `study.measured` of an earlier
    study: what was timed then is not timed again, so that the same calls are made. Raises
    StudyError, NameProblem, ObjectiveError or StoreError before anything is paid for.

    >>> study = compare("synthetic.sphere(d=9)", ["random_search", "gradient_ascent"], 60, seeds=2)
    >>> study.summary().strategy.tolist()
    ['gradient_ascent', 'random_search']
    """
    study = Study(
        objectives=tuple(as_list(objectives)),
        strategies=tuple(as_list(strategies)),
        budget=budget,
        seeds=as_seeds(seeds),
        prices=tuple(as_list(prices)),
        name=name,
    )
    return run(study, jobs=jobs, store=store, progress=progress, measured=measured)


def run(
    study: Study,
    *,
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | None = None,
    measured: Mapping[str, Any] | None = None,
) -> Comparison:
    """Carry out a study; what its store already holds is left out."""
    if not is_whole(jobs) or jobs < 1:
        raise StudyError(f"jobs must be a whole number >= 1, not {jobs!r}")
    folder = Store(store) if store is not None else None
    held = dict(measured or {}) | (folder.facts() if folder is not None else {})
    plan = study.plan({name: Facts.from_json(table) for name, table in held.items()})
    recipe = study.recipe(plan.prices) | {
        "fingerprints": {_name(spec): spec.fingerprint for spec in plan.specs},
        "skipped": [asdict(skip) for skip in plan.skipped],
    }
    # What a label leaves out of a setting: the code of a function, the digits of an array.
    if settings := {label: text for spec in plan.specs for label, text in _unlabelled(spec)}:
        recipe["settings"] = settings
    facts = {name: one.to_json() for name, one in plan.facts.items()}
    if folder is not None:
        folder.open(recipe)
        folder.keep_facts(facts)
    todo = [spec for spec in plan.specs if folder is None or spec.key not in folder]
    whole = sum(spec.budget for spec in plan.specs)

    def hear(units: float) -> None:
        if progress is not None:
            progress(units, whole)

    hear(whole - sum(spec.budget for spec in todo))
    made = list(_made(todo, jobs, folder, hear))
    if folder is not None:
        made_now = {spec.key for spec in todo}
        made += [folder.load(spec.key) for spec in plan.specs if spec.key not in made_now]
    facts = folder.facts() if folder is not None else facts
    return Comparison(recipe, tuple(_ordered(made, plan)), plan.skipped, facts)


def _made(
    todo: Sequence[RunSpec], jobs: int, store: Store | None, hear: Callable[[float], None]
) -> Iterator[Trace]:
    if jobs == 1 or len(todo) < 2:
        yield from execute(todo, store, hear)
        return
    alive = {id(one): one for spec in todo for one in (spec.objective, spec.strategy)}
    if reason := unable_to_travel(one for one in alive.values() if not isinstance(one, str)):
        raise StudyError(reason)
    from loky import ProcessPoolExecutor  # here, because starting it costs a second

    with ProcessPoolExecutor(max_workers=int(jobs)) as executor:
        for trace in distribute(todo, executor, int(jobs) * SHARDS_PER_JOB, store):
            hear(trace.budget)
            yield trace


def _unlabelled(spec: RunSpec) -> Iterator[tuple[str, str]]:
    text = stable_text.text(spec.strategy)
    if text != repr(spec.strategy) and is_dataclass(spec.strategy):
        yield registry.label(spec.strategy), hashlib.sha256(text.encode()).hexdigest()[:16]


def _ordered(traces: Sequence[Trace], plan: Plan) -> list[Trace]:
    """Traces in the order of the plan, whoever finished first."""
    by_cell = {(t.objective, t.strategy, t.seed): t for t in traces}
    cells = ((_name(spec), registry.label(spec.strategy), spec.seed) for spec in plan.specs)
    return [by_cell[cell] for cell in cells]


def _name(spec: RunSpec) -> str:
    return registry.objective(spec.objective).name
