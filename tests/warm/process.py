"""A fork as who asked for it sees it."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from blackbox.workers import start

ROOT = Path(__file__).parents[2]
IS_COLD = "TESTS_COLD" in os.environ or not sys.platform.startswith("linux")
MAIN = "from tests.warm.origin import serve\nexec(serve())"  # a fork goes on behind `serve`
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")}
ENOUGH = 300.0  # seconds, for imports where many others want the cores
# Where the origin of forks listens, by the process that asks it; and those that this one started.
PLACES: dict[int, str] = {}
STARTED: dict[str, subprocess.Popen[bytes]] = {}
STARTING = threading.Lock()
SHARED = "TESTS_WARM"  # a variable of the environment, which names the place to all


def place() -> str:
    """Where the origin of this process's forks listens; it is started when first asked for."""
    with STARTING:  # two workers that begin at once ask in two threads
        if (pid := os.getpid()) not in PLACES:
            path = os.environ.get(SHARED) or _start()
            limit, started = time.monotonic() + ENOUGH, STARTED.get(path)
            while not os.path.exists(path):
                assert started is None or started.poll() is None, "what is to be forked has ended"
                assert time.monotonic() < limit, "the process to be forked does not begin"
                time.sleep(0.01)
            PLACES[pid] = path
        return PLACES[pid]


def share() -> None:
    """Start one origin of forks for all processes that this one starts, and do not wait for it."""
    if not IS_COLD:
        os.environ[SHARED] = _start()


def _start() -> str:
    """Where a new origin of forks will listen: for as long as this process lives."""
    path, (alive, mine) = str(Path(tempfile.mkdtemp()) / "warm"), os.pipe()
    command = [sys.executable, "-c", MAIN, path]
    process = subprocess.Popen(command, stdin=alive, cwd=ROOT, env=os.environ | ONE_THREAD)
    os.close(alive)
    STARTED[path] = process
    atexit.register(_end, os.getpid(), mine, process)
    return path


def _end(owner: int, alive: int, process: subprocess.Popen[bytes]) -> None:
    if os.getpid() == owner:
        os.close(alive)
        process.wait()


class WarmPopen:
    """See `subprocess.Popen`."""

    def __init__(
        self,
        args: Sequence[str],
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        cwd: str | Path | None = None,
        env: Mapping[str, str] | None = None,
        text: bool = False,
        start_new_session: bool = False,
    ) -> None:
        """Ask for it, and wait until it has begun."""
        self.args = list(args)
        self.returncode: int | None = None
        watched = args[0] == start.SHELL
        python = self.args[4:] if watched else self.args
        assert python[0] == sys.executable, "a fork of Python runs Python only"
        theirs, ours = zip(*map(_ends, range(3), (stdin, stdout, stderr)), strict=True)
        files = (
            None if end is None else os.fdopen(end, f"{'r' if n else 'w'}{'' if text else 'b'}")
            for n, end in enumerate(ours)
        )
        self.stdin, self.stdout, self.stderr = files
        request = {
            "python": python[1:],
            "cwd": str(cwd or os.getcwd()),
            "env": dict(os.environ if env is None else env),
            "session": start_new_session,
            "watched": watched,
        }
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(place())
        socket.send_fds(self._connection, [json.dumps(request).encode()], theirs)
        for end in theirs:
            os.close(end)
        self.pid: int = self._number()
        self._reading = threading.Lock()

    def _number(self) -> int:
        """The next word of its origin: its number, then the status that it has ended with."""
        word = self._connection.recv(4, socket.MSG_WAITALL)
        assert len(word) == 4, "the process to be forked has ended"
        return int(struct.unpack("i", word)[0])

    def poll(self) -> int | None:
        """How it has ended; None as long as it has not."""
        with self._reading:
            if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
                self.returncode = os.waitstatus_to_exitcode(self._number())
                self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ends. Raises TimeoutExpired."""
        limit = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = None if limit is None else limit - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            with suppress(OSError, ValueError):  # another thread has heard how it ended
                select.select([self._connection], [], [], left)
        assert self.returncode is not None
        return self.returncode

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """What it prints until it ends, as text or bytes. Raises TimeoutExpired."""
        contents: dict[int, Any] = {}
        threads = [
            threading.Thread(target=lambda n=n, file=file: contents.update({n: file.read()}))
            for n, file in ((1, self.stdout), (2, self.stderr))
            if file is not None
        ]
        for thread in threads:
            thread.start()
        if self.stdin is not None:
            with suppress(BrokenPipeError):
                self.stdin.write(input or "")
                self.stdin.close()
        self.wait(timeout)
        for thread in threads:
            thread.join()
        self._close()
        return contents.get(1), contents.get(2)

    def send_signal(self, number: int) -> None:
        """Signal it, unless it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def __enter__(self) -> WarmPopen:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its streams and wait for its end."""
        self._close()
        self.wait()

    def _close(self) -> None:
        for file in (self.stdin, self.stdout, self.stderr):
            if file is not None:
                file.close()


def _ends(n: int, given: int | IO[Any] | None) -> tuple[int, int | None]:
    """The end of stream `n` that a fork gets, and that which stays here, if any."""
    if given == subprocess.PIPE:
        read, write = os.pipe()
        return (write, read) if n else (read, write)
    if given == subprocess.DEVNULL:
        return os.open(os.devnull, os.O_RDWR), None
    return os.dup(n if given is None else given if isinstance(given, int) else given.fileno()), None


def warm_run(
    args: Sequence[str],
    *,
    capture_output: bool = False,
    check: bool = False,
    input: str | None = None,
    timeout: float | None = None,
    **settings: Any,
) -> subprocess.CompletedProcess[str]:
    """See `subprocess.run`."""
    if capture_output:
        settings |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        settings["stdin"] = subprocess.PIPE
    with WarmPopen(args, **settings) as process:
        try:
            out, errors = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(list(args), process.wait(), out, errors)
    if check:
        done.check_returncode()
    return done


Popen: Any = subprocess.Popen if IS_COLD else WarmPopen
run: Any = subprocess.run if IS_COLD else warm_run


def warm_workers() -> None:
    """From now on the worker processes of this one begin as forks, too."""
    if not IS_COLD:
        forks = SimpleNamespace(Popen=WarmPopen, TimeoutExpired=subprocess.TimeoutExpired)
        vars(start)["subprocess"] = forks
