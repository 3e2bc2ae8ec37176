"""The carrying out of one study: here or in workers, with a folder or without."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from typing import Any

from blackbox.comparison import Comparison, unfinished_runs
from blackbox.confirmation import Unanswered, best_of_several, unconfirmed
from blackbox.distribute import distribute
from blackbox.errors import StudyError
from blackbox.execute import confirmed, execute, judged_again
from blackbox.folder import Folder
from blackbox.identity import loaded_files
from blackbox.live import Display, Paces
from blackbox.notices import warn
from blackbox.plan import Plan, RunSpec
from blackbox.rounds import Rounds, cell_of, cell_of_spec
from blackbox.runtime.store import Store
from blackbox.scoring.facts import Facts
from blackbox.scoring.identity import fingerprint
from blackbox.standing import Tally
from blackbox.study import Study
from blackbox.trace import Status, Trace
from blackbox.travel import unable_to_travel
from blackbox.workers.pool import kept_workers

SHARDS_PER_JOB = 4  # small enough that the last ones end together

# Hears the units of budget spent since last time, and the units of the whole study.
Progress = Callable[[float, float], None]


class StudyWork:
    """One carrying out of a study: in so many processes, with a folder or without."""

    def __init__(
        self,
        jobs: int,
        store: Store | None,
        deadline: float | None,
        progress: Progress | None = None,
        display: Display | None = None,
    ) -> None:
        """In so many processes, with a folder or without; `deadline` is one of `time.time()`."""
        self.jobs, self.store, self.deadline = jobs, store, deadline
        self.progress, self.display, self.tally = progress, display, Tally(())
        self.asked: Sequence[RunSpec] = ()  # of a race: so far
        self.made: list[Trace] = []
        self.unfinished: list[Trace] = []
        self.whole = self.heard = 0.0
        self.states: dict[str, dict[str, Any]] = {}  # of runs that are not finished
        self.unconfirmed: set[str] = set()  # keys of finished runs whose best is still asked again

    def carry_out(
        self, study: Study, measured: Mapping[str, Any], again: frozenset[str]
    ) -> Comparison:
        """Make what is missing, and return what there is then."""
        held = dict(measured) | (self.store.facts() if self.store else {})
        facts_held = {name: Facts.from_json(table) for name, table in held.items()}
        with self.store.probing() if self.store else nullcontext(False) as had_died:
            plan = study.plan(facts_held, wary=had_died)
        recipe = study.recipe(plan.prices) | {
            "fingerprints": {name: fingerprint(facts) for name, facts in plan.facts.items()},
            "skipped": [asdict(skip) for skip in plan.skipped],
            **({"losses": list(plan.losses)} if plan.losses else {}),
            **({"parameters": dict(plan.parameters)} if plan.parameters else {}),
            **({"known": dict(plan.known)} if plan.known else {}),
        }
        facts = {name: one.to_json() for name, one in plan.facts.items()}
        todo: Sequence[RunSpec] = plan.specs
        if self.store is not None:
            folder = Folder(self.store, plan, again)
            folder.open(recipe)
            todo, self.made = folder.todo, [*folder.done.values()]
            self.made += judged_again(folder.to_judge, self.store)
        for notice in plan.notices if todo else ():
            warn(notice)
        try:
            self.make_rounds(plan, recipe, todo)
            self.confirm(self.asked, is_last=True)
        except KeyboardInterrupt:
            if self.store is not None:
                raise
            warn("interrupted: what was made so far is returned; study.missing lists the rest")
        if self.store is not None:
            self.store.tidy(self.unconfirmed)
            for notice in self.store.notices:
                warn(notice)
            facts = self.store.facts()
        missing = unfinished_runs(self.asked, self.made, self.unfinished, self.states)
        traces = tuple(_ordered(self.made, self.asked))
        return Comparison(recipe, traces, plan.skipped, facts, missing=missing)

    def make_rounds(self, plan: Plan, recipe: Mapping[str, Any], todo: Sequence[RunSpec]) -> None:
        """Make what is asked for and is not there: all at once, or round by round of a race."""
        rounds = Rounds(recipe, [(skip.objective, skip.strategy) for skip in plan.skipped])
        waiting = {spec.key: spec for spec in todo}
        while True:
            self.confirm(plan.specs, is_last=False)
            self.ask(rounds.due(plan.specs, self.made), waiting)
            due = [waiting.pop(spec.key) for spec in self.asked if spec.key in waiting]
            if not due:
                return
            self.take(self.make(due))

    def ask(self, specs: Sequence[RunSpec], waiting: Container[str]) -> None:
        """Count runs as the study's, those that are there as made."""
        before = {spec.key for spec in self.asked}
        self.asked = specs
        new = [spec for spec in specs if spec.key not in before]
        self.whole = sum(spec.budget for spec in specs)
        if self.display is not None:
            self.tally.ask(new)
            for trace in self.made:
                self.tally.finish(trace)
        self.hear(sum(spec.budget for spec in new if spec.key not in waiting))

    def take(self, traces: Iterable[Trace]) -> None:
        """Sort what was made from what could not be finished."""
        for trace in traces:
            if trace.status is Status.RUNNING:
                self.unfinished.append(trace)
            else:
                self.made.append(trace)
                self.tally.finish(trace)

    def make(self, todo: Sequence[RunSpec]) -> Iterator[Trace]:
        """The traces of these runs, in the order in which they end."""
        if self.jobs == 1 or (len(todo) < 2 and not _lends(todo)):
            here = partial(execute, watch=self.hear, tell=warn, left=self.unfinished)
            yield from here(todo, self.store, deadline=self.deadline)
            return
        alive = {id(one): one for spec in todo for one in (spec.objective, spec.strategy)}
        if reason := unable_to_travel(one for one in alive.values() if not isinstance(one, str)):
            raise StudyError(reason)
        workers = kept_workers(self.jobs, loaded_files())
        shards = self.jobs * SHARDS_PER_JOB
        with tempfile.TemporaryDirectory(prefix="blackbox-") as place:
            store = self.store or Store(place)  # so that a worker that dies loses nothing
            follow = self.follower(todo, store)
            try:
                yield from distribute(
                    todo,
                    workers,
                    shards,
                    store,
                    apart=len({(spec.name, spec.seed) for spec in todo}) < self.jobs,
                    deadline=self.deadline,
                    tell=warn,
                    look=follow,
                    lose=self.lose,
                )
            except BaseException:
                workers.shutdown(wait=False, kill=True)
                if self.store is None:
                    self.rescue(todo, store)
                raise
            self.hear(self.whole - self.heard)

    def confirm(self, specs: Sequence[RunSpec], *, is_last: bool) -> None:
        """Have bests asked again: of noisy runs that were left so, or, last, of the best run.

        The best run of a strategy is asked once more, where all its runs are there.
        """
        finished = {cell_of(trace): trace for trace in self.made if trace.is_noisy}
        cells: dict[tuple[str, str], list[tuple[Trace | None, RunSpec]]] = {}
        for spec in specs:
            cell = cell_of_spec(spec)
            cells.setdefault(cell[:2], []).append((finished.get(cell), spec))
        wanted: list[Unanswered] = []
        for runs in cells.values():
            made = [(trace, spec) for trace, spec in runs if trace is not None]
            short = [one for run in made if (one := unconfirmed(*run)).rows]
            if not is_last:
                wanted += short
            elif len(made) == len(runs) and not short:
                wanted += best_of_several(made)
        self._confirm(wanted)

    def _confirm(self, wanted: Sequence[Unanswered]) -> None:
        self.unconfirmed |= {one.spec.key for one in wanted}
        again = confirmed(wanted, self.store, deadline=self.deadline, tell=warn)
        place = {cell_of(trace): nth for nth, trace in enumerate(self.made)}
        for spec, trace in again:
            self.unconfirmed.discard(spec.key)
            self.made[place[cell_of(trace)]] = trace

    def follower(self, todo: Sequence[RunSpec], store: Store) -> Callable[[], None]:
        """What hears from the journals of a store how far workers are."""
        begun, budgets = self.heard, {spec.key: spec.budget for spec in todo}

        def follow() -> None:
            paces = store.journals.paces()
            now = sum(min(paces[key].used, budgets[key]) for key in budgets.keys() & paces.keys())
            self.hear(begun + now - self.heard, lambda: paces)

        return follow

    def rescue(self, todo: Sequence[RunSpec], store: Store) -> None:
        """Take what an interrupted study has in a folder that is about to go."""
        cells = {cell_of(trace) for trace in self.made}
        for spec in todo:
            if cell_of_spec(spec) in cells:
                continue
            if (run := store.look(spec.key)) is not None:
                self.made.append(run.trace)
            else:
                self.states[spec.key] = store.progress(spec.key, store.journals.paces())

    def lose(self, spec: RunSpec, reason: str) -> None:
        """Note a run that could not be made."""
        self.states[spec.key] = {"reason": reason}

    def hear(self, units: float, paces: Paces = dict) -> None:
        """Tell that so many more units were spent, and show how far it is."""
        self.heard += units
        if self.display is not None:
            self.display.look(self.tally, paces)
        if self.progress is not None and units:
            self.progress(units, self.whole)


def _lends(specs: Sequence[RunSpec]) -> bool:
    """Whether calls of these runs are so dear that workers share them."""
    return any(spec.facts is not None and spec.facts.dear for spec in specs)


def _ordered(traces: Sequence[Trace], specs: Sequence[RunSpec]) -> list[Trace]:
    """Traces in the order of the plan, whoever finished first."""
    by_cell = {cell_of(trace): trace for trace in traces}
    return [by_cell[cell] for spec in specs if (cell := cell_of_spec(spec)) in by_cell]
