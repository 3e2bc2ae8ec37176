"""A fence around libraries that draw from global generators, warn, or start threads."""

from __future__ import annotations

import gc
import random
import sys
import threading
import warnings
from types import TracebackType
from typing import Any

import numpy as np

# A library's thread that has been told to stop gets this many seconds to do so.
PATIENCE = 10.0


class Fence:
    """Inside `with fence:` the global generators are the fence's own; outside they are untouched.

    Never `yield` inside. `join` waits for the threads that were started inside.
    """

    def __init__(self, seed: int) -> None:
        """Give the inside its own streams."""
        torch = sys.modules.get("torch")  # whoever draws from it has imported it by now
        self._inside: tuple[Any, Any, Any] = (
            np.random.RandomState(seed).get_state(),
            random.Random(seed).getstate(),
            torch and torch.Generator().manual_seed(seed).get_state(),
        )
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> None:
        """Put the own streams in place."""
        self._outside = self._streams()
        self._before = set(threading.enumerate())
        self._quiet = warnings.catch_warnings(action="ignore")
        self._quiet.__enter__()
        self._place(self._inside)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the world's streams back, and remember new threads."""
        self._inside = self._streams()
        self._place(self._outside)
        self._quiet.__exit__(kind, error, trace)
        self._threads += [t for t in threading.enumerate() if t not in self._before]

    def join(self) -> None:
        """Wait for the threads of the inside; call it when nothing holds their library any more."""
        if any(thread.is_alive() for thread in self._threads):
            gc.collect()  # nevergrad stops a thread when its optimizer is collected
        for thread in self._threads:
            thread.join(PATIENCE)

    @staticmethod
    def _streams() -> tuple[Any, Any, Any]:
        torch = sys.modules.get("torch")
        state = torch and torch.get_rng_state()
        return np.random.get_state(), random.getstate(), state  # noqa: NPY002

    @staticmethod
    def _place(streams: tuple[Any, Any, Any]) -> None:
        np.random.set_state(streams[0])  # noqa: NPY002
        random.setstate(streams[1])
        if streams[2] is not None:
            sys.modules["torch"].set_rng_state(streams[2])
