"""The process that also sees gradients: its algebra against differences, and what it brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox.protocol import Array
from blackbox.space import Space
from blackbox.strategies.bayesian import fitting, hyperpriors, surrogate
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.gradient_surrogate import (
    GradientGP,
    Observed,
    fit_with_gradients,
    map_loss,
)
from blackbox.strategies.bayesian.observations import Observations
from blackbox.strategies.bayesian.outcome_transforms import Outcome, steepness, transformed
from tests.conftest import finished

STEP = 1e-5  # central differences of smooth functions of size 1 err by about 1e-10
CLOSE = 1e-7


def wave(x: np.ndarray) -> np.ndarray:
    height: np.ndarray = np.sin(3 * x[:, 0]) + x[:, 1] ** 2 - x[:, 2] * x[:, 0]
    return height


def wave_slope(x: np.ndarray) -> np.ndarray:
    return np.stack([3 * np.cos(3 * x[:, 0]) - x[:, 2], 2 * x[:, 1], -x[:, 0]], axis=1)


@pytest.fixture
def data() -> Observed:
    x = np.random.default_rng(0).random((9, 3))
    at = np.array([1, 4, 5, 8])
    return Observed(x, wave(x), at, wave_slope(x[at]))


@pytest.fixture
def theta() -> np.ndarray:
    return np.array([-0.4, 0.1, 0.6, -5.0])


def test_the_loss_s_gradient_is_its_slope(data: Observed, theta: np.ndarray) -> None:
    _, grad = map_loss(theta, data)
    for i, step in enumerate(np.eye(4) * STEP):
        slope = (map_loss(theta + step, data)[0] - map_loss(theta - step, data)[0]) / (2 * STEP)
        assert grad[i] == pytest.approx(slope, abs=CLOSE)


def test_without_gradients_it_is_the_plain_process(data: Observed, theta: np.ndarray) -> None:
    none = Observed(data.x, data.y, np.empty(0, int), np.empty((0, 3)))
    value, grad = map_loss(theta, none)
    plain, plain_grad = fitting.map_loss(theta, data.x, data.y)
    assert value == pytest.approx(plain, rel=1e-12)
    assert grad == pytest.approx(plain_grad, rel=1e-9)
    u = np.random.default_rng(1).random((5, 3))
    theirs = surrogate.GP.at(theta, data.x, data.y).predict(u)
    for mine, other in zip(GradientGP.at(theta, none).predict(u), theirs, strict=True):
        assert mine == pytest.approx(other, abs=1e-9)


def test_the_loss_is_the_joint_density(data: Observed, theta: np.ndarray) -> None:
    """Against a brute-force covariance from differences of the kernel itself."""
    lengths, noise = np.exp(theta[:-1]), np.exp(theta[-1])
    rows = [(x, None) for x in data.x] + [(data.x[i], a) for i in data.at for a in range(3)]

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.exp(-0.5 * (((x - y) / lengths) ** 2).sum()))

    def covariance(first: tuple[Array, int | None], second: tuple[Array, int | None]) -> float:
        (x, a), (y, b), h = first, second, 1e-4
        left = (
            [(x, 1.0)]
            if a is None
            else [(x + h * np.eye(3)[a], 0.5 / h), (x - h * np.eye(3)[a], -0.5 / h)]
        )
        right = (
            [(y, 1.0)]
            if b is None
            else [(y + h * np.eye(3)[b], 0.5 / h), (y - h * np.eye(3)[b], -0.5 / h)]
        )
        return sum(v * w * kernel(p, q) for p, v in left for q, w in right)

    full = np.array([[covariance(r, s) for s in rows] for r in rows])
    # The noise of a gradient is that of the outcome per lengthscale.
    full += np.diag([noise if a is None else noise / lengths[a] ** 2 for _, a in rows])
    seen = np.append(data.y, data.slope.ravel())
    one = np.append(np.ones(9), np.zeros(12))
    mean = one @ np.linalg.solve(full, seen) / (one @ np.linalg.solve(full, one))
    away = seen - mean * one
    loss = 0.5 * (away @ np.linalg.solve(full, away) + np.linalg.slogdet(full)[1])
    loss += 0.5 * len(seen) * np.log(2 * np.pi) + hyperpriors.prior_loss(theta)[0]
    # Differences of the kernel at h = 1e-4 err by 1e-8, and the inverse of the noise magnifies it.
    assert map_loss(theta, data)[0] == pytest.approx(loss / 9, rel=1e-4)


def test_predicted_gradients_are_slopes_of_predictions(data: Observed) -> None:
    model = fit_with_gradients(data)
    u = np.random.default_rng(2).random((6, 3))
    mean, variance, pull = model.predict_with_pull(u)
    one = np.ones(6)
    mean_grad, variance_grad = pull(one, 0 * one), pull(0 * one, one)
    assert mean == pytest.approx(model.predict(u)[0])
    assert variance == pytest.approx(model.predict(u)[1])
    for i, step in enumerate(np.eye(3) * STEP):
        up, down = model.predict(u + step), model.predict(u - step)
        assert (up[0] - down[0]) / (2 * STEP) == pytest.approx(mean_grad[:, i], abs=CLOSE)
        assert (up[1] - down[1]) / (2 * STEP) == pytest.approx(variance_grad[:, i], abs=CLOSE)


def test_gradients_make_the_model_better(data: Observed) -> None:
    u = np.random.default_rng(3).random((200, 3))
    plain = fitting.fit(data.x, data.y).predict(u)[0]
    informed = fit_with_gradients(data).predict(u)[0]
    assert ((informed - wave(u)) ** 2).mean() < 0.25 * ((plain - wave(u)) ** 2).mean()


def test_believing_keeps_the_mean_and_lowers_the_variance(data: Observed) -> None:
    model, u = fit_with_gradients(data), np.full((1, 3), 0.3)
    again = model.believing(u)
    assert again.predict(u)[0] == pytest.approx(model.predict(u)[0], abs=1e-6)
    assert again.predict(u)[1] < model.predict(u)[1]


@pytest.mark.parametrize("outcome", ["standardise", "log", "auto"])
def test_steepness_is_the_slope_of_the_transform(outcome: Outcome) -> None:
    score = np.append(np.random.default_rng(0).normal(size=30), [40.0, -60.0])
    steep = steepness(score, outcome)
    y = transformed(score, outcome)
    # The transform's own constants come from all scores: compare slopes between neighbours instead.
    order = np.argsort(score)
    rise = np.diff(y[order]) / np.diff(score[order])
    low = np.minimum(steep[order][1:], steep[order][:-1])
    high = np.maximum(steep[order][1:], steep[order][:-1])
    same_side = (score[order][1:] <= np.median(score)) | (score[order][:-1] >= np.median(score))
    assert (low[same_side] <= rise[same_side] * (1 + 1e-9)).all()
    assert (rise[same_side] <= high[same_side] * (1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("space", "domain"),
    [(Space.normal(2), "auto"), (Space.normal(2), "prior"), (Space.box([-1, 0], [2, 9]), "auto")],
)
def test_slopes_are_carried_into_the_searched_cube(space: Space, domain: Any) -> None:
    known = Observations(space, domain)
    z = space.sample(np.random.default_rng(0), 4)
    answer = bb.Answer(score=z.sum(axis=1), grad=np.ones_like(z))
    known.add(z, answer)
    for i in range(2):
        moved = known.unit(z) + STEP * np.eye(2)[i]
        change = (known.place(moved) - z).sum(axis=1) / STEP
        assert known.slope[:, i] == pytest.approx(change, rel=1e-3)


def test_it_beats_scores_alone_where_gradients_tell_much() -> None:
    objective = bb.objective("synthetic.ellipsoid(d=8, prior='normal')")
    found = {}
    for gradients in (False, True):
        run = finished(BayesOpt(gradients=gradients), objective, budget=40, seed=1)
        assert run.meter.spent == 40
        found[gradients] = run.recorder.filled()["score"].max()
    assert found[True] > 0.1 * found[False]  # scores are negative: a tenth of the distance


def test_gradients_of_ranks_are_refused() -> None:
    with pytest.raises(ValueError, match="a rank has no gradient"):
        BayesOpt(gradients=True, outcome="rank")
