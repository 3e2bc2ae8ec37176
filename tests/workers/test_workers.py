"""Worker processes: what goes wrong in one is told in words, and none outlives this one."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox.workers import start
from blackbox.workers.child import tell
from blackbox.workers.pool import Workers, kept_workers
from blackbox.workers.worker import Worker

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def fresh() -> Iterator[None]:
    """Workers begin as those of users do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(start, "subprocess", subprocess)
        yield


@pytest.fixture(scope="module")
def worker(fresh: None) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.kill()


def crash() -> None:
    ctypes.string_at(0)


def hang_in_c() -> None:
    """Hold the interpreter for ever: no thread of this process can do anything."""
    ctypes.PyDLL(None).sleep(1000)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_end(*pids: int, seconds: float = 3.0) -> bool:
    limit = time.monotonic() + seconds
    while any(map(is_alive, pids)) and time.monotonic() < limit:
        time.sleep(0.01)
    return not any(map(is_alive, pids))


# One call


def test_a_function_and_its_arguments_travel(worker: Worker) -> None:
    x = np.arange(5.0)
    assert worker.call(lambda a: a + x, 1.0).tolist() == [1, 2, 3, 4, 5]
    assert worker.call(os.getpid) not in (os.getpid(), worker.call(os.getppid))
    assert worker.call(os.getpid) == worker.pid


def test_it_works_in_the_place_and_with_the_imports_of_its_parent(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert worker.call(os.getcwd) == str(tmp_path)
    assert worker.call(lambda: sys.path) == sys.path


def test_torch_is_imported_by_who_needs_it_and_has_one_thread(worker: Worker) -> None:
    assert not worker.call(lambda: "torch" in sys.modules)
    assert worker.call(lambda: __import__("torch").get_num_threads()) == 1


def test_it_reads_nothing_and_prints_to_standard_error(
    worker: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    worker.kill()  # its successor has this test's standard error

    def chatty() -> str:
        print("a word", flush=True)
        return sys.stdin.read()

    assert worker.call(chatty) == ""
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "a word\n")
    worker.kill()


def test_what_is_raised_comes_with_its_traceback(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        worker.call(lambda: 1 / 0)
    assert "test_workers.py" in caught.value.__notes__[0]

    class NeedsTwo(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(f"{one} and {two}")

    def raises() -> None:
        raise NeedsTwo(1, 2)

    with pytest.raises(RuntimeError, match="NeedsTwo: 1 and 2"):
        worker.call(raises)


def raise_interrupt() -> None:
    raise KeyboardInterrupt


ENDS: dict[str, tuple[Callable[[], Any], str]] = {
    "segfault": (crash, "killed by SIGSEGV"),
    "killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"),
    "real-time signal": (lambda: os.kill(os.getpid(), 40), "killed by signal 40"),
    "_exit": (lambda: os._exit(3), "exited with code 3"),
    "exit": (lambda: sys.exit(4), "exited with code 4 .sys.exit"),
    "exit with words": (lambda: sys.exit("no licence"), "exited with code 1"),
    "interrupt": (raise_interrupt, "gave up with KeyboardInterrupt"),
}


@pytest.mark.parametrize("way", ENDS)
def test_a_death_is_told_in_words_and_the_next_call_works(worker: Worker, way: str) -> None:
    function, words = ENDS[way]
    with pytest.raises(bb.WorkerDied, match=words):
        worker.call(function)
    assert worker.call(abs, -1) == 1


@pytest.mark.parametrize("hang", [hang_in_c, lambda: time.sleep(1000)], ids=["in C", "asleep"])
def test_a_call_that_takes_too_long_is_killed(worker: Worker, hang: Callable[[], None]) -> None:
    worker.call(abs, 1)
    pid, clock = worker.pid, time.monotonic()
    with pytest.raises(bb.CallTimedOut, match="took longer"):
        worker.call(hang, timeout=0.2)
    assert 0.2 <= time.monotonic() - clock < 2
    assert pid is not None and not is_alive(pid)
    assert worker.call(abs, -2, timeout=5) == 2


def test_programs_that_a_call_has_started_die_with_it(worker: Worker) -> None:
    def hang_behind_a_program() -> None:
        tell(subprocess.Popen(["sleep", "1000"]).pid)
        hang_in_c()

    words: list[int] = []
    with pytest.raises(bb.CallTimedOut):
        worker.call(hang_behind_a_program, timeout=0.3, listen=words.append)
    assert all_end(*words, seconds=1)


def test_a_word_starts_the_clock_anew(worker: Worker) -> None:
    def slow(last: float) -> str:
        for nth in range(4):
            tell(nth, 0.2)
            time.sleep(0.1)
        time.sleep(last)
        return "done"

    words: list[int] = []
    assert worker.call(slow, 0.0, timeout=0.2, listen=words.append) == "done"
    assert words == [0, 1, 2, 3]
    with pytest.raises(bb.CallTimedOut):
        worker.call(slow, 1000.0)
    with pytest.raises(RuntimeError, match="nobody listens"):
        tell("a word")


def test_memory_is_what_a_call_takes_on_top() -> None:
    small = Worker(memory=50e6)
    try:
        assert len(small.call(lambda: bytes(20_000_000))) == 20_000_000
        for _ in range(2):
            with pytest.raises(MemoryError):
                small.call(lambda: len(bytes(100_000_000)))
            with pytest.raises(MemoryError):
                small.call(lambda: np.ones(20_000_000).sum())
        pid = small.pid
        assert small.call(abs, -1) == 1
        assert small.pid == pid
    finally:
        small.kill()


def test_what_is_prepared_is_there_in_every_process() -> None:
    def prepare() -> None:
        sys.argv.append("ready")

    ready = Worker(prepare=prepare)
    try:
        assert ready.call(lambda: sys.argv[1:]) == ["ready"]
        with pytest.raises(bb.WorkerDied):
            ready.call(crash)
        assert ready.call(lambda: sys.argv[1:]) == ["ready"]
    finally:
        ready.kill()


def test_an_interrupted_call_does_not_answer_the_next(worker: Worker) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker.call(lambda: tell(1), listen=interrupt)
    assert worker.call(abs, -5) == 5


def test_a_kill_from_another_thread_ends_the_call(worker: Worker) -> None:
    worker.call(abs, 1)
    threading.Timer(0.2, worker.kill).start()
    with pytest.raises(bb.WorkerDied, match="SIGKILL"):
        worker.call(time.sleep, 1000)


# Nobody survives

PARENT = """
import ctypes, os, signal, subprocess, sys, time
sys.path[:0] = {path!r}
from blackbox.workers import start
from blackbox.workers.child import tell
from blackbox.workers.pool import Workers
if {without_shell}:
    start.SHELL = "/nowhere/sh"
# Tests that were started in the background hand on that it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def work(in_c):
    program = subprocess.Popen(["sleep", "1000"])
    open({folder!r} + f"/{{os.getpid()}}-{{program.pid}}", "w").close()
    ctypes.PyDLL(None).sleep(1000) if in_c else time.sleep(1000)

workers = Workers(2)
futures = [workers.submit(work, in_c) for in_c in ({in_c}, False)]
while len(os.listdir({folder!r})) < 2:
    time.sleep(0.01)
print("ready", flush=True)
{end}
"""
PARENT_ENDS = {
    "SIGKILL": "time.sleep(1000)",
    "SIGTERM": "time.sleep(1000)",
    "SIGINT": "time.sleep(1000)",
    "_exit": "os._exit(1)",
    "end": "",
    "exec": "os.execvp('sleep', ['sleep', '3'])",
    "fork": "os.fork() or (time.sleep(4), os._exit(0)); time.sleep(1000)",
}


@pytest.mark.parametrize("without_shell", [False, True], ids=["watched", "no shell"])
@pytest.mark.parametrize("way", PARENT_ENDS)
def test_no_process_survives_its_parent(way: str, without_shell: bool, tmp_path: Path) -> None:
    # Without a shell a hang in C cannot be seen from outside.
    text = PARENT.format(
        path=sys.path,
        folder=str(tmp_path),
        end=PARENT_ENDS[way],
        without_shell=without_shell,
        in_c=not without_shell,
    )
    command = [sys.executable, "-c", text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        pids = [int(pid) for file in tmp_path.iterdir() for pid in file.name.split("-")]
        assert len(pids) == 4
        if way in ("SIGKILL", "SIGTERM", "SIGINT", "fork"):
            assert all(map(is_alive, pids))
            parent.send_signal(getattr(signal, way, signal.SIGKILL))
        gone = all_end(*pids)
        parent.kill()
        assert gone


def test_workers_need_process_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.name", "nt")
    with pytest.raises(bb.StudyError, match="Linux or macOS"):
        Worker().call(abs, 1)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(bb.StudyError, match="needs Linux"):
        Worker(memory=1e6)


def test_an_end_is_seen_without_help_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, or on an old Linux."""
    monkeypatch.delattr(os, "pidfd_open")
    worker = Worker()
    assert worker.call(abs, -1, timeout=5) == 1
    with pytest.raises(bb.WorkerDied, match="SIGSEGV"):
        worker.call(crash)
    with pytest.raises(bb.CallTimedOut):
        worker.call(hang_in_c, timeout=0.2)

    def fork_and_die() -> None:
        if os.fork():
            os._exit(5)
        time.sleep(1000)

    with pytest.raises(bb.WorkerDied, match="code 5"):
        worker.call(fork_and_die)


def test_a_fork_that_holds_the_channel_does_not_hide_a_death(worker: Worker) -> None:
    def fork_and_die() -> None:
        if os.fork():
            os._exit(5)
        time.sleep(1000)

    with pytest.raises(bb.WorkerDied, match="code 5"):
        worker.call(fork_and_die)


# Several


@pytest.fixture(scope="module")
def pair() -> Iterator[Workers]:
    workers = Workers(2)
    yield workers
    workers.shutdown(kill=True)


def test_the_death_of_one_is_its_own(pair: Workers) -> None:
    calls: list[Any] = [pair.submit(pow, 2, n) for n in range(10)]
    dying: list[Any] = [pair.submit(crash), pair.submit(sys.exit, 3), pair.submit(os._exit, 3)]
    calls += [pair.submit(int, "11", base=2) for n in range(10)]
    assert [call.result(20) for call in calls] == [2**n for n in range(10)] + [3] * 10
    assert all(isinstance(one.exception(20), bb.WorkerDied) for one in dying)


def test_an_end_by_force_takes_no_second() -> None:
    workers = Workers(2)
    assert workers.submit(abs, -1).result(20) == 1
    futures = [workers.submit(hang_in_c) for _ in range(4)]
    while not all(future.running() for future in futures[:2]):
        time.sleep(0.01)
    clock = time.monotonic()
    workers.shutdown(kill=True)
    assert time.monotonic() - clock < 1
    assert all(isinstance(future.exception(1), bb.WorkerDied) for future in futures[:2])
    assert all(future.cancelled() for future in futures[2:])
    with pytest.raises(RuntimeError, match="shut down"):
        workers.submit(abs, -1)


def test_an_end_in_peace_does_what_was_asked() -> None:
    before = set(threading.enumerate())  # other tests may have threads that live on
    with Workers(1) as workers:
        futures = [workers.submit(abs, -n) for n in range(3)]
        assert set(threading.enumerate()) - before
    assert [future.result(0) for future in futures] == [0, 1, 2]
    assert not set(threading.enumerate()) - before


def test_kept_workers_are_the_same_ones() -> None:
    kept = kept_workers(1)
    pid = kept.submit(os.getpid).result(20)
    assert kept_workers(1) is kept
    assert kept_workers(1).submit(os.getpid).result(20) == pid
    assert kept_workers(2).count == 2
    assert kept_workers(1).count == 1
    assert [kept.submit(abs, -n).result(20) for n in range(3)] == [0, 1, 2]
    kept.shutdown(kill=True)
    other = kept_workers(1)
    assert other is not kept
    assert other.submit(abs, -1).result(20) == 1
    other.shutdown(kill=True)
    with pytest.raises(ValueError, match="at least one"):
        kept_workers(0)
