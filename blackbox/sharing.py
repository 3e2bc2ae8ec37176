"""The runs of a study that this process makes, where others make runs of the same folder too."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from blackbox.plan import RunSpec
from blackbox.runtime.claims import Claims
from blackbox.runtime.exchange import Journal
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.run import Run
from blackbox.runtime.store import Store
from blackbox.scoring.facts import Facts
from blackbox.trace import Status, Trace

# Runs that are advanced together: enough to fill a batch, few enough to save as they finish.
LOCKSTEP = 128
# Seconds of calls that a process claims at once, where calls are dear.
PORTION = 2.0
# Seconds for which a process must have had nothing to do before others leave it some of their runs,
# and between two looks at who has.
IDLE = 2.0
# How often, and after how many seconds, a file is looked for that another host has just written.
TRIES, PAUSE = 5, 0.2


class TakenOver(Exception):
    """Some runs are another process's by now; nothing more is asked for them."""


@dataclass(frozen=True)
class Fence:
    """The journal of runs that may become another process's."""

    journal: JournalFile | None
    sharing: Sharing
    working: Callable[[], Iterable[RunSpec]]

    def asked(self, journals: Sequence[Journal]) -> None:
        """Note an ask. Raises TakenOver before it, where runs have become another's."""
        if self.sharing.lost(self.working()):
            raise TakenOver
        if self.journal is not None:
            self.journal.asked(journals)

    def flush(self) -> None:
        """See `JournalFile`."""
        if self.journal is not None:
            self.journal.flush()


def together(specs: Sequence[RunSpec]) -> Iterator[Sequence[RunSpec]]:
    """Runs to be made together, where nobody shares the work."""
    for first in range(0, len(specs), LOCKSTEP):
        yield specs[first : first + LOCKSTEP]


@dataclass
class Sharing:
    """Claims runs before they are made, a portion at a time.

    `made` are those that others have made since they were asked for, and `elsewhere` those that
    others are making. Where another process has nothing to do, half of the runs that this one is
    making are left to it, and it goes on from their journals.
    """

    claims: Claims
    store: Store
    made: list[Trace] = field(default_factory=list)
    elsewhere: list[RunSpec] = field(default_factory=list)
    _looked: float = field(default_factory=time.monotonic)

    def portions(self, specs: Sequence[RunSpec], facts: Facts) -> Iterator[Sequence[RunSpec]]:
        """Runs to be made together, portion by portion, until none is left that is free."""
        rest = [*reversed(specs)]
        while rest:
            taken: list[RunSpec] = []
            most = self._most(rest, facts)
            while rest and len(taken) < most:
                if self.take(spec := rest.pop()):
                    taken.append(spec)
            if any(self.claims.is_taken_over(spec.key) for spec in taken):
                self.store.reread()
            self._looked = time.monotonic()
            if taken:
                yield taken

    def take(self, spec: RunSpec) -> bool:
        """Whether a run is this process's to make; one of others is taken, or noted."""
        is_mine = self.claims.take(spec.key)
        if not is_mine:
            self._pass_over(spec)
        return is_mine and not self._is_made(spec)

    def look_again(self) -> list[RunSpec]:
        """Those that were elsewhere and are free now; what is made by now is taken."""
        specs, self.elsewhere = self.elsewhere, []
        free: list[RunSpec] = []
        for spec in specs:
            if self.claims.state(spec.key) == "free":
                free.append(spec)
            else:
                self._pass_over(spec)
        return free

    def others_made(self) -> list[Trace]:
        """What others have made since this was asked last."""
        made, self.made = self.made, []
        return made

    def leave(self, working: Mapping[Run, RunSpec], *, may_give: bool = True) -> list[Run]:
        """Stop the runs that this process makes no longer; which. Some it may give to others."""
        lost = self.lost(working.values())
        leaving = [run for run, spec in working.items() if spec.key in lost]
        if may_give and not leaving and time.monotonic() - self._looked > IDLE:
            self._looked = time.monotonic()
            if len(working) > 1 and self.claims.presence.others_are_idle(IDLE):
                # Those that are at their beginning are soon made again from their journal.
                leaving = sorted(working, key=lambda run: run.recorder.size)[: len(working) // 2]
        for run in leaving:
            run.stop("another process makes it")
            self.elsewhere.append(working[run])
            self.claims.release(working[run].key)
        return leaving

    def still_mine(self, ended: dict[Run, RunSpec]) -> dict[Run, RunSpec]:
        """Those of runs that have ended that no other process has taken over meanwhile."""
        lost = self.lost(ended.values())
        self.elsewhere += [spec for spec in ended.values() if spec.key in lost]
        return {run: spec for run, spec in ended.items() if spec.key not in lost}

    def lost(self, specs: Iterable[RunSpec]) -> set[str]:
        """Keys of runs that another process has taken over, since this one was silent for long."""
        return self.claims.lost(spec.key for spec in specs)

    @contextmanager
    def turn(self, name: str, deadline: float | None) -> Iterator[bool]:
        """What one process at a time does; whether it is this one's turn before the deadline."""
        while not self.claims.take(name):
            if deadline is not None and time.time() >= deadline:
                yield False
                return
            time.sleep(PAUSE)
        self.store.reread()
        try:
            yield True
        finally:
            self.claims.release(name)

    def end(self, spec: RunSpec, status: Status) -> None:
        """Say that a run is made, or that it could not be finished here."""
        if status is Status.RUNNING:
            self.claims.release(spec.key)
        else:
            self.claims.finish(spec.key)

    def _most(self, rest: Sequence[RunSpec], facts: Facts) -> int:
        """How many runs are claimed at once: others are to find some, too."""
        if facts.batching.fused:
            n_processes = 1 + len(self.claims.presence.others())
            return LOCKSTEP if n_processes == 1 else math.ceil(len(rest) / (2 * n_processes))
        seconds = facts.seconds * rest[-1].budget
        return min(max(int(PORTION / seconds), 1), LOCKSTEP)

    def _is_made(self, spec: RunSpec) -> bool:
        """Whether a run that was claimed is there: another has ended between two words."""
        run = self.store.find(spec.key)
        if run is None or run.trace.status is Status.FAILED:
            return False
        self.claims.finish(spec.key)
        self.made.append(run.trace)
        return True

    def _pass_over(self, spec: RunSpec) -> None:
        """Take what another process has made of a run, or note that it is being made."""
        if self.claims.state(spec.key) == "done":
            for _ in range(TRIES):
                if (run := self.store.look(spec.key)) is not None:
                    self.made.append(run.trace)
                    return
                time.sleep(PAUSE)
        self.elsewhere.append(spec)
