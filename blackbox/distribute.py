"""Shards of a plan over any `concurrent.futures`-compatible executor: processes, or a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from functools import partial

from blackbox.execute import execute
from blackbox.plan import RunSpec
from blackbox.runtime.store import Store
from blackbox.trace import Trace


def distribute(
    specs: Sequence[RunSpec],
    executor: Executor,
    shards: int,
    store: Store | None = None,
    *,
    deadline: float | None = None,
) -> Iterator[Trace]:
    """Make runs in the executor's workers; yields each trace as its shard comes back.

    A shard holds all strategies of some seeds of an objective, so that its batches stay full. With
    a store, a worker saves each run as it ends; the executor must be able to send one's functions
    (loky and Dask use cloudpickle).
    """
    cells = sorted({(spec.name, spec.seed) for spec in specs})
    shard_of = {cell: nth % shards for nth, cell in enumerate(cells)}
    parts: list[list[RunSpec]] = [[] for _ in range(shards)]
    for spec in specs:
        parts[shard_of[spec.name, spec.seed]].append(spec)
    work = partial(make, store=store, deadline=deadline)
    futures = [executor.submit(work, part) for part in parts if part]
    try:
        for future in as_completed(futures):
            yield from future.result()
    finally:
        for future in futures:
            future.cancel()


def make(
    specs: Sequence[RunSpec], store: Store | None, deadline: float | None = None
) -> list[Trace]:
    """All traces of one shard: what a worker does."""
    return list(execute(specs, store, deadline=deadline))
