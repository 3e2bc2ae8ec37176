"""Runs of one objective in one process, driven in lockstep, judged and saved as they end."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from blackbox.calls import keep_ahead
from blackbox.confirmation import Confirming, NotConfirmed, Tell, unconfirmed
from blackbox.earlier_answers import earlier_answers
from blackbox.errors import ReplayDiverged
from blackbox.known.data import is_warm
from blackbox.plan import STARTS, RunSpec, offered
from blackbox.protocol import Brief, Criteria
from blackbox.recording import Ended, Recording
from blackbox.registry import label
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import BatchLog, Evaluate, advance
from blackbox.runtime.exchange import Exchange, Journal
from blackbox.runtime.follower import Pace
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.replay import replay
from blackbox.runtime.run import Run
from blackbox.runtime.spread import Alone, Hands, Spread
from blackbox.runtime.store import Store
from blackbox.scoring.batching import one_thread
from blackbox.scoring.objective import Objective
from blackbox.sharing import Fence, Sharing, TakenOver
from blackbox.strategies.composed.opening import Opened
from blackbox.trace import KnownBefore, Status, Trace

TOGETHER = 16  # runs that have ended before they are judged, where that is cheaper in company
LOOK = 0.2  # seconds between two looks at what has finished

# Hears how many units of the budget were spent since it last heard, and may ask how far each run
# is that this process makes, by its key.
Watch = Callable[[float, Callable[[], dict[str, Pace]]], None]


@dataclass
class Shard:
    """Runs of one objective that this process makes; its `hands` make their calls.

    With a `store` and a `journal` each answer is kept as it arrives, and what was kept before is
    not asked again. At the `deadline`, of `time.time()`, runs are left unfinished.
    """

    objective: Objective
    evaluate: Evaluate
    tell: Tell
    store: Store | None = None
    journal: JournalFile | None = None
    watch: Watch | None = None
    deadline: float | None = None
    hands: Hands = field(default_factory=Alone)
    sharing: Sharing | None = None
    working: dict[Run, RunSpec] = field(default_factory=dict)
    recording: Recording = field(init=False)
    confirming: Confirming = field(init=False)

    def __post_init__(self) -> None:
        """Judge with the objective's judges."""
        # Of unfinished runs: what was answered before its turn, by its first row.
        self._ahead: dict[str, dict[int, Exchange]] = {}
        self._spread: Spread | None = None
        self.recording = Recording(self.objective)
        given = self.objective, self.evaluate, self.store, self.journal, self.deadline
        self.confirming = Confirming(*given)

    def traces(self, specs: Sequence[RunSpec]) -> Iterator[Trace]:
        """Make these runs; each trace as soon as it is judged and saved."""
        with one_thread():
            self.working = {self._begun(spec): spec for spec in specs}
            self._spread = self._spread_of(specs[0].price.gradient)
            if self.journal is not None:
                self.journal.flush()
        ended: dict[Run, RunSpec] = {}
        spent = 0.0
        while self.working or ended:
            spent -= self._leave()
            with one_thread():
                self._advance()
                total = sum(run.meter.spent for run in self.working)
                ended |= {run: spec for run, spec in self.working.items() if run.pending is None}
                self.working = {run: self.working[run] for run in self.working if run not in ended}
                done: list[Trace] = []
                if not (self._is_fused and self.working and len(ended) < TOGETHER):
                    done, ended = list(self._judged(ended)), {}
            if self.watch is not None:
                self.watch(total - spent, self._paces)
            spent = sum(run.meter.spent for run in self.working)
            yield from done

    def _leave(self) -> float:
        """Stop what another process makes by now; the units that were spent on it."""
        if self.sharing is None:
            return 0.0
        left = self.sharing.leave(self.working, may_give=isinstance(self.hands, Alone))
        for run in left:
            if self._spread is not None:
                self._spread.leave(run)
            del self.working[run]
        return sum(run.meter.spent for run in left)

    def left(self) -> list[Trace]:
        """The traces of runs that have begun and not ended, as they stand."""
        for run in self.working:
            run.stop("interrupted")
        return [self.recording.unjudged(_ended(*item)) for item in self.working.items()]

    def _paces(self) -> dict[str, Pace]:
        return {
            spec.key: Pace(run.meter.price.of_work(run.recorder.work), run.recorder.best)
            for run, spec in self.working.items()
        }

    @property
    def _is_fused(self) -> bool:
        return self.objective.facts.rows_of_a_call is None

    def _spread_of(self, gradient_price: float) -> Spread | None:
        """What makes the calls of runs that share none."""
        if (rows := self.objective.facts.rows_of_a_call) is None:
            return None
        spread = Spread(self.evaluate, rows, self.hands, lambda run: self.working[run].key)
        spread.log, spread.ahead = self._log, self._ahead
        if self.journal is not None:
            spread.keep = partial(keep_ahead, self.journal, gradient_price)
        return spread

    def _advance(self) -> None:
        """Let the runs ask for a while, or until one has ended."""
        clock = time.perf_counter()
        if self.deadline is not None and time.time() >= self.deadline:
            if self._spread is not None:
                self._spread.finish()
            for run in filter(_asks, self.working):
                run.stop("the time that the study was given is up")
        with suppress(TakenOver):  # what is another's by now is left next

            def is_time_to_look() -> bool:
                return time.perf_counter() - clock >= LOOK or not _all_ask(self.working)

            if self._spread is None:
                advance([*self.working], self.evaluate, log=self._log, until=is_time_to_look)
            while self._spread is not None and not is_time_to_look():
                self._spread.advance([*self.working])

    @property
    def _log(self) -> BatchLog | None:
        share = self.sharing
        return Fence(self.journal, share, lambda: self.working.values()) if share else self.journal

    def _judged(self, ended: dict[Run, RunSpec]) -> Iterator[Trace]:
        """The traces of runs that have ended, or could not; those that have are saved."""
        ended = ended if self.sharing is None else self.sharing.still_mine(ended)
        traces = [self._confirmed(run, spec) for run, spec in ended.items()]
        traces = self.recording.judged(traces, [spec.prices for spec in ended.values()])
        for (run, spec), trace in zip(ended.items(), traces, strict=True):
            if self.store is not None and trace.status is not Status.RUNNING:
                conversation = run.recorder.conversation
                arrays = {} if conversation is None else conversation.arrays()
                self.store.save(spec.key, trace, arrays, spec.about(run.brief.reads))
            if self.sharing is not None:
                self.sharing.end(spec, trace.status)
            yield trace

    def _confirmed(self, run: Run, spec: RunSpec) -> Trace:
        """The trace of a run that has ended, its best confirmed; of one that could not, running."""
        trace = self.recording.unjudged(_ended(run, spec))
        if trace.status is Status.RUNNING:
            return trace
        try:
            return self.confirming.of(unconfirmed(trace, spec))
        except NotConfirmed as reason:
            return replace(trace, status=Status.RUNNING, error=str(reason))

    def _begun(self, spec: RunSpec) -> Run:
        """A run as its record left it, or at its beginning."""
        if self.store is None or self.journal is None:
            return started(spec, self.objective)
        about = {
            "key": spec.key,
            "objective": spec.name,
            "strategy": label(spec.strategy),
            "seed": spec.seed,
            "budget": spec.budget,
            "gradient_price": spec.price.gradient,
            "sign": self.objective.scorer.sign,
        }
        run = started(spec, self.objective, self.journal.open_run(about))
        if ahead := self.store.journals.ahead(spec.key):
            self._ahead[spec.key] = ahead
        try:
            replay(run, earlier_answers(spec, self.store), self.evaluate)
        except ReplayDiverged as error:
            self.tell(
                f"{label(spec.strategy)} on {spec.name}, seed {spec.seed}, went another way than "
                f"its record, and goes on from there: {error}"
            )
        return run


def started(spec: RunSpec, objective: Objective, journal: Journal | None = None) -> Run:
    """A run at its beginning."""
    # Starts and chance have streams of their own, the same for every strategy: runs are paired.
    starts, chance = np.random.default_rng([spec.seed, 0]), np.random.default_rng([spec.seed, 1])
    brief = Brief(
        space=objective.space,
        start=objective.starts(starts, max(STARTS, objective.own_starts)),
        own_starts=max(1, objective.own_starts),
        budget=spec.budget,
        price=spec.price,
        offers=offered(objective, spec.known, spec.truth_calls),
        truth_calls=spec.truth_calls,
        decoder=objective.decoder,
        codes=objective.codes,
        noise=objective.facts.noise if objective.facts.is_noisy else None,
        constraints=objective.facts.constraints,
        criteria=Criteria.of(objective.scorer.directions),
        known=None if spec.known is None else (spec.known.z, spec.known.answer),
    )
    meter, policy = Meter(spec.budget, spec.price), objective.duplicates
    cached = policy == "cached" or (policy == "once" and not objective.facts.is_noisy)
    retries = (objective.scorer.limits.retries or 0) if spec.limits.charge_retries else 0
    start = partial(Run, journal=journal, cached=cached, limits=spec.limits, retries=retries)
    is_opened = objective.own_starts > 1 and not is_warm(spec.strategy)
    strategy = Opened(spec.strategy) if is_opened else spec.strategy
    return start(strategy, brief, chance, meter)


def _ended(run: Run, spec: RunSpec) -> Ended:
    unseen = spec.objective_code.search.unhashed + spec.strategy_code.unhashed
    data = spec.known
    before = KnownBefore() if data is None else KnownBefore(len(data), data.best, data.source)
    return Ended(run, label(spec.strategy), spec.seed, unseen, before)


def _asks(run: Run) -> bool:
    return run.pending is not None


def _all_ask(runs: Collection[Run]) -> bool:
    return bool(runs) and all(map(_asks, runs))
