"""Calls of a run that several make are handed over in the order of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from blackbox.errors import Unavailable, WorkerDied
from blackbox.protocol import Answer, Ask, Brief, Message, Search
from blackbox.runtime.budget import Meter, RunLimits
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.run import Run
from blackbox.runtime.spread import Alone, RowsAsked, Spread, made
from blackbox.space import Space
from blackbox.trace import Status

SPACE = Space.box(-1, 1, 2)


class Grid:
    """Asks the same five points for ever, moved a little each time."""

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        z = np.linspace(-0.5, 0.5, 10).reshape(5, 2)
        z[0] = brief.start[0]
        while True:
            answer = yield Ask(z)
            z = z + 1e-3 * answer.score[:, None]


def score(message: Message) -> Answer:
    return Answer(score=-(message.points**2).sum(axis=1))


def begun(budget: float = 13, limits: RunLimits | None = None) -> Run:
    brief = Brief(SPACE, np.zeros((1, 2)), budget=budget)
    limits = limits or RunLimits()
    return Run(Grid(), brief, np.random.default_rng(0), Meter(budget), limits=limits)


class Backwards:
    """Others, who make all calls but every third, and hand the last one back first."""

    def __init__(self, raises: dict[int, tuple[Any, ...]] | None = None) -> None:
        self.waiting: list[tuple[int, RowsAsked]] = []
        self.raises = raises or {}

    def offer(self, pieces: Iterable[tuple[int, RowsAsked]]) -> None:
        self.waiting += pieces

    def withdraw(self, numbers: Sequence[int]) -> list[int]:
        gone = [nth for nth, _ in self.waiting if nth in numbers]
        self.waiting = [one for one in self.waiting if one[0] not in numbers]
        return gone

    def progress(self) -> tuple[list[tuple[int, tuple[Any, ...]]], int | None]:
        if not self.waiting:
            return [], None
        nth, piece = self.waiting.pop()
        if nth % 3 == 2:
            return [], nth
        return [(nth, self.raises.get(nth, ("returned", made(score, piece))))], None


def driven(run: Run, spread: Spread) -> Run:
    for _ in range(200):
        if run.pending is None:
            return run
        spread.advance([run])
    raise AssertionError("it does not end")


def columns(run: Run) -> list[bytes]:
    filled = run.recorder.filled()
    return [filled[name].tobytes() for name in ("z", "score", "n_scores", "valid")]


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_who_makes_a_call_and_when_changes_nothing(rows: int) -> None:
    alone = driven(begun(), Spread(score, rows, Alone(), lambda _: "a"))
    helped = driven(begun(), Spread(score, rows, Backwards(), lambda _: "a"))
    assert columns(alone) == columns(helped)
    assert (helped.status, helped.recorder.size) == (Status.SPENT, 13)


def test_what_comes_before_its_turn_is_kept_and_not_asked_again() -> None:
    early: list[tuple[RowsAsked, Answer, float]] = []
    spread = Spread(score, 1, Backwards(), lambda _: "a")
    spread.keep = lambda *one: early.append(one)
    whole = driven(begun(), spread)
    assert early
    ahead: dict[int, Exchange] = {
        piece.row: (piece.message, answer, seconds) for piece, answer, seconds in early
    }
    asked: list[Message] = []

    def counted(message: Message) -> Answer:
        asked.append(message)
        return score(message)

    again = driven(begun(), Spread(counted, 1, Alone(), lambda _: "a", ahead={"a": ahead}))
    assert columns(again) == columns(whole)
    assert len(asked) == 13 - len(early)


def test_what_was_kept_of_another_point_counts_for_nothing() -> None:
    other: Exchange = (Ask(np.full((1, 2), 0.25)), Answer(score=np.array([9.0])), 0.0)
    plain = driven(begun(), Spread(score, 1, Alone(), lambda _: "a"))
    ahead = {"a": {3: other}, "b": {0: other}}
    misled = driven(begun(), Spread(score, 1, Alone(), lambda _: "a", ahead=ahead))
    assert columns(misled) == columns(plain)


def test_a_run_that_reaches_its_goal_takes_no_further_answer() -> None:
    limits = RunLimits(stop_at=-0.01)
    alone = driven(begun(limits=limits), Spread(score, 1, Alone(), lambda _: "a"))
    hands = Backwards()
    helped = driven(begun(limits=limits), Spread(score, 1, hands, lambda _: "a"))
    assert alone.status is helped.status is Status.REACHED
    assert columns(alone) == columns(helped)
    assert not hands.waiting


def test_what_a_call_raises_ends_the_run_when_its_turn_comes() -> None:
    boom = ValueError("boom"), "Traceback: boom"
    run = driven(begun(), Spread(score, 1, Backwards({3: ("raised", *boom)}), lambda _: "a"))
    assert (run.status, run.error, run.recorder.size) == (Status.FAILED, "Traceback: boom", 3)
    away = Unavailable("no licence"), ""
    run = driven(begun(), Spread(score, 1, Backwards({3: ("raised", *away)}), lambda _: "a"))
    assert (run.status, run.error, run.recorder.size) == (Status.RUNNING, "no licence", 3)


def test_the_death_of_who_helps_is_told_to_whoever_looks_after_processes() -> None:
    with pytest.raises(WorkerDied, match="helped died: killed by SIGSEGV"):
        hands = Backwards({4: ("ended", "killed by SIGSEGV")})
        driven(begun(), Spread(score, 1, hands, lambda _: "a"))


def test_where_time_is_up_nothing_is_begun_and_nothing_lost() -> None:
    hands, run = Backwards(), begun()
    spread = Spread(score, 1, hands, lambda _: "a")
    spread.advance([run])
    spread.finish()
    assert not hands.waiting
    assert run.pending is not None
