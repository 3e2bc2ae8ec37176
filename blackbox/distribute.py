"""Shards of a plan over any `concurrent.futures`-compatible executor: processes, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from blackbox import machine
from blackbox.cell import cell_of, cell_of_spec
from blackbox.errors import StudyError
from blackbox.execute import execute
from blackbox.plan import RunSpec
from blackbox.runtime.claims import Claims
from blackbox.runtime.parcels import placed, taken
from blackbox.runtime.store import Store
from blackbox.sameness import refuse_other_code
from blackbox.sent import Parcel, opened, received
from blackbox.sharing import Sharing
from blackbox.trace import Trace
from blackbox.version import __version__

# Seconds between two looks at how far the workers are.
LOOK = 0.5
SHARDS_PER_JOB = 4  # small enough that the last ones end together
# What a process raises that cannot take a call at all: it lacks this package, or has an old one.
UNABLE = (ImportError, AttributeError)


@dataclass(frozen=True)
class _Part:
    """Runs that one worker makes; `guarded` once a process has ended while it made them.

    `files`: what the folder holds of them, for a worker that does not see the folder.
    """

    specs: tuple[RunSpec, ...]
    guarded: bool = False
    files: Mapping[str, bytes] | None = None

    def after_a_death(self) -> list[_Part]:
        """The same, so that who is to blame is found: guarded at first, then run by run."""
        if not self.guarded:
            return [replace(self, guarded=True)]
        if len(self.specs) == 1:
            return []
        return [replace(self, specs=(spec,), guarded=True) for spec in self.specs]


@dataclass(frozen=True)
class _Made:
    """What a worker hands back: traces, what a user should know, and keys of runs of others.

    `files` hold what it has kept in a folder of its own.
    """

    traces: Sequence[Trace]
    notices: Sequence[str]
    elsewhere: Sequence[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class FolderElsewhere:
    """The study's folder as a worker is told of it, and for how long it may be silent there.

    `sender` is the file of the process that carries out the study, by which the folder is known;
    the `deadline` is one of `time.time()`.
    """

    folder: Path
    sender: str
    lease: float
    deadline: float | None

    @property
    def is_seen(self) -> bool:
        """Whether this process sees that folder, not another of its name."""
        return (self.folder / "runs" / "at_work" / self.sender).exists()


@dataclass
class SpreadRuns:
    """Makes runs in an executor's workers.

    A worker that sees the folder of `sharing` keeps each answer there as it arrives, and claims
    each run before it begins it. To one that does not, what is there travels with the work, and
    what it has made comes back when its runs have ended. Where a worker dies, its runs are made
    again by another one, behind a guard that finds the point to blame; a run during which workers
    die even so is given to `lose` with the reason. `tell` hears what a user should know, and `look`
    is called twice a second.
    """

    executor: Executor
    sharing: Sharing
    deadline: float | None
    tell: Callable[[str], None]
    look: Callable[[], None]
    lose: Callable[[RunSpec, str], None]
    _waiting: dict[Future[bytes], _Part] = field(default_factory=dict)
    _is_seen: bool = True  # whether workers see the folder
    _packages: set[tuple[str, str, str]] = field(default_factory=set)

    def traces(self, parts: Sequence[Sequence[RunSpec]]) -> Iterator[Trace]:
        """The traces of these runs, each part made by one worker, as they come back."""
        for specs in parts:
            self._send(_Part(tuple(specs)))
        try:
            while self._waiting:
                ended = wait(self._waiting, timeout=LOOK, return_when=FIRST_COMPLETED).done
                self.look()
                for future in ended:
                    yield from self._taken(self._waiting.pop(future), future)
        finally:
            for future in self._waiting:
                future.cancel()

    def _send(self, part: _Part) -> None:
        if not self._is_seen and part.files is None:
            part = self._packed(part)
        if not part.specs:
            return
        claims = self.sharing.claims
        place = FolderElsewhere(
            claims.folder.parent.resolve(),
            claims.presence.name,
            claims.presence.lease,
            self.deadline,
        )
        parcel = Parcel.of(partial(make, part.specs, place, part.guarded, part.files))
        try:
            self._waiting[self.executor.submit(opened, *parcel.arguments())] = part
        except RuntimeError as error:  # it is shut down, or broken
            for spec in part.specs:
                self.lose(spec, f"the executor takes no more work: {error}")

    def _packed(self, part: _Part) -> _Part:
        """The same for a worker that does not see the folder: this process claims its runs."""
        mine = [spec for spec in part.specs if self.sharing.take(spec)]
        self.sharing.store.reread()
        keys, searches = {spec.key for spec in mine}, {spec.search for spec in mine}
        return _Part(tuple(mine), part.guarded, taken(self.sharing.store, keys, searches))

    def _taken(self, part: _Part, future: Future[bytes]) -> Iterator[Trace]:
        """What a worker has made of a part; where it died, the part is sent again."""
        try:
            packed = future.result()
        except UNABLE as error:
            raise StudyError(
                f"the executor's workers cannot take the work: {type(error).__name__}: {error}; "
                f"install blackbox {__version__} there, as here"
            ) from error
        except Exception as death:
            smaller = part.after_a_death()
            for one in smaller:
                self._send(one)
            for spec in () if smaller else part.specs:
                self.lose(spec, f"the process that made it ended: {death}")
            return
        made: _Made | None = received(packed)
        if made is None:
            self._is_seen = False
            self._send(part)
            return
        for notice in (*made.notices, *self._strange(made.traces)):
            self.tell(notice)
        by_key = {spec.key: spec for spec in part.specs}
        self.sharing.elsewhere += [by_key[key] for key in made.elsewhere]
        if part.files is not None:
            placed(made.files, self.sharing.store)
            by_cell = {cell_of_spec(spec): spec for spec in part.specs}
            for trace in made.traces:
                self.sharing.end(by_cell[cell_of(trace)], trace.status)
        yield from made.traces

    def _strange(self, traces: Sequence[Trace]) -> Iterator[str]:
        """What to know of packages that are other ones where these were made; once for each."""
        here = machine.versions()
        for trace in traces:
            for name in here.keys() & trace.versions.keys():
                package = name, here[name], trace.versions[name]
                if package[1] != package[2] and package not in self._packages:
                    self._packages.add(package)
                    yield (
                        f"{name} is {package[1]} here, and {package[2]} where some runs were made: "
                        "their last digits may differ"
                    )


def parts_of(specs: Sequence[RunSpec], jobs: int | None) -> list[list[RunSpec]]:
    """Runs in parts for so many workers; None: as many as can be made side by side without loss.

    A part holds all strategies of some seeds of an objective, so that its batches stay full, or one
    run: where that leaves workers without any, and, for an unknown number of them, where objects
    are dear and called alone anyway.
    """
    cells = sorted({(spec.name, spec.seed) for spec in specs})
    if jobs is not None and len(cells) < jobs:
        return [[spec] for spec in specs]
    fused = {spec.name for spec in specs if spec.facts and spec.facts.rows_of_a_call is None}
    count = len(cells) if jobs is None else jobs * SHARDS_PER_JOB
    nth_of = {cell: nth % count for nth, cell in enumerate(cells)}
    parts: dict[int | str, list[RunSpec]] = {}
    for spec in specs:
        is_together = jobs is not None or spec.name in fused
        nth = nth_of[spec.name, spec.seed]
        parts.setdefault(nth if is_together else spec.key, []).append(spec)
    return [*parts.values()]


def make(
    specs: Sequence[RunSpec],
    place: FolderElsewhere,
    guarded: bool,
    files: Mapping[str, bytes] | None,
) -> _Made | None:
    """All traces of one shard: what a worker does; None where it does not see the folder.

    Raises StudyError where its code is another.
    """
    refuse_other_code(specs)
    if files is None and not place.is_seen:
        return None
    notices: list[str] = []
    with ExitStack() as stack:
        sharing = None
        if files is None:
            store = Store(place.folder)
            claims = stack.enter_context(Claims(store.runs, place.lease, is_worker=True))
            sharing = Sharing(claims, store)
        else:
            store = Store(stack.enter_context(TemporaryDirectory(prefix="blackbox-")))
            placed(files, store)
        made = execute(
            specs,
            store,
            tell=notices.append,
            deadline=place.deadline,
            guarded=guarded,
            sharing=sharing,
        )
        traces = [*made]
        if sharing is None:
            store.reread()
            return _Made(traces, notices, files=taken(store, {spec.key for spec in specs}))
        return _Made([*traces, *sharing.made], notices, [spec.key for spec in sharing.elsewhere])
