"""Fits that stand, factors that are bordered, and processes that are asked together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from blackbox.parameters import Choice, Integer, Parameters, Real
from blackbox.strategies.bayesian import fitting
from blackbox.strategies.bayesian.fitting import WORTH, fit, map_loss
from blackbox.strategies.bayesian.mixed import SeenColumns, fits
from blackbox.strategies.bayesian.outcome_transforms import standardise
from blackbox.strategies.bayesian.side_by_side import SideBySide
from blackbox.strategies.bayesian.surrogate import GP

KINDS = ("rbf", "matern")
# K's condition number is at most n / noise: 30 e^5 of `data`'s parameters.
ROUNDING = 1e4 * np.finfo(float).eps


def data(n: int = 30, d: int = 4, seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    x = rng.random((n, d))
    y = standardise(np.sin(4 * x[:, 0]) - ((x - 0.4) ** 2).sum(axis=1))
    return np.append(rng.normal(0, 0.5, d), -5.0), x, y


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [1, 20, 29, 30])
def test_a_process_that_is_extended_is_the_one_of_all_points(kind: Any, before: int) -> None:
    theta, x, y = data()
    whole = GP.at(theta, x, y, kind)
    grown = GP.at(theta, x[:before], y[:before], kind).extended(x[before:], y)
    for name in ("x", "y", "k", "slope", "root", "mean", "alpha", "fitted"):
        here, there = (np.asarray(getattr(gp, name)) for gp in (grown, whole))
        np.testing.assert_allclose(here, there, rtol=1e2 * ROUNDING, atol=1e2 * ROUNDING)
    u = np.random.default_rng(1).random((7, 4))
    for here, there in zip(grown.predict(u), whole.predict(u), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e2 * ROUNDING, atol=1e2 * ROUNDING)


def test_a_point_that_is_there_already_extends_a_process_all_the_same() -> None:
    _, x, y = data()
    gp = GP.at(np.append(np.zeros(4), -80.0), x[:5], y[:5]).extended(x[:5], np.append(y[:5], y[:5]))
    assert np.isfinite(gp.alpha).all()
    assert np.isfinite(gp.root).all()


def test_a_fit_stands_where_nothing_speaks_against_it_and_is_one_factor_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, x, y = data(40)
    earlier, made, plain = fit(x, y), [], GP.at

    def counted(*data: Any) -> GP:
        made.append(1)
        return plain(*data)

    monkeypatch.setattr(GP, "at", counted)
    again = fit(x, y, earlier=earlier)
    assert not made
    np.testing.assert_array_equal(again.theta, earlier.theta)
    other = fit(x, standardise(np.random.default_rng(5).standard_normal(40)), earlier=earlier)
    assert made
    assert np.abs(other.theta - earlier.theta).max() > 0.5


def test_fits_that_stand_stay_near_the_best_parameters() -> None:
    _, x, y = data(60)
    gp = fit(x[:20], y[:20])
    behind = []
    for n in range(21, 61):
        gp = fit(x[:n], y[:n], earlier=gp)
        anew = fit(x[:n], y[:n])
        losses = [n * map_loss(one.theta, x[:n], y[:n])[0] for one in (gp, anew)]
        behind.append(losses[0] - losses[1])
    # What a quadratic model promises is right to a factor; twice WORTH in the middle.
    assert np.median(behind) < 2 * WORTH


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_of_another_set_of_points_are_a_beginning_too(kind: Any) -> None:
    _, x, y = data(40)
    shifted = fit(x[5:], y[5:], kind, earlier=fit(x, y, kind))
    np.testing.assert_array_equal(shifted.x, x[5:])
    plain = GP.at(shifted.theta, x[5:], y[5:], kind)
    np.testing.assert_allclose(shifted.alpha, plain.alpha, rtol=1e-9, atol=1e-9)


def pulls(model: Any, u: Any, by_mean: Any, by_variance: Any) -> Any:
    return model.predict_with_pull(u)[2](by_mean, by_variance)


def assert_together_is_alone(together: SideBySide, u: Any) -> None:
    """Means, variances and the sum of what is pulled."""
    rng, processes = np.random.default_rng(4), together.processes
    for nth in range(2):
        alone: Any = np.stack([one.predict(u)[nth] for one in processes])
        pair: Any = together.predict(u)[nth], together.predict_with_pull(u)[nth]
        for both in pair:
            np.testing.assert_allclose(both, alone, rtol=1e-8, atol=1e-10)
    slopes = rng.standard_normal((2, len(processes), len(u)))
    alone = sum(pulls(one, u, *slopes[:, row]) for row, one in enumerate(processes))
    np.testing.assert_allclose(pulls(together, u, *slopes), alone, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_processes_say_together_what_each_says_alone(kind: Any) -> None:
    _, x, y = data()
    outcomes = (y, standardise(x[:, 1]), standardise(np.cos(5 * x.sum(axis=1))))
    fitted = [fit(x, one, kind) for one in outcomes]
    # One that stands has the centre of fewer points.
    fitted.append(fit(x[:12], outcomes[1][:12], kind).extended(x[12:], outcomes[1]))
    assert_together_is_alone(SideBySide(tuple(fitted)), np.random.default_rng(3).random((6, 4)))


def test_mixed_processes_say_together_what_each_says_alone() -> None:
    space = Parameters(a=Real(0, 1), n=Integer(1, 5), c=Choice("x", "y", "z")).space
    columns, u = SeenColumns.of(space), space.sample(np.random.default_rng(0), 20)
    refit = fits(columns, u, "rbf")
    together = SideBySide(tuple(refit(standardise(u[:, axis]), None) for axis in (0, 1)))
    assert_together_is_alone(together, space.sample(np.random.default_rng(3), 6))


def test_a_search_anew_ends_lower_than_it_began() -> None:
    _, x, y = data()
    assert fitting.SETTLED < WORTH
    gp = fit(x, y)
    for step in 0.2 * np.eye(5):
        for sign in (1, -1):
            moved = map_loss(gp.theta + sign * step, x, y)[0]
            assert map_loss(gp.theta, x, y)[0] < moved + fitting.SETTLED / 30
