"""What the bench measures: rows of a table, each a question with several ways to answer it."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.field.medians import OURS


@dataclass(frozen=True)
class Way:
    """One way to do what a row asks for; `measure(turn)` is what it took, in the row's unit."""

    name: str
    measure: Callable[[int], float]

    @property
    def is_ours(self) -> bool:
        """Whether a change of ours can make it slower."""
        return self.name.startswith(OURS)


@dataclass(frozen=True)
class Row:
    """What is asked, its unit, and the ways; `quick`: whether our ways take a few seconds at most.

    All ways are measured in each turn, and nobody is always the first. `missing` says why it cannot
    be measured here; "" where it can.
    """

    name: str
    unit: str
    ways: tuple[Way, ...]
    turns: int = 5
    quick: bool = True
    missing: str = ""


@dataclass(frozen=True)
class Size:
    """How much is measured: all of it, or so little that a test can see that it works."""

    small: bool = False

    def of(self, whole: int, small: int) -> int:
        """A number of evaluations, scores or seeds."""
        return small if self.small else whole


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds of an act in this process."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def slope(act: Callable[[int], object], few: int, many: int) -> float:
    """Microseconds of one more evaluation: what `many` take beyond `few`, fixed costs left out."""
    act(few)  # first calls
    least, most = cpu(lambda: act(few)), cpu(lambda: act(many))
    return (most - least) / (many - few) * 1e6


def cpu_of_process(*arguments: str, folder: str | None = None) -> tuple[float, float, float]:
    """CPU seconds of a fresh Python process and its workers, wall seconds, and most megabytes."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-c", MEMORY, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, wall, float(done.stderr.strip().splitlines()[-1])


# Runs a program as `python -c` or `-m` would, and tells at its end how much memory it has held.
MEMORY = """
import atexit, runpy, sys
def told():
    held = [line for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    print(int(held[0].split()[1]) * 1024 / 1e6, file=sys.stderr)
atexit.register(told)
del sys.argv[0]
if sys.argv[0] == "-m":
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    exec(sys.argv[0])
"""
