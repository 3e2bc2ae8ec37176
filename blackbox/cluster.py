"""The workers of a Dask scheduler, as an executor of `concurrent.futures`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from blackbox.errors import StudyError
from blackbox.optional import require

# Seconds in which a scheduler must answer.
PATIENCE = "10s"
SCHEMES = ("tcp://", "tls://", "ws://", "wss://", "ucx://")


@contextmanager
def workers_of(scheduler: str) -> Iterator[Executor]:
    """The executor of the scheduler at an address, `tcp://host:8786`.

    Raises StudyError where there is none, or where its workers have several threads, and
    MissingPackage without the package `distributed`.
    """
    distributed = require("distributed", "cluster")
    if not scheduler.startswith(SCHEMES):  # a client that cannot be made complains as it goes
        raise StudyError(
            f"the address of a Dask scheduler is like tcp://host:8786, not {scheduler!r}"
        )
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise StudyError(
            f"there is no Dask scheduler at {scheduler!r}: {error}; start one (`dask scheduler`, "
            "`dask worker tcp://HOST:8786 --nthreads 1`) and give its address"
        ) from error
    with client:
        threads = client.nthreads()
        if several := [address for address, count in threads.items() if count > 1]:
            raise StudyError(
                f"{len(several)} of {len(threads)} workers at {scheduler} have several threads "
                f"({several[0]} has {threads[several[0]]}), which share the one state of numpy's "
                "and torch's generators: start them with --nthreads 1, and more of them"
            )
        yield client.get_executor()
