"""Estimated slopes: the laws that their papers state, on decoders where each constant is known."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Brief
from blackbox.strategies.estimation.chained_zeroth_order import ChainedZerothOrder
from blackbox.strategies.estimation.guided_es import GuidedEs
from blackbox.strategies.estimation.hybrid_zeroth_order import HybridZerothOrder
from blackbox.strategies.estimation.zeroth_order import Gains, decreasing
from blackbox.strategies.moves.gradients import Differences
from tests.conftest import finished, make_bowl

pytestmark = pytest.mark.slow

D_LATENT, D_DATA, REPEATS = 4, 12, 1500
SPACE = bb.Space.normal(D_LATENT)
Z, STILL = np.full((1, D_LATENT), 0.3), np.zeros(1, bool)


def jacobian(*sizes: float) -> np.ndarray:
    """A linear decoder `[D, d]` with these singular values."""
    rng = np.random.default_rng(0)
    left = np.linalg.qr(rng.standard_normal((D_DATA, D_LATENT)))[0]
    right = np.linalg.qr(rng.standard_normal((D_LATENT, D_LATENT)))[0]
    decoder: np.ndarray = (left * sizes) @ right
    return decoder


def linear(decoder: np.ndarray, slope: np.ndarray) -> bb.Objective:
    """A linear score of a linear decode: every difference is exact."""
    j, g = torch.tensor(decoder), torch.tensor(slope)
    settings = {"decoder": lambda z: z @ j.T.to(z), "dtype": torch.float64}
    return make_bowl(SPACE, lambda x: x @ g.to(x), **settings)


def heard(talk: Generator[Any, Any, Any], objective: bb.Objective) -> np.ndarray:
    """The slope at the end of a conversation."""
    message = next(talk)
    while True:
        try:
            message = talk.send(objective.evaluate(message))
        except StopIteration as end:
            slope: np.ndarray = end.value[1]
            return slope


def error(strategy: Any, objective: bb.Objective, exact: np.ndarray) -> tuple[float, float]:
    """The relative variance of the strategy's estimate, and the standard error of that figure."""
    brief = Brief(SPACE, Z, budget=1e9)
    found = np.array(
        [heard(talk(strategy, brief, np.random.default_rng(i)), objective) for i in range(REPEATS)]
    )
    square = ((found - exact) ** 2).sum(1) / (exact @ exact)
    return square.mean(), square.std() / np.sqrt(REPEATS)


def talk(strategy: Any, brief: Brief, rng: np.random.Generator) -> Generator[Any, Any, Any]:
    if isinstance(strategy, Differences):
        return strategy.at(Z, brief, rng)
    slope: Generator[Any, Any, Any] = strategy.slope(Z, STILL, brief, rng)
    return slope


def kappa(decoder: np.ndarray, slope: np.ndarray) -> float:
    return float((decoder**2).sum() * (slope @ slope) / ((decoder.T @ slope) ** 2).sum())


NEAR, FAR = jacobian(4, 0.5, 0.5, 0.5), jacobian(2, 1, 1, 0.5)
GRADIENT = np.random.default_rng(3).standard_normal(D_DATA)
# A gradient that lies where the decoder moves x most, and one that hardly sees the decoder.
CASES = {
    "kappa far below d": (NEAR, NEAR @ np.array([1.0, -0.2, 0.4, 0.1])),
    "kappa below d": (FAR, FAR @ np.array([1.0, -0.2, 0.4, 0.1])),
    "kappa above d": (FAR, GRADIENT),
}


@pytest.mark.parametrize("case", CASES)
def test_chained_beats_direct_exactly_where_kappa_is_below_d(case: str) -> None:
    decoder, slope = CASES[case]
    objective, exact, q = linear(decoder, slope), decoder.T @ slope, 3
    k = kappa(decoder, slope)
    assert (k < D_LATENT) == ("below" in case)
    chained = error(ChainedZerothOrder("isotropic", q, radius=1e-3), objective, exact)
    direct = error(Differences("gaussian", q, 1e-3), objective, exact)
    for (found, doubt), law in ((chained, (1 + k) / q), (direct, (D_LATENT + 1) / q)):
        assert found == pytest.approx(law, abs=5 * doubt)  # five standard errors of a mean
    assert (chained[0] < direct[0]) == (k < D_LATENT)


def test_tangent_directions_leave_out_what_the_decoder_cannot_reach() -> None:
    decoder, slope = CASES["kappa above d"]
    basis = np.linalg.qr(decoder)[0]
    k = kappa(decoder, basis @ (basis.T @ slope))
    assert k < kappa(decoder, slope) / 2
    strategy = ChainedZerothOrder("tangent", 3, radius=1e-3)
    found, doubt = error(strategy, linear(decoder, slope), decoder.T @ slope)
    assert found == pytest.approx((1 + k) / 3, abs=5 * doubt)


def test_hybrid_follows_what_the_decoder_amplifies() -> None:
    decoder, slope = CASES["kappa above d"]
    strategy = HybridZerothOrder(samples=20_000, radius=1e-3)
    brief, rng = Brief(SPACE, Z, budget=1e9), np.random.default_rng(0)
    found = heard(strategy.slope(Z, STILL, brief, rng), linear(decoder, slope))
    law, plain = decoder.T @ decoder @ decoder.T @ slope, decoder.T @ slope
    cosines = [found @ v / np.linalg.norm(found) / np.linalg.norm(v) for v in (law, plain)]
    assert cosines[0] > 0.999  # the mean of 20 000 directions errs by about sqrt(5 / 20 000)
    assert cosines[1] < 0.99


@pytest.mark.parametrize(
    ("reference", "scores", "gradients"),
    [("chained_zeroth_order(samples=3)", 4, 1), ("hybrid_zeroth_order(samples=3)", 4, 1)],
)
def test_a_step_costs_what_it_says(reference: str, scores: int, gradients: int) -> None:
    objective = linear(*CASES["kappa below d"])
    run = finished(registry.strategy(reference), objective, budget=10 * (scores + gradients))
    assert (run.meter.n_scores, run.meter.n_gradients) == (10 * scores, 10 * gradients)


@pytest.mark.parametrize("reference", ["chained_zeroth_order", "hybrid_zeroth_order"])
def test_a_decoder_that_stands_still_is_left(reference: str) -> None:
    objective = linear(np.zeros((D_DATA, D_LATENT)), GRADIENT)
    z = finished(registry.strategy(reference), objective, budget=40).recorder.filled()["z"]
    starts = z[~np.isnan(z).any(axis=1)]
    assert len(np.unique(starts[:, 0].round(1))) > 5  # each climb ends at once, the next begins


def test_guided_pairs_have_the_covariance_of_the_paper() -> None:
    guides, alpha, n = np.array([[1.0, 1, 0, 0], [0, 2, 1, 0]]), 0.3, 100_000
    pairs = GuidedEs(alpha=alpha, samples=n).pairs(guides, D_LATENT, np.random.default_rng(0))
    basis = np.linalg.qr(guides.T)[0]
    sigma = alpha / D_LATENT * np.eye(D_LATENT) + (1 - alpha) / 2 * basis @ basis.T
    assert np.trace(sigma) == pytest.approx(1)
    # An entry of the covariance of n draws errs by at most sqrt(2 / n) of the largest variance.
    assert pairs.T @ pairs / n / D_LATENT == pytest.approx(sigma, abs=5 * np.sqrt(2 / n))


def test_a_good_guide_brings_the_estimate_closer_to_the_gradient() -> None:
    slope, rng = np.array([1.0, -2, 0.5, 1]), np.random.default_rng(0)

    def cosine(strategy: GuidedEs, guides: np.ndarray) -> float:
        pairs = strategy.pairs(guides, D_LATENT, rng)
        found = (pairs @ slope)[:, None] * pairs
        return float((found @ slope / np.linalg.norm(found, axis=1)).mean())

    guide = slope[None] + 0.3
    blind, led = (cosine(GuidedEs(alpha=a, samples=5000), guide) for a in (1.0, 0.5))
    assert led > 1.2 * blind


def test_guides_are_past_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    pairs = GuidedEs.pairs

    def watched(self: GuidedEs, guides: np.ndarray, d: int, rng: np.random.Generator) -> np.ndarray:
        seen.append(guides)
        return pairs(self, guides, d, rng)

    monkeypatch.setattr(GuidedEs, "pairs", watched)
    finished(GuidedEs(guides=2, samples=4), linear(*CASES["kappa below d"]), budget=60)
    assert [len(guides) for guides in seen[:4]] == [0, 1, 2, 2]
    assert np.array_equal(seen[2][0], seen[1][0])
    assert np.array_equal(seen[3][0], seen[2][1])


@pytest.mark.parametrize("q", [1, 3, 4, 9])
def test_the_aligned_slope_is_the_least_squares_one(q: int) -> None:
    decoder, slope = CASES["kappa below d"]
    objective, exact = linear(decoder, slope), decoder.T @ slope
    brief = Brief(SPACE, Z, budget=1e9)
    found = np.array([
        heard(Differences("aligned", q, 1e-3).at(Z, brief, np.random.default_rng(i)), objective)
        for i in range(REPEATS if q < D_LATENT else 3)
    ])  # fmt: skip
    # A projection: it is as long as its part along the gradient, and no longer than that.
    assert (found**2).sum(1) == pytest.approx(found @ exact, rel=1e-6)
    share = (found**2).sum(1) / (exact @ exact)
    doubt = 5 * share.std() / np.sqrt(len(share)) + 1e-9
    assert share.mean() == pytest.approx(min(q / D_LATENT, 1), abs=doubt)


def test_spall_s_gains_begin_at_the_learning_rate_and_decrease() -> None:
    gains, rng = Gains(0.2), np.random.default_rng(0)
    slopes = 1e6 * rng.standard_normal((40, 3))
    steps = np.abs([gains.step(slope) for slope in slopes]).mean(1)
    assert steps[0] == pytest.approx(0.2)
    assert steps[10:] == pytest.approx(
        0.2 * np.abs(slopes[10:]).mean(1) / np.abs(slopes[:10]).mean()
    )
    # k steps of N, A = N / 10: the gains of doi 10.1109/7.705889 with k + 1 counted from A on.
    share = np.linspace(0, 1, 11)
    assert [decreasing(s) for s in share] == pytest.approx((10 / (10 + 100 * share)) ** 0.602)


def test_sign_steps_move_every_coordinate_by_the_learning_rate() -> None:
    objective = linear(*CASES["kappa below d"])
    settings = "samples=4, step='sign', learning_rate=0.05, start='first'"
    reference = f"zeroth_order(estimator='aligned', {settings})"
    z = finished(registry.strategy(reference), objective, budget=30).recorder.filled()["z"]
    points = z[5::5]  # the start; then four directions and the point itself, at each step
    assert np.abs(np.diff(points, axis=0)) == pytest.approx(0.05)


@pytest.mark.parametrize(
    "reference", ["zeroth_order", "guided_es", "chained_zeroth_order", "hybrid_zeroth_order"]
)
def test_on_a_sphere_it_climbs_to_the_far_end(reference: str) -> None:
    space = bb.Space.sphere(3)
    objective = make_bowl(space, lambda x: x[..., 0])
    run = finished(registry.strategy(reference), objective, budget=400)
    assert run.recorder.filled()["score"].max() > 0.98 * space.radius
