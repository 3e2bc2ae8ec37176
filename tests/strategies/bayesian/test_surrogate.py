"""The Gaussian process and `bayes_opt`: BoTorch as oracle, finite differences, hard cases."""

from __future__ import annotations

import math
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from blackbox.protocol import Answer, Brief
from blackbox.space import Space
from blackbox.strategies.bayesian.acquisition import (
    AcquisitionSearch,
    log_ei,
    log_ei_with_gradient,
    log_h,
    quasi_random,
)
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.fitting import fit, map_loss
from blackbox.strategies.bayesian.hyperpriors import bounds, prior, prior_mode
from blackbox.strategies.bayesian.observations import Observations
from blackbox.strategies.bayesian.outcome_transforms import standardise, transformed
from blackbox.strategies.bayesian.surrogate import GP, one_thread

pytestmark = pytest.mark.slow

KINDS = ("rbf", "matern")
# K's condition number is at most n / noise; the noise of `problem` is e^-5, so 1e2 n.
ROUNDING = 1e4 * np.finfo(float).eps


def problem(n: int = 30, d: int = 6, seed: int = 0) -> tuple[Any, Any, Any]:
    """Log-parameters, inputs and standardised outcomes, away from any special value."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    y = standardise(-((x - 0.4) ** 2).sum(axis=1) + 0.1 * np.sin(9 * x[:, 0]))
    return np.append(rng.normal(0, 0.5, d), -5.0), x, y


def slopes(f: Any, at: Any, step: float = 1e-5) -> Any:
    """Central differences of a scalar function, `[d]`: good to step^2, and eps / step."""
    moves = step * np.eye(len(at))
    return np.array([(f(at + m) - f(at - m)) / (2 * step) for m in moves])


def gradients(gp: Any, u: Any) -> tuple[Any, Any]:
    """The gradients `[m, d]` of a model's mean and of its variance at points."""
    pull, one = gp.predict_with_pull(u)[2], np.ones(len(u))
    return pull(one, 0 * one), pull(0 * one, one)


@pytest.fixture
def botorch() -> SimpleNamespace:
    """BoTorch's model, its loss and its LogEI, at given log-parameters."""
    with warnings.catch_warnings():
        # Imports of other people's packages, whose deprecations are not ours to mend.
        warnings.simplefilter("ignore")
        pytest.importorskip("botorch")
        import torch
        from botorch.acquisition.analytic import LogExpectedImprovement
        from botorch.models import SingleTaskGP
        from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
        from gpytorch.mlls import ExactMarginalLogLikelihood

    def model(theta: Any, x: Any, y: Any, kind: str, mean: float) -> Any:
        d = x.shape[1]
        kernel = get_covar_module_with_dim_scaled_prior(d, use_rbf_kernel=kind == "rbf")
        made = SingleTaskGP(torch.tensor(x), torch.tensor(y)[:, None], covar_module=kernel)
        made.covar_module.lengthscale = torch.tensor(np.exp(theta[:-1]))
        # As tensors: a plain float passes through float32.
        made.likelihood.noise = torch.tensor(math.exp(theta[-1]), dtype=torch.float64)
        made.mean_module.constant = torch.tensor(mean, dtype=torch.float64)
        # The prior's numbers passed through float32 too; put back what they stand for.
        location, sd = prior(d)
        made.covar_module.lengthscale_prior.base_dist.loc = torch.tensor(location[0])
        made.covar_module.lengthscale_prior.base_dist.scale = torch.tensor(sd[0])
        return made

    def loss(made: Any) -> tuple[float, Any]:
        mll = ExactMarginalLogLikelihood(made.likelihood, made)
        mll.train()
        value = -mll(made(*made.train_inputs), made.train_targets)
        value.backward()
        lengths, noise = made.covar_module, made.likelihood.noise_covar
        by_length = (lengths.raw_lengthscale.grad * lengths.lengthscale).flatten()
        by_noise = (noise.raw_noise.grad * noise.noise).flatten()
        return value.item(), torch.cat([by_length, by_noise]).detach().numpy()

    def acquisition(made: Any, u: Any) -> tuple[Any, Any]:
        made.eval()
        points = torch.tensor(u, requires_grad=True)
        best = torch.tensor(made.train_targets.max().item(), dtype=torch.float64)
        value = LogExpectedImprovement(made, best)(points[:, None, :])
        value.sum().backward()
        assert points.grad is not None
        return value.detach().numpy(), points.grad.numpy()

    def posterior(made: Any, u: Any) -> tuple[Any, Any]:
        made.eval()
        with torch.no_grad():
            found = made.posterior(torch.tensor(u))
        return found.mean.numpy()[:, 0], found.variance.numpy()[:, 0]

    return SimpleNamespace(model=model, loss=loss, acquisition=acquisition, posterior=posterior)


# --- oracles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d"), [(5, 1), (30, 6), (80, 20)])
def test_loss_and_its_gradient_are_those_of_botorch(
    botorch: SimpleNamespace, kind: Any, n: int, d: int
) -> None:
    theta, x, y = problem(n, d)
    made = botorch.model(theta, x, y, kind, GP.at(theta, x, y, kind).mean)
    value, grad = map_loss(theta, x, y, kind)
    value_there, grad_there = botorch.loss(made)
    assert value == pytest.approx(value_there, rel=ROUNDING)
    np.testing.assert_allclose(grad, grad_there, rtol=ROUNDING, atol=n * ROUNDING)
    # The mean that we solve for is where BoTorch's loss is flat in its constant.
    assert abs(made.mean_module.raw_constant.grad.item()) < n * ROUNDING


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_those_of_botorch(botorch: SimpleNamespace, kind: Any) -> None:
    theta, x, y = problem()
    gp, u = GP.at(theta, x, y, kind), np.random.default_rng(1).random((12, 6))
    mean, variance = botorch.posterior(botorch.model(theta, x, y, kind, gp.mean), u)
    np.testing.assert_allclose(gp.predict(u)[0], mean, rtol=ROUNDING, atol=30 * ROUNDING)
    np.testing.assert_allclose(gp.predict(u)[1], variance, rtol=ROUNDING, atol=30 * ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
def test_log_ei_and_its_gradient_are_those_of_botorch(botorch: SimpleNamespace, kind: Any) -> None:
    theta, x, y = problem()
    gp, u = GP.at(theta, x, y, kind), np.random.default_rng(1).random((12, 6))
    value_there, grad_there = botorch.acquisition(botorch.model(theta, x, y, kind, gp.mean), u)
    value, grad = log_ei_with_gradient(gp, y.max(), u)
    # LogEI multiplies an error of the variance by u^2 / variance: three digits are lost here.
    np.testing.assert_allclose(value, value_there, rtol=1e3 * ROUNDING)
    np.testing.assert_allclose(grad, grad_there, rtol=1e3 * ROUNDING, atol=1e3 * ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_agree_with_finite_differences(kind: Any) -> None:
    theta, x, y = problem()
    grad = map_loss(theta, x, y, kind)[1]
    np.testing.assert_allclose(grad, slopes(lambda t: map_loss(t, x, y, kind)[0], theta), atol=1e-8)

    gp, u = GP.at(theta, x, y, kind), np.random.default_rng(2).random(6)
    mean_grad, variance_grad = gradients(gp, u[None])
    by_mean = slopes(lambda v: gp.predict(v[None])[0][0], u)
    by_variance = slopes(lambda v: gp.predict(v[None])[1][0], u)
    np.testing.assert_allclose(mean_grad[0], by_mean, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(variance_grad[0], by_variance, rtol=1e-6, atol=1e-7)

    # In the middle, and far below what floats can hold: EI = e^-1000 and less.
    for best in (y.max(), y.max() + 20.0):
        grad = log_ei_with_gradient(gp, best, u[None])[1][0]
        there = slopes(lambda v, b=best: log_ei(gp, b, v[None])[0], u)
        np.testing.assert_allclose(grad, there, rtol=1e-5, atol=1e-6)


def test_log_h_is_right_and_smooth_from_end_to_end() -> None:
    u = np.array([-1e8, -1e3, -100.1, -99.9, -5.0, -1.01, -0.99, 0.0, 3.0, 50.0])
    value, by_u, rest = log_h(u)
    assert np.isfinite([value, by_u, rest]).all()
    # phi + u Phi by hand: h(0) = phi(0), h(50) = 50, h(-5) = 5.346e-8 (Ament et al., figure 1).
    assert value[7] == pytest.approx(-0.5 * math.log(2 * math.pi), rel=1e-15)
    assert value[9] == pytest.approx(math.log(50), rel=1e-15)
    assert math.exp(value[4]) == pytest.approx(5.3461655e-8, rel=1e-6)
    # For u -> -inf, log h -> log phi - 2 log |u| with a relative error of 3 / u^2.
    limit = -0.5 * u[:2] ** 2 - 0.5 * math.log(2 * math.pi) - 2 * np.log(-u[:2])
    np.testing.assert_allclose(value[:2], limit, rtol=1e-11)
    # h' = Phi, across both seams.
    for seam in (-100.0, -1.0):
        near = np.array([seam - 1e-6, seam + 1e-6])
        low, high = log_h(near)[0]
        slope = log_h(np.array([seam]))[1][0]
        assert (high - low) / 2e-6 == pytest.approx(slope, rel=1e-5)


def test_fit_ends_where_the_loss_is_flat_and_no_worse_than_botorch_would() -> None:
    _, x, y = problem(60, 5)
    gp = fit(x, y)
    low, high = bounds(5).T
    value, grad = map_loss(gp.theta, x, y)
    inside = (gp.theta > low + 1e-9) & (gp.theta < high - 1e-9)
    assert np.abs(grad[inside]).max() < 1e-2
    assert value < map_loss(prior_mode(5), x, y)[0]
    warm = fit(x, y, earlier=gp)
    assert abs(map_loss(warm.theta, x, y)[0] - value) < 1e-4


def test_samples_have_the_mean_and_variance_of_the_predictions() -> None:
    theta, x, y = problem(8, 2)
    gp, u = GP.at(theta, x, y), np.random.default_rng(3).random((4, 2))
    mean, variance = gp.predict(u)
    draws = gp.sample(u, np.random.default_rng(0), 20_000)
    # Five standard errors of a mean and of a variance.
    assert (np.abs(draws.mean(axis=0) - mean) < 5 * np.sqrt(variance / 20_000)).all()
    assert (np.abs(draws.var(axis=0) / variance - 1) < 5 * math.sqrt(2 / 20_000)).all()


def test_believing_keeps_the_mean_and_lowers_the_variance() -> None:
    theta, x, y = problem()
    gp, u = GP.at(theta, x, y), np.random.default_rng(4).random((9, 6))
    after = gp.believing(u[:1])
    np.testing.assert_allclose(after.predict(u)[0], gp.predict(u)[0], atol=1e-9)
    assert (after.predict(u)[1] <= gp.predict(u)[1] + 1e-12).all()
    assert after.predict(u)[1][0] < math.exp(theta[-1])


def test_multi_start_finds_no_less_than_many_more_starts() -> None:
    _, x, y = problem(40, 3, seed=5)
    gp, best, box = fit(x, y), float(y.max()), (np.zeros(3), np.ones(3))
    rng = np.random.default_rng(0)
    found, _ = AcquisitionSearch().candidates(gp, best, quasi_random(rng, 256, 3), box, rng)
    more, _ = AcquisitionSearch(near=512, restarts=64).candidates(
        gp, best, quasi_random(rng, 4096, 3), box, rng
    )
    assert log_ei(gp, best, found[:1])[0] >= log_ei(gp, best, more[:1])[0] - 1e-6
    assert ((found >= 0) & (found <= 1)).all()


# --- hard cases: no exception, no NaN -----------------------------------------------------------


def assert_survives(x: Any, y: Any, kind: Any = "rbf") -> None:
    """Fit, predict, draw and propose; everything stays finite."""
    rng, d = np.random.default_rng(0), x.shape[1]
    with one_thread():
        gp = fit(x, transformed(y, "auto"), kind)
        u = np.vstack([x[:3], rng.random((5, d))])
        raw, box = rng.random((64, d)), (np.zeros(d), np.ones(d))
        candidates, _ = AcquisitionSearch(steps=20).candidates(gp, float(gp.y.max()), raw, box, rng)
        numbers = [*gp.predict(u), *gradients(gp, u), gp.sample(u, rng, 2), candidates, gp.theta]
    assert all(np.isfinite(column).all() for column in numbers)
    assert (gp.predict(u)[1] > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_survives_duplicates(kind: Any) -> None:
    x = np.repeat(np.random.default_rng(0).random((4, 3)), 5, axis=0)
    assert_survives(x, x.sum(axis=1), kind)
    assert_survives(x, np.arange(20.0), kind)  # duplicates that disagree


def test_survives_constant_outcomes() -> None:
    x = np.random.default_rng(0).random((10, 3))
    for level in (0.0, 7.0, -1e12, 0.1):
        assert_survives(x, np.full(10, level))


def test_survives_one_point() -> None:
    assert_survives(np.full((1, 3), 0.3), np.array([2.0]))


@pytest.mark.parametrize("size", [1e12, 1e-12, 1e300, 1e-300])
def test_outcomes_of_any_size_are_one_problem(size: float) -> None:
    _, x, y = problem(12, 2)
    assert_survives(x, size * y)
    np.testing.assert_allclose(standardise(size * y), y, rtol=1e-12, atol=1e-12)


def test_survives_an_outlier_of_1e12_and_an_offset_of_1e12() -> None:
    _, x, y = problem(12, 2)
    assert_survives(x, np.append(y[:-1], 1e12))
    assert_survives(x, y + 1e12)


@pytest.mark.parametrize("d", [1, 256])
def test_survives_dimension(d: int) -> None:
    _, x, y = problem(20, d)
    assert_survives(x, y)


def test_survives_a_thousand_points() -> None:
    _, x, y = problem(1000, 5)
    earlier = fit(x[::4], y[::4])
    with one_thread():
        gp = fit(x, y, earlier=earlier)
    assert np.isfinite(gp.theta).all()
    assert np.isfinite(gp.predict(x[:50])[0]).all()


def test_a_matrix_that_is_not_positive_gets_jitter() -> None:
    x = np.zeros((3, 2))
    theta = np.array([0.0, 0.0, -800.0])  # no noise, three times the same point
    gp = GP.at(theta, x, np.array([1.0, 2.0, 3.0]))
    assert np.isfinite(gp.alpha).all()


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        fit(np.array([[np.nan]]), np.zeros(1))


# --- bayes_opt ----------------------------------------------------------------------------------


def drive(strategy: BayesOpt, score: Any, space: Space, budget: int, seed: int = 0) -> Any:
    """Points `[budget, d]` and scores of a run; NaN stands for an invalid point."""
    start = space.sample(np.random.default_rng([seed, 1]), 1)
    search = strategy.search(Brief(space, start, budget), np.random.default_rng(seed))
    points, scores = np.empty((0, space.dim)), np.empty(0)
    ask: Any = next(search)
    np.testing.assert_array_equal(ask.points[0], start[0])
    while True:
        assert space.contains(ask.points).all()
        y = np.asarray(score(ask.points), float)
        points, scores = np.vstack([points, ask.points]), np.append(scores, y)
        if len(scores) >= budget:
            search.close()
            return points[:budget], scores[:budget]
        valid = np.isfinite(y)
        ask = search.send(Answer(score=np.where(valid, y, -1e15), valid=valid))


def bowl(z: Any) -> Any:
    """One peak, away from the centre."""
    return -((z - 0.7) ** 2).sum(axis=1)


def test_beats_random_search_on_a_bowl() -> None:
    space = Space.normal(6)
    for seed in range(3):
        _, scores = drive(BayesOpt(), bowl, space, 40, seed)
        random = bowl(space.sample(np.random.default_rng(seed), 40_000)).max()
        assert scores.max() > random  # a thousand times its evaluations


def test_same_seed_same_points() -> None:
    one, other = (drive(BayesOpt(), bowl, Space.normal(4), 15)[0] for _ in range(2))
    assert one.tobytes() == other.tobytes()
    assert drive(BayesOpt(), bowl, Space.normal(4), 15, seed=1)[0].tobytes() != one.tobytes()


@pytest.mark.parametrize(
    "strategy",
    [
        *(BayesOpt(domain=d) for d in ("prior", "box", "sphere")),
        *(BayesOpt(outcome=o) for o in ("standardise", "log", "rank")),
        BayesOpt(kernel="matern"),
        BayesOpt(q=4, initial=3),
        BayesOpt(most=12),
    ],
    ids=str,
)
def test_every_setting_improves_on_its_design(strategy: BayesOpt) -> None:
    _, scores = drive(strategy, bowl, Space.normal(4), 25)
    assert scores.max() > scores[:5].max()


@pytest.mark.parametrize("space", [Space.box(-2, 3, 3), Space.sphere(5), Space.sphere(1)], ids=str)
def test_stays_inside_its_space(space: Space) -> None:
    drive(BayesOpt(), bowl, space, 14)  # asserts that each point is contained


def test_survives_flat_tied_and_invalid_scores() -> None:
    for score in (
        lambda z: np.zeros(len(z)),
        lambda z: np.round(bowl(z) / 4),
        lambda z: np.where(z[:, 0] > 0, np.nan, bowl(z)),
        lambda z: np.full(len(z), np.nan),
    ):
        points, _ = drive(BayesOpt(), score, Space.normal(3), 16)
        assert len(np.unique(points, axis=0)) == 16  # and asks no point twice


def test_invalid_points_count_as_the_worst_valid_one() -> None:
    known = Observations(Space.box(0, 1, 1), "auto")
    answer = Answer(score=np.array([3.0, -1e15, 1.0]), valid=np.array([True, False, True]))
    known.add(np.array([[0.1], [0.2], [0.3]]), answer)
    assert known.filled[known.conditioning(9)].tolist() == [3.0, 1.0, 1.0]


def test_conditions_on_the_best_and_the_latest() -> None:
    known = Observations(Space.box(0, 1, 1), "auto")
    scores = np.array([5.0, 0.0, 9.0, 1.0, 2.0, 3.0])
    known.add(np.linspace(0, 1, 6)[:, None], Answer(score=scores))
    assert scores[known.conditioning(4)].tolist() == [5.0, 9.0, 2.0, 3.0]


def test_transforms_keep_the_order_and_draw_in_outliers() -> None:
    score = np.append(np.random.default_rng(0).normal(size=30), -1e6)
    for outcome in ("auto", "standardise", "log", "rank"):
        y = transformed(score, outcome)
        assert (np.argsort(y) == np.argsort(score)).all()
        assert y.std(ddof=1) == pytest.approx(1.0)
    assert np.ptp(transformed(score, "auto")[:-1]) > 0.5
    assert np.ptp(transformed(score, "standardise")[:-1]) < 1e-4


def test_settings_that_mean_nothing_are_refused() -> None:
    for settings in ({"q": 0}, {"kernel": "cubic"}, {"most": 1}, {"initial": -1}, {"raw": 0}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            BayesOpt(**settings)
    with pytest.raises(ValueError, match="sphere"):
        drive(BayesOpt(domain="sphere"), bowl, Space.box(0, 1, 2), 3)
