"""What makes BasinCMA what it is: batches of gradient steps, refined scores told to CMA-ES."""

from __future__ import annotations

from typing import Any

import cma
import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Ask, Price
from tests.conftest import finished, make_bowl

SPACE = bb.Space.normal(5)
REFERENCE = "basin_cma(steps=3, popsize=6, final=0.5)"
GENERATION = 6 * (3 * 2 + 1)  # three gradients and a score for each member

FROM_FIRST = "gradient_ascent(start='first')"


def exchanges(budget: float, reference: str = REFERENCE, **settings: Any) -> list[Any]:
    journal: list[Any] = []
    finished(
        registry.strategy(reference), make_bowl(SPACE), budget=budget, journal=journal, **settings
    )
    return journal


def test_a_generation_is_refined_in_one_batch_per_step() -> None:
    journal = exchanges(1 + 2 * 2 * GENERATION)
    shapes = [(message.order, len(message.points)) for message, _, _ in journal]
    assert shapes[0] == (0, 1)
    assert shapes[1:9] == [(1, 6), (1, 6), (1, 6), (0, 6)] * 2
    assert set(shapes[9:]) == {(1, 1)}  # half of the budget refines the best


@pytest.mark.parametrize(("gradient", "generations"), [(0.0, 7), (1.0, 4), (4.0, 1)])
def test_the_plan_follows_the_price_of_a_gradient(gradient: float, generations: int) -> None:
    # Half of 336 holds so many times 6 members of three gradients and a score.
    journal = exchanges(337, price=Price(gradient=gradient))
    batches = [message for message, _, _ in journal[1:] if len(message.points) == 6]
    assert len(batches) == 4 * generations


def test_what_refinement_reached_is_told_of_the_points_that_were_drawn() -> None:
    journal = exchanges(1 + 6 * GENERATION, seed=3)
    rng = np.random.default_rng([3, 1])
    options = {
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,
        "verbose": -9,
        "verb_log": 0,
    }
    start = journal[0][0].points[0]
    evolution = cma.CMAEvolutionStrategy(start, 0.5, options | {"popsize": 6})
    for nth in range(3):
        drawn, _, _, (refined, answer, _) = journal[1 + 4 * nth : 5 + 4 * nth]
        points = evolution.ask()
        assert np.array_equal(drawn[0].points, points)
        assert not np.allclose(refined.points, points)
        evolution.tell(points, (-answer.score).tolist())


def test_the_best_that_was_refined_is_refined_further() -> None:
    journal = exchanges(1 + 4 * GENERATION)
    reached = [
        (a.score.max(), m.points[a.score.argmax()]) for m, a, _ in journal[1:9] if not m.order
    ]
    best = max(reached, key=lambda pair: pair[0])[1]
    assert np.array_equal(journal[9][0].points[0], best)


def test_it_leaves_basins_that_a_gradient_alone_cannot_leave() -> None:
    """A ridge of bowls 3 apart, each higher than the one before: no slope leads across."""

    def bowls(x: torch.Tensor) -> torch.Tensor:
        return -0.05 * ((x - 3.0) ** 2).sum(-1) - (1 - torch.cos(2 * torch.pi * x / 3)).sum(-1)

    objective = make_bowl(bb.Space.normal(3), bowls, starts=lambda rng, m: np.zeros((m, 3)))
    best = {
        reference: finished(registry.strategy(reference), objective, budget=1500)
        .recorder.filled()["score"]
        .max()
        for reference in (FROM_FIRST, "basin_cma(sigma0=1.0)")
    }
    assert best[FROM_FIRST] < -1.2
    assert best["basin_cma(sigma0=1.0)"] > -0.1


def test_invalid_starts_are_never_the_best() -> None:
    def holed(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x[:, 0] > 0, torch.nan, -((x + 1) ** 2).sum(-1))

    objective = make_bowl(SPACE, holed, starts=lambda rng, m: np.full((m, 5), 0.2))
    run = finished(registry.strategy("basin_cma"), objective, budget=600)
    last = objective.evaluate(Ask(np.asarray(run.recorder.filled()["z"][-1:], float)))
    assert last.valid.all()
    assert last.score[0] > -0.1
