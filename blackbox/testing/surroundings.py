"""What a strategy may look at and must not: clocks, global generators, torch's threads."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from blackbox.global_state import IsolatedGlobals, Patch, generator_states, restore

KINDS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
# Seconds by which a fast clock goes further each time that it is read.
STEP = 37.3
# Where nobody who seeds a generator puts it.
UNUSUAL = 1_823_664_107


def _hurried(clock: Callable[[], float], unit: float) -> Callable[[], float]:
    begun, readings = clock(), iter(range(1, 10**9))
    return lambda: type(begun)(begun + STEP * unit * next(readings))


class _FastDate(datetime.datetime):
    """Goes further each time that it is asked what time it is."""

    readings = iter(range(1, 10**9))

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """Some time later than the last one."""
        return datetime.datetime.now(tz) + datetime.timedelta(seconds=STEP * next(cls.readings))

    today = utcnow = now


@contextmanager
def clocks_that_run_fast(module: str) -> Iterator[None]:
    """Inside, clocks run fast, also where a module has imported them, or `datetime`, by name."""
    names = dict.fromkeys(KINDS, 1.0) | {f"{name}_ns": 1e9 for name in KINDS}
    fast: dict[int, Any] = {
        id(getattr(time, name)): _hurried(getattr(time, name), unit)
        for name, unit in names.items()
        if hasattr(time, name)
    }
    patches: list[Patch] = [
        (time, name, fast[id(getattr(time, name))]) for name in names if hasattr(time, name)
    ]
    fast[id(datetime.datetime)] = _FastDate
    fast[id(datetime)] = SimpleNamespace(**{**vars(datetime), "datetime": _FastDate})
    if (its_own := sys.modules.get(module)) is not None:
        patches += [(its_own, k, fast[id(v)]) for k, v in vars(its_own).items() if id(v) in fast]
    with IsolatedGlobals(None, patches=patches):
        yield


@dataclass
class LeftBehind:
    """How a state that nobody else has was left."""

    is_kept: bool = False
    threads_are_kept: bool = False


@contextmanager
def unusual_state() -> Iterator[LeftBehind]:
    """Inside, global generators and torch's threads are as nobody sets them; then as before."""
    outside, n_threads = generator_states(), torch.get_num_threads()
    state, unusual = LeftBehind(), 2 if n_threads != 2 else 3
    restore(_states_at(UNUSUAL))
    torch.set_num_threads(unusual)
    inside = generator_states()
    try:
        yield state
        state.is_kept = _in_bits(generator_states()) == _in_bits(inside)
        state.threads_are_kept = torch.get_num_threads() == unusual
    finally:
        restore(outside)
        torch.set_num_threads(n_threads)


def _states_at(seed: int) -> tuple[Any, Any, Any]:
    with IsolatedGlobals(seed):
        return generator_states()


def _in_bits(states: tuple[Any, Any, Any]) -> tuple[object, ...]:
    # numpy's words change only after 624 draws: the place among them counts too.
    words = np.asarray(states[0][1]).tobytes()
    return (words, *states[0][2:], states[1], states[2].numpy().tobytes())
