"""A signal ends `blackbox run` within two seconds, loses nothing and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from blackbox import cli
from tests import warm

pytestmark = pytest.mark.slow
LONG = pytest.mark.processes

PART = """
import time
import blackbox as bb

def score(x):
    with open({log!r}, "a") as log:
        log.write(" ".join(map(repr, x.tolist())) + "\\n")
    time.sleep(0.02)
    return -float((x ** 2).sum())

plant = bb.Objective(score, space=bb.Space.box(-1, 1, 3), name="plant", batched=False)
"""
STUDY = """
objectives = "signalled_part:plant"
strategies = ["random_search", "cma_es"]
budget = 30
seeds = 2
"""


def made_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "signalled_part.py").write_text(PART.format(log=str(folder / "log")))
    (folder / "study.toml").write_text(STUDY)
    return folder


def command(jobs: int) -> list[str]:
    return [sys.executable, "-m", "blackbox", "run", "study.toml", "--jobs", str(jobs)]


def calls(folder: Path) -> Counter[str]:
    return Counter((folder / "log").read_text().splitlines())


def marked(mark: str) -> list[int]:
    """The processes that have a mark in their environment."""
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"SIGNALLED={mark}".encode() in (process / "environ").read_bytes():
                pids.append(int(process.name))
        except OSError:
            continue
    return pids


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    folder = made_in(tmp_path_factory.mktemp("undisturbed") / "study")
    warm.run(command(2), cwd=folder, check=True, capture_output=True)
    return calls(folder)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        pytest.param(name, jobs, marks=[] if (name, jobs) == ("SIGTERM", 2) else LONG)
        for name in ("SIGINT", "SIGTERM", "SIGHUP")
        for jobs in (1, 2)
    ],
)
def test_a_signal_ends_a_study_and_the_next_run_goes_on(
    name: str, jobs: int, tmp_path: Path, undisturbed: Counter[str]
) -> None:
    folder, mark = made_in(tmp_path / "study"), f"{os.getpid()}-{name}-{jobs}"
    process = subprocess.Popen(
        command(jobs),
        cwd=folder,
        env=os.environ | {"SIGNALLED": mark},
        stderr=subprocess.PIPE,
        text=True,
    )
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if (folder / "log").exists() and sum(calls(folder).values()) > 60:
            break
        time.sleep(0.05)
    clock = time.monotonic()
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=30)
    assert time.monotonic() - clock < 2
    assert process.returncode == cli.STOPPED
    assert errors.endswith("blackbox: stopped; what was paid for is kept, run again to go on\n")
    assert "Traceback" not in errors
    time.sleep(0.2)
    assert marked(mark) == []
    assert warm.run(command(jobs), cwd=folder, check=False).returncode == 0
    twice = calls(folder) - undisturbed
    # Those in flight, and one by which the next process looks whether the scores are the same.
    assert sum(twice.values()) <= jobs + 1
