"""Shards of a plan over any `concurrent.futures`-compatible executor: processes, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from functools import partial

from blackbox.errors import WorkerDied
from blackbox.execute import execute
from blackbox.plan import RunSpec
from blackbox.runtime.store import Store
from blackbox.sameness import refuse_other_code
from blackbox.trace import Trace

# Seconds between two looks at how far the workers are.
LOOK = 0.5


@dataclass(frozen=True)
class _Part:
    """Runs that one worker makes; `guarded` once a process has ended while it made them."""

    specs: tuple[RunSpec, ...]
    guarded: bool = False

    def after_a_death(self) -> list[_Part]:
        """The same, so that who is to blame is found: guarded at first, then run by run."""
        if not self.guarded:
            return [_Part(self.specs, guarded=True)]
        return [_Part((spec,), guarded=True) for spec in self.specs if len(self.specs) > 1]


@dataclass(frozen=True)
class _Made:
    """What a worker hands back: traces, and what a user should know."""

    traces: list[Trace]
    notices: list[str]


def distribute(
    specs: Sequence[RunSpec],
    executor: Executor,
    shards: int,
    store: Store | None = None,
    *,
    apart: bool = False,
    deadline: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
    look: Callable[[], None] = lambda: None,
    lose: Callable[[RunSpec, str], None] = lambda *_: None,
) -> Iterator[Trace]:
    """Make runs in the executor's workers; yields each trace as its shard comes back.

    A shard holds all strategies of some seeds of an objective, so that its batches stay full, or,
    where they are to be made `apart`, one run; a worker that is free makes calls of others. With
    a store, a worker keeps each answer as it arrives, and the executor must be able to send one's
    functions (Dask and ours use cloudpickle). Where a worker dies, its runs are made again by
    another one, behind a guard that finds the point to blame; a run during which workers die even
    so is given to `lose` with the reason. `tell` hears what a user should know, and `look` is
    called twice a second.
    """
    parts = [[spec] for spec in specs] if apart else _of_cells(specs, shards)
    work = partial(make, store=store, deadline=deadline)
    waiting: dict[Future[_Made], _Part] = {}

    def submit(part: _Part) -> None:
        waiting[executor.submit(work, part.specs, guarded=part.guarded)] = part

    for mine in parts:
        if mine:
            submit(_Part(tuple(mine)))
    try:
        while waiting:
            ended = wait(waiting, timeout=LOOK, return_when=FIRST_COMPLETED).done
            look()
            for future in ended:
                part = waiting.pop(future)
                try:
                    made = future.result()
                except (WorkerDied, BrokenExecutor) as death:
                    for smaller in part.after_a_death():
                        submit(smaller)
                    if part.guarded and len(part.specs) == 1:
                        lose(part.specs[0], f"the process that made it ended: {death}")
                    continue
                for notice in made.notices:
                    tell(notice)
                yield from made.traces
    finally:
        for future in waiting:
            future.cancel()


def _of_cells(specs: Sequence[RunSpec], shards: int) -> list[list[RunSpec]]:
    """The runs of some seeds of an objective each, in so many parts."""
    cells = sorted({(spec.name, spec.seed) for spec in specs})
    shard_of = {cell: nth % shards for nth, cell in enumerate(cells)}
    parts: list[list[RunSpec]] = [[] for _ in range(shards)]
    for spec in specs:
        parts[shard_of[spec.name, spec.seed]].append(spec)
    return parts


def make(
    specs: Sequence[RunSpec],
    store: Store | None = None,
    deadline: float | None = None,
    *,
    guarded: bool = False,
) -> _Made:
    """All traces of one shard: what a worker does. Raises StudyError where its code is another."""
    refuse_other_code(specs)
    notices: list[str] = []
    made = execute(specs, store, deadline=deadline, tell=notices.append, guarded=guarded)
    return _Made(list(made), notices)
