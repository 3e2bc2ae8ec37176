"""Our searches against references: pycma's own loop, exact gradients, Adam's algorithm by torch."""

from __future__ import annotations

import cma
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Array, Ask, Brief
from blackbox.strategies.moves.adam import Adam
from blackbox.strategies.moves.gradients import Differences
from tests.conftest import bowl, finished, make_bowl

pytestmark = pytest.mark.slow

SPACE = bb.Space.normal(5)


def ellipse(x: torch.Tensor) -> torch.Tensor:
    """Quadratic, so that central differences are exact but for rounding."""
    return -((torch.arange(1.0, 6.0, dtype=x.dtype) * (x - 0.3)) ** 2).sum(-1)


def test_cma_es_by_pycma_asks_what_a_plain_pycma_loop_asks() -> None:
    run = finished(
        registry.strategy("cma_es(sigma0=0.7, backend='pycma', start='first')"),
        ELLIPSE,
        budget=81,
        seed=5,
    )
    asked = run.recorder.filled()["z"]
    rng = np.random.default_rng([5, 1])
    options = {
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,
        "verbose": -9,
        "verb_log": 0,
    }
    evolution = cma.CMAEvolutionStrategy(run.brief.start[0], 0.7, options)
    plain = [run.brief.start[:1]]
    for _ in range(10):
        points = evolution.ask()
        evolution.tell(points, [-s for s in ELLIPSE.evaluate(Ask(np.array(points))).score])
        plain.append(np.array(points))
    assert np.array_equal(asked, np.concatenate(plain)[: len(asked)])


ELLIPSE = make_bowl(SPACE, ellipse)


def estimate(estimator: str, z: np.ndarray, seed: int = 0, samples: int = 3) -> np.ndarray:
    brief = Brief(SPACE, z, budget=1e9)
    slope = Differences(estimator, samples, 1e-3).at(z, brief, np.random.default_rng(seed))
    message = next(slope)
    with pytest.raises(StopIteration) as end:
        slope.send(ELLIPSE.evaluate(message))
    slope_there: Array = end.value.value[1]
    return slope_there


@given(z=st.lists(st.floats(-2, 2), min_size=5, max_size=5), seed=st.integers(0, 99))
def test_estimators_of_d_directions_find_the_exact_gradient(z: list[float], seed: int) -> None:
    point = np.array([z])
    exact = ELLIPSE.evaluate(Ask(point, 1)).grad[0]
    # Rounding: scores up to 700 with 2e-16 relative error, divided by a step of 2e-3 -> 1e-10.
    for estimator, samples in (("central", 1), ("orthogonal", 5)):
        found = estimate(estimator, point, seed, samples)
        assert found == pytest.approx(exact, rel=1e-7, abs=1e-7)
    # A forward step of h = 1e-3 errs by h times half the curvature, 25 at most.
    assert estimate("forward", point, seed) == pytest.approx(exact, abs=0.03)


@pytest.mark.parametrize("estimator", ["spsa", "gaussian", "orthogonal"])
def test_random_estimators_are_unbiased_with_the_variance_they_state(estimator: str) -> None:
    z, q, d, n = np.ones((1, 5)), 3, 5, 4000
    exact = ELLIPSE.evaluate(Ask(z, 1)).grad[0]
    found = np.array([estimate(estimator, z, seed, q) for seed in range(n)])
    error = found.mean(0) - exact
    assert np.linalg.norm(error) < 5 * np.sqrt(found.var(0).sum() / n)  # five standard errors
    variance = ((found - exact) ** 2).sum(1).mean() / (exact @ exact)
    stated = {"spsa": (d - 1) / q, "gaussian": (d + 1) / q, "orthogonal": d / q - 1}[estimator]
    assert variance == pytest.approx(stated, rel=0.1)  # the mean of 4000 heavy-tailed squares


def test_the_exact_slope_is_the_gradient_in_prior_units() -> None:
    space = bb.Space.box([-1, -10], [1, 10])
    objective = make_bowl(space)
    run = finished(
        registry.strategy("gradient_ascent(start='first', step='adam')"), objective, budget=4
    )
    z = run.recorder.filled()["z"]
    # Adam's first step is learning_rate * sign: in units of each coordinate's own scale.
    step = np.abs(z[1] - z[0])
    assert step == pytest.approx(0.1 * space.scale, rel=1e-5)


def test_adam_is_torch_s_adam() -> None:
    z = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    theirs, ours, point = torch.optim.Adam([z], lr=0.2), Adam(0.2), np.zeros(3)
    for _ in range(20):
        theirs.zero_grad()
        (-bowl(z[None])).sum().backward()  # type: ignore[no-untyped-call]
        assert z.grad is not None
        point = point + ours.step(-z.grad.numpy())
        theirs.step()
    # torch folds the bias correction of v into epsilon differently: 1e-8 against slopes near 1.
    assert point == pytest.approx(z.detach().numpy(), abs=1e-6)


def test_sobol_covers_the_prior_more_evenly_than_chance() -> None:
    objective = make_bowl(bb.Space.normal(2))
    sobol = registry.strategy("sobol_search")
    z = finished(sobol, objective, budget=257).recorder.filled()["z"][1:]
    u = bb.Space.normal(2).to_unit(np.asarray(z, float))
    counts = np.histogram2d(u[:, 0], u[:, 1], bins=8, range=[[0, 1], [0, 1]])[0]
    assert (counts == 4).all()  # 256 scrambled points put exactly 4 in each of 64 equal cells


def test_random_search_does_not_depend_on_its_batch() -> None:
    objective = make_bowl(SPACE)
    runs = [finished(registry.strategy(f"random_search(batch={b})"), objective) for b in (1, 7, 64)]
    assert len({run.recorder.filled()["z"].tobytes() for run in runs}) == 1


def test_nevergrad_starts_where_it_is_told_and_pays_once() -> None:
    objective = make_bowl(SPACE)
    for name in ("OnePlusOne", "TwoPointsDE", "Cobyla", "CMA"):
        run = finished(registry.strategy(f"nevergrad:{name}"), objective, budget=12)
        z = run.recorder.filled()["z"]
        assert np.array_equal(z[0], run.brief.start[0])
        assert not (z[1:] == z[0]).all(1).any()
