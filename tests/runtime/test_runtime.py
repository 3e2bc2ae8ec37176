"""Laws of the meter, and how runs and the engine behave when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.errors import ReplayDiverged
from blackbox.messages import Message
from blackbox.protocol import (
    Answer,
    Ask,
    Brief,
    Capability,
    Decode,
    Price,
    ProtocolError,
    PullBack,
    Search,
    Work,
)
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import advance, advance_steadily
from blackbox.runtime.replay import replay
from blackbox.trace import Status
from tests.conftest import bowl, finished, make_bowl, rows, started

prices = st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 7.0])
asks = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 1)), max_size=20)


@given(budget=st.integers(1, 300), gradient=prices, wanted=asks)
def test_meter_never_spends_more_than_it_has(
    budget: int, gradient: float, wanted: list[tuple[int, bool]]
) -> None:
    meter = Meter(budget, Price(gradient=gradient))
    for count, order in wanted:
        before = meter.spent
        granted = meter.grant(count, Work(1, order))
        unit = 1 + order * gradient
        assert 0 <= granted <= count
        assert meter.spent <= budget * (1 + 1e-9)
        assert meter.spent == pytest.approx(before + granted * unit)
        if granted < count:  # the prefix is the longest that is affordable
            assert meter.spent + unit > budget * (1 - 1e-9)


@given(budget=st.integers(1, 200), cuts=st.lists(st.integers(1, 40), min_size=1))
def test_meter_grants_the_same_however_a_batch_is_cut(budget: int, cuts: list[int]) -> None:
    pieces, whole = Meter(budget), Meter(budget)
    assert sum(pieces.grant(cut) for cut in cuts) == whole.grant(sum(cuts))


def test_a_budget_of_three_tenths_buys_three_scores_of_a_tenth() -> None:
    assert Meter(0.3, Price(score=0.1)).grant(10) == 3


@pytest.mark.parametrize("budget", [0, -1, float("nan"), float("inf")])
def test_meter_refuses_a_budget_that_buys_nothing(budget: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        Meter(budget)


@dataclass(frozen=True)
class Overshooting:
    """Asks for pairs of which the second was proposed outside."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        while True:
            yield Ask(np.repeat(brief.start[:1], 2, axis=0), 1, clipped=np.array([False, True]))


def test_points_that_were_clipped_are_counted_where_they_are_paid() -> None:
    # One gradient with its score, and a score for the rest of the money, twice.
    run = finished(Overshooting(), make_bowl(bb.Space.normal(2)), budget=7)
    assert run.recorder.filled()["clipped"].tolist() == [False, True, False, True]


def test_price_refuses_free_scores() -> None:
    with pytest.raises(ValueError, match="score"):
        Price(score=0)


@dataclass(frozen=True)
class Says:
    """A strategy that says what a function yields."""

    talk: Callable[[Brief, np.random.Generator], Search]
    needs: frozenset[Capability] = frozenset(Capability)

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        return self.talk(brief, rng)


def test_a_gradient_that_is_not_affordable_is_scored_without_one(normal_bowl: bb.Objective) -> None:
    def talk(brief: Brief, rng: np.random.Generator) -> Search:
        yield Ask(brief.start[:5], 1)

    run = finished(Says(talk), normal_bowl, budget=7)
    recorded = run.recorder.filled()
    assert recorded["n_gradients"].tolist() == [1, 2, 3, 3]
    assert recorded["n_scores"].tolist() == [1, 2, 3, 4]
    assert (run.status, run.meter.spent) == (Status.SPENT, 7)


@pytest.mark.parametrize(
    ("gradient", "scores", "gradients"),
    [
        (4.0, 3, 1),  # 5 for the first, and two more scores
        (2.5, 2, 2),  # 3.5 twice
        (0.0, 7, 7),
        (9.0, 7, 0),  # no gradient is affordable: all is spent on scores
    ],
)
def test_leftover_of_a_gradient_buys_scores(
    normal_bowl: bb.Objective, gradient: float, scores: int, gradients: int
) -> None:
    def talk(brief: Brief, rng: np.random.Generator) -> Search:
        while True:
            yield Ask(brief.start, 1)

    run = finished(Says(talk), normal_bowl, budget=7, price=Price(gradient=gradient))
    assert (run.meter.n_scores, run.meter.n_gradients, run.meter.spent) == (scores, gradients, 7)


def test_decodes_and_pull_backs_are_priced() -> None:
    objective = make_bowl(bb.Space.normal(4), decoder=lambda z: torch.tanh(z))

    def talk(brief: Brief, rng: np.random.Generator) -> Search:
        x = (yield Decode(brief.start[:2])).x
        answer = yield Ask(x, 1, "data")
        pulled = yield PullBack(brief.start[:2], answer.grad)
        assert pulled.pulled.shape == (2, 4)
        yield Ask(brief.start[:2])

    run = finished(Says(talk), objective, budget=9, price=Price(decode=0.5))
    # 2 decodes at 0.5, 2 scores with gradients at 2, 2 pull-backs at 1, 2 scores at 1
    assert (run.status, run.meter.spent) == (Status.SPENT, 9.0), run.error
    assert (run.meter.n_scores, run.meter.n_gradients, run.meter.n_decodes) == (4, 4, 2)
    recorded = run.recorder.filled()
    assert np.isnan(recorded["z"][:2]).all()
    assert sorted(run.recorder.x) == [0, 1]


def bad_messages() -> dict[str, Any]:
    z = np.zeros((1, 4))
    return {
        "yields Ask, Decode, PullBack, Believe or Verify": "hello",
        r"must be \[n, 4\]": Ask(np.zeros((1, 3))),
        "at least one point": Ask(np.zeros((0, 4))),
        "not finite": Ask(z + np.nan),
        "order 0 or 1": Ask(z, 2),  # type: ignore[arg-type]
    }


@pytest.mark.parametrize("error", bad_messages())
def test_a_message_that_is_not_of_the_language_fails_the_run(
    normal_bowl: bb.Objective, error: str
) -> None:
    def talk(brief: Brief, rng: np.random.Generator) -> Search:
        yield Ask(brief.start[:1])
        yield bad_messages()[error]

    run = finished(Says(talk), normal_bowl)
    assert run.status is Status.FAILED
    with pytest.raises(AssertionError, match=error):
        raise AssertionError(run.error)
    assert run.recorder.size == 1


def test_points_outside_the_space_fail_the_run() -> None:
    run = finished(
        Says(lambda brief, rng: iter_one(Ask(np.full((1, 2), 9.0)))),
        make_bowl(bb.Space.box(-1, 1, 2)),
    )
    assert "use space.clip" in run.error


def iter_one(message: Message) -> Search:
    yield message


def test_an_undeclared_need_fails_the_run(normal_bowl: bb.Objective) -> None:
    strategy = Says(lambda brief, rng: iter_one(Ask(brief.start[:1], 1)), needs=frozenset())
    assert "does not declare" in finished(strategy, normal_bowl).error


def test_a_strategy_that_raises_keeps_what_it_paid_for(normal_bowl: bb.Objective) -> None:
    def talk(brief: Brief, rng: np.random.Generator) -> Search:
        yield Ask(brief.start[:3])
        raise RuntimeError("out of ideas")

    run = finished(Says(talk), normal_bowl)
    assert (run.status, run.recorder.size) == (Status.FAILED, 3)
    assert "out of ideas" in run.error


def test_a_strategy_that_stops_says_so(normal_bowl: bb.Objective) -> None:
    run = finished(Says(lambda brief, rng: iter_one(Ask(brief.start[:3]))), normal_bowl)
    assert (run.status, run.meter.spent) == (Status.RETURNED, 3)


def test_a_strategy_that_fails_to_begin_fails_the_run(normal_bowl: bb.Objective) -> None:
    def broken(brief: Brief, rng: np.random.Generator) -> Search:
        raise RuntimeError("no")

    assert finished(Says(broken), normal_bowl).status is Status.FAILED


def test_a_failing_run_does_not_stop_its_neighbours(normal_bowl: bb.Objective) -> None:
    def picky(message: Message) -> Answer:
        if (message.points == 7).any():
            raise RuntimeError("seven")
        return normal_bowl.evaluate(message)

    seven = started(Says(lambda brief, rng: iter_one(Ask(np.full((1, 4), 7.0)))), normal_bowl)
    well = started(bb.strategy("random_search"), normal_bowl)
    advance([seven, well], picky)
    assert (seven.status, well.status) == (Status.FAILED, Status.SPENT)
    assert "seven" in seven.error


def test_replay_tells_where_it_diverged(normal_bowl: bb.Objective) -> None:
    journal: list[Any] = []
    finished(bb.strategy("cma_es"), normal_bowl, journal=journal)
    other = started(bb.strategy("cma_es"), normal_bowl, seed=1)
    with pytest.raises(ReplayDiverged, match="message 0 differs"):
        replay(other, journal)


def test_nothing_is_received_twice(normal_bowl: bb.Objective) -> None:
    run = finished(bb.strategy("random_search"), normal_bowl)
    with pytest.raises(ProtocolError, match="nothing is pending"):
        run.receive(normal_bowl.evaluate(Ask(np.zeros((1, 4)))))


def test_no_barrier_gives_the_same_traces_as_lockstep(normal_bowl: bb.Objective) -> None:
    def company() -> list[Any]:
        names = ("random_search", "cma_es", "gradient_ascent")
        return [started(bb.strategy(name), normal_bowl) for name in names]

    lockstep, steady = company(), company()
    advance(lockstep, normal_bowl.evaluate)
    with ThreadPoolExecutor(3) as executor:
        advance_steadily(steady, normal_bowl.evaluate, executor)
    assert [rows(run) for run in lockstep] == [rows(run) for run in steady]


def test_no_barrier_a_failure_is_one_run_s(normal_bowl: bb.Objective) -> None:
    def broken(message: Message) -> Answer:
        raise RuntimeError("no")

    run = started(bb.strategy("random_search"), normal_bowl)
    with ThreadPoolExecutor(1) as executor:
        advance_steadily([run], broken, executor)
    assert (run.status, "RuntimeError: no" in run.error) == (Status.FAILED, True)


@dataclass(frozen=True)
class Repeats:
    """Asks every point twice, then some new ones."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        for _ in range(100):
            z = brief.space.sample(rng, 2)
            first = yield Ask(np.concatenate([z, z]), 1)
            again = yield Ask(z)
            assert np.array_equal(first.grad[:2], first.grad[2:])
            assert np.array_equal(first.score[:2], again.score)


def test_cached_duplicates_are_free_and_counted_ones_are_not() -> None:
    counted = make_bowl(bb.Space.normal(4))
    free = make_bowl(bb.Space.normal(4), duplicates="cached")
    study = bb.compare(counted, [Repeats()], 20, seeds=1)
    cached = bb.compare(free, [Repeats()], 20, seeds=1)
    assert study.runs.n_duplicate[0] > 0
    assert cached.runs.n_duplicate[0] == 0
    assert cached.runs.used[0] == study.runs.used[0] == 20


def test_a_strategy_that_only_repeats_itself_begins_anew_elsewhere() -> None:
    def talk(brief: Brief, rng: np.random.Generator) -> Search:
        while True:
            yield Ask(brief.start[:1])

    cached = make_bowl(bb.Space.normal(4), duplicates="cached")
    study = bb.compare(cached, [Says(talk, frozenset())], 20, seeds=1)
    assert (study.runs.status[0], study.runs.n_duplicate[0]) == ("spent", 0)


def test_answers_are_read_only_and_know_what_they_hold(normal_bowl: bb.Objective) -> None:
    answer = normal_bowl.evaluate(Ask(np.zeros((2, 4))))
    with pytest.raises(ValueError, match="read-only"):
        answer.score[0] = 1
    with pytest.raises(bb.protocol.NoGradient, match="order=1"):
        _ = answer.grad
    with pytest.raises(ProtocolError, match="not x"):
        _ = answer.x
    assert len(answer[1:]) == 1
    assert bowl(torch.zeros(1, 4)).item() == answer.score[0]
