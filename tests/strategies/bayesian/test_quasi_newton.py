"""Climbs side by side: scipy's L-BFGS-B as oracle, ends of the box, and no climb minds another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from blackbox.strategies.bayesian.quasi_newton import PAIRS, Ascent, Curvature

FINE = 1e-10


def hills(seed: int, d: int) -> Any:
    """A bent hill whose axes differ in scale by up to 1e3, with its top anywhere; any `[m, d]`."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((d, d)) * 10.0 ** rng.uniform(-1, 0.5, d)
    top = rng.uniform(-0.3, 1.3, d)

    def evaluate(x: Any) -> Any:
        away = (x - top) @ root
        size = np.log1p((away**2).sum(axis=1))
        return -size, -2 * away @ root.T * np.exp(-size)[:, None]

    return evaluate


def unit(d: int, **settings: Any) -> Ascent:
    low, high, scale = np.zeros(d), np.ones(d), np.full(d, 0.5)
    return Ascent(low, high, scale, **{"fine": FINE, "coarse": FINE, "most": 500, **settings})


@pytest.mark.parametrize("d", [1, 2, 10])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_ends_where_scipy_ends_from_there(seed: int, d: int) -> None:
    evaluate, start = hills(seed, d), np.random.default_rng(seed).random((6, d))
    ends, tops, _ = unit(d).maxima(evaluate, start)
    there = minimize(
        lambda x: tuple(-part[0] for part in evaluate(x[None])),
        ends[np.argmax(tops)],
        jac=True,
        bounds=[(0, 1)] * d,
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-9, "maxiter": 1000},
    )
    # What a step promises is right where its line was learned; others may hold a thousand times it.
    assert tops.max() > -there.fun - 1e4 * FINE
    assert ((ends >= 0) & (ends <= 1)).all()
    assert (tops >= evaluate(start)[0]).all()


def test_the_best_climb_alone_is_the_one_in_company() -> None:
    evaluate, start = hills(3, 6), np.random.default_rng(0).random((5, 6))
    ends, tops, _ = unit(6).maxima(evaluate, start)
    row = int(np.argmax(tops))
    alone, value, _ = unit(6).maxima(evaluate, start[row : row + 1])
    # Sums over rows of another number differ in their last bits, and so do the ways up.
    np.testing.assert_allclose(alone[0], ends[row], atol=1e-4)
    assert value[0] == pytest.approx(tops[row], abs=1e3 * FINE)


def test_what_is_hopeless_is_left() -> None:
    evaluate, start = hills(1, 8), np.random.default_rng(1).random((8, 8))
    calls = []

    def counted(x: Any) -> Any:
        calls.append(len(x))
        return evaluate(x)

    _, tops, _ = unit(8, coarse=0.1).maxima(counted, start)
    assert calls[0] == 8
    assert calls[-1] < 8
    assert tops.max() == pytest.approx(unit(8).maxima(evaluate, start)[1].max(), abs=1e3 * FINE)


def test_a_climb_that_promises_nothing_is_left_where_it_starts() -> None:
    start = np.array([[0.2, 0.9]])
    ends, tops, _ = unit(2).maxima(lambda x: (np.zeros(len(x)), np.zeros_like(x)), start)
    np.testing.assert_array_equal(ends, start)
    assert tops.tolist() == [0.0]


def test_what_is_not_finite_ends_a_climb_and_is_no_top() -> None:
    def cliff(x: Any) -> Any:
        value = np.where(x[:, 0] > 0.6, np.nan, x[:, 0])
        return value, np.ones_like(x)

    ends, tops, _ = unit(1).maxima(cliff, np.array([[0.1], [0.5]]))
    assert np.isfinite(tops).all()
    assert (ends <= 0.6).all()


def test_a_history_is_the_inverse_of_the_hessian_and_begins_again_when_it_is_full() -> None:
    rng, d = np.random.default_rng(0), 4
    hessian = np.cov(rng.standard_normal((d, 40)))
    curvature = Curvature(np.ones((1, d)), is_known=True)
    for _ in range(PAIRS + 1):
        s = rng.standard_normal((1, d))
        y = s @ hessian
        curvature.learn(s, y, np.einsum("ij,ij->i", s, y))
        # The secant equation, NW (6.6): what was just learned is held exactly.
        np.testing.assert_allclose(curvature.times(y), s, rtol=1e-9, atol=1e-9)
    dense = np.array([curvature.times(row[None])[0] for row in np.eye(d)])
    np.testing.assert_allclose(dense, dense.T, atol=1e-9)
    assert (np.linalg.eigvalsh(dense) > 0).all()
    assert not np.allclose(dense, np.linalg.inv(hessian), rtol=0.1)  # it has just begun again
    for _ in range(PAIRS - 1):
        s = rng.standard_normal((1, d))
        curvature.learn(s, s @ hessian, np.einsum("ij,ij->i", s, s @ hessian))
    dense = np.array([curvature.times(row[None])[0] for row in np.eye(d)])
    np.testing.assert_allclose(dense, np.linalg.inv(hessian), rtol=0.05, atol=0.05)
