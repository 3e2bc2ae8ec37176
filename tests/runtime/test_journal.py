"""Journals: what was answered is there again, bit by bit, and what was damaged is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import blackbox as bb
from blackbox.errors import StoreError
from blackbox.protocol import Answer, Ask, Message, PullBack
from blackbox.runtime import journal_reader
from blackbox.runtime.exchange import Exchange, is_same
from blackbox.runtime.follower import Follower
from blackbox.runtime.journal import HEAD, MAGIC, JournalFile
from blackbox.runtime.journals import Journals

ABOUT = {"key": "a", "objective": "o", "strategy": "s", "seed": 0, "gradient_price": 2.0}
FLOATS = st.floats(width=64)  # NaN, both zeros and both infinities among them


def matrix(*shape: int) -> st.SearchStrategy[Any]:
    return arrays(np.float64, shape, elements=FLOATS)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """A message of any kind with an answer of any content."""
    rows, d, kind = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 4))
    seconds = draw(st.floats(0, 1e6))
    called = np.full(rows, draw(st.integers(1, 9)) / rows)
    if kind == 4:
        asked: Message = PullBack(draw(matrix(rows, d)), draw(matrix(rows, 2, d)))
        return asked, Answer(pulled=draw(matrix(rows, d)), called=called), seconds
    order, at = kind % 2, "data" if kind > 1 else "latent"
    shape = (rows, d, 2) if at == "data" else (rows, d)
    asked = Ask(draw(matrix(*shape)), 1 if order else 0, "data" if at == "data" else "latent")
    columns: dict[str, Any] = {"score": draw(matrix(rows)), "called": called}
    columns["valid"] = draw(arrays(np.bool_, rows))
    if order:
        columns |= {"grad": draw(matrix(*shape)), "grad_valid": draw(arrays(np.bool_, rows))}
    if draw(st.booleans()):
        columns["criteria"] = draw(matrix(rows, draw(st.integers(1, 3))))
    if draw(st.booleans()):
        notes = draw(st.lists(st.text(max_size=5), min_size=rows, max_size=rows))
        columns["notes"] = np.array([*notes, None], object)[:-1]
    return asked, Answer(**columns), seconds


def columns_of(answer: Answer) -> dict[str, Any]:
    """What is known, in bits; what is as usual need not be told."""
    names = ("score", "grad", "criteria", "pulled")
    bits: dict[str, Any] = {
        name: answer.columns[name].tobytes() for name in names if name in answer
    }
    notes = [] if answer.notes is None or not any(answer.notes) else answer.notes.tolist()
    flags = {"valid": answer.valid.tolist(), "grad_valid": answer.grad_valid.tolist()}
    return bits | flags | {"notes": notes, "called": round(answer.called, 9)}


def journal(folder: Path, *given: Exchange, key: str = "a") -> JournalFile:
    file = JournalFile(folder)
    run = file.open_run(ABOUT | {"key": key})
    for exchange in given:
        file.asked([run])
        run.append(exchange)
        file.flush()
    return file


def scored(n: int = 1, d: int = 2, order: int = 0) -> Exchange:
    points = np.arange(n * d, dtype=float).reshape(n, d)
    columns = {"score": np.ones(n)} | ({"grad": points} if order else {})
    return Ask(points, 1 if order else 0), Answer(**columns), 0.5


@given(given_exchanges=st.lists(exchanges(), max_size=4))
def test_what_was_answered_is_there_again_bit_by_bit(
    given_exchanges: list[Exchange], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journals")
    journal(folder, *given_exchanges).close()
    again = list(Journals(folder, []).exchanges("a"))
    assert len(again) == len(given_exchanges)
    for (asked, answer, seconds), (message, held, held_seconds) in zip(
        given_exchanges, again, strict=True
    ):
        assert type(asked) is type(message)
        assert asked.points.tobytes() == message.points.tobytes()
        if isinstance(asked, PullBack) and isinstance(message, PullBack):
            assert asked.vectors.tobytes() == message.vectors.tobytes()
        if not np.isnan(asked.points).any() and isinstance(asked, Ask):
            assert is_same(asked, message)
        assert (columns_of(held), held_seconds) == (columns_of(answer), seconds)


def test_a_write_cut_short_costs_its_record_only(tmp_path: Path) -> None:
    file = journal(tmp_path, scored(), scored(), scored())
    whole = file.path.read_bytes()
    ends = [0]
    for length in range(len(whole)):
        file.path.write_bytes(whole[:length])
        content = journal_reader.read(file.path)
        assert not content.is_damaged, length
        ends.append(len(content.runs["a"]) if content.runs else 0)
    assert ends == sorted(ends)
    assert ends[-1] == 2
    notices: list[str] = []
    Journals(tmp_path, notices).mend()
    assert len(notices) == 1
    assert "cut short" in notices[0]


def test_every_flipped_bit_is_noticed_and_what_precedes_it_is_used(tmp_path: Path) -> None:
    file = journal(tmp_path, scored(), scored(), scored())
    whole = file.path.read_bytes()
    for place in range(len(whole)):
        for bit in (0, 3, 7):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            file.path.write_bytes(flipped)
            content = journal_reader.read(file.path)
            assert content.is_damaged, (place, bit)
            assert content.path.stat().st_size - content.dropped <= max(place, 0)
            for record in content.runs.values():
                assert all(
                    columns_of(a) == columns_of(scored()[1]) for _, a, _ in record.exchanges()
                )


def test_a_damaged_journal_is_set_aside_and_told_and_its_beginning_kept(tmp_path: Path) -> None:
    notices: list[str] = []
    for nth in range(2):
        file = journal(tmp_path, scored(), scored())
        content = bytearray(file.path.read_bytes())
        content[-20] ^= 1
        file.path.write_bytes(content)
        journals = Journals(tmp_path, notices)
        journals.mend()
        assert file.path.with_name(file.path.name + ".damaged").read_bytes() == bytes(content)
        assert not file.path.exists()
        assert len(list(Journals(tmp_path, []).exchanges("a"))) == 1
        assert len(notices) == nth + 1
        assert "are not as they were written" in notices[-1]
    journals.mend()
    assert len(notices) == 2  # what was mended is whole


def test_the_name_of_what_is_set_aside_is_nobodys(tmp_path: Path) -> None:
    file = journal(tmp_path, scored())
    taken = file.path.with_name(file.path.name + ".damaged")
    taken.write_text("the user's")
    file.path.write_bytes(file.path.read_bytes()[:-1] + b"\x99")
    Journals(tmp_path, []).mend()
    assert taken.read_text() == "the user's"
    assert taken.with_name(taken.name + "-2").exists()


def test_the_longest_record_of_a_run_counts_and_the_others_go(tmp_path: Path) -> None:
    journal(tmp_path, scored()).close()
    journal(tmp_path, scored(), scored()).close()
    journal(tmp_path, scored(), key="b").close()
    journals = Journals(tmp_path, [])
    assert {key: len(record) for key, record in journals.records().items()} == {"a": 2, "b": 1}
    assert {key: pace.used for key, pace in journals.paces().items()} == {"a": 2.0, "b": 1.0}
    journals.tidy(set().__contains__)
    assert len(list(tmp_path.iterdir())) == 2
    journals.tidy({"b"}.__contains__)
    assert len(list(tmp_path.iterdir())) == 1
    journals.tidy({"a", "b"}.__contains__)
    assert list(tmp_path.iterdir()) == []


def test_runs_that_are_forgotten_leave_what_is_others(tmp_path: Path) -> None:
    file = JournalFile(tmp_path)
    for key in "ab":
        file.open_run(ABOUT | {"key": key}).append(scored())
    file.close()
    journals = Journals(tmp_path, [])
    journals.forget(lambda key: key == "a", tmp_path / "replaced")
    assert set(journals.records()) == {"b"}
    assert (tmp_path / "replaced" / file.path.name).exists()
    assert next(iter(journals.exchanges("b")))[1].score.tolist() == [1.0]


def test_a_process_that_dies_while_it_asks_is_told_from_one_that_gave_up(tmp_path: Path) -> None:
    for nth in range(2):
        assert Journals(tmp_path, []).suspects() == set()
        file = JournalFile(tmp_path)
        dies, gives_up = file.open_run(ABOUT), file.open_run(ABOUT | {"key": "b"})
        file.asked([gives_up])  # the surroundings failed, say
        file.asked([dies])
        assert nth in (0, 1)
    assert Journals(tmp_path, []).suspects() == {"a"}
    file = journal(tmp_path / "closed")
    for _ in range(2):
        file = JournalFile(tmp_path / "closed")
        file.asked([file.open_run(ABOUT)])
        file.close()
    assert Journals(tmp_path / "closed", []).suspects() == set()


def units(follower: Follower) -> dict[str, float]:
    return {key: pace.used for key, pace in follower.paces.items()}


def test_a_follower_reads_what_is_new(tmp_path: Path) -> None:
    file = journal(tmp_path, scored(3))
    follower = Follower(file.path)
    follower.read()
    assert units(follower) == {"a": 3.0}
    whole = file.path.read_bytes()
    run = file.open_run(ABOUT | {"key": "b"})
    run.append(scored(2, order=1))
    file.flush()
    more = file.path.read_bytes()
    file.path.write_bytes(more[:-3])
    follower.read()
    assert units(follower) == {"a": 3.0, "b": 0.0}
    file.path.write_bytes(more)
    follower.read()
    assert units(follower) == {"a": 3.0, "b": 6.0}
    file.path.write_bytes(whole + bytes(200))  # damage is not its business
    follower.read()
    assert units(follower) == {"a": 3.0, "b": 6.0}


@pytest.mark.parametrize("d", [1, 2, 10, 500])
@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize(
    ("order", "most"), [(0, lambda d: 8 * (d + 8) + 16), (1, lambda d: 16 * (d + 4) + 16)]
)
def test_an_evaluation_takes_few_bytes(
    tmp_path: Path, d: int, rows: int, order: int, most: Any
) -> None:
    file = journal(tmp_path, scored(rows, d, order))
    before = file.path.stat().st_size
    run = file.open_run(ABOUT)
    file.flush()
    opened = file.path.stat().st_size
    for _ in range(3):
        file.asked([run])
        run.append(scored(rows, d, order))
        file.flush()
    assert (file.path.stat().st_size - opened) / (3 * rows) <= most(d)
    assert before < opened < before + 200


def test_a_folder_without_journals_holds_nothing(tmp_path: Path) -> None:
    journals = Journals(tmp_path / "none", [])
    assert journals.records() == {}
    assert journals.suspects() == set()
    assert journals.paces() == {}
    journals.mend()
    journals.tidy(set().__contains__)


def test_what_is_no_journal_is_damage(tmp_path: Path) -> None:
    (tmp_path / "x.journal").write_bytes(b"something else")
    (tmp_path / "y.journal").write_bytes(MAGIC[:5])
    notices: list[str] = []
    Journals(tmp_path, notices).mend()
    assert ["x.journal" in one for one in notices] == [True, False]


def test_a_full_disk_is_told_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    file = journal(tmp_path, scored())
    write = os.write
    left = [HEAD.size + 3]

    def full(handle: int, content: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        done = write(handle, bytes(content)[: left[0]])
        left[0] -= done
        return done

    run = file.open_run(ABOUT | {"key": "b"})
    run.append(scored())
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="No space left"):
        file.flush()
    assert len(list(Journals(tmp_path, []).exchanges("a"))) == 1
    monkeypatch.setattr(os, "write", write)
    file.close()  # there is room again: what was begun is written to its end
    assert len(list(Journals(tmp_path, []).exchanges("b"))) == 1
    assert isinstance(StoreError("x"), bb.errors.BlackboxError)
