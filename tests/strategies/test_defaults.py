"""Where climbs begin by default, and how their steps find a scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.price import Price
from blackbox.protocol import Answer, Constraints
from blackbox.strategies.evolution import evolving
from blackbox.strategies.moves.starting import ENOUGH, SHARE, best_of
from blackbox.testing.runs import bowl, finished, make_bowl
from tests.campaigns import families

SPACE = bb.Space.normal(4)
CLIMBS = ("zeroth_order", "gradient_ascent", "gradient_ascent(gradient='spsa')")


@pytest.mark.parametrize("reference", CLIMBS)
@pytest.mark.parametrize("size", [2.0**-40, 2.0**40])
def test_the_same_steps_whatever_the_unit_of_the_score(reference: str, size: float) -> None:
    def scaled(x: torch.Tensor) -> torch.Tensor:
        return size * bowl(x)

    first, second = (
        finished(
            registry.strategy(reference), make_bowl(SPACE, s, dtype=torch.float64), budget=80
        ).recorder.filled()["z"]
        for s in (bowl, scaled)
    )
    assert np.array_equal(first, second)


@pytest.mark.parametrize("reference", ["zeroth_order", "gradient_ascent"])
@pytest.mark.parametrize(("budget", "score"), [(60, 1.0), (60, 0.5), (10_000, 100.0), (3, 1.0)])
def test_a_fifth_of_the_budget_says_where_to_begin(
    reference: str, budget: int, score: float
) -> None:
    price = Price(score=score)
    run = finished(registry.strategy(reference), make_bowl(SPACE), budget=budget, price=price)
    n = max(1, min(int(SHARE * budget / score), ENOUGH))
    columns = run.recorder.filled()
    best = columns["z"][:n][np.argmax(columns["score"][:n])]
    if len(columns["z"]) > n + 1:
        near = (
            columns["z"][n : n + 2].mean(axis=0) if reference == "zeroth_order" else columns["z"][n]
        )
        assert np.allclose(near, best, atol=1e-12)


@pytest.mark.parametrize("reference", ["zeroth_order", "gradient_ascent"])
def test_the_textbook_s_form_begins_at_the_first_start_and_walks_a_part_of_the_slope(
    reference: str,
) -> None:
    strategy = registry.strategy(f"{reference}(start='first', step='plain', learning_rate=0.1)")
    run = finished(strategy, make_bowl(SPACE, dtype=torch.float64), budget=9)
    z = run.recorder.filled()["z"]
    assert np.array_equal(z[0], run.brief.start[0])
    if reference == "gradient_ascent":
        assert np.allclose(z[1] - z[0], 0.1 * -2 * (z[0] - 0.5))
    else:  # the pair's middle moves along the pair, by a tenth of the slope that it tells
        along = z[1] - z[2]
        uphill = np.dot(-2 * (z[0] - 0.5), along) * along / 0.1**2  # along is 0.1 times a direction
        assert np.allclose(z[3:5].mean(axis=0) - z[0], 0.1 * uphill)


def test_steps_that_lead_down_are_taken_back_and_get_shorter() -> None:
    run = finished(
        registry.strategy("gradient_ascent(start='first')"), make_bowl(SPACE), budget=120
    )
    columns = run.recorder.filled()
    score, z = columns["score"], columns["z"]
    best, lengths = 0, []
    for i in range(1, len(score)):
        lengths.append(np.linalg.norm(z[i] - z[best]))
        best = i if score[i] > score[best] else best
    assert score.max() > -1e-4
    assert max(lengths[-10:]) < 0.1 * max(lengths[:10])


@pytest.mark.slow
@pytest.mark.parametrize("family", list(families.FAMILIES))
def test_the_default_is_ahead_of_the_former_one_and_of_luck(family: str) -> None:
    problem, seeds = families.PROBLEMS[0], range(6)
    default, *others = (name for name in families.strategies(family) if "plain" not in name)

    def mean(name: str) -> float:
        runs = (
            finished(registry.strategy(name), registry.objective(problem), budget=50, seed=seed)
            for seed in seeds
        )
        return float(np.mean([run.recorder.best for run in runs]))

    assert mean(default) > max(map(mean, others))


@pytest.mark.parametrize("reference", ["zeroth_order", "gradient_ascent", "cma_es", "sep_cma_es"])
def test_a_start_of_no_kind_is_refused(reference: str) -> None:
    with pytest.raises(Exception, match="start must be one of best, first, not 'last'"):
        registry.strategy(f"{reference}(start='last')")


@pytest.mark.parametrize("name", ["cma_es", "sep_cma_es"])
def test_an_evolution_begins_around_the_best_of_its_first_draws(name: str) -> None:
    strategy = registry.strategy(f"{name}(start='best', sigma0=1e-3)")
    z = finished(strategy, make_bowl(SPACE), budget=60).recorder.filled()["z"].astype(float)
    n = evolving.DRAWS
    best = z[:n][np.argmin(((z[:n] - 0.5) ** 2).sum(axis=1))]
    assert np.abs(z[n : n + 4] - best).max() < 0.01


def test_under_constraints_a_start_that_meets_them_is_better_than_a_higher_score() -> None:
    points = np.arange(3.0)[:, None]
    choice = best_of(iter(points[:, None]), 3, Constraints(("room",), (1.0,)))
    next(choice)
    answer = Answer(score=np.array([9.0, 1.0, 2.0]), constraints=np.array([[-0.5], [0.1], [0.0]]))
    with pytest.raises(StopIteration) as end:
        choice.send(answer)
    assert end.value.value[0] == points[2]
