"""What a run was made on: the machine, the packages, and the memory that its process took."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
from functools import cache
from pathlib import Path

from blackbox.version import __version__

# What a strategy draws on, and what runs in its stead: a change of either may change a run.
DRAWN_ON = ("numpy", "scipy", "torch")
PEERS = (
    "botorch",
    "gpytorch",
    "cma",
    "cmaes",
    "nevergrad",
    "optuna",
    "ax-platform",
    "smac",
    "pymoo",
    "Py-BOBYQA",
)
UNKNOWN = "unknown"


@cache
def versions() -> dict[str, str]:
    """What is installed of the packages that may change the course of a run."""
    installed = {"blackbox": __version__}
    for package in (*DRAWN_ON, *PEERS):
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed


@cache
def facts() -> dict[str, str]:
    """The machine in words: its cpu, the cores that this process may use, memory, os, python.

    It has no name: a report that is published tells nothing of its owner.
    """
    return {
        "cpu": _cpu(),
        "cores": str(_cores()),
        "memory": _memory(),
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def peak_memory_mb() -> float:
    """The most memory that this process has held at once so far, in 10^6 bytes; NaN if not told.

    It is resident memory of the whole process since it began: what was imported, the runs beside
    this one and those before it are in it, memory of a GPU is not. Linux tells it as `VmHWM`
    (proc_pid_status(5)); its `ru_maxrss` would not do, since a process begins with that of the
    process that started it (getrusage(2)). Other systems have only `ru_maxrss`.
    """
    for line in _lines(Path("/proc/self/status")):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource  # no such module on Windows
    except ImportError:
        return float("nan")
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _cpu() -> str:
    for line in _lines(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or UNKNOWN


def _cores() -> int | str:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or UNKNOWN


def memory_bytes() -> float:
    """What this machine has; infinity where it does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def _memory() -> str:
    size = memory_bytes()
    return UNKNOWN if math.isinf(size) else f"{size / 2**30:.1f} GiB"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
