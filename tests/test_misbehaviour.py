"""Whatever a scorer, a disk or a user does to a study: a row or a reason, nobody else harmed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox.runtime.store import Store
from tests import warm

pytestmark = pytest.mark.slow

SPACE = bb.Space.normal(2)
LIMIT = 0.9  # a point whose first number lies above it is a bad one
BUDGET, SEEDS = 12, 2


def good(x: Any) -> float:
    return -float(np.square(x).sum())


class Bad:
    """Scores one object, logs it, and does something where a point is bad."""

    def __init__(self, act: Callable[[], object], log: Path) -> None:
        self.act, self.log = act, str(log)

    def __call__(self, x: Any) -> float:
        with open(self.log, "ab", buffering=0) as log:
            log.write(np.asarray(x, float).tobytes())
        if x[0] > LIMIT:
            self.act()
        return good(x)


def calls(log: Path) -> int:
    return log.stat().st_size // 16 if log.exists() else 0


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    sys.exit(3)


def hang() -> None:
    ctypes.PyDLL(None).sleep(1000)


def take_memory() -> None:
    np.ones(100_000_000)


def refuse_licence() -> None:
    raise RuntimeError("no licence for this molecule")


def away() -> None:
    raise ConnectionError("no licence server")


def out_of_memory() -> None:
    raise MemoryError


def starts(rng: np.random.Generator, m: int) -> Any:
    """No bad points: they come later."""
    return np.minimum(rng.standard_normal((m, 2)), 0.5)


def objectives(act: Callable[[], object], log: Path, **limits: Any) -> list[bb.Objective]:
    """A bad one and its neighbour."""
    scorer = bb.Scorer(Bad(act, log), batched=False, version=1, **limits)
    settings: dict[str, Any] = {"space": SPACE, "starts": starts, "version": 1, "noise": False}
    return [
        bb.Objective(scorer, name="bad", seconds=1.0, **settings),
        bb.Objective(bb.Scorer(good, batched=False), name="good", **settings),
    ]


# A study checks what was measured by a draw or two of each objective, where it takes that over.
CHECKS = 4


@cache
def measured() -> Mapping[str, Any]:
    """What a probe finds out on a day on which all is well."""
    with tempfile.TemporaryDirectory() as here:
        made = objectives(lambda: None, Path(here) / "log")
        return bb.compare(made, "random_search", 1, 1).measured


def study(made: list[bb.Objective], store: Path | None, **settings: Any) -> bb.Comparison:
    settings = {"measured": measured()} | settings
    return bb.compare(made, "random_search", BUDGET, SEEDS, store=store, **settings)


def expected(tmp_path: Path) -> dict[tuple[str, int], Any]:
    """What every run asks, and what a healthy scorer says."""
    made = objectives(lambda: None, tmp_path / "healthy")
    return {(t.objective, t.seed): t for t in study(made, None).traces}


def check(made: bb.Comparison, tmp_path: Path, note: str = "") -> None:
    """All runs are whole, all good points have their scores, and bad points alone have none."""
    assert made.is_complete, made.missing.to_string()
    wanted = expected(tmp_path)
    for trace in made.traces:
        healthy = wanted[trace.objective, trace.seed]
        assert trace.status == "spent", trace.error
        assert np.array_equal(trace.z, healthy.z)
        bad = (trace.z[:, 0] > LIMIT) & (trace.objective == "bad")
        assert np.array_equal(trace.valid, ~bad)
        assert np.array_equal(trace.score[~bad], healthy.score[~bad])
        if note and bad.any():
            assert note in trace.error


POINTS: dict[str, tuple[Callable[[], object], dict[str, Any], str]] = {
    "a crash": (crash, {"memory": 2000}, "SIGSEGV"),
    "sys.exit": (leave, {"memory": 2000}, "exited with code 3"),
    "a hang": (hang, {"timeout": 1.0}, "longer than"),
    "a memory hog": (take_memory, {"memory": 300}, "MemoryError"),
    "an error of its own": (refuse_licence, {}, "no licence for this molecule"),
}


SOON = ("a crash", "an error of its own")  # the others take their time to be found out


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.processes)])
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(what, marks=[] if what in SOON else pytest.mark.processes, id=what)
        for what in POINTS
    ],
)
def test_a_bad_point_costs_itself(what: str, jobs: int, tmp_path: Path) -> None:
    act, limits, note = POINTS[what]
    made = study(objectives(act, tmp_path / "log", **limits), tmp_path / "study", jobs=jobs)
    check(made, tmp_path, note)
    check(bb.load(tmp_path / "study"), tmp_path, note)


@pytest.mark.parametrize("act", [crash, leave])
def test_with_workers_a_crash_needs_no_limit(act: Callable[[], None], tmp_path: Path) -> None:
    made = study(objectives(act, tmp_path / "log"), tmp_path / "study", jobs=2)
    check(made, tmp_path)


CRASHES = """
import sys
from functools import cache
from pathlib import Path
import tests.test_misbehaviour as here
folder = Path(sys.argv[1])
made = here.objectives(getattr(here, sys.argv[2]), folder / "log")
here.study(made, folder / "study", jobs=int(sys.argv[3]))
"""


def in_a_process(tmp_path: Path, act: str, jobs: int = 1) -> Any:
    command = [sys.executable, "-W", "ignore", "-c", CRASHES, str(tmp_path), act, str(jobs)]
    return warm.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.processes
def test_in_one_process_a_crash_ends_it_and_is_found_at_the_next_call(tmp_path: Path) -> None:
    codes = []
    for _ in range(5):
        with in_a_process(tmp_path, "crash") as process:
            codes.append(process.wait())
        if codes[-1] == 0:
            break
    assert codes[-1] == 0
    assert set(codes[:-1]) == {-signal.SIGSEGV}
    check(bb.load(tmp_path / "study"), tmp_path, "SIGSEGV")


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.processes)])
@pytest.mark.parametrize("act", [away, out_of_memory])
def test_surroundings_that_fail_leave_runs_unfinished_and_nothing_is_paid_twice(
    act: Callable[[], object], jobs: int, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    for _ in range(3):  # as often as one likes: a process that waits for its licence has not died
        made = study(objectives(act, log, retries=0), tmp_path / "study", jobs=jobs)
        assert set(made.missing.objective) == {"bad"}
        assert all("surroundings" in one for one in made.missing.reason)
        assert {t.objective for t in made.traces} >= {"good"}
    before = calls(log)
    whole = study(objectives(lambda: None, log), tmp_path / "study", jobs=jobs)
    assert whole.is_complete
    wanted = expected(tmp_path)
    for trace in whole.traces:
        assert np.array_equal(trace.score, wanted[trace.objective, trace.seed].score)
    unpaid = (
        BUDGET * SEEDS
        - made.missing.used.sum()
        - sum(len(t) for t in made.traces if t.objective == "bad")
    )
    assert unpaid <= calls(log) - before <= unpaid + CHECKS


def test_a_full_disk_is_told_in_words_and_all_that_was_written_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    made = objectives(lambda: None, log)
    before = calls(log)
    write, room = os.write, [2000]

    def full(handle: int, content: Any) -> int:
        if "journal" not in os.readlink(f"/proc/self/fd/{handle}"):
            return write(handle, content)
        if len(content) > room[0]:
            raise OSError(28, "No space left on device")
        room[0] -= len(content)
        return write(handle, content)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(bb.StoreError, match=r"No space left on device.*make room"):
        study(made, tmp_path / "study")
    monkeypatch.undo()
    kept = sum(len(r) for r in Store(tmp_path / "study").journals.records().values())
    assert kept > 5
    whole = study(made, tmp_path / "study")
    assert whole.is_complete
    assert calls(log) - before <= BUDGET * SEEDS + 1 + CHECKS  # a row was in flight


def test_a_disk_that_is_full_when_a_run_is_saved_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    made = objectives(lambda: None, log)
    replace = os.replace

    def full(partial: Path, path: Path) -> None:
        if path.suffix == ".run":
            raise OSError(28, "No space left on device")
        replace(partial, path)

    monkeypatch.setattr("os.replace", full)
    before = calls(log)
    with pytest.raises(bb.StoreError, match="No space left on device"):
        study(made, tmp_path / "study")
    monkeypatch.undo()
    assert study(made, tmp_path / "study").is_complete
    assert calls(log) - before <= BUDGET * SEEDS + CHECKS
    assert list((tmp_path / "study").rglob("*.partial")) == []


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_paid(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    log = tmp_path / "log"
    with pytest.raises(bb.StoreError, match="cannot write"):
        study(objectives(crash, log), tmp_path / "file")
    assert calls(log) == 0


@pytest.mark.parametrize("name", ["recipe.json", "facts.json", "code.json"])
def test_a_table_cut_short_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    made = objectives(lambda: None, tmp_path / "log")
    study(made, tmp_path / "study")
    path = tmp_path / "study" / "runs" / name
    path.write_bytes(path.read_bytes()[:-30])
    before = calls(tmp_path / "log")
    words = f"cannot read .*{name}.*move it"
    with pytest.raises(bb.StoreError, match=words):
        study(made, tmp_path / "study")
    with pytest.raises(bb.StoreError, match=words):
        bb.load(tmp_path / "study")
    path.rename(tmp_path / "away")
    assert study(made, tmp_path / "study").is_complete
    assert calls(tmp_path / "log") <= before + CHECKS


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interrupt_without_a_folder_returns_what_there_is(tmp_path: Path) -> None:
    made = objectives(interrupt, tmp_path / "log")
    with pytest.warns(UserWarning, match="interrupted"):
        part = study(made[::-1], None)
    assert not part.is_complete
    assert {t.objective for t in part.traces} == {"good"}
    assert set(part.missing.objective) == {"bad"}
    assert part.missing.used.sum() > 0
    assert len(part.summary()) == 1


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_within_two_seconds_and_it_goes_on(number: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with in_a_process(tmp_path, "rest", 2) as process:
        limit = time.monotonic() + 60
        while calls(log) < 10 and time.monotonic() < limit:
            time.sleep(0.01)
        workers = children(process.pid)
        clock = time.monotonic()
        process.send_signal(number)
        lock = tmp_path / "study" / "runs" / "lock"
        while (lock.exists() or any(map(is_alive, workers))) and time.monotonic() - clock < 2:
            time.sleep(0.01)
        assert not lock.exists()
        assert not any(map(is_alive, workers))
        process.wait(60)  # Python and torch take their leave: seconds where the machine is busy
    assert workers
    paid = calls(log)
    whole = study(objectives(lambda: None, log), tmp_path / "study")
    assert whole.is_complete
    assert calls(log) <= BUDGET * SEEDS + 2 + 2 * CHECKS  # a row of each worker was in flight
    assert paid >= 10


def rest() -> None:
    time.sleep(0.2)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    mine = [int(one) for one in text.split()]
    for task in Path(f"/proc/{pid}/task").iterdir():
        mine += [int(one) for one in (task / "children").read_text().split()]
    return sorted(set(mine))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
