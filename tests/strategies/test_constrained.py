"""Strategies that know of constraints: they end where a constraint just holds, and inside of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.protocol import Ask, Brief, Capability, Price, wishes
from blackbox.strategies import TABLE
from blackbox.strategies.bayesian.acquisition import log_ei, log_ei_with_gradient
from blackbox.strategies.bayesian.feasibility import constrained
from blackbox.strategies.bayesian.fitting import fit
from blackbox.strategies.composed.chain import Chain
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.peers import optuna as optuna_peer
from blackbox.strategies.peers.scipy_loss import ScipyLoss
from blackbox.strategies.sampling.random_search import RandomSearch
from blackbox.testing.runs import finished, rows

pytestmark = pytest.mark.slow


def near_a_disc(x: torch.Tensor) -> bb.Scored:
    """Nearest to (2, 1, 0) on the disc of radius 1 where x0 <= 0.6: at (0.6, 0.8, 0)."""
    goal = torch.tensor([2.0, 1.0, 0.0], dtype=x.dtype)
    inside = 1 - (x[:, :2] ** 2).sum(-1)
    return bb.Scored(-((x - goal) ** 2).sum(-1), {"disc": inside, "wall": 0.6 - x[:, 0]})


BEST = -(1.4**2) - 0.2**2
NATIVE = {
    "scipy:cobyqa": 1e-4,
    "scipy:cobyla": 1e-4,
    "scipy:slsqp": 1e-4,
    "scipy:trust_constr": 1e-2,
    "auto": 1e-4,
    "cma_es": 1e-2,
    "restarts": 1e-2,
}


def disc(noise: float = 0.0) -> bb.Objective:
    def noisy(x: torch.Tensor) -> bb.Scored:
        scored = near_a_disc(x)
        return bb.Scored(scored.score + noise * torch.randn(len(x)), scored.constraints)

    scorer = noisy if noise else near_a_disc
    return bb.Objective(scorer, space=bb.Space.box(-2, 2, 3), name="disc", optimum=BEST)


@pytest.mark.parametrize("name", NATIVE)
def test_the_best_lies_where_constraints_just_hold(name: str) -> None:
    strategy = bb.strategy(name)
    assert Capability.CONSTRAINTS in wishes(strategy)
    run = finished(strategy, disc(), budget=400)
    assert BEST - NATIVE[name] < run.recorder.best <= BEST


def test_whoever_knows_nothing_of_constraints_is_told_merits() -> None:
    """And gets near all the same: the conformance suite holds them to the rest."""
    for name in ("snes", "pcn", "scipy:nelder_mead"):
        assert Capability.CONSTRAINTS not in wishes(bb.strategy(name))
        run = finished(bb.strategy(name), disc(), budget=400)
        assert BEST - 0.5 < run.recorder.best <= BEST


def test_a_part_that_knows_nothing_of_constraints_is_told_merits_inside_one_that_does() -> None:
    chain = Chain((RandomSearch(), CmaEs()))
    assert Capability.CONSTRAINTS in wishes(chain)
    run = finished(chain, disc(), budget=600)
    assert BEST - 0.05 < run.recorder.best <= BEST


def test_samplers_of_optuna_that_know_of_constraints_are_told_them() -> None:
    pytest.importorskip("optuna")
    for name in ("TPESampler", "GPSampler", "NSGAIISampler"):
        assert Capability.CONSTRAINTS in wishes(bb.strategy(f"optuna:{name}"))
    for name in ("CmaEsSampler", "RandomSampler"):
        assert Capability.CONSTRAINTS not in wishes(bb.strategy(f"optuna:{name}"))


def test_optuna_is_told_constraints_by_either_of_its_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samplers asked for them before optuna 5, since when trials have them."""
    pytest.importorskip("optuna")
    told = finished(bb.strategy("optuna:TPESampler"), disc(), budget=40)
    assert BEST - 1.0 < told.recorder.best <= BEST
    monkeypatch.setattr(optuna_peer, "_has_constraints", lambda: False)
    asked = finished(bb.strategy("optuna:TPESampler"), disc(), budget=40)
    assert rows(asked) == rows(told)


def test_nevergrad_makes_penalties_of_constraints_if_it_is_to() -> None:
    pytest.importorskip("nevergrad")
    merits, penalties = "nevergrad:TwoPointsDE", "nevergrad:TwoPointsDE(penalties=True)"
    assert Capability.CONSTRAINTS not in wishes(bb.strategy(merits))
    assert Capability.CONSTRAINTS in wishes(bb.strategy(penalties))
    first, second = (
        finished(bb.strategy(name), disc(), budget=400) for name in (merits, penalties)
    )
    assert rows(first) != rows(second)
    assert BEST - 0.5 < second.recorder.best <= BEST
    always = bb.Objective(
        lambda x: bb.Scored(-(x**2).sum(-1), {"always": 9 - x[:, 0]}),
        space=bb.Space.box(-2, 2, 3),
        name="always",
    )
    first, second = (finished(bb.strategy(name), always, budget=60) for name in (merits, penalties))
    assert rows(first) == rows(second)


@pytest.mark.parametrize("name", ["cma_es", "bayes_opt", "turbo", "auto"])
def test_noise_and_constraints_go_together(name: str) -> None:
    run = finished(bb.strategy(name), disc(noise=0.05), budget=60)
    assert str(run.status) == "spent"
    assert np.isfinite(run.recorder.best)


def test_slopes_of_constraints_are_their_derivatives() -> None:
    objective = disc()
    brief = Brief(
        space=objective.space,
        start=objective.space.sample(np.random.default_rng(0), 1),
        budget=100,
        price=Price(),
        constraints=objective.facts.constraints,
    )
    loss = ScipyLoss(brief, objective.evaluate, order=1)
    loss.begin(brief.start)
    (given,) = loss.constraints("slsqp")
    x, step = np.array([0.1, -0.4, 0.2]), 1e-6
    for axis in range(3):
        move = step * np.eye(3)[axis]
        slope = (given["fun"](x + move) - given["fun"](x - move)) / (2 * step)
        np.testing.assert_allclose(given["jac"](x)[:, axis], slope, rtol=1e-6, atol=1e-8)


# Steps of these take half a second: three of each will do.
FEWER_STEPS = {
    "ax": "ax(initial=9)",
    "smac": "smac(initial=9)",
    "conditional_generator": "conditional_generator(steps=5)",
}


@pytest.mark.slow
def test_every_strategy_of_the_table_meets_constraints_without_gradients() -> None:
    """Whatever is asked of them, they end well, and say so."""
    plain = bb.Objective(
        lambda row: bb.Scored(-(row[0] ** 2), {"wall": row[0] - 0.5}),
        space=bb.Space.box(-1, 1, 2),
        batched=False,
        name="plain",
    )
    for name in TABLE:
        if ":" in name or "botorch" in name:
            continue
        strategy = bb.strategy(FEWER_STEPS.get(name, name))
        if getattr(strategy, "needs", frozenset()) - plain.capabilities:
            continue
        run = finished(strategy, plain, budget=12)
        assert str(run.status) in ("spent", "returned"), (name, run.error)


def test_the_gradient_of_a_constrained_ask_costs_what_one_gradient_costs() -> None:
    objective = disc()
    run = finished(bb.strategy("scipy:slsqp"), objective, budget=20)
    columns = run.recorder.filled()
    assert columns["n_gradients"][-1] == columns["n_scores"][-1]
    assert objective.evaluate(Ask(np.zeros((1, 3)), 1)).constraint_grads.shape == (1, 2, 3)


@pytest.mark.parametrize("name", ["bayes_opt", "turbo", "turbo(acquisition='ts')"])
def test_model_based_searches_improve_on_what_meets_all(name: str) -> None:
    strategy = bb.strategy(name)
    assert Capability.CONSTRAINTS in wishes(strategy)
    run = finished(strategy, disc(), budget=40)
    assert BEST - (0.5 if "ts" in name else 0.05) < run.recorder.best <= BEST


def test_models_of_constraints_find_what_is_rarely_feasible() -> None:
    def rare(x: torch.Tensor) -> bb.Scored:
        inside = 0.2 - (x - 0.7).abs()  # 1 in 1 000 of the prior's draws
        return bb.Scored(-x.sum(-1), {f"c{nth}": inside[:, nth] for nth in range(3)})

    objective = bb.Objective(rare, space=bb.Space.box(-2, 2, 3), name="rare")
    for name in ("bayes_opt", "turbo", "scipy:cobyqa"):
        best = finished(bb.strategy(name), objective, budget=60).recorder.best
        assert best > -2.1, name
        assert best <= -1.5 + 1e-9
    assert np.isnan(finished(bb.strategy("random_search"), objective, budget=60).recorder.best)


def test_log_chance_has_the_gradient_that_it_says() -> None:
    rng = np.random.default_rng(0)
    x = rng.random((12, 2))
    margins = np.stack([x[:, 0] - 0.4, 1.2 - x.sum(1)], 1)
    outcome = fit(x, -((x - 0.5) ** 2).sum(1))
    is_met = np.asarray((margins >= 0).all(1), bool)
    model = constrained(outcome, margins, is_met, lambda y, t: fit(x, y), None)
    u, step = rng.random((4, 2)), 1e-6
    value, slope = log_ei_with_gradient(model, 0.0, u)
    np.testing.assert_allclose(value, log_ei(model, 0.0, u))
    for axis in range(2):
        move = step * np.eye(2)[axis]
        numeric = (log_ei(model, 0.0, u + move) - log_ei(model, 0.0, u - move)) / (2 * step)
        np.testing.assert_allclose(slope[:, axis], numeric, rtol=1e-4, atol=1e-5)
    assert model.y.max() == outcome.y[is_met].max()
