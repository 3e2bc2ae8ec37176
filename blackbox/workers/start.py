"""The start and the end of a worker process: it never outlives its parent, whoever kills that.

A process that hangs in C holds its interpreter, so a thread in it could do nothing. Therefore a
shell of a few kilobytes watches beside it: both are in one process group, and where the parent's
end of a pipe is closed, as the kernel does for any process that dies, the shell kills the group.
"""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from blackbox.errors import StudyError
from blackbox.other_packages import silence_in_workers
from blackbox.workers.ending import how_it_ended

SHELL = "/bin/sh"
# Descriptor 0 comes as the lifeline, 1 as the channel; they become 3 and 4, and 0 and 1 what a
# function may expect. The watcher is nobody's child, so that a function may wait for its own.
WATCHED = """
exec 3<&0 4<&1 </dev/null >&2
( (trap "" HUP INT TERM; exec 4<&-; read _ <&3; kill -9 0) & )
exec 3<&-
exec "$@"
"""
BEGIN = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
from blackbox.workers.start import begin
begin()
"""
LIFELINE, CHANNEL = 3, 4
# Seconds between two looks where the kernel does not tell when a process has ended.
LOOK = 0.05
# Workers share the cores by being many, and the last bits of a sum must not depend on how many
# threads shared it.
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB")
}
_lifelines: set[int] = set()


class Child:
    """A worker process as its parent sees it."""

    def __init__(self) -> None:
        """Start it. Raises StudyError where there are no process groups."""
        if os.name != "posix":
            raise StudyError("worker processes need Linux or macOS; work with jobs=1")
        theirs_alive, self._lifeline = os.pipe()
        mine, theirs = socket.socketpair()
        python = [sys.executable, "-c", BEGIN, json.dumps(sys.path)]
        watched = [SHELL, "-c", WATCHED, SHELL, *python] if os.path.exists(SHELL) else python
        try:
            self.process = subprocess.Popen(
                watched,
                stdin=theirs_alive,
                stdout=theirs.fileno(),
                start_new_session=True,
                env=ONE_THREAD | dict(os.environ),
            )
        except BaseException:
            os.close(self._lifeline)
            mine.close()
            raise
        finally:
            os.close(theirs_alive)
            theirs.close()
        _lifelines.add(self._lifeline)
        self.channel = Connection(mine.detach())
        # Becomes readable when the process ends, even if something that it forked lives on.
        self.end = os.pidfd_open(self.process.pid) if hasattr(os, "pidfd_open") else None
        self._closing, self._closed, self._owner = threading.Lock(), False, os.getpid()

    @property
    def is_mine(self) -> bool:
        """Whether this process started it, not one of which this is a fork."""
        return self._owner == os.getpid()

    def hear(self, seconds: float) -> bytes | None:
        """Its next word; None where that takes longer. Raises EOFError where there will be none."""
        limit = time.monotonic() + seconds
        sources: list[Connection | int] = [self.channel]
        sources += [] if self.end is None else [self.end]
        while True:
            left = max(limit - time.monotonic(), 0.0)
            look = min(left, LOOK if self.end is None else math.inf)
            ready = wait(sources, None if look == math.inf else look)
            ended = bool(ready) if self.end is not None else self.process.poll() is not None
            # Something that it forked may hold the channel open; what it said before still counts.
            if self.channel in ready or (ended and self.channel.poll()):
                try:
                    return self.channel.recv_bytes()
                except OSError:
                    raise EOFError from None
            if ended:
                raise EOFError
            if left <= look:
                return None

    def kill(self) -> None:
        """Kill it and all that it started; any thread may."""
        with self._closing:
            if self.is_mine and not self._closed:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGKILL)

    def close(self, grace: float = 0.0) -> str:
        """Kill what is left of it after so many seconds; how it had ended, in words."""
        if not self.is_mine:
            self.process.returncode = 0  # nothing to wait for
            return "belongs to another process"
        # A channel is closed a moment before its process has ended.
        if self.end is not None and not self._closed:
            wait([self.end], grace)
        elif self.end is None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(grace)
        self.kill()
        code = self.process.wait()
        with self._closing:
            if not self._closed:
                self._closed = True
                self.channel.close()
                _lifelines.discard(self._lifeline)
                os.close(self._lifeline)
                if self.end is not None:
                    os.close(self.end)
        return how_it_ended(code)


def begin() -> None:
    """Become a worker: the first and last thing that its process does."""
    from blackbox.workers.child import serve

    try:
        os.fstat(CHANNEL)
    except OSError:  # no shell has prepared the descriptors, and none watches
        os.dup2(0, LIFELINE, inheritable=False)
        os.dup2(1, CHANNEL, inheritable=False)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        threading.Thread(target=_watch, daemon=True).start()
    os.set_inheritable(CHANNEL, False)
    sys.argv[:] = [""]
    silence_in_workers()
    serve(Connection(CHANNEL))


def _watch() -> None:
    os.read(LIFELINE, 1)
    os.killpg(0, signal.SIGKILL)


def _let_go() -> None:
    """In a fork of the parent: its copy of a lifeline must not keep workers alive."""
    for lifeline in _lifelines:
        with suppress(OSError):
            os.close(lifeline)
    _lifelines.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
