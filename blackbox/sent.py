"""Work for a process that somebody else has started: what travels there, and what comes back.

A call travels as one text of bytes, packed by cloudpickle: functions of a script or a notebook go
by value, those of modules by name, so that a worker must be able to import them. Its result comes
back likewise. Both come from the process that carries out the study or from its workers, never
from a folder: a file of results is not unpacked as code, wherever it lies.

Both ends must run the same version of this package, and of Python. The entry of a worker takes
plain values only, so that every version can say which one it is.
"""

from __future__ import annotations

import os
import pickle
import platform
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blackbox.errors import StudyError
from blackbox.version import __version__

# A process has one state of each library's global generators: it makes one study's runs at a time.
_busy = threading.Lock()


def versions() -> tuple[str, str]:
    """The versions of this package and of Python here; results depend on both."""
    return __version__, ".".join(platform.python_version_tuple()[:2])


@dataclass(frozen=True)
class Parcel:
    """A call that is ready to travel; `is_fresh` whichever call it repeats."""

    content: bytes
    versions: tuple[str, str]
    places: tuple[str, ...]
    ticket: str

    @classmethod
    def of(cls, call: Callable[[], Any]) -> Parcel:
        """A call without arguments. Raises StudyError where it cannot be sent."""
        import cloudpickle  # slow to import

        try:
            content = cloudpickle.dumps(call)
        except Exception as error:
            raise StudyError(
                f"the study cannot be sent to a worker: {type(error).__name__}: {error}; name its "
                "parts as module:attribute, so that each worker loads them itself"
            ) from error
        # An executor may answer what it was asked before from memory, as Dask does.
        return cls(content, versions(), _places(), os.urandom(8).hex())

    def arguments(self) -> tuple[bytes, list[str], list[str], str]:
        """What `opened` is called with."""
        return self.content, list(self.versions), list(self.places), self.ticket


def opened(content: bytes, theirs: Sequence[str], places: Sequence[str], ticket: str) -> bytes:
    """Make a call that was sent: what a worker does. The result, or what was raised, as bytes.

    `ticket` makes this call another one than the same call before.
    """
    import cloudpickle  # slow to import

    try:
        result = (True, _made(content, theirs, places))
    except Exception as error:
        error.add_note(f"raised in a worker:\n{''.join(traceback.format_exception(error))}")
        result = (False, error)
    try:
        packed = bytes(cloudpickle.dumps(result))
        pickle.loads(packed)
    except Exception as error:
        words = StudyError(f"what a worker has to say cannot travel: {error}; it is {result[1]!r}")
        packed = bytes(cloudpickle.dumps((False, words)))
    return packed


def received(packed: bytes) -> Any:
    """What a call has returned elsewhere. Raises what it raised there."""
    is_result, value = pickle.loads(packed)
    if not is_result:
        raise value
    return value


def _made(content: bytes, theirs: Sequence[str], places: Sequence[str]) -> Any:
    here = f"process {os.getpid()} on {socket.gethostname()}"
    for name, sender, worker in zip(("blackbox", "Python"), theirs, versions(), strict=True):
        if sender != worker:
            raise StudyError(
                f"the study is carried out with {name} {sender}, and a worker ({here}) has {name} "
                f"{worker}: runs of two versions cannot be compared; install {name} {sender} there"
            )
    if not _busy.acquire(blocking=False):
        raise StudyError(
            f"a worker ({here}) was given two calls at once, in threads of one process, which has "
            "only one state of numpy's and torch's generators: give each worker one thread "
            "(`dask worker --nthreads 1 --nworkers 4`), or use jobs="
        )
    try:
        sys.path += [place for place in places if place not in sys.path and Path(place).is_dir()]
        try:
            call = pickle.loads(content)
        except ImportError as error:
            raise StudyError(
                f"a worker ({here}) cannot load what was sent: {error}; make the module known "
                "there (PYTHONPATH, or pip install), or write its functions into the script "
                "itself, which are sent by value"
            ) from error
        return call()
    finally:
        _busy.release()


def _places() -> tuple[str, ...]:
    """Where one's own modules are found: the path, without what belongs to Python itself."""
    pythons = {sys.prefix, sys.base_prefix, sys.exec_prefix}
    whole = (Path(place or ".").resolve() for place in sys.path)
    return tuple(str(one) for one in whole if not any(map(one.is_relative_to, pythons)))
