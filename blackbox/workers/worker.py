"""One worker: a Python process that makes calls, and may die of them without harm to this one."""

from __future__ import annotations

import math
import os
import pickle
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from blackbox.errors import CallTimedOut, StudyError, WorkerDied
from blackbox.workers.child import packed
from blackbox.workers.start import Child

# Seconds that a process has to end by itself once it has stopped to speak.
GRACE = 1.0


@dataclass(frozen=True)
class _Hears:
    """What hears the words of a call, and what answers its questions."""

    listen: Callable[[Any], None] | None = None
    answer: Callable[[Any], Any] | None = None


class Worker:
    """A child process that calls functions, one at a time; started when first called.

    Functions and arguments travel by cloudpickle; `__main__` is not imported. What it prints goes
    to the standard error of this process, and it reads nothing. `prepare` is called once in each
    fresh process, before its first call. The process dies with this one, and with it the programs
    that its functions have started, unless those have made a session of their own.

    `memory`: bytes that a call may take on top of what the process holds when the call begins. What
    counts is its private writable memory, asked for or touched (the limit on data of Linux): arrays
    and objects, not mapped files, shared memory, or memory of a GPU. Beyond it, Python raises
    MemoryError and torch a RuntimeError. A program that is started may take as much again.
    """

    def __init__(
        self, memory: float | None = None, prepare: Callable[[], object] | None = None
    ) -> None:
        """Nothing is started yet. Raises StudyError for a limit where the system has none."""
        if memory is not None and not sys.platform.startswith("linux"):
            raise StudyError("a limit on memory needs Linux; leave memory= out")
        self.memory, self.prepare = memory, prepare
        self._child: Child | None = None
        self._place: tuple[list[str], str] | None = None
        self._busy = threading.Lock()
        self._last_will: weakref.finalize[Any, Any] | None = None

    @property
    def pid(self) -> int | None:
        """The number of its process; None while there is none."""
        return None if self._child is None else self._child.process.pid

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        timeout: float | None = None,
        listen: Callable[[Any], None] | None = None,
        answer: Callable[[Any], Any] | None = None,
    ) -> Any:
        """What the function returns there.

        `timeout`: seconds from its begin, without the start of a process and the journey there;
        `listen` hears what the function tells before it ends, and `answer` says what it is told
        where it asks. Raises what the function raises, with
        its traceback there as a note; WorkerDied; or CallTimedOut, and then the process and all
        that it started were killed. The next call begins in a fresh process.
        """
        import cloudpickle  # slow to import

        call = cloudpickle.dumps((function, arguments))
        with self._busy:
            if self._child is None or not self._child.is_mine:
                self._start()
                if self.prepare is not None:
                    self._made(cloudpickle.dumps((self.prepare, ())), None, None, _Hears())
            return self._made(call, self.memory, timeout, _Hears(listen, answer))

    def kill(self) -> None:
        """End the process and all that it started; a call that is being made raises WorkerDied."""
        child = self._child
        if child is not None:
            child.kill()
            if self._busy.acquire(blocking=False):
                try:
                    self._close()
                finally:
                    self._busy.release()

    def _start(self) -> None:
        self._close()
        self._child, self._place = Child(), None
        self._last_will = weakref.finalize(self, self._child.close)

    def _made(
        self,
        call: bytes,
        memory: float | None,
        timeout: float | None,
        hears: _Hears,
    ) -> Any:
        """What a packed call returns; the process is ended whenever it is out of step with us."""
        place = sys.path[:], os.getcwd()
        child = self._child
        assert child is not None
        try:
            here = place if place != self._place else None
            order = (here, memory, timeout is not None, hears.answer is not None)
            child.channel.send_bytes(pickle.dumps(order))
            child.channel.send_bytes(call)
            self._place = place
            kind, *content = self._last_word(child, timeout, hears)
        except (EOFError, ConnectionError):
            raise WorkerDied(f"the process died: {self._close(GRACE)}") from None
        except BaseException:
            self._close()
            raise
        if kind == "ended":
            raise WorkerDied(f"the process died: {content[0]}")
        if kind == "raised":
            error, text = content
            error.add_note(f"raised in a worker process:\n{text}")
            raise error
        return content[0]

    def _last_word(self, child: Child, timeout: float | None, hears: _Hears) -> tuple[Any, ...]:
        """How a call ended. Raises EOFError where its process did, and CallTimedOut."""
        allowed, deadline = timeout, math.inf
        while (frame := child.hear(deadline - time.monotonic())) is not None:
            word: tuple[Any, ...] = pickle.loads(frame)
            if word[0] == "told":
                _, value, seconds = word
                if seconds is not None:
                    allowed, deadline = seconds, time.monotonic() + seconds
                if hears.listen is not None:
                    hears.listen(value)
            elif word[0] == "asked":
                assert hears.answer is not None
                child.channel.send_bytes(packed(hears.answer(word[1])))
            elif word[0] == "begins":
                assert timeout is not None
                deadline = time.monotonic() + timeout
            else:
                return word
        raise CallTimedOut(f"took longer than {allowed:g} s; its process was killed")

    def _close(self, grace: float = 0.0) -> str:
        """End what is left of the process; how it had ended, in words."""
        child, self._child = self._child, None
        if self._last_will is not None:
            self._last_will.detach()
        return "" if child is None else child.close(grace)
