"""The processes that work on a folder: each has a file in `at_work/`, and touches it."""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from blackbox.errors import StoreError
from blackbox.runtime.holder import LEASE, Holder, read, touched

# Seconds for which it is believed that another process is there.
BELIEVED = 1.0


@dataclass
class Presence:
    """This process among those that work on a folder, from `begin` to `end`.

    It promises a sign of life within each `lease` seconds.
    """

    folder: Path
    lease: float = LEASE
    is_worker: bool = False
    holder: Holder = field(init=False)
    path: Path = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event)
    _beat: float = 0.0
    _silent: float = -math.inf  # when it was found to have been silent for long
    _seen: dict[str, tuple[float, Holder | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Name this process; nothing is written yet."""
        self.holder = Holder.here(self.lease, is_worker=self.is_worker)
        host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:32]
        name = f"{host}-{os.getpid()}-{os.urandom(4).hex()}"
        self.path = self.folder / "at_work" / name

    @property
    def name(self) -> str:
        """What its file is called; no other process has this name."""
        return self.path.name

    def begin(self) -> None:
        """Be there from now on. Raises StoreError where the folder cannot be written to."""
        self.sign()
        threading.Thread(target=self._live, daemon=True, name="blackbox is here").start()

    def end(self) -> None:
        """Be gone."""
        self._stop.set()
        with suppress(OSError):
            self.path.unlink()

    def sign(self) -> None:
        """Give a sign of life; where others thought that it was gone, it is here again.

        Raises StoreError.
        """
        self._listen()
        self._beat = time.time()
        try:
            try:
                os.utime(self.path)
            except FileNotFoundError:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.write_text(self.holder.text)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    @property
    def was_silent(self) -> bool:
        """Whether others may have thought, not long ago, that this process was gone."""
        self._listen()
        return time.time() - self._silent < self.lease

    def others(self) -> list[Holder]:
        """The other processes that work on the folder now."""
        self._seen.clear()
        names = sorted(path.name for path in self.path.parent.glob("*"))
        return [one for name in names if (one := self.other(name)) is not None]

    def other(self, name: str) -> Holder | None:
        """The process of this name, None where it is gone, or this one."""
        when, holder = self._seen.get(name, (-BELIEVED, None))
        now = time.monotonic()
        if name and name != self.name and now - when >= BELIEVED:
            holder = None
            with suppress(OSError):
                text, since = read(self.path.parent / name)
                one, silent = Holder.of(text), self.silence(since)
                # One cut short is about to be written.
                is_there = silent < self.lease if one is None else one.is_there(silent)
                holder = (one or Holder("this folder", 0)) if is_there else None
            self._seen[name] = now, holder
        return holder

    def silence(self, since: float) -> float:
        """Seconds from then to now, by the clock of the file system."""
        with suppress(FileNotFoundError):
            return touched(self.path) - since
        self.sign()
        return touched(self.path) - since

    @contextmanager
    def idle(self) -> Iterator[None]:
        """While this process has nothing to do; others may leave it some of their runs then."""
        mark = self.folder / "idle" / self.name
        with suppress(OSError):
            mark.parent.mkdir(exist_ok=True)
            mark.touch()
        try:
            yield
        finally:
            with suppress(OSError):
                mark.unlink()

    def others_are_idle(self, seconds: float) -> bool:
        """Whether another process has had nothing to do for so long."""
        for mark in (self.folder / "idle").glob("*"):
            with suppress(OSError):
                silent = self.silence(read(mark)[1])
                if silent >= seconds and self.other(mark.name) is not None:
                    return True
        return False

    def _live(self) -> None:
        while not self._stop.wait(self.holder.beat):
            with suppress(OSError):
                self._listen()
                os.utime(self.path)
                self._beat = time.time()

    def _listen(self) -> None:
        """Notice a long silence before it is broken."""
        if self._beat and time.time() - self._beat > self.lease / 2:
            self._silent = time.time()


def unwritable(folder: Path, error: OSError) -> StoreError:
    """What to say where a folder cannot be written to."""
    return StoreError(
        f"cannot write to {folder}: {error.strerror or error}; what was paid for is kept: mend the "
        "folder, or use another one, and run the study again"
    )


def at_work(folder: Path) -> list[Holder]:
    """The processes that work on a folder now, without their workers. Nothing is changed."""
    holders: list[Holder] = []
    for path in sorted((folder / "at_work").glob("*")):
        with suppress(OSError):
            text, since = read(path)
            one = Holder.of(text)
            if one is not None and one.is_there(time.time() - since):
                holders.append(one)
    # Workers of a cluster may outlive whom they work for, and make to the end what they have.
    return [one for one in holders if not one.is_worker] or holders
