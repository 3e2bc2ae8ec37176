"""What makes (1+1)-ES and Nelder-Mead what they are: a known rate, and scipy's own points."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Ask
from tests.conftest import OPTIMUM, finished, make_bowl


def test_one_plus_one_climbs_a_sphere_at_the_rate_that_theory_allows() -> None:
    """At most 0.2025/d nats of distance per score: at least 11.4 d scores per decade."""
    d, settled, nats, shares = 16, slice(200, 1000), [], []
    for seed in range(4):
        run = finished(
            registry.strategy("one_plus_one"), make_bowl(bb.Space.normal(d)), budget=1000, seed=seed
        )
        columns = run.recorder.filled()
        away = np.asarray(columns["z"], float) - OPTIMUM
        distance = np.minimum.accumulate(np.linalg.norm(away, axis=1))[settled]
        best = np.maximum.accumulate(columns["score"])[settled]
        nats.append(np.log(distance[0] / distance[-1]) / 800)
        shares.append((np.diff(best) > 0).mean())
    # A fifth is not quite the best share of successes, nor the step ever the best one: the rule
    # stays within a third of the bound.
    assert 0.75 * 0.2025 / d < np.mean(nats) < 0.2025 / d
    # The step shrinks as the distance does: p - (1 - p)/4 = -nats / ln(growth), where a step that
    # is three times too long or too short at the end makes 3 ln(3) / (1.25 * 800) = 0.003.
    assert np.mean(shares) == pytest.approx(0.2 - 0.8 * 3 * np.mean(nats), abs=0.003)


def test_one_plus_one_starts_again_when_its_step_has_vanished() -> None:
    run = finished(registry.strategy("one_plus_one"), make_bowl(bb.Space.normal(3)), budget=1200)
    z = run.recorder.filled()["z"]
    assert (z == run.brief.start[1]).all(axis=1).any()


def valley(x: torch.Tensor) -> torch.Tensor:
    """Rosenbrock's, upside down: the simplex has to stretch, contract and shrink in it."""
    return -(100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2).sum(-1)


@pytest.mark.parametrize(("d", "bounds"), [(2, None), (4, None), (8, None), (4, (-1.0, 0.8))])
def test_nelder_mead_asks_the_points_of_scipy(d: int, bounds: tuple[float, float] | None) -> None:
    space = bb.Space.normal(d) if bounds is None else bb.Space.box(*bounds, d)
    objective = make_bowl(space, valley)
    run = finished(registry.strategy("nelder_mead"), objective, budget=400, seed=2)
    asked = run.recorder.filled()["z"]
    theirs = []

    def loss(z: np.ndarray) -> float:
        theirs.append(z.copy())
        return -float(objective.evaluate(Ask(z[None])).score[0])

    options = {"adaptive": True, "initial_simplex": asked[: d + 1], "maxfev": 400}
    minimize(
        loss,
        asked[0],
        method="Nelder-Mead",
        bounds=None if bounds is None else [bounds] * d,
        options=options | {"xatol": 0, "fatol": 0},
    )
    # Until ours starts again. Sums in another order differ by 1e-16, and 400 maps of the simplex
    # on a valley of condition 2500 make the most of it.
    same = np.append(np.flatnonzero((asked == run.brief.start[1]).all(axis=1)), 400)[0]
    assert same > 100
    assert asked[:same] == pytest.approx(np.array(theirs)[:same], abs=1e-9)


def test_nelder_mead_begins_with_a_simplex_inside_the_space() -> None:
    space = bb.Space.box([-1, -1, -1], [1, 3, 1])
    run = finished(registry.strategy("nelder_mead(size=1.2)"), make_bowl(space), budget=4)
    z = run.recorder.filled()["z"]
    assert np.abs(np.diag(z[1:] - z[0])) == pytest.approx(1.2 * space.scale)  # flipped, not cut
    assert np.linalg.matrix_rank(z[1:] - z[0]) == 3


def test_nelder_mead_starts_again_when_its_simplex_has_collapsed() -> None:
    run = finished(registry.strategy("nelder_mead"), make_bowl(bb.Space.normal(2)), budget=600)
    z = run.recorder.filled()["z"]
    again = np.flatnonzero((z == run.brief.start[1]).all(axis=1))
    assert len(again) == 1
    assert np.linalg.norm(z[again[0] - 1] - OPTIMUM) < 1e-5  # it had arrived, before it went


@pytest.mark.parametrize("reference", ["one_plus_one", "nelder_mead", "snes"])
def test_a_score_without_bound_makes_it_start_again(reference: str) -> None:
    space = bb.Space.normal(3)
    run = finished(registry.strategy(reference), make_bowl(space, lambda x: x.sum(-1)), budget=1500)
    z = run.recorder.filled()["z"]
    assert (z == run.brief.start[1]).all(axis=1).any()
    assert 10 < np.abs(z).max() < 1e5  # it went far, and not for ever
