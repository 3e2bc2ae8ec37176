"""Laws of spaces."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.protocol import Array

SPACES = [
    bb.Space.normal(3),
    bb.Space.box(-2, 5, 3),
    bb.Space.box([0, -1], [1, 9]),
    bb.Space.sphere(4),
    bb.Space.sphere(2, radius=7),
    bb.Space.normal(3, limit=2.5),
    bb.Space.normal((2, 3)),
    bb.Space.box([0, 1, -2], [1, 1, 5]),
    bb.Space.box([[0, 1], [2, -3]], [[0, 4], [2, 5]]),
    bb.Space.box(-1, [[1], [3]], (2, 2)),
    bb.Space.sphere((2, 2, 3), radius=2),
]
spaces = st.sampled_from(SPACES)


@st.composite
def bounds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends of one shape, some of them equal but not all."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    size = int(np.prod(shape))
    finite = st.floats(-1e6, 1e6, allow_subnormal=False)
    low = np.array(draw(st.lists(finite, min_size=size, max_size=size)))
    free = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    free[draw(st.integers(0, size - 1))] = True
    return low.reshape(shape), (low + np.where(free, draw(st.floats(1, 9)), 0.0)).reshape(shape)


@given(space=spaces, seed=st.integers(0, 1000))
def test_draws_and_clipped_points_are_inside(space: bb.Space, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert space.contains(space.sample(rng, 20)).all()
    wild = 100 * rng.standard_normal((20, space.dim))
    clipped = space.clip(wild)
    assert space.contains(clipped).all()
    assert np.allclose(space.clip(clipped), clipped)


@given(space=st.sampled_from([s for s in SPACES if s.prior != "sphere"]), seed=st.integers(0, 1000))
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
    assert z.shape == (20000, space.dim)
    assert space.scale.shape == (space.dim,)
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


@given(space=spaces, seed=st.integers(0, 1000))
def test_a_search_sees_free_coordinates_only(space: bb.Space, seed: int) -> None:
    z = space.sample(np.random.default_rng(seed), 4)
    u = space.to_unit(z)
    arrays = [z, space.clip(z + 1), u, space.from_unit(u), space.tangent(z, np.ones_like(z))]
    assert [array.shape for array in arrays] == [(4, space.dim)] * 5
    assert all(np.isfinite(array).all() for array in arrays)
    assert space.log_prior(z).shape == space.contains(z).shape == (4,)
    assert np.isfinite(space.log_prior(z)).all()
    assert [end.shape for end in space.ends] == [(space.dim,)] * 2
    assert (space.ends[0] < space.ends[1]).all()
    assert (space.scale > 0).all()


@given(space=spaces, seed=st.integers(0, 1000), n=st.integers(0, 3))
def test_latents_and_points_are_each_other_s_inverse(space: bb.Space, seed: int, n: int) -> None:
    z = space.sample(np.random.default_rng(seed), n)
    x = space.shaped(z)
    assert x.shape == (n, *space.shape)
    np.testing.assert_array_equal(space.flat(x), z)
    np.testing.assert_array_equal(space.flat(x.reshape(n, space.full_dim)), z)
    assert space.flat(z) is z
    np.testing.assert_array_equal(space.shaped(space.flat(x)), x)
    assert space.shaped(z.astype(np.float32)).dtype == np.float32


@pytest.mark.slow
@given(ends=bounds(), seed=st.integers(0, 1000))
def test_a_latent_lies_between_its_bounds_and_on_the_fixed_ones(
    ends: tuple[Array, Array], seed: int
) -> None:
    lower, upper = ends
    space = bb.Space.box(lower, upper)
    assert space.shape == lower.shape
    assert space.dim == (lower < upper).sum() == len(space.free)
    assert space.full_dim == lower.size == space.dim + len(space.fixed)
    x = space.shaped(space.sample(np.random.default_rng(seed), 5))
    assert ((x >= lower) & (x <= upper)).all()
    assert dict(space.fixed) == {
        axis: lower.flat[axis] for axis in np.flatnonzero(lower == upper).tolist()
    }
    np.testing.assert_array_equal(space.template[space.free], 0.0)
    assert space.flat(x.astype(np.float32)).shape == (5, space.dim)
    assert pickle.loads(pickle.dumps(space)) == space


def test_a_plain_space_hands_on_the_points_themselves() -> None:
    for space in (bb.Space.normal(3), bb.Space.box(0, 1, 3), bb.Space.sphere((3,))):
        z = space.sample(np.random.default_rng(0), 2)
        assert space.is_plain
        assert space.shaped(z) is z
        assert space.flat(z) is z
    assert not bb.Space.normal((3, 1)).is_plain
    assert not bb.Space.box([0, 1, 2], [1, 1, 3]).is_plain


def test_a_plain_space_is_the_same_however_its_size_is_written() -> None:
    sizes = (16, (16,), [16], np.int64(16), np.array(16), np.array([16]), torch.Size([16]))
    for make in (bb.Space.normal, bb.Space.sphere, lambda d: bb.Space.box(-5, 5, d)):
        made = [make(size) for size in sizes]
        assert len(set(made)) == len(set(map(str, made))) == len(set(map(hash, made))) == 1
        assert {type(space.dim) for space in made} == {int}
        assert pickle.loads(pickle.dumps(made[3])) == made[0]
    assert bb.Space(16, "normal") == bb.Space.normal(16)


def test_a_shape_is_read_and_written() -> None:
    latent = bb.Space.normal((4, np.int64(64), 64), limit=3)
    assert (latent.dim, latent.shape, str(latent)) == (16384, (4, 64, 64), "normal(4x64x64, 3 sd)")
    styles = bb.Space.sphere((18, 512))
    assert (styles.radius, str(styles)) == (96.0, "sphere(18x512, 96)")
    space = bb.Space.box([0, 1, 2], [1, 1, 3])
    assert (space.dim, space.shape, space.fixed) == (2, (3,), ((1, 1.0),))
    assert (space.lower, space.upper, str(space)) == ((0.0, 2.0), (1.0, 3.0), "box(2 of 3, 0..3)")
    image = bb.Space.box(0, [[[1]], [[2]], [[0]]], (3, 8, 8))  # the last channel is always black
    assert (image.dim, str(image)) == (128, "box(128 of 3x8x8, 0..2)")
    assert image.shaped(np.ones((1, 128)))[0, 2].max() == 0.0


def test_the_density_is_that_of_the_free_coordinates() -> None:
    space, plain = bb.Space.box([0, 7, 0], [2, 7, 4]), bb.Space.box([0, 0], [2, 4])
    z = np.array([[1.0, 1.0], [3.0, 1.0]])
    assert space.log_prior(z).tolist() == plain.log_prior(z).tolist()
    assert bb.Space.normal((3, 1)).log_prior(np.ones((1, 3))) == pytest.approx(
        bb.Space.normal(3).log_prior(np.ones((1, 3)))
    )


def unchecked(value: Any) -> Any:
    """What nobody should give, past the type checker."""
    return value


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (
            lambda: bb.Space.normal(unchecked(16.0)),
            r"whole number of dimensions >= 1, .* not 16\.0",
        ),
        (lambda: bb.Space.normal(unchecked((4, 8.0))), r"a shape of such, not \(4, 8\.0\)"),
        (lambda: bb.Space.normal(True), "not True"),
        (lambda: bb.Space.normal(unchecked(np.True_)), "not np.True_|not True"),
        (lambda: bb.Space.normal(()), r"not \(\)"),
        (lambda: bb.Space.normal((4, 0)), r"not \(4, 0\)"),
        (lambda: bb.Space.normal(unchecked("16")), "not '16'"),
        (lambda: bb.Space.sphere(unchecked(None)), "not None"),
        (lambda: bb.Space.box(0, 1, 0), "not 0"),
        (lambda: bb.Space.box([], []), r"not \(0,\)"),
        (lambda: bb.Space.box([0, 1], [0, 1]), "all 2 coordinates of this box are fixed"),
        (lambda: bb.Space.box([0, 3], [1, 2]), r"at axis 1 they are 3\.0 and 2\.0"),
        (lambda: bb.Space.box([[0, 0]], [[1, -1]]), r"at axis \[0, 1\] they are 0\.0 and -1\.0"),
        (lambda: bb.Space.box([0, np.nan], 1), "finite bounds"),
        (lambda: bb.Space.box([0, 0], [1, 1, 1]), r"one shape, not \[2\] and \[3\]"),
        (lambda: bb.Space.box([0, 0], 1, 3), r"where a latent is \[3\]"),
        (lambda: bb.Space.box([0, 0], 1, 1), r"where a latent is \[1\]"),
        (lambda: bb.Space(3, "normal", shape=(2, 2)), "has 4 coordinates, not 3"),
    ],
)
def test_a_space_that_is_none_says_what_was_asked(make: Callable[..., object], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        make()


def test_latents_that_do_not_fit_are_refused() -> None:
    space = bb.Space.box([[0, 0.1, 2]], [[1, 0.1, 3]])
    good = np.array([[[0.5, 0.1, 2.5]]])
    assert space.flat(good.astype(np.float32)).tolist() == [[0.5, 2.5]]
    assert space.flat(good * [1, 1 + 1e-10, 1]).shape == (1, 2)
    for wrong in (0.2, np.nan, 0.1 * (1 + 1e-8)):
        moved = np.concatenate([good, good])
        moved[1, 0, 1] = wrong
        with pytest.raises(ValueError, match=r"axis \[0, 1\] is fixed at 0\.1, but latent 1 has"):
            space.flat(moved)
    for shape in ((2, 4), (3,), (2, 3, 1), (2, 1, 1, 3), ()):
        with pytest.raises(ValueError, match=r"latents of box.* are \[n, 1, 3\], not \["):
            space.flat(np.zeros(shape))
    for shape in ((2, 3), (2,), (2, 1, 2)):
        with pytest.raises(ValueError, match=r"points of box.* are \[n, 2\], not \["):
            space.shaped(np.zeros(shape))
