"""The work of one shard: runs of one process, those of an objective in lockstep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from blackbox import registry
from blackbox.errors import ReplayDiverged
from blackbox.plan import RunSpec
from blackbox.protocol import Brief
from blackbox.recording import Ended, Recording
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import Evaluate, advance
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.run import Run
from blackbox.runtime.run_file import StoredRun
from blackbox.runtime.store import Store
from blackbox.scoring.batching import one_thread
from blackbox.scoring.objective import Objective
from blackbox.study import STARTS
from blackbox.trace import Status, Trace

# Runs that are advanced together: enough to fill a batch, few enough to save as they finish.
LOCKSTEP = 128
# Runs that have ended before they are judged, where that is cheaper in company. Their answers are
# in the journal until then.
TOGETHER = 16
# Seconds between two looks at what has finished.
LOOK = 0.2

Watch = Callable[[float], None]
Tell = Callable[[str], None]


def execute(
    specs: Sequence[RunSpec],
    store: Store | None = None,
    *,
    watch: Watch | None = None,
    tell: Tell | None = None,
    deadline: float | None = None,
    left: list[Trace] | None = None,
) -> Iterator[Trace]:
    """Make runs in this process, those of one objective in lockstep; each is saved as it ends.

    With a store, each answer is in a journal as it arrives, and what journals hold of these runs is
    not asked again. A run that could not be finished, because something is away that its objective
    needs, is yielded as it stands, with the status "running" and the reason. `watch` hears how many
    units of the budget were spent since it last heard; `tell` what a user should know. At the
    `deadline`, of `time.time()`, runs are left unfinished. Where it is interrupted, `left` gets the
    traces of what had begun.
    """
    groups: dict[int | str, list[RunSpec]] = {}
    for spec in specs:
        owner = spec.objective if isinstance(spec.objective, str) else id(spec.objective)
        groups.setdefault(owner, []).append(spec)
    journal = None if store is None else store.journal()
    try:
        for group in groups.values():
            objective = _loaded(group[0])
            shard = Shard(objective, store, journal, watch, tell or (lambda _: None), deadline)
            try:
                for first in range(0, len(group), LOCKSTEP):
                    yield from shard.traces(group[first : first + LOCKSTEP])
            except KeyboardInterrupt:
                if left is not None:
                    left += shard.left()
                raise
            if store is not None and objective.facts != group[0].facts:
                # Memory was out: whoever goes on with this study begins with smaller calls.
                store.keep(facts=store.facts() | {objective.name: objective.facts.to_json()})
    finally:
        if journal is not None:
            journal.close()


def _loaded(spec: RunSpec) -> Objective:
    """The objective of a run, with what the study's probe found out: a worker makes none."""
    given = spec.objective
    objective = registry.objective(given)
    if spec.facts is not None:
        objective.adopt(spec.facts)
    return objective


@dataclass
class Shard:
    """Runs of one objective that one process makes, in lockstep."""

    objective: Objective
    store: Store | None
    journal: JournalFile | None
    watch: Watch | None
    tell: Tell
    deadline: float | None = None
    working: dict[Run, RunSpec] = field(default_factory=dict)
    recording: Recording = field(init=False)

    def __post_init__(self) -> None:
        """Judge with the objective's judges."""
        self.recording = Recording(self.objective)

    def traces(self, specs: Sequence[RunSpec]) -> Iterator[Trace]:
        """Make these runs; each trace as soon as it is judged and saved."""
        fused = self.objective.facts.batching.fused
        with one_thread():
            for spec in specs:
                self.working[self._begun(spec)] = spec
            if self.journal is not None:
                self.journal.flush()
        ended: dict[Run, RunSpec] = {}  # and judged together
        spent = 0.0
        while self.working or ended:
            with one_thread():
                self._advance(self.objective.evaluate, fused)
                total = sum(run.meter.spent for run in self.working)
                ended |= {run: spec for run, spec in self.working.items() if run.pending is None}
                for run in ended:
                    self.working.pop(run, None)
                done: list[Trace] = []
                if not (fused and self.working and len(ended) < TOGETHER):
                    done = list(self._judged(ended))
                    ended = {}
            if self.watch is not None:
                self.watch(total - spent)
            spent = sum(run.meter.spent for run in self.working)
            yield from done

    def _advance(self, evaluate: Evaluate, fused: bool) -> None:
        """Let the runs ask for a while, or until one has ended."""
        clock = time.perf_counter()
        if self.deadline is not None and time.time() >= self.deadline:
            for run in self.working:
                run.stop("the time that the study was given is up")
        while time.perf_counter() - clock < LOOK and _all_ask(self.working):
            advance(list(self.working), evaluate, rounds=1, fused=fused, log=self.journal)

    def _judged(self, ended: dict[Run, RunSpec]) -> Iterator[Trace]:
        """The traces of runs that have ended, or could not; those that have are saved."""
        traces = self.recording.traces([_ended(run, spec) for run, spec in ended.items()])
        for (run, spec), trace in zip(ended.items(), traces, strict=True):
            if self.store is not None and trace.status is not Status.RUNNING:
                said = run.recorder.conversation
                arrays = {} if said is None else said.arrays()
                self.store.save(spec.key, trace, arrays, about_run(spec, run.brief.reads))
            yield trace

    def left(self) -> list[Trace]:
        """The traces of runs that have begun and not ended, as they stand."""
        for run in self.working:
            run.stop("interrupted")
        return [self.recording.unjudged(_ended(*item)) for item in self.working.items()]

    def _begun(self, spec: RunSpec) -> Run:
        """A run as its record left it, or at its beginning."""
        if self.store is None:
            return started(spec, self.objective)
        journal = None
        if self.journal is not None:
            journal = self.journal.open_run(about(spec, self.objective))
        run = started(spec, self.objective, journal)
        try:
            run.replay(_record(spec, self.store), self.objective.evaluate)
        except ReplayDiverged as error:
            self.tell(
                f"{registry.label(spec.strategy)} on {self.objective.name}, seed {spec.seed}, went "
                f"another way than its record, and goes on from there: {error}"
            )
        return run


def judged_again(runs: Sequence[tuple[RunSpec, StoredRun]], store: Store) -> Iterator[Trace]:
    """Ask the judges of finished runs again, and save what they say: no search is paid for."""
    groups: dict[str, list[tuple[RunSpec, StoredRun]]] = {}
    for spec, run in runs:
        groups.setdefault(spec.name, []).append((spec, run))
    for group in groups.values():
        objective = _loaded(group[0][0])
        recording = Recording(objective)
        traces = [replace(run.trace, optimum=objective.optimum, path=None) for _, run in group]
        with one_thread():
            judged = recording.judged(traces, [spec.prices for spec, _ in group])
        for (spec, run), trace in zip(group, judged, strict=True):
            store.save(spec.key, trace, run.conversation, about_run(spec, run.reads))
            yield trace


def _ended(run: Run, spec: RunSpec) -> Ended:
    return Ended(run, registry.label(spec.strategy), spec.seed, spec.prices)


def about_run(spec: RunSpec, reads: Iterable[str]) -> dict[str, object]:
    """What a run's file says of it beside its trace."""
    return {
        "search": spec.search,
        "reads": sorted(reads),
        "prices": list(spec.prices),
        "verdicts": spec.verdicts,
    }


def about(spec: RunSpec, objective: Objective) -> dict[str, object]:
    """What a journal says of a run at its head."""
    return {
        "key": spec.key,
        "objective": objective.name,
        "strategy": registry.label(spec.strategy),
        "seed": spec.seed,
        "budget": spec.budget,
        "gradient_price": spec.price.gradient,
        "dim": objective.space.dim,
        "criteria": list(objective.scorer.criteria),
    }


def _record(spec: RunSpec, store: Store) -> Iterator[Exchange]:
    """What is known of a run's answers: from a journal, or from the same run with less money."""
    yield from max((list(store.replayable(spec.key)), *_with_less(spec, store)), key=len)


def _with_less(spec: RunSpec, store: Store) -> Iterator[list[Exchange]]:
    """Records of the same search under a smaller budget or at a higher price of a gradient.

    A run that had looked at its budget or price may have planned by them: it is made anew.
    """
    for run in store.begun_with_less(spec.search):
        trace = run.trace
        same_budget, same_price = trace.budget == spec.budget, trace.price == spec.price
        may_differ = {"budget": same_budget, "price": same_price}
        if trace.budget > spec.budget or trace.price.gradient < spec.price.gradient:
            continue
        if all(may_differ[name] for name in run.reads):
            yield list(run.exchanges())


def _all_ask(runs: Iterable[Run]) -> bool:
    """Whether there are runs, and each wants to know something."""
    pending = [run.pending is not None for run in runs]
    return bool(pending) and all(pending)


def started(spec: RunSpec, objective: Objective, journal: object | None = None) -> Run:
    """A run at its beginning."""
    # Starts and chance have streams of their own, the same for every strategy: runs are paired.
    starts, chance = np.random.default_rng([spec.seed, 0]), np.random.default_rng([spec.seed, 1])
    brief = Brief(
        space=objective.space,
        start=objective.starts(starts, STARTS),
        budget=spec.budget,
        price=spec.price,
        offers=objective.capabilities,
        decoder=objective.decoder,
        codes=objective.codes,
    )
    meter, cached = Meter(spec.budget, spec.price), objective.duplicates == "cached"
    return Run(
        spec.strategy, brief, chance, meter, journal=journal, cached=cached, limits=spec.limits
    )
