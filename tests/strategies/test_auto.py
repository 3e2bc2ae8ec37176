"""What `auto` promises: no scale, no luck and no repeat decides for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Strategy
from blackbox.strategies.composed.auto import Auto
from blackbox.strategies.composed.probing import smoothness
from blackbox.strategies.composed.units import Units
from blackbox.strategies.gradient.lbfgs import LBFGS
from blackbox.strategies.sampling.random_search import RandomSearch
from blackbox.testing.runs import finished
from blackbox.trace import Status

Score = Callable[[Any], Any]


def ridge(z: Any) -> Any:
    return -(np.abs(z - 0.3) ** 1.5).sum(1)


def holed(z: Any) -> Any:
    return np.where(z[:, 0] > 0.5, np.nan, ridge(z))


def stepped(z: Any) -> Any:
    return -np.floor(3 * np.abs(z - 0.3)).sum(1)


def packed(z: Any) -> Any:
    """Shares of a load: what they are worth, and a steep penalty where they weigh too much."""
    share, numbers = 1 / (1 + np.exp(-z)), np.arange(z.shape[1])
    value, weight = 1.0 + numbers * 7 % 5, 1.0 + numbers * 3 % 4
    heavy = np.maximum(0.0, (share * weight).sum(1) - 0.35 * weight.sum())
    return (share * value).sum(1) - 1e3 * heavy**2


def columns(
    score: Score, d: int, budget: int, *, seed: int = 0, strategy: bb.Strategy | None = None
) -> Any:
    objective = bb.Objective(
        score,
        space=bb.Space.normal(d),
        name="landscape",
        noise=False,
        batched=True,
        differentiable=False,
    )
    run = finished(strategy or Auto(), objective, budget=budget, seed=seed)
    assert (run.status, run.meter.spent) == (Status.SPENT, budget), run.error
    return run.recorder.filled()


@pytest.mark.slow
@pytest.mark.parametrize("score", [ridge, holed, stepped])
def test_the_trace_is_the_same_at_another_power_of_two(score: Score) -> None:
    plain = columns(score, 3, 110)["z"]
    for power in (-90, 40) if score is ridge else (40,):
        scaled = columns(lambda z, a=2.0**power: a * score(z), 3, 110)  # type: ignore[misc]
        assert (scaled["z"] == plain).all()


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b"), [(1e-9, 0.0), (1e9, 1e8), (3.0, -100.0)])
def test_the_same_searches_take_turns_at_another_scale(a: float, b: float) -> None:
    plain, scaled = (columns(s, 3, 110) for s in (ridge, lambda z: a * ridge(z) + b))
    # Rounding moves what is asked, a little more with each model that is fitted.
    assert np.allclose(scaled["z"][:30], plain["z"][:30], atol=1e-3)
    assert ridge(scaled["z"]).max() == pytest.approx(ridge(plain["z"]).max(), abs=1e-3)


def test_units_undo_a_scale_and_draw_in_what_lies_far_below() -> None:
    score = np.array([-1e12, 1.0, 2.0, 3.0, 5.0])
    units = Units.of(score)
    assert (units.best, units.spread) == (5.0, 2.0)
    inside = units.of_scores(score)
    assert (np.diff(inside) > 0).all()
    assert inside[0] > -300
    assert inside[1:].tolist() == [-2.0, -1.5, -1.0, 0.0]
    assert Units.of(np.array([])) == Units()
    assert Units.of(np.array([3.0, 3.0])).spread == 4.0  # any, and one that can be undone


def test_slopes_are_those_of_what_is_told() -> None:
    units, at = Units(2.0, 3.0), np.array([1.0, -400.0])
    slopes = units.told(bb.Answer(score=at, grad=np.ones((2, 1)))).grad[:, 0]
    step = 1e-4
    rise = (units.of_scores(at + step) - units.of_scores(at - step)) / (2 * step)
    assert slopes == pytest.approx(rise, rel=1e-5)


def test_smoothness_tells_a_bowl_from_noise_and_from_steps() -> None:
    z = np.random.default_rng(0).standard_normal((40, 3))
    at, scale = np.zeros((1, 3)), np.ones(3)
    assert smoothness(z, -((z - 0.2) ** 2).sum(1), at, scale) > 0.99
    assert smoothness(z, np.random.default_rng(1).standard_normal(40), at, scale) < 0.3
    assert smoothness(z, np.floor(z.sum(1)), at, scale) == 0.0
    assert smoothness(z[:6], z[:6, 0], at, scale) == 0.0  # too few to say


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_asked_twice(seed: int) -> None:
    hidden = registry.objective("synthetic.rastrigin(d=4, differentiable=False)")
    z = finished(Auto(), hidden, budget=200, seed=seed).recorder.filled()["z"]
    assert len(np.unique(z, axis=0)) == len(z)


@pytest.mark.slow
@pytest.mark.parametrize(("score", "a"), [(packed, 1.0), (stepped, 1.0), (stepped, 1e9)])
def test_is_ahead_of_luck(score: Score, a: float) -> None:
    def scaled(z: Any) -> Any:
        return a * score(z)

    gains = [
        columns(scaled, 8, 100, seed=seed)["score"].max()
        - columns(scaled, 8, 100, seed=seed, strategy=RandomSearch())["score"].max()
        for seed in range(3)
    ]
    assert min(gains) >= 0
    assert np.median(gains) > 0


@pytest.mark.parametrize(("d", "budget"), [(1, 10), (1, 150), (10_000, 10), (10_000, 60)])
def test_spends_all_of_any_budget_in_any_dimensions(d: int, budget: int) -> None:
    found = columns(ridge, d, budget)
    assert found["score"].max() > found["score"][0] or budget < 60


@pytest.mark.slow
def test_noise_leads_no_climb_astray() -> None:
    chance = torch.Generator().manual_seed(0)

    def shaken(z: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(z.shape, generator=chance, dtype=z.dtype)
        away = z - 0.5 + 0.1 * noise
        return -(100 ** torch.linspace(0, 1, 12) * away**2).sum(1)

    objective = bb.Objective(shaken, space=bb.Space.normal(12), name="shaken", noise=True)

    def away(strategy: Strategy, seed: int) -> float:
        columns = finished(strategy, objective, budget=120, seed=seed).recorder.filled()
        best = columns["z"][columns["score"].argmax()]
        return float((100 ** np.linspace(0, 1, 12) * (best - 0.5) ** 2).sum())

    lined = Auto(members=(LBFGS(),))
    ends = [[away(one, seed) for one in (Auto(), lined)] for seed in range(5)]
    assert np.less(*np.transpose(ends)).sum() >= 4


@pytest.mark.slow
def test_limits_are_met_among_many_axes_where_no_draw_meets_them() -> None:
    def plant(z: Any) -> dict[str, float]:
        return {"gain": float(z[:30].sum()), "size": float(np.abs(z).mean())}

    space, limits = bb.Space.box(-2, 2, 120), {"size": bb.AtMost(0.8)}
    objective = bb.Objective(
        plant, space=space, name="limited", noise=False, weights={"gain": 1.0}, constraints=limits
    )
    for strategy, is_met in ((Auto(), True), (RandomSearch(), False)):
        z = finished(strategy, objective, budget=60).recorder.filled()["z"]
        assert (np.abs(z).mean(axis=1) <= 0.8).any() == is_met
