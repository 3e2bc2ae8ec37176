"""The work of one shard: runs of one process, those of an objective in lockstep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from blackbox import registry
from blackbox.protocol import Brief
from blackbox.recording import Ended, Recording
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import advance
from blackbox.runtime.run import Run
from blackbox.runtime.store import Store
from blackbox.scoring.batching import one_thread
from blackbox.scoring.objective import Objective
from blackbox.study import STARTS, RunSpec
from blackbox.trace import Trace

# Runs that are advanced together: enough to fill a batch, few enough to save as they finish.
LOCKSTEP = 128
# Runs that have ended before they are judged, where that is cheaper in company: few enough to lose
# if the machine stops, since they are kept when they are judged.
TOGETHER = 16
# Seconds between two looks at what has finished.
LOOK = 0.2

Watch = Callable[[float], None]


def execute(
    specs: Sequence[RunSpec], store: Store | None = None, watch: Watch | None = None
) -> Iterator[Trace]:
    """Make runs in this process, those of one objective in lockstep; each is saved as it ends.

    `watch` hears how many units of the budget were spent since it last heard.
    """
    groups: dict[int | str, list[RunSpec]] = {}
    for spec in specs:
        owner = spec.objective if isinstance(spec.objective, str) else id(spec.objective)
        groups.setdefault(owner, []).append(spec)
    for group in groups.values():
        objective = _loaded(group[0])
        recording = Recording(objective)
        for first in range(0, len(group), LOCKSTEP):
            part = group[first : first + LOCKSTEP]
            for spec, trace in _lockstep(part, objective, recording, watch):
                if store is not None:
                    store.save(spec.key, trace)
                yield trace
        if store is not None and objective.facts != group[0].facts:
            # Memory was out: whoever goes on with this study begins with smaller calls.
            store.keep_facts(store.facts() | {objective.name: objective.facts.to_json()})


def _loaded(spec: RunSpec) -> Objective:
    """The objective of a run, with what the study's probe found out: a worker makes none."""
    given = spec.objective
    objective = registry.objective(given)
    if spec.facts is not None:
        objective.adopt(spec.facts)
    return objective


def _lockstep(
    specs: Sequence[RunSpec], objective: Objective, recording: Recording, watch: Watch | None
) -> Iterator[tuple[RunSpec, Trace]]:
    fused = objective.facts.batching.fused
    with one_thread():
        working = {_started(spec, objective): spec for spec in specs}
    waiting: dict[Run, RunSpec] = {}  # have ended, and are judged together
    spent = 0.0
    while working or waiting:
        with one_thread():
            clock = time.perf_counter()
            while time.perf_counter() - clock < LOOK and _all_ask(working):
                advance(list(working), objective.evaluate, rounds=1, fused=fused)
            total = sum(run.meter.spent for run in working)
            waiting |= {run: spec for run, spec in working.items() if run.pending is None}
            working = {run: spec for run, spec in working.items() if run.pending is not None}
            done: list[tuple[RunSpec, Trace]] = []
            if not (fused and working and len(waiting) < TOGETHER):
                traces = recording.traces([_ended(run, spec) for run, spec in waiting.items()])
                done = list(zip(waiting.values(), traces, strict=True))
                waiting = {}
        if watch is not None:
            watch(total - spent)
        spent = sum(run.meter.spent for run in working)
        yield from done


def _all_ask(runs: Iterable[Run]) -> bool:
    """Whether there are runs, and each wants to know something."""
    pending = [run.pending is not None for run in runs]
    return bool(pending) and all(pending)


def _started(spec: RunSpec, objective: Objective) -> Run:
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
    return Run(spec.strategy, brief, chance, meter, cached=cached)


def _ended(run: Run, spec: RunSpec) -> Ended:
    return Ended(run, registry.label(spec.strategy), spec.seed, spec.prices)
