"""Isolation of libraries that draw from global generators, warn, log, or start threads."""

from __future__ import annotations

import gc
import logging
import random
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

# A library's thread that has been told to stop gets this many seconds to do so.
PATIENCE = 10.0

# A module or class, a name in it, and what that is to be inside.
Patch = tuple[ModuleType | type, str, Any]
_ABSENT = object()


class IsolatedGlobals:
    """Inside `with isolated:` the global generators are its own; outside they are untouched.

    Warnings are silent there, and the loggers named in `quiet`; each of `patches` is in its place.
    Without a seed the generators are left alone, which is ten times faster. Never `yield` inside.
    `join` waits for the threads that were started inside.
    """

    def __init__(
        self, seed: int | None, *, patches: Iterable[Patch] = (), quiet: Iterable[str] = ()
    ) -> None:
        """Give the inside its own streams."""
        self._inside = None if seed is None else _seeded(seed)
        self._patches, self._quiet = tuple(patches), tuple(map(logging.getLogger, quiet))
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> None:
        """Put the streams of the inside in place."""
        self._before = set(threading.enumerate())
        self._silence = warnings.catch_warnings(action="ignore")
        self._silence.__enter__()
        self._levels = [logger.level for logger in self._quiet]
        for logger in self._quiet:
            logger.setLevel(logging.CRITICAL)
        self._replaced = [(m, name, vars(m).get(name, _ABSENT)) for m, name, _ in self._patches]
        _put(self._patches)
        if self._inside is not None:
            self._outside = generator_states()
            restore(self._inside)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the world's streams back, and remember new threads."""
        if self._inside is not None:
            self._inside = generator_states()
            restore(self._outside)
        _put(self._replaced)
        for logger, level in zip(self._quiet, self._levels, strict=True):
            logger.setLevel(level)
        self._silence.__exit__(kind, error, trace)
        self._threads += [t for t in threading.enumerate() if t not in self._before]
        # An error's frames would keep alive what must be collected for its threads to stop.
        traceback.clear_frames(trace)

    def join(self) -> None:
        """Wait for the threads of the inside; call it when nothing holds their library any more."""
        if any(thread.is_alive() for thread in self._threads):
            gc.collect()  # nevergrad stops a thread when its optimizer is collected
        for thread in self._threads:
            thread.join(PATIENCE)


def _put(values: Iterable[Patch]) -> None:
    for module, name, value in values:
        if value is _ABSENT:
            delattr(module, name)
        else:
            setattr(module, name, value)


def _seeded(seed: int) -> tuple[Any, Any, Any]:
    torch = sys.modules.get("torch")  # whoever draws from it has imported it by now
    return (
        np.random.RandomState(seed).get_state(),
        random.Random(seed).getstate(),
        torch and torch.Generator().manual_seed(seed).get_state(),
    )


def generator_states() -> tuple[Any, Any, Any]:
    """Where the global generators of numpy, Python and torch (None: not imported) stand."""
    torch = sys.modules.get("torch")
    state = torch and torch.get_rng_state()
    return np.random.get_state(), random.getstate(), state  # noqa: NPY002


def restore(states: tuple[Any, Any, Any]) -> None:
    """Let the global generators go on from `states`, as `generator_states` read them."""
    np.random.set_state(states[0])  # noqa: NPY002
    random.setstate(states[1])
    if states[2] is not None:
        sys.modules["torch"].set_rng_state(states[2])
