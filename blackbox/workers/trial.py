"""In a worker process: a call that has ended a process before is made in a fork, to be on trial.

A fresh process needs seconds to import what a function needs, a fork some milliseconds.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import TypeVar

from blackbox.errors import WorkerDied
from blackbox.workers.child import outcome_of
from blackbox.workers.ending import how_it_ended

T = TypeVar("T")
# The threads of this process: a fork has one of them only, and may wait for the others for ever.
THREADS = "/proc/self/task"


def on_trial(function: Callable[..., T], *arguments: object) -> T:
    """What a function returns that may end its process; raises WorkerDied where it does.

    Called directly where a fork is not safe: beside other threads, such as those of a GPU.
    """
    safe = hasattr(os, "pidfd_open") and os.path.isdir(THREADS) and len(os.listdir(THREADS)) == 1
    if not safe:
        return function(*arguments)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _end_with(writing, function, arguments)
    os.close(writing)
    channel, end = Connection(reading, writable=False), os.pidfd_open(pid)
    try:
        # Something that it has forked itself may hold the channel open.
        frame = channel.recv_bytes() if channel in wait([channel, end]) else b""
    except (EOFError, OSError):
        frame = b""
    finally:
        channel.close()
        os.close(end)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if not frame:
        raise WorkerDied(f"the process died: {how_it_ended(code)}")
    kind, *content = pickle.loads(frame)
    if kind == "ended":
        raise WorkerDied(f"the process died: {content[0]}")
    if kind == "raised":
        error: Exception = content[0]
        raise error
    value: T = content[0]
    return value


def _end_with(writing: int, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """Make the call, say how it ended, and end: a fork never returns to what it is a copy of."""
    try:
        Connection(writing, readable=False).send_bytes(outcome_of(lambda: function(*arguments)))
    finally:
        os._exit(0)
