"""Laws of spaces."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb

SPACES = [
    bb.Space.normal(3),
    bb.Space.box(-2, 5, 3),
    bb.Space.box([0, -1], [1, 9]),
    bb.Space.sphere(4),
    bb.Space.sphere(2, radius=7),
    bb.Space.normal(3, limit=2.5),
]
spaces = st.sampled_from(SPACES)


@given(space=spaces, seed=st.integers(0, 1000))
def test_draws_and_clipped_points_are_inside(space: bb.Space, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert space.contains(space.sample(rng, 20)).all()
    wild = 100 * rng.standard_normal((20, space.dim))
    clipped = space.clip(wild)
    assert space.contains(clipped).all()
    assert np.allclose(space.clip(clipped), clipped)


@given(space=st.sampled_from(SPACES[:3]), seed=st.integers(0, 1000))
def test_unit_and_back_is_the_identity(space: bb.Space, seed: int) -> None:
    z = space.sample(np.random.default_rng(seed), 20)
    u = space.to_unit(z)
    assert ((u >= 0) & (u <= 1)).all()
    assert np.allclose(space.from_unit(u), z)


@given(space=spaces)
def test_corners_of_the_unit_cube_are_finite_points(space: bb.Space) -> None:
    corners = np.array([np.zeros(space.dim), np.ones(space.dim), np.full(space.dim, 0.5)])
    assert space.contains(space.from_unit(corners)).all()


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_scale_is_the_prior_s_standard_deviation(space: bb.Space) -> None:
    z = space.sample(np.random.default_rng(0), 20000)
    # The standard error of a standard deviation of n draws is about sd / sqrt(2 n): 0.5 %.
    assert z.std(0) == pytest.approx(space.scale, rel=0.02)


def test_log_prior_is_the_density() -> None:
    z = np.random.default_rng(0).standard_normal((5, 3))
    expected = scipy.stats.multivariate_normal(np.zeros(3)).logpdf(z)
    assert bb.Space.normal(3).log_prior(z) == pytest.approx(expected)
    box = bb.Space.box([0, 0], [2, 4])
    assert box.log_prior(np.array([[1.0, 1.0], [3.0, 1.0]])).tolist() == [-np.log(8), -np.inf]
    circle = bb.Space.sphere(2, radius=3)
    assert circle.log_prior(np.array([[3.0, 0.0]])) == pytest.approx([-np.log(2 * np.pi * 3)])


def test_unit_quantiles_of_prior_draws_are_uniform() -> None:
    for space in SPACES[:4]:
        u = space.to_unit(space.sample(np.random.default_rng(1), 4000))[:, 0]
        if space.prior != "sphere":  # directions there, not quantiles
            assert scipy.stats.kstest(u, "uniform").pvalue > 1e-3
    assert str(SPACES[0]) == "normal(3)"
    assert str(SPACES[1]) == "box(3, -2..5)"


@given(space=spaces, seed=st.integers(0, 1000))
def test_a_tangent_step_stays_in_the_space_to_first_order(space: bb.Space, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, v = space.clip(space.sample(rng, 5) * 0.5), rng.standard_normal((5, space.dim))
    step = space.tangent(z, v)
    np.testing.assert_allclose(space.tangent(z, step), step, atol=1e-12)
    away = np.linalg.norm(space.clip(z + 1e-5 * step) - (z + 1e-5 * step), axis=1)
    inside = ((z > space.ends[0] + 1e-3) & (z < space.ends[1] - 1e-3)).all(axis=1)
    assert (away[inside] < 1e-8).all()


def test_a_limit_must_leave_room() -> None:
    with pytest.raises(ValueError, match="limit"):
        bb.Space.normal(3, limit=0)
    assert str(bb.Space.normal(3, limit=2.5)) == "normal(3, 2.5 sd)"
