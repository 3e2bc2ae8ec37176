"""Make the runs of a plan in this process; have finished ones judged again, and confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

from blackbox.calls import evaluate_of, hands_for, loaded, needs_guard
from blackbox.confirmation import Confirming, Tell, Unanswered
from blackbox.plan import RunSpec
from blackbox.recording import Recording
from blackbox.runtime.run_file import StoredRun
from blackbox.runtime.store import Store
from blackbox.scoring.batching import one_thread
from blackbox.scoring.programs import logs_in
from blackbox.shard import Shard, Watch
from blackbox.sharing import Sharing, together
from blackbox.trace import Trace


def execute(
    specs: Sequence[RunSpec],
    store: Store | None = None,
    *,
    watch: Watch | None = None,
    tell: Tell | None = None,
    deadline: float | None = None,
    left: list[Trace] | None = None,
    guarded: bool = False,
    sharing: Sharing | None = None,
) -> Iterator[Trace]:
    """Make runs in this process, those of one objective in lockstep; each is saved as it ends.

    With a store, each answer is in a journal as it arrives, and what journals hold of these runs is
    not asked again. A run that could not be finished, because something is away that its objective
    needs, is yielded as it stands, with the status "running" and the reason. `watch` hears how many
    units of the budget were spent since it last heard, and may ask how far each run is; `tell` what
    a user should know. At the `deadline`, of `time.time()`, runs are left unfinished. Where it is
    interrupted, `left` gets the traces of what had begun. Functions with limits, and those during
    whose calls processes have died (or all, if `guarded`), are called in a process of their own.
    """
    groups: dict[int | str, list[RunSpec]] = {}
    for spec in specs:
        owner = spec.objective if isinstance(spec.objective, str) else id(spec.objective)
        groups.setdefault(owner, []).append(spec)
    journal = None if store is None else store.journals.new()
    try:
        for group in groups.values():
            with ExitStack() as stack:
                stack.enter_context(logs_in(None if store is None else store.logs))
                objective = loaded(group[0])
                behind_guard = guarded or needs_guard(group, objective, store)
                # Before the first call: a function may open then what cannot travel.
                hands = hands_for(group[0], objective, store, stack, guarded=behind_guard)
                evaluate = evaluate_of(group[0], objective, stack, guarded=behind_guard)
                hears = tell or (lambda _: None)
                shard = Shard(
                    objective, evaluate, hears, store, journal, watch, deadline, hands, sharing
                )
                portions = sharing.portions(group, objective.facts) if sharing else together(group)
                try:
                    for portion in portions:
                        yield from shard.traces(portion)
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


def judged_again(runs: Sequence[tuple[RunSpec, StoredRun]], store: Store) -> Iterator[Trace]:
    """Ask the judges of finished runs again, and save what they say: no search is paid for."""
    groups: dict[str, list[tuple[RunSpec, StoredRun]]] = {}
    for spec, run in runs:
        groups.setdefault(spec.name, []).append((spec, run))
    for group in groups.values():
        objective = loaded(group[0][0])
        traces = [replace(run.trace, optimum=objective.optimum, path=None) for _, run in group]
        with one_thread():
            judged = Recording(objective).judged(traces, [spec.prices for spec, _ in group])
        for (spec, run), trace in zip(group, judged, strict=True):
            store.save(spec.key, trace, run.conversation, spec.about(run.reads))
            yield trace


def confirmed(
    wanted: Sequence[Unanswered],
    store: Store | None = None,
    *,
    deadline: float | None = None,
    tell: Tell = lambda _: None,
) -> Iterator[tuple[RunSpec, Trace]]:
    """Ask best points of finished runs again, and save what is said of them.

    Runs whose points cannot be asked for now, or for which time is up, are told and left out.
    """
    groups: dict[str, list[Unanswered]] = {}
    for one in wanted:
        groups.setdefault(one.spec.name, []).append(one)
    journal = None if store is None else store.journals.new()
    try:
        for group in groups.values():
            with ExitStack() as stack:
                stack.enter_context(logs_in(None if store is None else store.logs))
                specs = [one.spec for one in group]
                objective = loaded(specs[0])
                behind_guard = needs_guard(specs, objective, store)
                evaluate = evaluate_of(specs[0], objective, stack, guarded=behind_guard)
                confirming = Confirming(objective, evaluate, store, journal, deadline)
                for spec, trace in confirming.each(group, tell):
                    if store is not None and (run := store.find(spec.key)) is not None:
                        store.save(spec.key, trace, run.conversation, spec.about(run.reads))
                    yield spec, trace
    finally:
        if journal is not None:
            journal.close()
