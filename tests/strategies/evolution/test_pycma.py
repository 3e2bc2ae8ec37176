"""The searches made of pycma: its options, its restarts, its diagonal, and what had to be moved."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Generator, Iterable
from typing import Any

import cma
import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Ask
from blackbox.runtime.engine import advance
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.evolution.restarts import bipop, ipop
from blackbox.strategies.evolution.sep_cma_es import SepCmaEs
from tests.conftest import finished, make_bowl, rows, started

SPACE = bb.Space.normal(5)


def tilted(x: torch.Tensor) -> torch.Tensor:
    """A bowl with axes of different length."""
    return -((torch.arange(1.0, 6.0, dtype=x.dtype) * (x - 0.3)) ** 2).sum(-1)


@pytest.mark.parametrize(
    ("reference", "options"),
    [
        (
            "cma_es(backend='pycma', options={'CMA_elitist': True}, start='first')",
            {"CMA_elitist": True},
        ),
        (
            "cma_es(backend='pycma', options={'CMA_stds': [1, 2, 1, 0.5, 1]}, start='first')",
            {"CMA_stds": [1, 2, 1, 0.5, 1]},
        ),
        ("sep_cma_es(start='first')", {"CMA_diagonal": True}),
    ],
)
def test_it_asks_what_pycma_with_the_same_options_asks(
    reference: str, options: dict[str, Any]
) -> None:
    objective = make_bowl(SPACE, tilted)
    run = finished(registry.strategy(reference), objective, budget=81, seed=5)
    rng = np.random.default_rng([5, 1])
    own = {
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,
        "verbose": -9,
        "verb_log": 0,
    }
    evolution = cma.CMAEvolutionStrategy(run.brief.start[0], 0.5, own | options)
    plain = [run.brief.start[:1]]
    for _ in range(10):
        points = evolution.ask()
        evolution.tell(points, [-s for s in objective.evaluate(Ask(np.array(points))).score])
        plain.append(np.array(points))
    asked = run.recorder.filled()["z"]
    assert np.array_equal(asked, np.concatenate(plain)[: len(asked)])


def test_options_are_settings_like_any_other() -> None:
    given = {"tolxstagnation": [1e-9, 20, 0.1], "CMA_mu": 3, "vv": {"note": 0.5}}
    strategy = CmaEs(options=given, backend="pycma")
    assert strategy == CmaEs(options=dict(reversed(given.items())), backend="pycma")
    assert hash(strategy) == hash(pickle.loads(pickle.dumps(strategy)))
    assert registry.strategy(registry.label(strategy)) == strategy
    assert registry.label(CmaEs(options={})) == "cma_es"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"CMA_elitsit": True}, "did you mean 'CMA_elitist'"),
        ({"seed": 1}, "it is that of the run"),
        ({"bounds": [0, 1]}, "those of the space"),
        ({"CMA_diagonal": False}, "what makes this strategy"),
        ({"fixed_variables": {0: 1.0}}, "pycma deprecates it"),
        ({"CMA_teststds": np.ones(3)}, "plain numbers"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        SepCmaEs(options=options)


@pytest.mark.parametrize(
    "options",
    [
        {"AdaptSigma": "CMAAdaptSigmaTPA"},
        {"BoundaryHandler": "BoundPenalty"},
        {"CMA_sampler": "GaussVkDSampler", "CMA_active": False},
        {"integer_variables": [0]},
    ],
)
def test_options_that_name_classes_or_draw_on_their_own_keep_the_promises(
    options: dict[str, Any],
) -> None:
    objective = make_bowl(bb.Space.box(-1, 2, 5))
    before = np.random.get_state()
    traces = []
    for _ in range(2):
        np.random.rand(1)  # the world goes on; the search must not notice
        state = np.random.get_state()
        run = finished(CmaEs(options=options, start="first"), objective, budget=60)
        assert run.meter.spent == 60, run.error
        assert all(np.array_equal(a, b) for a, b in zip(state, np.random.get_state(), strict=True))
        traces.append(rows(run))
    assert traces[0] == traces[1]
    plain = CmaEs(backend="pycma", start="first")
    assert traces[0] != rows(finished(plain, objective, budget=60))
    np.random.set_state(before)


def generations(reference: str, scorer: Callable[..., Any], budget: int = 3000) -> list[int]:
    """How many points were asked at a time, where each restart's start is a 1."""
    journal: list[Any] = []
    finished(registry.strategy(reference), make_bowl(SPACE, scorer), budget=budget, journal=journal)
    return [len(message.points) for message, _, _ in journal[:-1]]


def test_ipop_doubles_the_population_at_each_restart() -> None:
    sizes = generations("cma_es(restarts='ipop', start='first')", lambda x: 0 * x.sum(-1))
    per_run = [sizes[i + 1] for i, size in enumerate(sizes[:-1]) if size == 1]
    assert per_run == [8 * 2**nth for nth in range(len(per_run))]
    assert len(per_run) > 3
    plain = generations("cma_es(start='first')", lambda x: 0 * x.sum(-1), 300)
    assert set(plain) == {1, 8}


def drive(schedule: Generator[Any, int, None], lengths: Iterable[int]) -> list[Any]:
    """The regimes of a schedule whose runs take, in turn, these many scores a member."""
    regimes = [next(schedule)]
    for length in lengths:
        regimes.append(schedule.send(int(min(length * regimes[-1].popsize, regimes[-1].most))))
    return regimes


def test_bipop_gives_both_regimes_the_same_share_of_the_scores() -> None:
    first, *rest = drive(bipop(10, 0.5, np.random.default_rng(0)), [100] * 60)
    assert (first.popsize, first.sigma0, first.most) == (10, 0.5, np.inf)
    large = [r for r in rest if np.isinf(r.most)]
    assert [r.popsize for r in large] == [20 * 2**nth for nth in range(len(large))]
    assert len(large) > 3
    current, small_spent, large_spent = first, 0, 0
    for regime in rest:
        # Small runs catch up with the large ones; only then is there a larger one.
        assert np.isinf(regime.most) == (small_spent >= large_spent)
        if np.isinf(regime.most):
            current, large_spent = regime, large_spent + 100 * regime.popsize
            assert regime.sigma0 == 0.5
            continue
        assert 10 <= regime.popsize <= current.popsize / 2
        assert 0.005 <= regime.sigma0 <= 0.5
        assert regime.most == 100 * current.popsize / 2
        small_spent += int(min(100 * regime.popsize, regime.most))


def test_ipop_keeps_the_step_size() -> None:
    regimes = drive(ipop(6, 0.7, np.random.default_rng(0)), [10] * 3)
    assert [(r.popsize, r.sigma0) for r in regimes] == [(6, 0.7), (12, 0.7), (24, 0.7), (48, 0.7)]


def moved(reference: str, space: bb.Space) -> np.ndarray:
    """The share of each generation's points that the search had proposed outside its space."""
    objective = make_bowl(space)
    run, shares = started(registry.strategy(reference), objective, budget=60), []
    while run.pending is not None:
        assert isinstance(run.pending, Ask)
        shares.append(run.pending.moved.mean())
        advance([run], objective.evaluate, rounds=1)
    return np.array(shares)


@pytest.mark.parametrize("reference", ["cma_es(sigma0=2.0)", "sep_cma_es(sigma0=2.0)"])
def test_only_a_sphere_has_points_that_must_be_moved(reference: str) -> None:
    assert (moved(reference, bb.Space.sphere(4))[1:] == 1).all()
    # Where there are bounds pycma keeps them itself, whatever the step.
    for space in (bb.Space.normal(4), bb.Space.normal(4, limit=1.5), bb.Space.box(-1, 1, 4)):
        assert (moved(reference, space) == 0).all()


@pytest.mark.slow
def test_a_diagonal_learns_scales_sooner_and_no_rotation() -> None:
    def regret(reference: str, rotated: bool) -> float:
        objective = registry.objective(f"synthetic.ellipsoid(d=5, rotated={rotated})")
        strategy = registry.strategy(reference)
        runs = [finished(strategy, objective, budget=1500, seed=seed) for seed in range(5)]
        return float(np.median([np.log10(-run.recorder.best) for run in runs]))

    # Ros and Hansen 2008, figures 2 and 3: an ellipsoid of condition 1e6 in its own axes takes
    # several times fewer scores with the diagonal, and hundreds of times more once rotated.
    assert regret("sep_cma_es", False) < regret("cma_es", False) - 2
    assert regret("sep_cma_es", True) > regret("cma_es", True) + 2
