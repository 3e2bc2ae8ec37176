"""What a worker process does: it waits for calls, makes them, and says how they ended."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

# The parent, as long as this process works for one; and whether it answers during this call.
_parent: list[Connection] = []
_answers = False


def tell(value: object, seconds: float | None = None) -> None:
    """Send a value to whoever made the present call, before the call ends.

    `seconds`: what may pass from now until the next word; in place of the time that was left.
    Raises RuntimeError outside of a worker process.
    """
    if not _parent:
        raise RuntimeError("tell() is for functions that a Worker calls; nobody listens here")
    _parent[0].send_bytes(packed(("told", value, seconds)))


def is_answered() -> bool:
    """Whether whoever made the present call answers what it is asked meanwhile."""
    return _answers


def ask(value: object) -> Any:
    """What whoever made the present call answers to a value, as soon as it does.

    Raises RuntimeError where nobody does.
    """
    if not _answers:
        raise RuntimeError("ask() is for calls that somebody answers; nobody does here")
    _parent[0].send_bytes(packed(("asked", value)))
    return pickle.loads(_parent[0].recv_bytes())


def packed(value: object) -> bytes:
    """A value as bytes; by cloudpickle where pickle cannot."""
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception:
        import cloudpickle  # slow to import, and seldom needed

        return bytes(cloudpickle.dumps(value))


def serve(channel: Connection) -> None:
    """Make calls until the parent hangs up."""
    global _answers
    _parent.append(channel)
    with suppress(EOFError, ConnectionError):
        while True:
            place, memory, timed, _answers = pickle.loads(channel.recv_bytes())
            call = channel.recv_bytes()
            if place is not None:
                sys.path[:] = place[0]
                with suppress(OSError):  # it may be gone by now
                    os.chdir(place[1])
            channel.send_bytes(outcome_of(partial(_made, call, memory, timed)))


def _made(call: bytes, memory: float | None, timed: bool) -> object:
    function, arguments = pickle.loads(call)
    if timed:
        _parent[0].send_bytes(packed(("begins",)))
    with _limited(memory):
        return function(*arguments)


def outcome_of(function: Callable[[], object]) -> bytes:
    """How a call ended, as bytes: what it returned, what it raised, or that it gave up."""
    try:
        return packed(("returned", function()))
    except Exception as error:
        return _raised(error)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        return packed(("ended", f"exited with code {code} (sys.exit in the function?)"))
    except BaseException as error:
        return packed(("ended", f"gave up with {type(error).__name__}"))


def _raised(error: Exception) -> bytes:
    text = "".join(traceback.format_exception(error))
    try:
        frame = packed(("raised", error, text))
        pickle.loads(frame)
    except Exception:  # some errors cannot be copied: their words must do
        frame = packed(("raised", RuntimeError(f"{type(error).__name__}: {error}"), text))
    return frame


@contextmanager
def _limited(memory: float | None) -> Iterator[None]:
    """Hold the data of this process to what it has now and so many bytes more."""
    if memory is None:
        yield
        return
    import resource  # not on Windows

    with open("/proc/self/statm") as counted:
        pages = int(counted.read().split()[5])
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = pages * resource.getpagesize() + int(memory)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
