"""A program that is run once, in a folder of its own; nothing that it starts outlives it.

It leads a session of its own, which is killed when it has ended, when its time is up, and when the
process that runs it dies, whoever kills that: then a shell of a few kilobytes, which that process
has told what runs, sees its pipe closed.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Literal

# Seconds between two looks at how much it has written, and, where the kernel does not tell when a
# process has ended, at whether it has.
LOOK, POLL = 0.1, 0.005
# Bytes of a log that are too many: a disk is not to be filled by one call.
MOST_OF_A_LOG = 64_000_000
WATCH = """
trap "" HUP INT TERM
ids=
while read -r sign id; do
    left=
    for one in $ids; do [ "$one" = "$id" ] || left="$left $one"; done
    [ "$sign" = + ] && left="$left $id"
    ids=$left
done
for one in $ids; do kill -9 "-$one"; done
"""
Cause = Literal["ended", "timeout", "output", "log"]


@dataclass(frozen=True)
class ProgramEnd:
    """How a program ended: by itself with a `code`, negative for a signal, or killed for a cause.

    The causes: its time was up, or what it had printed, or its log, had become too large.
    """

    cause: Cause
    code: int
    seconds: float


def ran(
    arguments: Sequence[str],
    place: Path,
    *,
    timeout: float | None = None,
    most_output: int,
    environment: Mapping[str, str] | None = None,
) -> ProgramEnd:
    """Run a program in `place / "work"`; it reads `stdin` there, and writes `stdout`, `stderr`.

    `most_output`: bytes that it may print. Raises what the system says where it cannot be begun.
    """
    _watcher.begin()
    clock = time.monotonic()
    # Files, not pipes: nothing has to be read while it runs, and what it leaves running writes on.
    with (
        (place / "stdin").open("rb") as stdin,
        (place / "stdout").open("wb") as stdout,
        (place / "stderr").open("wb") as stderr,
    ):
        process = subprocess.Popen(
            arguments,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=place / "work",
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    _watcher.note("+", process.pid)
    end = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else None
    try:
        limit = None if timeout is None else clock + timeout
        cause = _waited_for(process, end, limit, place, most_output)
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        _watcher.note("-", process.pid)
        if end is not None:
            os.close(end)
    return ProgramEnd(cause, code, time.monotonic() - clock)


def _waited_for(
    process: subprocess.Popen[bytes],
    end: int | None,
    limit: float | None,
    place: Path,
    most_output: int,
) -> Cause:
    """Wait until a program has ended, or until there is a cause to end it."""
    most: tuple[tuple[Cause, int], ...] = (("output", most_output), ("log", MOST_OF_A_LOG))
    files = {"output": place / "stdout", "log": place / "stderr"}
    while True:
        left = LOOK if limit is None else min(LOOK, max(limit - time.monotonic(), 0.0))
        if end is None:
            time.sleep(min(left, POLL))
        has_ended = bool(wait([end], left)) if end is not None else process.poll() is not None
        for cause, size in most:
            if files[cause].stat().st_size > size:
                return cause
        if has_ended:
            return "ended"
        if limit is not None and time.monotonic() >= limit:
            return "timeout"


class _Watcher:
    """The shell that kills what runs when this process dies; begun when first needed."""

    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        self._lock, self._owner = threading.Lock(), 0

    def begin(self) -> None:
        """Have it ready: between the begin of a program and its note nothing may take long."""
        with self._lock:
            if self._shell is None or self._owner != os.getpid():
                self._shell, self._owner = self._begun(), os.getpid()

    def note(self, sign: Literal["+", "-"], pid: int) -> None:
        """Tell it that a program has begun, or ended."""
        assert self._shell is not None
        assert self._shell.stdin is not None
        with self._lock, suppress(OSError):  # it was killed: programs still end with their calls
            self._shell.stdin.write(f"{sign} {pid}\n".encode())

    def let_go(self) -> None:
        """In a fork: its copy of the pipe must not keep what this process runs alive."""
        self._lock = threading.Lock()
        if self._shell is not None and self._shell.stdin is not None:
            self._shell.stdin.close()
            self._shell.returncode = 0  # nothing to wait for
            self._shell = None

    def end(self) -> None:
        """At the end of this process."""
        if self._shell is not None and self._owner == os.getpid():
            self._shell.communicate()

    @staticmethod
    def _begun() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", WATCH],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


_watcher = _Watcher()
atexit.register(_watcher.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watcher.let_go)
