"""The plain BoTorch loop: at its defaults, warm, and isolated."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.global_state import IsolatedGlobals
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.botorch_loop import BotorchLoop
from tests.conftest import finished, make_bowl, numpy_words, rows, started

pytestmark = pytest.mark.slow

BOWL = make_bowl(bb.Space.normal(3))
BUDGET = 14  # of which 3 are the design: a quarter


def test_same_seed_same_points_at_its_defaults() -> None:
    # A step at its defaults takes half a second: three of them, behind a design of two.
    one, again, other = (finished(BotorchLoop(), BOWL, budget=5, seed=s) for s in (0, 0, 1))
    assert rows(one) == rows(again)
    assert rows(other) != rows(one)


@pytest.mark.parametrize("warm", [False, True])
def test_beats_ten_times_its_budget_of_random_search(warm: bool) -> None:
    run = finished(BotorchLoop(warm=warm), BOWL, budget=BUDGET)
    random_search = finished(registry.strategy("random_search"), BOWL, budget=10 * BUDGET)
    assert run.recorder.filled()["score"].max() > random_search.recorder.filled()["score"].max()


def test_warm_begins_where_the_last_fit_ended() -> None:
    cold, warm = (
        finished(BotorchLoop(warm=w, steps=2), BOWL, budget=BUDGET).recorder.filled()["z"]
        for w in (False, True)
    )
    # The first fit has no last one. With two steps each, where they begin is where they end.
    assert np.array_equal(cold[:4], warm[:4])
    assert not np.array_equal(cold[4:], warm[4:])


@pytest.mark.parametrize("budget", [1, 8, 30, 400])
@pytest.mark.parametrize("dim", [2, 10, 40])
def test_begins_with_the_design_of_bayes_opt(budget: int, dim: int) -> None:
    objective = make_bowl(bb.Space.normal(dim))
    ours, peers = (started(s, objective, budget=budget) for s in (BayesOpt(), BotorchLoop()))
    assert ours.pending is not None
    assert peers.pending is not None
    assert np.array_equal(ours.pending.points, peers.pending.points)


def test_leaves_global_chance_and_threads_as_they_were() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        before = torch.get_rng_state(), numpy_words(), random.getstate()
        finished(BotorchLoop(steps=2), BOWL, budget=8)
        assert torch.get_num_threads() == 2
        assert torch.equal(torch.get_rng_state(), before[0])
        assert np.array_equal(numpy_words(), before[1])
        assert random.getstate() == before[2]
    finally:
        torch.set_num_threads(threads)


def test_its_chance_does_not_depend_on_the_global_generators() -> None:
    torch.manual_seed(1)
    one = finished(BotorchLoop(steps=2), BOWL, budget=8)
    torch.manual_seed(2)
    assert rows(finished(BotorchLoop(steps=2), BOWL, budget=8)) == rows(one)


def test_isolation_keeps_a_stream_of_its_own_for_torch() -> None:
    def inside(isolated: IsolatedGlobals) -> float:
        with isolated:
            return torch.rand(1).item()

    first, second = IsolatedGlobals(3), IsolatedGlobals(3)
    draws = [inside(first), inside(first)]
    assert draws[0] != draws[1]  # the stream goes on
    assert draws == [inside(second), inside(second)]  # and it is the seed's


@pytest.mark.parametrize("setting", ["initial", "restarts", "raw_samples", "steps"])
def test_settings_that_mean_nothing_are_refused(setting: str) -> None:
    settings: dict[str, Any] = {setting: -1}
    with pytest.raises(ValueError, match=setting):
        BotorchLoop(**settings)
