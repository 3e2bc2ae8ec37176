"""What makes SNES what it is: the paper's update, and what its scores' order alone decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import registry
from blackbox.strategies.evolution.snes import utilities
from tests.conftest import bowl, finished, make_bowl

SPACE = bb.Space.normal(4)
OUTSIDE = 0.8  # where a coordinate leaves what is valid
scores = st.lists(st.integers(-5, 5), min_size=2, max_size=20).map(lambda s: np.array(s, float))


def test_utilities_are_the_paper_s_where_nothing_ties() -> None:
    # Schaul et al. 2011, table 1, lambda = 4: max(0, log 3 - log k) / 1.5041 - 1/4.
    expected = [0.480423, 0.019577, -0.25, -0.25]
    assert utilities(np.array([7.0, 3.0, 2.0, -1e15])) == pytest.approx(expected, abs=1e-6)


@given(scores)
def test_utilities_sum_to_zero_follow_the_order_and_treat_equals_equally(score: np.ndarray) -> None:
    u = utilities(score)
    assert u.sum() == pytest.approx(0, abs=1e-12)
    assert np.array_equal(u, utilities(np.exp(score)))
    better = score[:, None] > score
    assert (u[:, None] >= u - 1e-12)[better].all()
    assert (u[:, None] == u)[score[:, None] == score].all()


def test_a_generation_moves_mean_and_scales_as_the_paper_says() -> None:
    journal: list[Any] = []
    finished(registry.strategy("snes(popsize=6)"), make_bowl(SPACE), budget=14, journal=journal)
    (first, _, _), (second, answer, _), (third, _, _) = journal[:3]
    mean, sigma = first.points[0], 0.5
    s = (second.points - mean) / sigma
    u = utilities(answer.score)
    rate = (3 + np.log(4)) / (5 * np.sqrt(4))
    expected_mean = mean + sigma * (u @ s)
    expected_sigma = sigma * np.exp(rate / 2 * (u @ (s**2 - 1)))
    # The next generation is drawn from the run's own stream, behind the first one's numbers.
    rng = np.random.default_rng([0, 1])
    assert rng.standard_normal((6, 4)) == pytest.approx(s)
    drawn = expected_mean + expected_sigma * rng.standard_normal((6, 4))
    assert third.points == pytest.approx(drawn)


def test_only_the_order_of_scores_counts() -> None:
    traces = [
        finished(registry.strategy("snes"), make_bowl(SPACE, score), budget=100).recorder.filled()[
            "z"
        ]
        for score in (bowl, lambda x: torch.exp(bowl(x) / 100), lambda x: 3 * bowl(x) - 7)
    ]
    assert np.array_equal(traces[0], traces[1])
    assert np.array_equal(traces[0], traces[2])


def test_invalid_members_do_not_move_the_rest() -> None:
    """A hole is told as worse than all of its run: it is the worst, and no more than that."""

    def holed(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x[:, 0] > OUTSIDE, torch.nan, bowl(x))

    def walled(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x[:, 0] > OUTSIDE, -1e3, bowl(x))

    holes, wall = (
        finished(registry.strategy("snes"), make_bowl(SPACE, score), budget=60).recorder.filled()
        for score in (holed, walled)
    )
    assert np.array_equal(holes["z"], wall["z"])
