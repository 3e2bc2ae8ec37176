"""Of several processes that want a run one makes it, and another goes on where it ended."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

import blackbox as bb
from blackbox.runtime import presence as presence_module
from blackbox.runtime.claims import Claims
from blackbox.runtime.holder import Holder
from blackbox.runtime.presence import Presence, at_work

SHORT = 1.0  # seconds of silence


@pytest.fixture(autouse=True)
def looking_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "BELIEVED", 0.0)


def elsewhere(folder: Path, lease: float = SHORT) -> Claims:
    """A process of another machine: its signs of life alone tell that it lives."""
    claims = Claims(folder, lease)
    claims.presence.holder = replace(claims.presence.holder, host="elsewhere")
    return claims


def silent(claims: Claims, seconds: float) -> None:
    """Let a process have been silent for so long, as after a suspension."""
    claims.presence._stop.set()
    when = time.time() - seconds
    os.utime(claims.presence.path, (when, when))
    claims.presence._beat = when


def test_one_process_gets_a_run_and_others_hear_who(tmp_path: Path) -> None:
    with Claims(tmp_path) as first, Claims(tmp_path) as second:
        assert first.take("a")
        assert first.take("a")  # it is its own already
        assert not second.take("a")
        assert second.take("b")
        assert [first.state(key) for key in "abc"] == ["mine", "theirs", "free"]
        assert str(second.maker("a")) == f"process {os.getpid()} on {first.presence.holder.host}"
        first.finish("a")
        assert not first.take("a")
        assert not second.take("a")
        assert second.state("a") == "done"


def test_of_many_who_want_a_run_one_gets_it(tmp_path: Path) -> None:
    with ExitStack() as stack:
        everyone = [stack.enter_context(Claims(tmp_path)) for _ in range(8)]
        for key in ("new", "left behind"):
            if key == "left behind":
                with Claims(tmp_path) as gone:
                    assert gone.take(key)
            got: list[int] = []
            together = threading.Barrier(len(everyone))

            def want(nth: int, key: str, got: list[int], together: threading.Barrier) -> None:
                together.wait()
                if everyone[nth].take(key):
                    got.append(nth)

            threads = [
                threading.Thread(target=want, args=(nth, key, got, together))
                for nth in range(len(everyone))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(got) == 1


def test_what_is_let_go_or_left_behind_is_taken_over(tmp_path: Path) -> None:
    with Claims(tmp_path) as second:
        with Claims(tmp_path) as first:
            assert first.take("a")
            assert first.take("b")
            first.release("a")
            assert second.state("a") == "free"
            assert second.state("b") == "theirs"
        assert second.take("a")
        assert second.take("b")
        assert second.is_taken_over("b")
        assert second.take("c")
        assert not second.is_taken_over("c")


def test_another_machine_is_gone_after_the_silence_that_it_has_allowed_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Claims(tmp_path) as here, elsewhere(tmp_path, lease=30) as there:
        assert there.take("a")
        silent(there, 29 - 5)
        assert not here.take("a")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 3600)  # this machine's clock is wrong
        assert not here.take("a")
        monkeypatch.undo()
        silent(there, 31)
        assert here.presence.others() == []
        assert here.take("a")


def test_who_was_silent_for_long_is_told_what_it_has_lost(tmp_path: Path) -> None:
    with Claims(tmp_path) as here, elsewhere(tmp_path) as there:
        assert there.take("a")
        assert there.take("b")
        assert there.lost("ab") == set()
        silent(there, 2 * SHORT)
        assert here.take("a")
        assert there.lost("ab") == {"a"}
        # It has given a sign of life by that: what it has not lost stays its own.
        assert not here.take("b")
        # Whoever thought that it was gone may act on it a moment later.
        assert there.presence.was_silent
        there.finish("a")
        assert here.state("a") == "mine"


def test_who_has_been_cleared_away_has_lost_everything(tmp_path: Path) -> None:
    with Claims(tmp_path) as here, elsewhere(tmp_path) as there:
        assert there.take("a")
        silent(there, 2 * SHORT)
        here.clear()
        assert there.lost("a") == {"a"}
        assert len(here.presence.others()) == 1  # it is back


def test_a_claim_that_was_cut_short_is_taken_over_when_it_is_old(tmp_path: Path) -> None:
    with Claims(tmp_path, lease=SHORT) as here:
        (tmp_path / "claims").mkdir()
        path = tmp_path / "claims" / "a.0"
        path.touch()
        assert here.state("a") == "theirs"
        os.utime(path, (1, 1))
        assert here.take("a")


def test_signs_of_life_are_given(tmp_path: Path) -> None:
    with Claims(tmp_path, lease=SHORT) as claims:
        path = claims.presence.path
        os.utime(path, (1, 1))
        limit = time.monotonic() + 5
        while path.stat().st_mtime == 1 and time.monotonic() < limit:
            time.sleep(0.01)
        assert path.stat().st_mtime > 1
    assert not path.exists()


def test_who_has_nothing_to_do_is_seen_after_a_while(tmp_path: Path) -> None:
    with Claims(tmp_path) as first, Claims(tmp_path) as second:
        assert not first.presence.others_are_idle(0.0)
        with second.presence.idle():
            assert first.presence.others_are_idle(0.0)
            assert not first.presence.others_are_idle(60.0)
            assert not second.presence.others_are_idle(0.0)
        assert not first.presence.others_are_idle(0.0)


def test_workers_are_not_shown_beside_whom_they_work_for(tmp_path: Path) -> None:
    assert at_work(tmp_path) == []
    with Claims(tmp_path) as parent:
        with Claims(tmp_path, is_worker=True) as worker:
            assert at_work(tmp_path) == [parent.presence.holder]
            assert parent.presence.others() == [worker.presence.holder]
        assert parent.presence.others() == []


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "at_work").touch()
    with pytest.raises(bb.StoreError, match=f"cannot write to {tmp_path}"):
        Presence(tmp_path).begin()


@pytest.mark.parametrize("text", ["", "null", "[1]", '{"host": "a"}', '{"host": "a", "b": 1}'])
def test_a_file_of_a_process_that_was_cut_short_names_nobody(text: str) -> None:
    assert Holder.of(text) is None
