"""The one place that joins studies and results: compare, in one process or in many."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from blackbox import registry
from blackbox.comparison import Comparison, unfinished_runs
from blackbox.distribute import distribute
from blackbox.errors import StudyError
from blackbox.execute import execute, judged_again
from blackbox.folder import Again, Folder, again_of
from blackbox.plain import is_whole
from blackbox.plan import Plan, RunSpec
from blackbox.protocol import Strategy
from blackbox.runtime.lock import FolderLock
from blackbox.runtime.store import Store
from blackbox.scoring.facts import Facts
from blackbox.scoring.identity import fingerprint
from blackbox.scoring.objective import Objective
from blackbox.stopping import stopped_by_signals
from blackbox.study import AskedPrice, Study, number
from blackbox.study_file import as_list, as_seeds
from blackbox.trace import Status, Trace
from blackbox.travel import unable_to_travel
from blackbox.workers.pool import kept_workers

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
    stop_at: float | None = None,
    run_seconds: float | None = None,
    seconds: float | None = None,
    again: Again | Sequence[Again] = (),
) -> Comparison:
    """Run every strategy on every objective, from the same starts, under one hard budget.

    Objectives and strategies are names in call form, `package.module:attribute`, or objects. The
    budget is in units of one score; `prices` are what a gradient costs on top, "measured" what it
    costs here. A run ends early, and well, at a score of `stop_at`, or after `run_seconds`; after
    `seconds` the study stops, and can be continued. `jobs` processes share the work, with the same
    results. `progress(units, whole)` hears how many units of the budget were spent since it last
    heard, and how many the whole study has. `measured` is `study.measured` of an earlier study:
    what was timed then is not timed again, so that the same calls are made.

    With a folder as `store`, each answer is kept there as it arrives, and nothing that was paid for
    is paid again: the same folder takes more seeds, strategies, objectives, prices, and a larger
    budget, which continues its runs. Runs that failed, or were left unfinished, go on. Where the
    code of an objective or strategy has changed, the folder is refused, unless `again` names what
    is to be made anew: "edited" the runs of what changed, "judges" only what judges say, "invalid"
    runs most of whose points had no score, "all" everything.

    Interrupted without a folder, it returns what there is (`study.is_complete` is False). Raises
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
        stop_at=stop_at,
        run_seconds=run_seconds,
    )
    return run(
        study,
        jobs=jobs,
        store=store,
        progress=progress,
        measured=measured,
        seconds=seconds,
        again=again,
    )


def run(
    study: Study,
    *,
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | None = None,
    measured: Mapping[str, Any] | None = None,
    seconds: float | None = None,
    again: Again | Sequence[Again] = (),
) -> Comparison:
    """Carry out a study; what its store already holds is left out. See `compare`."""
    if not is_whole(jobs) or jobs < 1:
        raise StudyError(f"jobs must be a whole number >= 1, not {jobs!r}")
    if seconds is not None and not (number(seconds) or 0) > 0:
        raise StudyError(f"seconds must be a number > 0, not {seconds!r}")
    deadline = None if seconds is None else time.time() + seconds
    with ExitStack() as stack:
        stack.enter_context(stopped_by_signals())
        if store is not None:
            stack.enter_context(FolderLock(Store(store).runs))
        work = _Work(int(jobs), None if store is None else Store(store), progress, deadline)
        return work.carry_out(study, measured or {}, again_of(again))


class _Work:
    """One carrying out of a study: in so many processes, with a folder or without."""

    def __init__(
        self, jobs: int, store: Store | None, progress: Progress | None, deadline: float | None
    ) -> None:
        self.jobs, self.store, self.progress, self.deadline = jobs, store, progress, deadline
        self.made: list[Trace] = []
        self.unfinished: list[Trace] = []
        self.whole = self.heard = 0.0
        self.states: dict[str, dict[str, Any]] = {}  # of runs that are not finished

    def carry_out(
        self, study: Study, measured: Mapping[str, Any], again: frozenset[str]
    ) -> Comparison:
        held = dict(measured) | (self.store.facts() if self.store else {})
        facts_held = {name: Facts.from_json(table) for name, table in held.items()}
        with self.store.probing() if self.store else nullcontext(False) as had_died:
            plan = study.plan(facts_held, wary=had_died)
        recipe = study.recipe(plan.prices) | {
            "fingerprints": {name: fingerprint(facts) for name, facts in plan.facts.items()},
            "skipped": [asdict(skip) for skip in plan.skipped],
        }
        facts = {name: one.to_json() for name, one in plan.facts.items()}
        todo: Sequence[RunSpec] = plan.specs
        self.whole = sum(spec.budget for spec in plan.specs)
        if self.store is not None:
            folder = Folder(self.store, plan, again)
            folder.open(recipe)
            todo, self.made = folder.todo, [*folder.done.values()]
            self.made += judged_again(folder.to_judge, self.store)
        self.hear(self.whole - sum(spec.budget for spec in todo))
        try:
            self.take(self.make(todo))
        except KeyboardInterrupt:
            if self.store is not None:
                raise
            self.tell("interrupted: what was made so far is returned; study.missing lists the rest")
        if self.store is not None:
            self.store.tidy()
            for notice in self.store.notices:
                self.tell(notice)
            facts = self.store.facts()
        missing = unfinished_runs(plan, self.made, self.unfinished, self.states)
        return Comparison(
            recipe, tuple(_ordered(self.made, plan)), plan.skipped, facts, missing=missing
        )

    def take(self, traces: Iterable[Trace]) -> None:
        """Sort what was made from what could not be finished."""
        for trace in traces:
            (self.unfinished if trace.status is Status.RUNNING else self.made).append(trace)

    def make(self, todo: Sequence[RunSpec]) -> Iterator[Trace]:
        if self.jobs == 1 or len(todo) < 2:
            yield from execute(
                todo,
                self.store,
                watch=self.hear,
                tell=self.tell,
                deadline=self.deadline,
                left=self.unfinished,
            )
            return
        alive = {id(one): one for spec in todo for one in (spec.objective, spec.strategy)}
        if reason := unable_to_travel(one for one in alive.values() if not isinstance(one, str)):
            raise StudyError(reason)
        workers = kept_workers(self.jobs)
        shards = self.jobs * SHARDS_PER_JOB
        with tempfile.TemporaryDirectory(prefix="blackbox-") as here:
            store = self.store or Store(here)  # so that a worker that dies loses nothing
            begun, todo_units = self.heard, {spec.key: spec.budget for spec in todo}

            def look() -> None:
                paid = store.journals.units()
                now = sum(min(paid.get(key, 0.0), units) for key, units in todo_units.items())
                self.hear(begun + now - self.heard)

            try:
                yield from distribute(
                    todo,
                    workers,
                    shards,
                    store,
                    deadline=self.deadline,
                    tell=self.tell,
                    look=look,
                    lose=self.lose,
                )
            except BaseException:
                workers.shutdown(wait=False, kill=True)
                if self.store is None:
                    self.rescue(todo, store)
                raise
            self.hear(self.whole - self.heard)

    def rescue(self, todo: Sequence[RunSpec], store: Store) -> None:
        """Take what an interrupted study has in a folder that is about to go."""
        cells = {(t.objective, t.strategy, t.seed) for t in self.made}
        for spec in todo:
            if (spec.name, registry.label(spec.strategy), spec.seed) in cells:
                continue
            if (run := store.look(spec.key)) is not None:
                self.made.append(run.trace)
            else:
                self.states[spec.key] = store.progress(spec.key)

    def lose(self, spec: RunSpec, reason: str) -> None:
        """Note a run that could not be made."""
        self.states[spec.key] = {"reason": reason}

    def hear(self, units: float) -> None:
        """Tell that so many more units were spent."""
        self.heard += units
        if self.progress is not None and units:
            self.progress(units, self.whole)

    def tell(self, what: str) -> None:
        """Tell a user what is not an error."""
        warnings.warn(what, stacklevel=4)


def _ordered(traces: Sequence[Trace], plan: Plan) -> list[Trace]:
    """Traces in the order of the plan, whoever finished first."""
    by_cell = {(t.objective, t.strategy, t.seed): t for t in traces}
    cells = ((spec.name, registry.label(spec.strategy), spec.seed) for spec in plan.specs)
    return [by_cell[cell] for cell in cells if cell in by_cell]
