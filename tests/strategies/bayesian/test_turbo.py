"""TuRBO: its region fares as in the paper, and its sample paths are draws of the posterior."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from blackbox.protocol import Answer, Brief
from blackbox.space import Space
from blackbox.strategies.bayesian.acquisition import quasi_random
from blackbox.strategies.bayesian.observations import Observations, first_new
from blackbox.strategies.bayesian.outcome_transforms import standardise
from blackbox.strategies.bayesian.region import FIRST, LARGEST, SMALLEST, Region
from blackbox.strategies.bayesian.surrogate import GP
from blackbox.strategies.bayesian.turbo import Turbo, perturbed, sample_path

pytestmark = pytest.mark.slow

KINDS = ("rbf", "matern")


def drive(strategy: Turbo, score: Any, space: Space, budget: int, seed: int = 0) -> Any:
    """Asks `[n, d]` of a run until the budget is spent, and all scores."""
    start = space.sample(np.random.default_rng([seed, 1]), 4)
    search = strategy.search(Brief(space, start, budget), np.random.default_rng(seed))
    asks, scores = [next(search).points], np.empty(0)
    while True:
        scores = np.append(scores, score(asks[-1]))
        if len(scores) >= budget:
            search.close()
            return asks, scores[:budget]
        valid = np.isfinite(scores[-len(asks[-1]) :])
        filled = np.where(valid, scores[-len(asks[-1]) :], -1e15)
        asks.append(search.send(Answer(score=filled, valid=valid)).points)


def bowl(z: Any) -> Any:
    """One peak, away from the centre."""
    return -((z - 0.7) ** 2).sum(axis=1)


def model(kind: Any = "matern", n: int = 12, d: int = 3) -> GP:
    """A process at lengthscales that differ, far from any special value."""
    rng = np.random.default_rng(0)
    x = rng.random((n, d))
    theta = np.append(rng.normal(-0.5, 0.7, d), -5.0)
    return GP.at(theta, x, standardise(np.sin(9 * x[:, 0]) + bowl(x)), kind)


# --- the region ---------------------------------------------------------------------------------


def test_region_doubles_after_three_successes_in_a_row_and_never_beyond_its_largest() -> None:
    region = Region(patience=4)
    for expected in (FIRST, FIRST, LARGEST, LARGEST, LARGEST, LARGEST):
        region = region.after(improved=True)
        assert region.length == expected


def test_region_halves_after_its_patience_and_ends_after_seven_halvings() -> None:
    region, asks = Region(patience=4), 0
    while region.length >= SMALLEST:
        region, asks = region.after(improved=False), asks + 1
    assert asks == 7 * 4  # 0.8 / 2^7 is the first length below 0.5^7


def test_a_success_ends_a_row_of_failures_and_a_failure_one_of_successes() -> None:
    region = Region(patience=2)
    for improved in (True, True, False, True, True, False):
        region = region.after(improved=improved)
        assert region.length == FIRST
    assert (region.successes, region.failures) == (0, 1)


def test_box_has_sides_like_the_lengthscales_and_the_volume_of_the_region() -> None:
    limits, scales = (np.full(3, -9.0), np.full(3, 9.0)), np.array([0.1, 1.0, 20.0])
    low, high = Region(patience=4, length=0.4).box(np.full(3, 0.5), scales, limits)
    np.testing.assert_allclose((high - low) / scales, (high - low)[0] / scales[0])
    assert np.prod(high - low) == pytest.approx(0.4**3)
    np.testing.assert_allclose((low + high) / 2, 0.5)


def test_box_lies_within_the_limits_even_around_a_start_beyond_them() -> None:
    limits, centre = (np.zeros(2), np.ones(2)), np.array([1.2, 0.05])
    low, high = Region(patience=4).box(centre, np.ones(2), limits)
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low < high).all()


@pytest.mark.parametrize("d", [1, 4, 60])
def test_candidates_lie_in_the_region_and_differ_from_its_centre(d: int) -> None:
    centre, box = np.full(d, 0.5), (np.full(d, 0.4), np.full(d, 0.9))
    u = perturbed(centre, box, np.random.default_rng(0))
    assert len(u) == min(100 * d, 5000)
    assert ((u >= box[0]) & (u <= box[1])).all()
    moved = (u != centre).sum(axis=1)
    assert moved.min() >= 1
    # Binomial(d, 20 / d), and one that is sure: five standard errors of its mean.
    assert abs(moved.mean() - min(d, 20)) < 1 + 5 * math.sqrt(20 / len(u))


@pytest.mark.parametrize("acquisition", ["ei", "ts"])
def test_asks_lie_in_the_region_around_the_best_point(acquisition: Any) -> None:
    known, gp = Observations(Space.box(0, 1, 3), "auto"), model()
    region = Region(patience=4, length=0.1)
    strategy = Turbo(q=5, acquisition=acquisition)
    z = strategy._propose(gp, region, known, np.random.default_rng(0))
    low, high = region.box(gp.x[np.argmax(gp.y)], gp.lengthscales, known.limits)
    assert ((z >= low - 1e-12) & (z <= high + 1e-12)).all()
    assert len(np.unique(z, axis=0)) == 5


def test_starts_again_from_the_next_start_of_the_seed_once_the_region_is_tiny() -> None:
    space = Space.normal(1)
    starts = space.sample(np.random.default_rng([0, 1]), 4)
    asks, _ = drive(Turbo(initial=3), lambda z: np.zeros(len(z)), space, 70)
    designs = [ask for ask in asks if len(ask) > 1]
    # Nothing improves: 3 points of a design and 7 x 4 failures make a region of 31 points.
    assert [len(ask) for ask in asks[:30]] == [3, *[1] * 28, 3]
    np.testing.assert_array_equal([d[0] for d in designs], starts[: len(designs)])


def test_a_gain_below_a_thousandth_of_the_best_score_is_no_success() -> None:
    # Every ask gains 1e-4 of the best: regions end as if nothing had been gained.
    rising = iter(1e4 * 1.0001 ** np.arange(1000))
    asks, _ = drive(Turbo(initial=3), lambda z: [next(rising) for _ in z], Space.normal(1), 40)
    assert len(asks[29]) == 3


# --- sample paths -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_paths_have_the_mean_and_covariance_of_the_posterior(kind: Any) -> None:
    gp, n = model(kind), 1500
    u = np.random.default_rng(1).random((4, 3))
    rng = np.random.default_rng(2)
    draws = np.array([sample_path(gp, rng)(u) for _ in range(n)])
    joint = gp.sample(u, np.random.default_rng(3), 100_000)
    variance = gp.predict(u)[1]
    # Five standard errors, of a mean and of a covariance of Gaussians; 3 % for other tails.
    assert (np.abs(draws.mean(axis=0) - gp.predict(u)[0]) < 5 * np.sqrt(variance / n)).all()
    spread = 1.03 * np.sqrt(2 / n) * np.sqrt(np.outer(variance, variance))
    assert (np.abs(np.cov(draws.T) - np.cov(joint.T)) < 5 * spread).all()


def test_paths_go_through_data_without_noise() -> None:
    gp = model()
    exact = GP.at(np.append(gp.theta[:-1], math.log(1e-10)), gp.x, gp.y, gp.kind)
    path = sample_path(exact, np.random.default_rng(0))
    # The noise's sd is 1e-5: five of them.
    np.testing.assert_allclose(path(gp.x), gp.y, atol=5e-5)


def test_a_path_is_one_function() -> None:
    path, u = (
        sample_path(model(), np.random.default_rng(0)),
        np.random.default_rng(1).random((9, 3)),
    )
    np.testing.assert_allclose(path(u)[3:5], path(u[3:5]), rtol=1e-12, atol=1e-12)


# --- the strategy -------------------------------------------------------------------------------


@pytest.mark.parametrize("acquisition", ["ei", "ts"])
def test_beats_random_search_in_twenty_dimensions(acquisition: Any) -> None:
    space = Space.normal(20)
    # Thompson samples take their time: at 45 they beat it from one seed of twelve, at 100 from all.
    _, scores = drive(Turbo(acquisition=acquisition), bowl, space, 100)
    random = bowl(space.sample(np.random.default_rng(0), 4500)).max()
    assert scores.max() > random  # of 45 times the evaluations


@pytest.mark.parametrize("acquisition", ["ei", "ts"])
def test_same_seed_same_points(acquisition: Any) -> None:
    runs = [
        np.vstack(drive(Turbo(q=2, acquisition=acquisition), bowl, Space.normal(4), 20, seed)[0])
        for seed in (0, 0, 1)
    ]
    assert runs[0].tobytes() == runs[1].tobytes()
    assert runs[0].tobytes() != runs[2].tobytes()


@pytest.mark.parametrize("acquisition", ["ei", "ts"])
@pytest.mark.parametrize(
    "space", [Space.box(-2, 3, 3), Space.sphere(5), Space.sphere(1), Space.normal(1)], ids=str
)
def test_stays_inside_its_space_and_survives_hard_scores(acquisition: Any, space: Space) -> None:
    for score in (
        lambda z: np.zeros(len(z)),
        lambda z: np.round(bowl(z) / 4),
        lambda z: np.where(z[:, 0] > 0, np.nan, bowl(z)),
        lambda z: np.full(len(z), np.nan),
        lambda z: 1e300 * bowl(z),
    ):
        asks, _ = drive(Turbo(acquisition=acquisition, q=2), score, space, 14)
        assert space.contains(np.vstack(asks)).all()


def test_a_point_that_was_asked_is_passed_over() -> None:
    known, rng = Observations(Space.box(0, 1, 2), "auto"), np.random.default_rng(0)
    z = quasi_random(rng, 3, 2)
    np.testing.assert_array_equal(first_new(z, z[:1], known, rng), z[1:2])
    assert not (first_new(z, z, known, rng) == z).all(axis=1).any()


def test_settings_that_mean_nothing_are_refused() -> None:
    for settings in (
        {"q": 0},
        {"initial": 0},
        {"most": 1},
        {"kernel": "cubic"},
        {"acquisition": "ucb"},
        {"outcome": "sqrt"},
        {"domain": "torus"},
    ):
        with pytest.raises(ValueError, match=next(iter(settings))):
            Turbo(**settings)
