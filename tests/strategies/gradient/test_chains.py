"""Chains sample what they say: prior(z) exp(beta score), on each prior, by exact laws."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Answer, Array, Brief
from blackbox.strategies.gradient.langevin import Langevin, State, acceptance
from blackbox.strategies.local.pcn import Pcn
from blackbox.strategies.moves.gaussian import from_gaussian, pulled_back, to_gaussian
from blackbox.strategies.moves.tempering import Tempering
from tests.campaigns import chains
from tests.conftest import finished, make_bowl

pytestmark = pytest.mark.slow

SPACES = {
    "normal": bb.Space.normal(3),
    "cut": bb.Space.normal(3, limit=1.5),
    "box": bb.Space.box([-1, 0, -3], [1, 2, 3]),
    "sphere": bb.Space.sphere(3, 2.0),
}
STEPS = 10_000


def states(
    strategy: Langevin | Pcn,
    space: bb.Space,
    score: Callable[[Array], Array],
    grad: Callable[[Array], Array],
    steps: int = STEPS,
) -> Array:
    """Where the chain stood after each step, in the space; what it asks are its proposals."""
    rng = np.random.default_rng(0)
    search = strategy.search(Brief(space, space.sample(rng, 1), budget=1e9), rng)
    message, stood = next(search), []
    for _ in range(steps):
        z = message.points
        message = search.send(Answer(score=score(z), grad=grad(z)))
        inside = inspect.getgeneratorlocals(search)
        stood.append(inside["here"].y if "here" in inside else inside["y"])
    return from_gaussian(space, np.concatenate(stood))


def assert_mean(samples: Array, known: float) -> None:
    """The mean of a chain `[n]` lies within 4 standard errors, taken over 40 batches."""
    batches = samples.reshape(40, -1).mean(axis=1)
    error = batches.std(ddof=1) / math.sqrt(len(batches))
    assert abs(samples.mean() - known) < 4 * error, (samples.mean(), known, error)
    assert error < 0.05  # or it would see nothing


CHAINS = [
    Langevin(beta=2.0, step=0.5, adapt=False),
    Pcn(beta=2.0, step=0.6, adapt=False),
    Langevin(beta=2.0),
    Pcn(beta=2.0),
    Pcn(beta=2.0, step=0.7, adapt=False, drift=True),
    Pcn(beta=2.0, drift=True),
]


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_a_gaussian_target_s_moments_are_right(chain: Langevin | Pcn) -> None:
    # N(0, 1) exp(-beta a (z - c)^2 / 2) is normal, of precision 1 + beta a.
    a, c = np.array([0.5, 1.0, 2.0]), np.array([1.0, -1.0, 0.5])
    z = states(
        chain,
        SPACES["normal"],
        lambda z: -0.5 * (a * (z - c) ** 2).sum(-1),
        lambda z: -a * (z - c),
    )
    precision = 1 + 2 * a
    for axis, (mean, variance) in enumerate(zip(2 * a * c / precision, 1 / precision, strict=True)):
        assert_mean(z[:, axis], mean)
        assert_mean((z[:, axis] - mean) ** 2, variance)


@pytest.mark.parametrize("chain", CHAINS[:2], ids=str)
def test_a_box_s_and_a_sphere_s_targets_have_the_right_means(chain: Langevin | Pcn) -> None:
    # Uniform on [-1, 1] times exp(k z) has the mean coth(k) - 1/k; so has z/r on a 2-sphere, where
    # z is uniform on [-r, r] (Archimedes): the von Mises-Fisher law.
    assert chain.beta is not None

    def mean(k: float) -> float:
        return 1 / math.tanh(k) - 1 / k

    first = np.array([1.0, 0.0, 0.0])
    for name, end in (("box", 1.0), ("sphere", 2.0)):
        z = states(chain, SPACES[name], lambda z: z[:, 0], lambda z: np.tile(first, (len(z), 1)))
        assert SPACES[name].contains(z).all()
        assert_mean(z[:, 0] / end, mean(chain.beta * end))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("chain", [Pcn(beta=2.0, step=0.6, adapt=False), CHAINS[0]], ids=str)
def test_a_flat_score_keeps_the_prior(chain: Langevin | Pcn, space: str) -> None:
    z = states(chain, SPACES[space], lambda z: np.zeros(len(z)), np.zeros_like)
    draws = SPACES[space].sample(np.random.default_rng(1), 1_000_000)
    z, draws = ((v - draws.mean(axis=0)) / draws.std(axis=0) for v in (z, draws))
    for axis in range(3):
        assert_mean(z[:, axis], 0.0)
        assert_mean(z[:, axis] ** 2, 1.0)
        assert_mean(abs(z[:, axis]), abs(draws[:, axis]).mean())


def test_pcn_accepts_all_of_a_flat_score() -> None:
    z = states(Pcn(beta=2.0, adapt=False), SPACES["normal"], lambda z: 0 * z[:, 0], np.zeros_like)
    assert (np.diff(z, axis=0) != 0).all()


def test_pcn_accepts_as_often_in_a_thousand_dimensions() -> None:
    # On a score of the first axis alone, other axes change nothing (Cotter et al.: it is defined
    # in infinitely many dimensions), while a plain random walk's acceptance would vanish.
    rates = []
    for d in (2, 1000):
        chain = Pcn(beta=1.0, step=0.5, adapt=False)
        z = states(chain, bb.Space.normal(d), lambda z: 3 * z[:, 0], np.zeros_like, steps=2000)
        rates.append((np.diff(z[:, 0]) != 0).mean())
    # Two standard errors of a rate near 0.4 from 2000 dependent steps.
    assert rates[0] == pytest.approx(rates[1], abs=0.05)


def test_langevin_is_in_detailed_balance() -> None:
    rng, beta, step, d = np.random.default_rng(0), 1.7, 0.4, 3
    tilt = rng.standard_normal((d, d))
    for _ in range(20):
        pair = []
        for y in rng.standard_normal((2, 1, d)):
            score, slope = float(np.sin(y @ tilt).sum()), np.cos(y @ tilt) @ tilt.T
            pair.append(State(y, score, slope))
        flows = []
        for here, there in (pair, pair[::-1]):
            target = beta * here.score + multivariate_normal.logpdf(here.y[0], np.zeros(d))
            mean = here.y[0] + step / 2 * (beta * here.slope[0] - here.y[0])
            proposal = multivariate_normal.logpdf(there.y[0], mean, step)
            flows.append(target + proposal + math.log(acceptance(here, there, beta, step)))
        assert flows[0] == pytest.approx(flows[1], rel=1e-9)


@pytest.mark.parametrize(
    "chain", [Langevin(beta=5.0, step=10.0), Pcn(beta=50.0, step=1.0)], ids=str
)
def test_the_step_is_adapted_to_the_wanted_acceptance(chain: Langevin | Pcn) -> None:
    z = states(chain, bb.Space.normal(8), lambda z: -0.5 * (z**2).sum(-1), lambda z: -z)
    rate = (np.diff(z[:, 0]) != 0)[STEPS // 2 :].mean()
    assert rate == pytest.approx({Langevin: 0.574, Pcn: 0.234}[type(chain)], abs=0.02)


@pytest.mark.parametrize("space", SPACES)
def test_gradients_behind_a_prior_agree_with_differences(space: str) -> None:
    rng, h = np.random.default_rng(0), 1e-6
    y, weights = 0.9 * rng.standard_normal((5, 3)), rng.standard_normal(3)
    z = from_gaussian(SPACES[space], y)
    found = pulled_back(SPACES[space], y, z, np.cos(z) * weights)
    for axis in range(3):
        step = h * np.eye(3)[axis]
        ends = [(np.sin(from_gaussian(SPACES[space], y + s)) @ weights) for s in (step, -step)]
        assert found[:, axis] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("space", SPACES)
def test_a_point_of_the_space_is_found_again_behind_it(space: str) -> None:
    z = SPACES[space].sample(np.random.default_rng(0), 9)
    y = to_gaussian(SPACES[space], z)
    assert from_gaussian(SPACES[space], y) == pytest.approx(z, rel=1e-9)
    assert (np.linalg.norm(y, axis=1) < 6).all()


def test_tempering_doubles_down_when_the_chain_has_settled() -> None:
    tempering = Tempering(dim=8, fixed=None)
    tempering.begin(np.array([0.0, 2.0]))
    assert tempering.beta == 1.0  # their standard deviation is 1
    for score in (0.0, 0.0, 0.0, 0.0, 0.0):
        tempering.hear(score)
    assert tempering.beta == 1.0  # a chain that does not move tells nothing
    for score in (-np.inf, 0.1, -0.1, 0.1, -0.1):
        tempering.hear(score)
    assert tempering.beta == pytest.approx(3 * 2 / 0.1)  # 3 sqrt(d/2) / sd
    for score in (0.0, 9.0, 0.0, 9.0, 0.0):
        tempering.hear(score)
    assert tempering.beta == pytest.approx(60)  # never back
    assert Tempering(8, fixed=2.5).beta == 2.5


@pytest.mark.parametrize("name", ["langevin", "pcn"])
def test_the_sharpened_chain_finds_the_top(name: str) -> None:
    run = finished(registry.strategy(name), make_bowl(bb.Space.normal(4)), budget=400)
    assert run.recorder.filled()["score"].max() > -1e-3


@pytest.mark.parametrize("name", chains.strategies(1.0))
def test_a_gaussian_law_is_met_within_the_campaign_s_nats(name: str) -> None:
    matrix, centre = chains.targets()["round, 2 axes"]
    away = chains.nats(chains.strategies(1.0)[name], matrix, centre, 1.0, steps=6000)
    assert away < chains.ALLOWED
