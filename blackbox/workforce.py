"""Who makes the runs of a study: this process, workers of its own, or those of an executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from blackbox.distribute import SpreadRuns, parts_of
from blackbox.errors import StudyError
from blackbox.execute import execute
from blackbox.identity import loaded_files
from blackbox.notices import warn
from blackbox.plan import RunSpec
from blackbox.runtime.follower import Pace
from blackbox.runtime.holder import LEASE
from blackbox.sharing import Sharing
from blackbox.trace import Trace
from blackbox.travel import unable_to_travel
from blackbox.workers.pool import kept_workers

# Seconds between two looks at what others have made; where that takes long, it is done less often.
LOOK, SHARE = 0.5, 20.0


class WorkListener(Protocol):
    """Hears how far the work is."""

    unfinished: list[Trace]  # runs that had begun when the work was interrupted

    def hear(self, units: float, paces: Callable[[], dict[str, Pace]] = dict) -> None:
        """So many more units of the budget were spent; `paces` tells how far each run is."""

    def follower(self, todo: Sequence[RunSpec], sharing: Sharing) -> Callable[[], None]:
        """What hears from the journals of a folder how far its runs are."""

    def lose(self, spec: RunSpec, reason: str) -> None:
        """A run could not be made."""


@dataclass(frozen=True)
class Workforce:
    """So many processes of this machine, or an executor, until a deadline of `time.time()`.

    In a folder, a process that gives no sign of life for `lease` seconds counts as gone.
    """

    jobs: int = 1
    executor: Executor | None = None
    deadline: float | None = None
    lease: float = LEASE

    def __post_init__(self) -> None:
        """Refuse what cannot work. Raises StudyError."""
        if self.executor is None:
            return
        if not isinstance(self.executor, Executor):
            raise StudyError(
                f"executor is a concurrent.futures.Executor, not {self.executor!r}; Dask's is "
                "client.get_executor()"
            )
        if self.jobs != 1:
            raise StudyError("give jobs= or executor=, not both: an executor has its own workers")
        # Threads of one process share numpy's and torch's generators, on which results depend.
        if isinstance(self.executor, ThreadPoolExecutor) and self.executor._max_workers > 1:
            raise StudyError(
                f"an executor of {self.executor._max_workers} threads cannot make runs side by "
                "side: they share the one state of numpy's and torch's generators; give jobs=, a "
                "ProcessPoolExecutor, or one thread"
            )

    def is_here(self, todo: Sequence[RunSpec]) -> bool:
        """Whether this process makes these runs by itself."""
        if self.executor is not None:
            return False
        # One run alone is worth workers where they share its calls.
        is_dear = any(spec.facts is not None and spec.facts.dear for spec in todo)
        return self.jobs == 1 or (len(todo) < 2 and not is_dear)

    def traces(
        self, todo: Sequence[RunSpec], sharing: Sharing | None, listener: WorkListener
    ) -> Iterator[Trace]:
        """The traces of these runs, in the order in which they end.

        Those that other processes make in the folder of `sharing` are waited for, or made here
        where these end before. Without a folder, they are made here.
        """
        while todo:
            if sharing is None or self.is_here(todo):
                yield from self._here(todo, sharing, listener)
            else:
                yield from self._in_workers(todo, sharing, listener)
            todo = [] if sharing is None else (yield from self._free(sharing, listener))

    def _here(
        self, todo: Sequence[RunSpec], sharing: Sharing | None, listener: WorkListener
    ) -> Iterator[Trace]:
        for trace in execute(
            todo,
            None if sharing is None else sharing.store,
            watch=listener.hear,
            tell=warn,
            deadline=self.deadline,
            left=listener.unfinished,
            sharing=sharing,
        ):
            yield from _others_made(sharing, listener)
            yield trace
        yield from _others_made(sharing, listener)

    def _in_workers(
        self, todo: Sequence[RunSpec], sharing: Sharing, listener: WorkListener
    ) -> Iterator[Trace]:
        alive = {id(one): one for spec in todo for one in (spec.objective, spec.strategy)}
        if reason := unable_to_travel(one for one in alive.values() if not isinstance(one, str)):
            raise StudyError(reason)
        ours = None if self.executor is not None else kept_workers(self.jobs, loaded_files())
        executor: Executor | None = self.executor or ours
        assert executor is not None
        distribution = SpreadRuns(
            executor,
            sharing,
            self.deadline,
            tell=warn,
            look=listener.follower(todo, sharing),
            lose=listener.lose,
        )
        jobs = None if ours is None else self.jobs
        try:
            yield from distribution.traces(parts_of(todo, jobs))
        except BaseException:
            if ours is not None:
                ours.shutdown(wait=False, kill=True)
            raise

    def _free(
        self, sharing: Sharing, listener: WorkListener
    ) -> Generator[Trace, None, Sequence[RunSpec]]:
        """Wait for runs that others make: what they have made, and those that are free then."""
        if not sharing.elsewhere:
            return []
        with sharing.claims.presence.idle():
            while sharing.elsewhere:
                clock = time.monotonic()
                free = sharing.look_again()
                yield from _others_made(sharing, listener)
                if free:
                    return free
                if self.deadline is not None and time.time() >= self.deadline:
                    for spec in sharing.elsewhere:
                        listener.lose(spec, f"{sharing.claims.maker(spec.key)} makes it")
                    return []
                listener.hear(0.0, sharing.store.journals.paces)
                time.sleep(max(LOOK, SHARE * (time.monotonic() - clock)))
        return []


def _others_made(sharing: Sharing | None, listener: WorkListener) -> Iterator[Trace]:
    for trace in () if sharing is None else sharing.others_made():
        listener.hear(trace.budget)
        yield trace
