"""The carrying out of one study: here or in workers, with a folder or without."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, replace
from tempfile import TemporaryDirectory
from typing import Any

from blackbox.bests_again import BestsAgain
from blackbox.cell import cell_of, cell_of_spec
from blackbox.comparison import Comparison
from blackbox.execute import judged_again
from blackbox.folder import Folder
from blackbox.joint_work import JointWork
from blackbox.live import Display, Paces
from blackbox.notices import warn
from blackbox.part import ANOTHER_PART, WHOLE, StudyPart
from blackbox.plan import Plan, RunSpec
from blackbox.rounds import Rounds
from blackbox.runtime.holder import Holder
from blackbox.runtime.store import Store
from blackbox.scoring.facts import Facts
from blackbox.scoring.identity import fingerprint
from blackbox.sharing import Sharing
from blackbox.standing import Tally
from blackbox.study import Study
from blackbox.trace import Status, Trace
from blackbox.unfinished import unfinished_runs
from blackbox.workforce import Workforce

# Hears the units of budget spent since last time, and the units of the whole study.
Progress = Callable[[float, float], None]
# Takes what there is in the end.
AtEnd = Callable[[Comparison], object]


class StudyWork:
    """One carrying out of a study by a workforce, with a folder or without."""

    def __init__(
        self,
        force: Workforce,
        store: Store | None = None,
        part: StudyPart = WHOLE,
        progress: Progress | None = None,
        display: Display | None = None,
    ) -> None:
        """By a workforce, with a folder or without; `part`: the runs of the study that it makes."""
        self.force, self.part = force, part
        self.joint = None if store is None else JointWork(store, force.lease)
        self.sharing = None if self.joint is None else Sharing(self.joint.claims, self.joint.store)
        self.progress, self.display, self.tally = progress, display, Tally(())
        self.asked: Sequence[RunSpec] = ()  # of a race: so far
        self.made: list[Trace] = []
        self.unfinished: list[Trace] = []
        self.whole = self.heard = 0.0
        self.states: dict[str, dict[str, Any]] = {}  # of runs that are not finished
        self.bests = BestsAgain(self.made, self.sharing, force.deadline)

    def carry_out(
        self,
        study: Study,
        measured: Mapping[str, Any],
        again: frozenset[str],
        at_end: AtEnd | None = None,
    ) -> Comparison:
        """Make what is missing, and return what there is then.

        The process that leaves the folder last calls `at_end` before another one can come.
        """
        with self.joint or nullcontext():
            with self.joint.opening() if self.joint else nullcontext(()) as others:
                plan, recipe, todo = self._opened(study, measured, again, others)
            try:
                self.make_rounds(plan, recipe, todo)
                self._gather()
                self.bests.confirm(self.asked, is_last=True)
            except KeyboardInterrupt:
                if self.joint is not None:
                    raise
                warn("interrupted: what was made so far is returned; study.missing lists the rest")
            with self.joint.leaving() if self.joint else nullcontext(False) as is_last:
                comparison = self._compared(plan, recipe, is_last=is_last)
                comparison = replace(comparison, objectives=tuple(study.objectives))
                if is_last and at_end is not None:
                    at_end(comparison)
            return comparison

    def _opened(
        self,
        study: Study,
        measured: Mapping[str, Any],
        again: frozenset[str],
        others: Sequence[Holder],
    ) -> tuple[Plan, dict[str, Any], Sequence[RunSpec]]:
        """What the study amounts to, its recipe, and the runs that are to be made."""
        store = None if self.joint is None else self.joint.store
        held = dict(measured) | (store.facts() if store else {})
        facts_held = {name: Facts.from_json(table) for name, table in held.items()}
        with store.probing() if store else nullcontext(False) as had_died:
            plan = study.plan(facts_held, wary=had_died)
        recipe = study.recipe(plan.prices) | {
            "fingerprints": {name: fingerprint(facts) for name, facts in plan.facts.items()},
            "skipped": [asdict(skip) for skip in plan.skipped],
            **({"losses": list(plan.losses)} if plan.losses else {}),
            **({"parameters": dict(plan.parameters)} if plan.parameters else {}),
            **({"known": dict(plan.known)} if plan.known else {}),
        }
        todo: Sequence[RunSpec] = plan.specs
        if store is not None:
            folder = Folder(store, plan, again)
            folder.open(recipe, others)
            todo = folder.todo
            self.made += folder.done.values()
            self.made += judged_again(folder.to_judge, store)
        mine = {spec.key for spec in self.part.of(plan.specs)}
        for spec in plan.specs:
            if spec.key not in mine:
                self.lose(spec, ANOTHER_PART)
        for notice in plan.notices if todo else ():
            warn(notice)
        return plan, recipe, [spec for spec in todo if spec.key in mine]

    def _gather(self) -> None:
        """Take what others have made of the study since, that was not asked for here."""
        if self.joint is None:
            return
        there = {cell_of(trace) for trace in self.made}
        for spec in self.asked:
            run = None if cell_of_spec(spec) in there else self.joint.store.look(spec.key)
            if run is not None:
                self.made.append(run.trace)

    def _compared(self, plan: Plan, recipe: dict[str, Any], *, is_last: bool) -> Comparison:
        """What there is in the end; the last one in a folder tidies up."""
        facts: Mapping[str, Any] = {name: one.to_json() for name, one in plan.facts.items()}
        if self.joint is not None:
            store = self.joint.store
            if is_last:
                store.tidy(self.bests.unconfirmed)
            for notice in store.notices:
                warn(notice)
            facts = store.facts()
        missing = unfinished_runs(self.asked, self.made, self.unfinished, self.states)
        traces = tuple(_ordered(self.made, self.asked))
        return Comparison(recipe, traces, plan.skipped, facts, missing=missing)

    def make_rounds(self, plan: Plan, recipe: Mapping[str, Any], todo: Sequence[RunSpec]) -> None:
        """Make what is asked for and is not there: all at once, or round by round of a race."""
        rounds = Rounds(recipe, [(skip.objective, skip.strategy) for skip in plan.skipped])
        waiting = {spec.key: spec for spec in todo}
        while True:
            self.bests.confirm(plan.specs, is_last=False)
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
        if self.force.is_here(todo):
            yield from self.force.traces(todo, self.sharing, self)
            return
        with ExitStack() as stack:
            # A folder in any case, so that a worker that dies loses nothing.
            sharing = self.sharing or _for_now(stack, self.force.lease)
            try:
                yield from self.force.traces(todo, sharing, self)
            except BaseException:
                if self.joint is None:
                    self.rescue(todo, sharing.store)
                raise
            self.hear(self.whole - self.heard)

    def follower(self, todo: Sequence[RunSpec], sharing: Sharing) -> Callable[[], None]:
        """What hears from the journals of a folder how far workers are."""
        journals = sharing.store.journals
        begun, budgets = self.heard, {spec.key: spec.budget for spec in todo}

        def follow() -> None:
            paces = journals.paces()
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
        units = min(units, self.whole - self.heard)
        self.heard += units
        if self.display is not None:
            self.display.look(self.tally, paces)
        if self.progress is not None and units:
            self.progress(units, self.whole)


def _for_now(stack: ExitStack, lease: float) -> Sharing:
    """A folder that is there until the stack is closed."""
    place = stack.enter_context(TemporaryDirectory(prefix="blackbox-"))
    joint = stack.enter_context(JointWork(Store(place), lease))
    with joint.opening():
        return Sharing(joint.claims, joint.store)


def _ordered(traces: Sequence[Trace], specs: Sequence[RunSpec]) -> list[Trace]:
    """Traces in the order of the plan, whoever finished first."""
    by_cell = {cell_of(trace): trace for trace in traces}
    return [by_cell[cell] for spec in specs if (cell := cell_of_spec(spec)) in by_cell]
