"""Several `blackbox run` on one folder: each object is scored once, whoever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from tests import warm

PART = """
import os, time
import numpy as np
import blackbox as bb

def score(x):
    file = os.open(os.environ["CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, np.asarray(x, float).tobytes())
    os.close(file)
    time.sleep(0.02)
    return -float(np.square(x).sum())

def starts(rng, m):
    return 0.9 * rng.standard_normal((m, 3))

plant = bb.Objective(
    bb.Scorer(score, batched=False), space=bb.Space.normal(3), name="plant", noise=False,
    starts=starts, seconds=0.01,
)
"""
STUDY = """
name = "joint"
objectives = "joint_part:plant"
strategies = ["random_search", "hill_climb", "cma_es(popsize=4)"]
seeds = 3
budget = 40
"""


def begun(folder: Path, calls: str = "calls") -> Any:
    """A `blackbox run` of the study of a folder."""
    command = [sys.executable, "-m", "blackbox", "run", str(folder / "study.toml")]
    place = {"CALLS": str(folder / calls), "PYTHONPATH": f"{folder}:{os.getcwd()}"}
    return warm.Popen(
        command,
        env=dict(os.environ) | place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def calls_of(folder: Path, name: str = "calls") -> Counter[tuple[float, ...]]:
    return Counter(map(tuple, np.fromfile(folder / name).reshape(-1, 3).tolist()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "joint_part.py").write_text(PART)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def paid(folder: Path) -> Counter[tuple[float, ...]]:
    """The points of all runs, each as often as it was asked."""
    traces = bb.load(folder).traces
    assert len(traces) == 9
    return Counter(tuple(z) for trace in traces for z in trace.z.tolist())


@pytest.mark.slow
def test_two_processes_share_a_study(folder: Path) -> None:
    processes = [begun(folder), begun(folder)]
    errors = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    # The probe's own draws beside: none of them is a point of a run.
    runs = paid(folder)
    assert {z: times for z, times in calls_of(folder).items() if z in runs} == runs
    assert (folder / "report" / "README.md").exists()
    # The last one has written the report, and only that one.
    assert sum("the last one writes the report" in text for text in errors) == 1


@pytest.mark.processes
def test_one_of_three_is_killed(folder: Path) -> None:
    processes = [begun(folder) for _ in range(3)]
    limit = time.monotonic() + 120
    while len(list((folder / "runs").glob("*.run"))) < 3 and time.monotonic() < limit:
        time.sleep(0.05)
    processes[0].send_signal(signal.SIGKILL)
    for process in processes:
        process.communicate(timeout=300)
    assert [process.returncode for process in processes] == [-signal.SIGKILL, 0, 0]
    runs = paid(folder)
    called = {z: times for z, times in calls_of(folder).items() if z in runs}
    # What the killed one was calling may be called again: one object, of one run at a time.
    assert (Counter(called) - runs).total() <= 1
    assert not runs - Counter(called)
    alone = folder / "alone"
    alone.mkdir()
    for name in ("study.toml", "joint_part.py"):
        (alone / name).write_text((folder / name).read_text())
    process = begun(alone)
    process.communicate(timeout=300)
    same = zip(bb.load(folder).traces, bb.load(alone).traces, strict=True)
    assert all(joint.digest() == one.digest() for joint, one in same)
