"""Runs that are advanced together are seen, cut, stopped and failed as if each were alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.errors import Unavailable
from blackbox.protocol import Answer, Ask, AskEach, Brief, Message, Search, SearchOfMany
from blackbox.runtime.company import Company, gather
from blackbox.runtime.engine import advance
from blackbox.runtime.run import Run
from blackbox.testing.runs import SPACES, finished, make_bowl, rows, started
from blackbox.trace import Status

BOWL = make_bowl(SPACES["normal"])


@dataclass(frozen=True)
class Wander:
    """Steps of a size that grows with the seed's first number, two at a time after the start."""

    lies: bool = False
    raises_after: int = 10**9
    parted: list[int] = field(default_factory=list, compare=False)

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """One by one."""
        z = brief.start[:1]
        yield Ask(z)
        while True:
            yield Ask(z + rng.standard_normal((2, brief.space.dim)))

    def together(
        self, briefs: Sequence[Brief], rngs: Sequence[np.random.Generator]
    ) -> SearchOfMany:
        """Side by side."""
        g, d = len(briefs), briefs[0].space.dim
        z = np.concatenate([brief.start[:1] for brief in briefs])
        yield AskEach(z, np.ones(g, np.int64))
        try:
            for nth in range(self.raises_after):
                steps = np.stack([rng.standard_normal((2, d)) for rng in rngs])
                points = (z[:, None] + steps + (1.0 if self.lies and nth == 3 else 0.0)).reshape(
                    -1, d
                )
                yield AskEach(points, np.full(g, 2))
            raise RuntimeError("the vectorised form is at its end")
        finally:
            self.parted.append(g)


def company(strategy: Any = Wander(), budget: float = 20, seeds: int = 3) -> list[Run]:
    return [started(strategy, BOWL, budget, seed) for seed in range(seeds)]


def alone(budget: float = 20, seeds: int = 3) -> list[tuple[bytes, ...]]:
    return [rows(finished(Wander(), BOWL, budget, seed)) for seed in range(seeds)]


def test_runs_of_one_strategy_and_one_budget_are_advanced_together() -> None:
    runs = [*company(), *company(budget=7), started(bb.strategy("random_search"), BOWL, 20)]
    gather(runs)
    assert len({run.company for run in runs}) == 3
    assert runs[-1].company is None
    advance(runs, BOWL.evaluate)
    assert [rows(run) for run in runs[:6]] == [*alone(), *alone(7)]
    assert {run.status for run in runs} == {Status.SPENT}
    assert [run.meter.spent for run in runs] == [20] * 3 + [7] * 3 + [20]
    assert [run.answered for run in runs] == [20] * 3 + [7] * 3 + [20]


@pytest.mark.parametrize("rounds", [0, 1, 2, 5])
def test_between_rounds_each_is_seen_as_it_stands(rounds: int) -> None:
    runs, (other,) = company(), company(seeds=1)
    advance(runs, BOWL.evaluate, rounds)
    advance([other], BOWL.evaluate, rounds)
    assert isinstance(runs[0].company, Company)
    assert other.company is None
    assert rows(runs[0]) == rows(other)
    assert np.array_equal(runs[0].pending.points, other.pending.points)  # type: ignore[union-attr]
    assert runs[0].meter.counters == other.meter.counters
    assert runs[0].paid == other.paid
    for run in (runs[0], other):
        run.stop("interrupted")
    assert runs[0].paid == other.paid == other.recorder.size


def test_one_that_is_answered_by_hand_leaves_the_others_as_they_were() -> None:
    runs = company()
    advance(runs, BOWL.evaluate, 3)
    pending = runs[1].pending
    assert pending is not None
    runs[1].receive(BOWL.evaluate(pending))
    assert {run.company for run in runs} == {None}
    advance(runs, BOWL.evaluate)
    assert [rows(run) for run in runs] == alone()


def test_a_point_without_a_score_parts_them() -> None:
    def picky(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x[:, 0] > 1.5, torch.nan, -(x**2).sum(-1))

    objective = make_bowl(SPACES["normal"], picky)
    strategy = Wander()
    runs = [started(strategy, objective, 40, seed) for seed in range(3)]
    advance(runs, objective.evaluate)
    assert strategy.parted == [3]
    lone = [finished(Wander(), objective, 40, seed) for seed in range(3)]
    assert [rows(run) for run in runs] == [rows(run) for run in lone]
    assert [run.recorder.complaint for run in runs] == [run.recorder.complaint for run in lone]


def test_who_raises_fails_alone() -> None:
    bad = company()[1].brief.start[0]

    def evaluate(message: Message) -> Answer:
        if (message.points == bad).all(axis=1).any():
            raise RuntimeError("not this one")
        return BOWL.evaluate(message)

    runs = company()
    advance(runs, evaluate)
    assert [run.status for run in runs] == [Status.SPENT, Status.FAILED, Status.SPENT]
    assert "not this one" in runs[1].error
    assert [rows(runs[0]), rows(runs[2])] == [alone()[0], alone()[2]]


def test_where_the_objective_is_unavailable_all_stay_unfinished_with_what_they_have() -> None:
    calls = []

    def evaluate(message: Message) -> Answer:
        calls.append(len(message.points))
        if len(calls) == 4:
            raise Unavailable("the machine is off")
        return BOWL.evaluate(message)

    runs = company()
    advance(runs, evaluate)
    assert calls == [3, 6, 6, 6]
    assert {run.status for run in runs} == {Status.RUNNING}
    assert {run.error for run in runs} == {"the machine is off"}
    assert [run.recorder.size for run in runs] == [5] * 3


def test_an_interruption_loses_nothing_that_was_answered() -> None:
    calls = []

    def evaluate(message: Message) -> Answer:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return BOWL.evaluate(message)

    runs = company()
    with pytest.raises(KeyboardInterrupt):
        advance(runs, evaluate)
    assert [run.recorder.size for run in runs] == [5] * 3
    advance(runs, BOWL.evaluate)
    assert [rows(run) for run in runs] == alone()


def test_where_the_vectorised_form_ends_or_raises_generators_go_on() -> None:
    runs = company(Wander(raises_after=2))
    advance(runs, BOWL.evaluate)
    assert [rows(run) for run in runs] == alone()


def test_a_vectorised_form_that_asks_something_else_is_named() -> None:
    runs = company(Wander(lies=True))
    advance(runs, BOWL.evaluate, 5)
    runs[0].company.part()  # type: ignore[union-attr]
    assert {run.status for run in runs} == {Status.FAILED}
    assert "its vectorised form asked other points than its generator" in runs[0].error


def test_a_search_that_is_another_does_not_inherit_the_vectorised_form() -> None:
    @dataclass(frozen=True)
    class Twice(Wander):
        def search(self, brief: Brief, rng: np.random.Generator) -> Search:
            yield Ask(brief.start[:1])
            while True:
                yield Ask(2 * rng.standard_normal((3, brief.space.dim)))

    runs = company(Twice())
    advance(runs, BOWL.evaluate, 2)
    assert {run.company for run in runs} == {None}


@pytest.mark.parametrize("name", ["hill_climb", "one_plus_one", "cma_es", "cma_es(start='best')"])
def test_ours_stay_together_to_the_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parted: list[Company] = []
    monkeypatch.setattr(Company, "_part", lambda self, *_: parted.append(self))
    runs = company(bb.strategy(name), budget=400)
    advance(runs, BOWL.evaluate)
    assert not parted
    assert {run.status for run in runs} == {Status.SPENT}
