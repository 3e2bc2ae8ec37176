"""A process that works on a folder: which one it is, and whether it is still there.

A process of this machine is there as long as it runs. One of another machine is there as long as it
gives signs of life: it touches its file, and counts as gone after the silence that it has allowed
itself there. Silence is measured by the clock of the file system, which all machines share: their
own clocks may differ by minutes.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

# Seconds of silence after which a process of another machine counts as gone, and so many signs of
# life are given in them: some may come late.
LEASE = 60.0
BEATS = 12


@dataclass(frozen=True)
class Holder:
    """A process, since when it works on a folder (as `time.time()` counts), and its promise.

    `machine` tells two machines of one name apart, `begun` two processes of one number. It gives a
    sign of life more often than every `lease` seconds.
    """

    host: str
    process: int
    since: float = 0.0
    machine: str = ""
    begun: str = ""
    lease: float = LEASE
    is_worker: bool = False  # whether it works for another process

    @classmethod
    def here(cls, lease: float = LEASE, *, is_worker: bool = False) -> Holder:
        """This process."""
        process = os.getpid()
        place = socket.gethostname(), process, time.time(), machine(), begun(process)
        return cls(*place, lease, is_worker)

    @classmethod
    def of(cls, text: str) -> Holder | None:
        """The one that a file names; None where it was cut short."""
        try:
            table = json.loads(text)
            one = cls(**table)
            return one if isinstance(one.process, int) and float(one.lease) > 0 else None
        except (ValueError, TypeError):
            return None

    @property
    def text(self) -> str:
        """What stands in its file."""
        return json.dumps(asdict(self))

    @property
    def beat(self) -> float:
        """Seconds between two signs of life."""
        return self.lease / BEATS

    def is_there(self, silent: float) -> bool:
        """Whether it still is, after so many seconds of silence."""
        # Windows has no harmless question whether a process lives.
        is_here = (self.host, self.machine) == (socket.gethostname(), machine())
        if is_here and os.name == "posix":
            return begun(self.process) == self.begun != ""
        return silent < self.lease

    def __str__(self) -> str:
        """As a user finds it."""
        return f"process {self.process} on {self.host}"


def read(path: Path) -> tuple[str, float]:
    """What a file holds, and when it was last touched. Raises OSError where it is gone."""
    # Of an open file, a network file system tells what is so now, not what it remembers.
    with path.open(errors="replace") as file:
        return file.read(), os.fstat(file.fileno()).st_mtime


def touched(path: Path) -> float:
    """Touch a file; the time then, by the clock of its file system. Raises OSError."""
    os.utime(path)
    return path.stat().st_mtime


def machine() -> str:
    """What tells this machine, or container, from others of its name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # Where numbers of processes mean the same.
        return f"{boot}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return f"{uuid.getnode():x}"


def begun(process: int) -> str:
    """When a process of this host began, "" if it is gone; its number may be another's by now."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        is_told = Path("/proc/self/stat").exists()
        return "" if is_told or os.name != "posix" else _alive(process)
    state, *others = text.rpartition(")")[2].split()
    return "" if state in "ZX" else others[18]  # one that has ended and was not waited for


def _alive(process: int) -> str:
    with suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return ""
    return "alive"
