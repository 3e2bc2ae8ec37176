"""Tries of points that exceed a limit, where the budget pays for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import blackbox as bb
from blackbox.protocol import Answer, Array, Ask, Brief, Message, Search
from blackbox.runtime.budget import Meter
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.journals import Journals
from blackbox.runtime.replay import replay
from blackbox.runtime.run import Run

SPACE = bb.Space.box([0.0], [1.0])
BRIEF = Brief(
    space=SPACE, start=np.zeros((1, 1)), budget=9.0, offers=frozenset({bb.Capability.GRADIENT})
)


@dataclass(frozen=True)
class InTurn:
    """Asks for the same points again and again, so many at a time."""

    points: tuple[float, ...]
    at_once: int
    order: int = 0
    heard: list[list[float]] = field(default_factory=list, compare=False)
    needs = frozenset({bb.Capability.GRADIENT})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Note what is answered."""
        for first in range(0, len(self.points), self.at_once):
            points = np.array(self.points[first : first + self.at_once])[:, None]
            answer = yield Ask(points, 1 if self.order else 0)
            self.heard.append(np.where(answer.valid, answer.score, np.nan).tolist())


@dataclass
class Slow:
    """Points above 0.5 exceed their time so many times before they have a score."""

    times: int
    tries: Counter[float] = field(default_factory=Counter)

    def __call__(self, message: Message) -> Answer:
        """Answer an ask."""
        assert isinstance(message, Ask)
        x = message.points[:, 0]
        self.tries.update(x.tolist())
        exceeded = np.array([place > 0.5 and self.tries[place] <= self.times for place in x])
        columns: dict[str, Array] = {"score": np.where(exceeded, np.nan, x)}
        if message.order:
            columns["grad"] = np.ones((len(x), 1))
        return Answer(**columns, valid=~exceeded, exceeded=exceeded)


def driven(
    strategy: InTurn,
    slow: Slow,
    budget: float = 9,
    retries: int = 1,
    journal: list[Exchange] | None = None,
) -> Run:
    run = Run(
        strategy, BRIEF, np.random.default_rng(0), Meter(budget), journal=journal, retries=retries
    )
    while run.pending is not None:
        run.receive(slow(run.pending))
    return run


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_each_try_is_a_row_that_is_paid_and_the_search_hears_the_last(at_once: int) -> None:
    strategy = InTurn((0.1, 0.9, 0.2), at_once)
    run = driven(strategy, Slow(times=1))
    assert np.concatenate(strategy.heard).tolist() == [0.1, 0.9, 0.2]
    assert run.meter.spent == 4
    assert np.isnan(run.recorder.filled()["score"]).sum() == 1


def test_tries_end_and_the_point_is_then_without_a_score() -> None:
    strategy = InTurn((0.9, 0.2), 1)
    run = driven(strategy, Slow(times=9), retries=2)
    np.testing.assert_array_equal(np.concatenate(strategy.heard), [np.nan, 0.2])
    assert run.meter.spent == 4


def test_without_retries_nothing_is_asked_again() -> None:
    strategy = InTurn((0.9, 0.2), 1)
    assert driven(strategy, Slow(times=1), retries=0).meter.spent == 2


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("budget", range(1, 9))
def test_no_try_is_made_that_the_budget_does_not_pay(budget: int, order: int) -> None:
    slow = Slow(times=2)
    run = driven(InTurn((0.9, 0.8, 0.7, 0.1) * 3, 2, order), slow, budget, retries=2)
    assert run.meter.spent <= budget
    assert run.recorder.size == slow.tries.total() <= budget
    counted = run.recorder.filled()
    assert (counted["n_scores"][-1], counted["n_gradients"][-1]) == run.meter.counters[:2]


def test_a_replay_of_tries_asks_for_nothing(tmp_path: Path) -> None:
    file = JournalFile(tmp_path)
    journal = file.open_run({"key": "a"})
    points = (0.9, 0.1, 0.8)
    first = Run(
        InTurn(points, 2), BRIEF, np.random.default_rng(0), Meter(9), journal=journal, retries=1
    )
    slow = Slow(times=1)
    while first.pending is not None:
        first.receive(slow(first.pending))
    file.close()
    second = Run(InTurn(points, 2), BRIEF, np.random.default_rng(0), Meter(9), retries=1)
    replay(second, list(Journals(tmp_path, []).exchanges("a")))
    assert second.pending is None
    for name in ("z", "score", "n_scores"):
        np.testing.assert_array_equal(first.recorder.filled()[name], second.recorder.filled()[name])


def crawl(x: Array) -> float:
    """Exceeds its memory anywhere but near zero."""
    if x[0] > 0.6:
        raise MemoryError("too large")
    return float(x[0])


@pytest.mark.processes
def test_a_study_says_whether_tries_are_charged_and_goes_on_with_more_money(
    tmp_path: Path,
) -> None:
    def made(folder: str, budget: float, *, charge: bool) -> bb.Comparison:
        scorer = bb.Scorer(crawl, batched=False, memory=500, retries=2)
        objective = bb.Objective(scorer, space=SPACE, name="crawl")
        place, strategy = tmp_path / folder, "nevergrad:OnePlusOne"
        return bb.compare(
            objective, strategy, budget, seeds=1, store=place, charge_retries=charge, progress=False
        )

    free, paid = made("free", 12, charge=False), made("paid", 12, charge=True)
    assert free.evaluations.z_norm.nunique() > paid.evaluations.z_norm.nunique()
    more, at_once = made("paid", 20, charge=True), made("at once", 20, charge=True)
    assert len(more.evaluations) == 20
    columns = ["row", "n_scores", "score", "z_norm"]
    assert more.evaluations[columns].equals(at_once.evaluations[columns])
    assert more.evaluations.score[:12].equals(paid.evaluations.score)
    assert not made("free", 12, charge=True).evaluations.score.equals(free.evaluations.score)
    assert bb.load(tmp_path / "free").is_complete
