"""What messages cost, how points are moved inside, and how a search is carried within another."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.messages import Ask, Decode, Message, PullBack
from blackbox.price import Price, Work
from blackbox.protocol import Answer, Search
from blackbox.strategies.relay import Relay, relayed
from tests import warm

POINTS = np.zeros((3, 2))
PRICE = Price(score=2.0, gradient=3.0, decode=0.5)


@pytest.mark.parametrize(
    ("message", "cost"),
    [
        (Ask(POINTS), 2.0),
        (Ask(POINTS, 1), 5.0),
        (Ask(POINTS, 1, at="data"), 5.0),
        (Decode(POINTS), 0.5),
        (PullBack(POINTS, POINTS), 3.0),
    ],
)
def test_a_message_has_one_price(message: Message, cost: float) -> None:
    assert PRICE.of(message) == cost


@given(st.integers(1, 1000), st.sampled_from([0.1, 0.2, 0.3, 0.7, 1.0, 3.0]))
def test_n_times_a_price_buys_n(n: int, score: float) -> None:
    price, work = Price(score=score), Work(scores=1)
    assert price.affordable(n * score, work) == n
    assert price.affordable(sum([score] * n), work, n + 5) == n
    assert price.affordable(n * score, work, n - 1) == n - 1


def test_what_is_free_is_affordable_without_end() -> None:
    assert Price().affordable(0.0, Work(decodes=1)) == math.inf
    assert Price().affordable(-1.0, Work(scores=1)) == 0
    with pytest.raises(ValueError, match="finite"):
        Price(decode=math.inf)


def test_what_was_proposed_outside_is_moved_inside_and_marked() -> None:
    ask = Ask.inside(bb.Space.box(-1, 1, 2), np.array([[0.0, 3.0], [0.5, 0.5]]), 1)
    assert ask.points.tolist() == [[0.0, 1.0], [0.5, 0.5]]
    assert (ask.order, ask.moved.tolist()) == (1, [True, False])


def test_a_step_on_a_sphere_is_no_move_but_for_those_that_know_of_no_sphere() -> None:
    sphere, proposed = bb.Space.sphere(2), np.array([[3.0, 4.0]])
    assert not Ask.inside(sphere, proposed).moved.any()
    library = Ask.inside(sphere, proposed, on_sphere=False)
    assert library.moved.all()
    assert sphere.contains(library.points).all()
    assert not Ask(proposed).moved.any()


def search(closed: list[str], told: list[float]) -> Search:
    try:
        for n in (1, 3):
            told.append(float((yield Ask(np.zeros((n, 2)))).score.sum()))
    finally:
        closed.append("closed")


def answered(message: Message) -> Answer:
    return Answer(score=np.ones(len(message.points)))


def test_a_relay_maps_messages_and_answers() -> None:
    closed: list[str] = []
    told: list[float] = []
    asked: list[int] = []

    def grant(message: Message) -> Message:
        asked.append(len(message.points))
        return message

    talk = relayed(search(closed, told), grant, lambda _, a: Answer(score=10 * a.score))
    message = next(talk)
    with pytest.raises(StopIteration):
        while True:
            message = talk.send(answered(message))
    assert (asked, told, closed) == ([1, 3], [10.0, 30.0], ["closed"])


def test_a_relay_waits_and_goes_on_with_what_it_was_about_to_ask() -> None:
    closed: list[str] = []
    told: list[float] = []
    relay = Relay(search(closed, told))
    first = relay.talk(lambda message: message if len(message.points) < 3 else None)
    with pytest.raises(StopIteration):
        first.send(answered(next(first)))
    assert (told, relay.ended) == ([1.0], False)
    second = relay.talk()
    with pytest.raises(StopIteration):
        second.send(answered(next(second)))
    assert (told, relay.ended, closed) == ([1.0, 3.0], True, ["closed"])
    assert list(relay.talk()) == []


def test_a_relay_ends_after_a_batch_that_is_cut() -> None:
    closed: list[str] = []
    told: list[float] = []
    relay = Relay(search(closed, told))
    talk = relay.talk(lambda message: Ask(message.points[:1]))
    talk.send(answered(next(talk)))
    with pytest.raises(StopIteration):
        talk.send(answered(Ask(POINTS[:1])))
    assert (told, relay.ended, closed) == ([1.0], True, ["closed"])


def test_closing_a_relayed_search_closes_it() -> None:
    closed: list[str] = []
    talk = relayed(search(closed, []))
    next(talk)
    talk.close()
    assert closed == ["closed"]


OLD = """
import warnings
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    from blackbox.strategies.tools.optional import MissingPackage
    from blackbox.strategies.tools.steps import SCHEDULES
assert any("blackbox.strategies.moves" in str(one.message) for one in heard)
import blackbox as bb, blackbox.strategies.moves.steps as steps
from blackbox.protocol import NoGradient, ProtocolError
from blackbox.errors import ReplayDiverged
from blackbox.runtime.store import StoreError
from blackbox.scoring.scorer import ObjectiveError
from blackbox.call_form import NameProblem
from blackbox.study import StudyError
from blackbox.imports.records import LogError
from blackbox.results.export.logs import ExportError
from blackbox.trace import JudgedPath, Path
for one in (MissingPackage, NoGradient, ProtocolError, ReplayDiverged, StoreError, ObjectiveError,
            NameProblem, StudyError, LogError, ExportError):
    assert one is getattr(bb, one.__name__) and issubclass(one, bb.BlackboxError)
assert SCHEDULES is steps.SCHEDULES and Path is JudgedPath
assert issubclass(MissingPackage, ImportError) and issubclass(StudyError, ValueError)
"""


@pytest.mark.slow
def test_old_places_still_lead_to_what_moved() -> None:
    warm.run([sys.executable, "-c", OLD], check=True)
