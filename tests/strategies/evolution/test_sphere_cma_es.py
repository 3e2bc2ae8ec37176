"""What makes SphereCMA what it is: points on a shell, planned angles, a mean on a great circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.strategies.evolution.sphere_cma_es import along, slerp
from blackbox.strategies.moves.gaussian import to_gaussian
from tests.conftest import finished, make_bowl

SPACES = {
    "normal": bb.Space.normal(16),
    "sphere": bb.Space.sphere(16, radius=2.5),
    "box": bb.Space.box(-3.0, np.arange(16.0), 16),
}


def generations(space: bb.Space, score: Callable[..., Any], budget: int = 4801) -> list[np.ndarray]:
    """The points of each generation, as the Gaussian behind the space sees them."""
    journal: list[Any] = []
    reference = "sphere_cma_es(popsize=48, last=5.0)"
    run = finished(
        registry.strategy(reference), make_bowl(space, score), budget=budget, journal=journal
    )
    asked = [run.brief.start[0], *(message.points for message, _, _ in journal[1:])]
    return [to_gaussian(space, points) for points in asked]


def angles(points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    cosine = points @ centre / np.linalg.norm(points, axis=-1) / np.linalg.norm(centre)
    degrees: np.ndarray = np.degrees(np.arccos(cosine))
    return degrees


@pytest.mark.parametrize("space", SPACES)
def test_every_point_has_the_norm_of_the_start(space: str) -> None:
    start, *asked = generations(SPACES[space], lambda x: x.sum(-1), budget=500)
    # The unit cube is cut at 1e-10 and holds quantiles near 1 to 1e-16: 1e-6 is left of a tail.
    norms = np.linalg.norm(np.concatenate(asked), axis=1)
    assert norms == pytest.approx(np.linalg.norm(start), rel=1e-6)


def test_a_radius_and_a_start_at_the_centre_have_spheres_of_their_own() -> None:
    for settings, start, radius in (("radius=2.5", 1.0, 2.5), ("", 0.0, 2.0)):
        space = bb.Space.normal(4)
        objective = make_bowl(space, starts=lambda rng, m, at=start: np.full((m, 4), at))
        run = finished(registry.strategy(f"sphere_cma_es({settings})"), objective, budget=30)
        assert np.linalg.norm(run.recorder.filled()["z"][1:], axis=1) == pytest.approx(radius)


def test_angles_decay_exponentially_as_planned_where_nothing_is_learned() -> None:
    start, *asked = generations(SPACES["normal"], lambda x: 0 * x.sum(-1))
    assert len(asked) == 100
    measured = np.array([angles(points, start).mean() for points in asked])
    planned = 50 * (5 / 50) ** (np.arange(100) / 100 * 4800 / 4801)
    # The mean of 48 norms of 15-dimensional Gaussians: sd 2.6 %, and 1.7 % below their root mean
    # square.
    assert measured / planned == pytest.approx(0.983, abs=4.5 * 0.026)


def test_the_mean_goes_towards_the_better_half() -> None:
    target = np.arange(16.0) - 5

    def towards(x: torch.Tensor) -> torch.Tensor:
        return x @ torch.tensor(target, dtype=x.dtype)

    start, *asked = generations(SPACES["normal"], towards)
    middles = [points.mean(axis=0) for points in asked]
    away = angles(np.array(middles), target)
    assert angles(start, target) > 60
    assert away[20] < 20
    assert away[-1] < 2  # within a fraction of the last angle


def test_the_exponential_map_keeps_the_norm_and_takes_the_tangent_s_length_as_angle() -> None:
    rng = np.random.default_rng(0)
    mean, v = rng.standard_normal(5), 0.5 * rng.standard_normal((9, 5))
    tangent = v - np.outer(v @ mean, mean) / (mean @ mean)
    points = along(mean, v)
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.linalg.norm(mean))
    assert angles(points, mean) == pytest.approx(np.degrees(np.linalg.norm(tangent, axis=1)))
    assert along(mean, 0 * v) == pytest.approx(np.tile(mean, (9, 1)))


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0, 1.5])
def test_slerp_walks_a_share_of_the_angle_on_the_great_circle(rate: float) -> None:
    rng = np.random.default_rng(1)
    mean, goal = rng.standard_normal(5), rng.standard_normal(5)
    reached, whole = slerp(mean, goal, rate), angles(goal, mean)
    # The cosine of a small angle holds it to the root of 1e-16 only.
    assert angles(reached, mean) == pytest.approx(rate * whole, abs=1e-5)
    assert angles(reached, goal) == pytest.approx(abs(1 - rate) * whole, abs=1e-5)
    assert np.linalg.norm(reached) == pytest.approx(np.linalg.norm(mean))
    assert np.linalg.matrix_rank(np.array([mean, goal, reached]), tol=1e-9) == 2
    assert np.array_equal(slerp(mean, mean, rate), mean)
