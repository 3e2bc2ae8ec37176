"""Nested subspaces: what is carried over, how they grow, and what that is good for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.protocol import Answer, Ask, Brief
from blackbox.strategies.bayesian.baxus import Baxus
from blackbox.strategies.bayesian.nested import Embedding, SplitPlan
from blackbox.testing.runs import finished
from tests.campaigns import few_axes


@given(st.integers(1, 300), st.integers(1, 4), st.integers(0, 99))
def test_points_are_carried_over_to_the_last_bit_until_all_axes_are_apart(
    dim: int, more: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    embedding = Embedding.drawn(dim, SplitPlan(dim, more, 100).first, rng)
    t = rng.random((3, embedding.target))
    points, sizes = embedding.raised(t), [embedding.target]
    while not embedding.is_whole:
        embedding, parents = embedding.split(more, rng)
        t = t[:, parents]
        assert np.array_equal(embedding.raised(t), points)
        sizes.append(embedding.target)
    assert sizes[-1] == dim
    # One split more than planned at most, where the plan ends short of all axes.
    assert len(sizes) - 1 <= SplitPlan(dim, more, 100).splits + 1


def test_bins_hold_as_many_axes_each_and_axes_go_both_ways() -> None:
    embedding = Embedding.drawn(1000, 3, np.random.default_rng(0))
    assert {*np.bincount(embedding.bins)} == {333, 334}
    assert abs(embedding.signs.sum()) < 5 * np.sqrt(1000)
    assert {*np.abs(embedding.signs)} == {1.0}
    moved = embedding.raised(np.array([[0.5, 0.5, 0.5], [0.9, 0.5, 0.5]]))
    assert np.array_equal(moved[0] != moved[1], embedding.bins == 0)


@given(st.integers(2, 4096), st.integers(50, 10_000))
def test_failures_alone_spend_no_more_than_the_budget_before_all_axes_are_apart(
    dim: int, evaluations: int
) -> None:
    plan = SplitPlan(dim, 3, evaluations)
    targets = [plan.first * 4**nth for nth in range(plan.splits + 1)]
    spent = sum(6 * plan.patience(target) for target in targets if target < dim)
    assert spent <= evaluations + 6 * len(targets)  # each halves once a failure at the soonest


def test_it_asks_the_start_first_and_then_a_few_axes_more_and_more() -> None:
    rng, dim = np.random.default_rng(0), 40
    brief = Brief(bb.Space.normal(dim), rng.standard_normal((1, dim)), 150)
    search = Baxus(initial=4).search(brief, rng)
    message, different = next(search), list[int]()
    assert isinstance(message, Ask)
    assert np.array_equal(message.points, brief.start)
    for _ in range(120):
        message = search.send(
            Answer(score=np.zeros(len(message.points)), valid=np.ones(len(message.points), bool))
        )
        assert isinstance(message, Ask)
        different += [len({*np.round(np.abs(row), 9)}) for row in message.points]
    assert max(different[:5]) <= SplitPlan(dim, 3, 149).first
    assert different[-1] > different[0]


@pytest.mark.slow
def test_of_two_axes_that_matter_among_a_hundred_it_finds_more_than_luck() -> None:
    def score(z: torch.Tensor) -> torch.Tensor:
        return -((z[:, 17] - 1.0) ** 2) - (z[:, 64] + 0.5) ** 2

    objective = bb.Objective(score, space=bb.Space.box(-5, 5, 100), name="two of a hundred")
    best = {
        name: [
            finished(bb.strategy(name), objective, budget=60, seed=seed).recorder.best
            for seed in range(3)
        ]
        for name in ("baxus", "random_search")
    }
    assert (np.array(best["baxus"]) > np.array(best["random_search"])).all()


@pytest.mark.parametrize("settings", [{"q": 0}, {"more": 0}, {"domain": "ball"}, {"most": 1}])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Baxus(**settings)  # type: ignore[arg-type]


def test_a_sample_of_the_campaign_finds_more_than_luck() -> None:
    ours, luck = (few_axes.run("Branin", name, 0, budget=50) for name in ("baxus", "random_search"))
    assert float(str(ours["best"])) > float(str(luck["best"]))
