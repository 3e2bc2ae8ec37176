"""The linear model on the sphere against what it is by definition, and what a step of it costs."""

from __future__ import annotations

import numpy as np
import pytest

from blackbox.protocol import Answer, Ask, Brief
from blackbox.space import Space
from blackbox.strategies.bayesian.linear_bo import Ball, LinearBo
from blackbox.strategies.bayesian.stereographic import Models, SphereKernel, regress, sampled, steps
from blackbox.strategies.bayesian.window import Window
from tests.campaigns.large_latents import DECODERS, best

KERNEL = SphereKernel(scale=0.7, constant=0.3, noise=0.01)


def projected(v: np.ndarray, scale: float) -> np.ndarray:
    """Points `[n, d]` on the sphere `[n, d + 1]`: the inverse stereographic projection."""
    t2 = (v**2).sum(axis=1, keepdims=True) / scale**2
    return np.asarray(np.hstack([2 * v / scale, t2 - 1]) / (1 + t2))


def filled(n: int, dim: int, most: int = 40, seed: int = 0) -> tuple[Window, np.ndarray]:
    rng = np.random.default_rng(seed)
    window, u = Window(most, dim), rng.random((n, dim))
    for point in u:
        score = -((point[None] - 0.4) ** 2).sum(axis=1)
        window.add(point[None], score, np.ones(1, bool), window.best if window.n else -1)
    return window, u


def test_the_kernel_is_linear_on_the_sphere_and_has_a_unit_diagonal() -> None:
    window, u = filled(9, 3)
    k = KERNEL.matrix(window.products(2, 1.0)) - KERNEL.noise * np.eye(9)
    p = projected(u - u[2], KERNEL.scale)
    assert np.allclose(k, 0.3 + 0.7 * p @ p.T, atol=1e-12)
    assert np.allclose(np.diag(k), 1.0, atol=1e-12)


def test_samples_are_those_of_bayesian_linear_regression() -> None:
    window, u = filled(7, 2)
    y = np.random.default_rng(1).standard_normal(7)
    model = regress(KERNEL, 3, window.products(3, 1.0), y)
    flat, pole = sampled(model, u, 40_000, np.random.default_rng(2))
    drawn = np.column_stack([flat, pole])
    features = np.column_stack([np.sqrt(0.7) * projected(u - u[3], 0.7), np.full(7, np.sqrt(0.3))])
    precision = np.eye(4) + features.T @ features / KERNEL.noise  # RW (2.8), unit prior
    size = np.sqrt(model.variance)
    mean = np.linalg.solve(precision, features.T @ ((y - model.mean) / size)) / KERNEL.noise
    covariance = np.linalg.inv(precision)[:3, :3]
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(drawn.mean(axis=0) - mean[:3]) < 5 * sd / 200).all()
    # A covariance of n normal draws is right to sqrt(2 / n) of the variances.
    assert np.allclose(np.cov(drawn.T) / np.outer(sd, sd), covariance / np.outer(sd, sd), atol=0.04)


def test_a_step_ends_at_the_maximum_of_its_sample_in_the_ball() -> None:
    window, u = filled(30, 4)
    model = Models(window).seen_from(window.best, 0.3)
    for seed in range(20):
        (flat,), (pole,) = sampled(model, u, 1, np.random.default_rng(seed))
        weights = np.append(flat, pole)
        (step,) = steps(model, u, 0.3, 1, np.random.default_rng(seed))
        assert np.linalg.norm(step) <= 0.3 * (1 + 1e-9)
        others = np.random.default_rng(seed + 100).standard_normal((2000, 4))
        others *= (
            0.3
            * np.random.default_rng(1).random((2000, 1)) ** 0.25
            / np.linalg.norm(others, axis=1, keepdims=True)
        )
        values = projected(np.vstack([step, others]), model.kernel.scale) @ weights
        assert values[0] >= values[1:].max()


def test_a_window_holds_the_latest_and_the_one_that_is_spared() -> None:
    window, u = filled(100, 3, most=12)
    values = -((u - 0.4) ** 2).sum(axis=1)
    assert window.n == 12
    assert window.filled.max() == values.max()
    expected = {*u[-11:, 0], u[values.argmax(), 0]} | {*u[-12:, 0]}
    assert {*window.u[:, 0]} <= expected
    row = window.best
    v = window.u - window.u[row]
    for radius in (1.0, 1e-9):  # the second makes it multiply about another point
        assert np.allclose(window.products(row, radius), v @ v.T, atol=1e-12)


def test_a_region_stands_where_one_in_nine_points_is_better() -> None:
    ball = Ball()
    for successes in (1, *[0] * 8):
        ball = ball.after(successes, 1)
    assert ball.radius == pytest.approx(Ball().radius)


@pytest.mark.parametrize("noise", [None, 0.1])
def test_only_where_scores_are_noisy_it_says_which_asked_point_it_holds_for_the_best(
    noise: float | None,
) -> None:
    rng = np.random.default_rng(3)
    brief = Brief(Space.normal(3), rng.standard_normal((1, 3)), 40, noise=noise)
    search = LinearBo(initial=8).search(brief, rng)
    message, asked = next(search), np.empty((0, 3))
    for _ in range(12):
        assert isinstance(message, Ask)
        if noise is None or not len(asked):
            assert message.incumbent is None
        else:
            assert message.incumbent is not None
            assert np.abs(asked - message.incumbent).max(axis=1).min() < 1e-9
        asked = np.vstack([asked, message.points])
        score = -(message.points**2).sum(axis=1) + (noise or 0) * rng.standard_normal(
            len(message.points)
        )
        message = search.send(Answer(score=score, valid=np.ones(len(score), bool)))


@pytest.mark.parametrize("settings", [{"q": 0}, {"most": 5, "q": 3}, {"domain": "ball"}])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        LinearBo(**settings)  # type: ignore[arg-type]


def test_it_climbs_a_decoder_of_64_dimensions_further_than_sixty_times_random_search() -> None:
    ours = best("linear_bo", DECODERS[0], budget=150, seed=0)
    assert ours > best("random_search", DECODERS[0], budget=9000, seed=0)
