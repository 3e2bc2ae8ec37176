"""One process at a time has a folder; one that is gone stands in nobody's way."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import blackbox as bb
from blackbox.runtime.holder import LEASE, Holder
from blackbox.runtime.lock import FolderLock

HOLDS = """
import sys, time
from pathlib import Path
from blackbox.runtime.lock import FolderLock
with FolderLock(Path(sys.argv[1])):
    print("holds", flush=True)
    time.sleep(100)
"""


def held(folder: Path, **changes: Any) -> Path:
    """A lock that somebody else has written."""
    (folder / "lock").write_text(replace(Holder.here(), **changes).text)
    return folder / "lock"


def test_the_second_process_waits_for_the_first_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "runs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "holds\n"
        whom = f"process {first.pid} on {socket.gethostname()}"
        with (
            pytest.raises(bb.StoreError, match=f"in use by {whom}"),
            FolderLock(tmp_path / "runs"),
        ):
            pass
        heard: list[str] = []

        def wait(notice: str) -> None:
            heard.append(notice)
            first.kill()

        # What it has left behind is taken over.
        with FolderLock(tmp_path / "runs", wait=wait):
            pass
        assert heard == [f"waiting for {whom}, which opens {tmp_path / 'runs'}"]
    assert not (tmp_path / "runs" / "lock").exists()


def test_two_studies_of_one_process_are_kept_apart_too(tmp_path: Path) -> None:
    with (
        FolderLock(tmp_path),
        pytest.raises(bb.StoreError, match=f"process {os.getpid()} on"),
        FolderLock(tmp_path),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_another_process_by_now_holds_nothing(tmp_path: Path) -> None:
    held(tmp_path, begun="1")
    with FolderLock(tmp_path):
        pass


def test_another_machine_counts_as_gone_after_a_minute_of_silence(tmp_path: Path) -> None:
    path = held(tmp_path, host="elsewhere", process=7)
    with pytest.raises(bb.StoreError, match="process 7 on elsewhere"), FolderLock(tmp_path):
        pass
    silent = time.time() - LEASE - 1
    os.utime(path, (silent, silent))
    with FolderLock(tmp_path):
        assert socket.gethostname() in path.read_text()


def test_another_machine_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    held(tmp_path, machine="another", process=2**22 + 1)  # no process here has this number
    with pytest.raises(bb.StoreError, match="in use by"), FolderLock(tmp_path):
        pass


def test_silence_is_measured_by_the_clock_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(tmp_path, host="elsewhere", process=7)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)  # this machine's is an hour ahead
    with pytest.raises(bb.StoreError, match="process 7 on elsewhere"), FolderLock(tmp_path):
        pass


def test_signs_of_life_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Holder, "beat", 0.05)
    with FolderLock(tmp_path):
        path = tmp_path / "lock"
        os.utime(path, (0, 0))
        limit = time.monotonic() + 5
        while path.stat().st_mtime == 0 and time.monotonic() < limit:
            time.sleep(0.01)
        assert path.stat().st_mtime > 0


@pytest.mark.parametrize("text", ["", '{"host": "els', "null", "[1]", "\x00" * 40])
def test_a_lock_that_was_cut_short_is_taken_over_when_it_is_old(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock"
    path.write_text(text)
    os.utime(path, (0, 0))
    with FolderLock(tmp_path):
        assert socket.gethostname() in path.read_text()


def test_a_lock_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("")
    threading.Timer(0.2, lambda: held(tmp_path, host="elsewhere", process=7)).start()
    with pytest.raises(bb.StoreError, match="process 7 on elsewhere"), FolderLock(tmp_path):
        pass


def test_of_many_who_want_a_stale_lock_one_gets_it(tmp_path: Path) -> None:
    held(tmp_path, begun="1")
    together = threading.Barrier(8)
    got: list[int] = []

    def want(nth: int) -> None:
        together.wait()
        try:
            with FolderLock(tmp_path):
                got.append(nth)
                time.sleep(0.3)
        except bb.StoreError:
            pass

    threads = [threading.Thread(target=want, args=(nth,)) for nth in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_who_was_silent_for_long_leaves_the_lock_of_its_successor(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        path = held(tmp_path, host="elsewhere")
    assert path.exists()
