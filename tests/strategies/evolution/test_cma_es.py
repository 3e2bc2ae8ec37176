"""Our CMA-ES: pycma's constants and its first steps, whoever else is in the arrays."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import cma
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import registry
from blackbox.strategies.evolution.adaptation import Adaptation
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.evolution.gaussians import Gaussians
from blackbox.strategies.evolution.rates import rates, usual_popsize
from blackbox.strategies.evolution.reflection import Reflection
from tests.campaigns.cma_es import differences
from tests.conftest import finished, make_bowl

WIDE = bb.Space.normal(4)


def package(start: np.ndarray, seed: int) -> cma.CMAEvolutionStrategy:
    rng = np.random.default_rng(seed)
    options = {
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,
        "verbose": -9,
        "verb_log": 0,
    }
    return cma.CMAEvolutionStrategy(start, 0.5, options)


def long_axes(x: np.ndarray) -> np.ndarray:
    """A loss whose axes differ a thousandfold."""
    losses: np.ndarray = (10 ** (6 * np.arange(x.shape[1]) / (x.shape[1] - 1)) * x**2).sum(axis=1)
    return losses


@pytest.mark.parametrize("d", [2, 4, 8, 16, 40])
def test_constants_are_those_of_the_package(d: int) -> None:
    ours, theirs = rates(d, usual_popsize(d)), package(np.ones(d), 0)
    theirs.adapt_sigma.initialize(theirs)
    assert ours.weights == pytest.approx(list(theirs.sp.weights))
    assert (ours.c1, ours.cmu, ours.cc) == pytest.approx(
        (theirs.sp.c1, theirs.sp.cmu, theirs.sp.cc)
    )
    assert (ours.cs, ours.ds) == pytest.approx((theirs.adapt_sigma.cs, theirs.adapt_sigma.damps))


@pytest.mark.parametrize("seed", range(3))
def test_of_the_same_numbers_it_makes_the_same_first_steps_as_the_package(seed: int) -> None:
    """But for the 1e-4 by which pycma's first axes differ, until that turns a rank."""
    ours = Adaptation(np.ones(4), WIDE, np.random.default_rng(seed), usual_popsize(4), 0.5)
    theirs = package(np.ones(4), seed)
    for _ in range(8):
        points, others = ours.ask().points, np.array(theirs.ask())
        assert np.abs(points - others).max() < 0.05 * theirs.sigma
        ours.tell(-long_axes(points))
        theirs.tell(list(others), list(long_axes(others)))


def evolved(rows: Sequence[int], parts: Sequence[Sequence[int]], d: int = 5) -> np.ndarray:
    """The points of some evolutions after ten generations, of which each was made in a part."""
    n = usual_popsize(d)
    points: dict[int, np.ndarray] = {}
    for part in parts:
        some = [rows[nth] for nth in part]
        rngs = [np.random.default_rng(row) for row in some]
        means = np.array([rng.standard_normal(d) for rng in rngs])
        group = Gaussians(means, np.full(len(some), 0.5), rates(d, n))
        for _ in range(10):
            x = group.drawn(np.array([rng.standard_normal((n, d)) for rng in rngs]))
            group.learn(-np.array([long_axes(one) for one in x]))
        points |= dict(zip(some, x, strict=True))
    return np.array([points[row] for row in rows])


@pytest.mark.slow
@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_an_evolution_does_not_depend_on_the_others_in_the_arrays(
    size: int, random: Random
) -> None:
    """Permuted, split and fused: the same bits."""
    rows = list(range(size))
    alone = evolved(rows, [[nth] for nth in rows])
    order = random.sample(rows, size)
    cut = random.randint(0, size)
    for parts in ([rows], [order], [order[:cut], order[cut:]]):
        assert np.array_equal(evolved(rows, [part for part in parts if part]), alone)


@given(st.lists(st.floats(-30, 30), min_size=3, max_size=3))
def test_folded_points_lie_inside_and_go_back(x: list[float]) -> None:
    lower, upper = np.array([-1.0, 0.0, 2.0]), np.array([1.0, 5.0, 2.5])
    fold, point = Reflection(lower, upper), np.array([x])
    inside = fold.into(point)
    assert ((lower <= inside) & (inside <= upper)).all()
    assert fold.into(fold.back(inside)) == pytest.approx(inside, abs=1e-9)
    middle = (lower + upper) / 2
    assert np.array_equal(fold.into(middle), middle)


def test_bounds_are_reached_where_the_best_lies_there() -> None:
    space = bb.Space.box(-1, [2, 0.3, 2, 0.1], 4)
    run = finished(registry.strategy("cma_es"), make_bowl(space), budget=600)
    best = run.recorder.filled()["z"][run.recorder.filled()["score"].argmax()]
    assert best == pytest.approx([0.5, 0.3, 0.5, 0.1], abs=1e-3)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"backend": "theirs"}, "'own' or 'pycma'"),
        ({"options": {"CMA_elitist": True}, "backend": "own"}, "not of backend='own'"),
        ({"popsize": 1}, "popsize >= 2"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, object], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        CmaEs(**settings)  # type: ignore[arg-type]


def test_it_is_as_good_as_the_package_on_a_sample_of_the_campaign() -> None:
    """Three pairs of the sphere, where regrets of one budget hardly vary: within half a decade."""
    assert abs(differences("sphere", 3, dim=6, budget=600).mean()) < 0.5
