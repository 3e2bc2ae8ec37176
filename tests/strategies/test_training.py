"""Searches that train: what each learns, what it pays for, and whose networks it leaves alone."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Capability, needs
from blackbox.runtime.engine import advance
from blackbox.strategies.training.conditional_generator import ConditionalFlow, ConditionalGenerator
from blackbox.strategies.training.networks import perceptron
from tests.conftest import OPTIMUM, bowl, finished, make_bowl, started

pytestmark = pytest.mark.slow

SPACE = bb.Space.normal(4)


def points(reference: str, objective: bb.Objective, **settings: object) -> dict[str, np.ndarray]:
    run = finished(registry.strategy(reference), objective, **settings)
    assert not run.error
    return run.recorder.filled()


class Decoder(torch.nn.Module):
    """A small decoder with weights of its own, to pictures `[n, 3, 2]`."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.linear = torch.nn.utils.skip_init(  # type: ignore[no-untyped-call]
            torch.nn.Linear, 4, 6, dtype=dtype
        )
        with torch.no_grad():
            for parameter in self.linear.parameters():
                parameter.normal_(0, 0.5, generator=generator)
        self.requires_grad_(False)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        pictures: torch.Tensor = self.linear(z).tanh().reshape(-1, 3, 2)
        return pictures


def ink(x: torch.Tensor) -> torch.Tensor:
    return x.mean((1, 2))


def drawing(decoder: torch.nn.Module | None = None, **settings: Any) -> bb.Objective:
    return bb.Objective(ink, decoder or Decoder(), SPACE, name="drawing", **settings)


def test_a_network_begins_as_zero_and_is_drawn_from_the_generator_handed_in() -> None:
    before = torch.get_rng_state()
    one, two, other = (perceptron(np.random.default_rng(i), 3, 8, 2) for i in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one(torch.ones(5, 3, dtype=torch.float64)), torch.zeros(5, 2))
    first, second, third = (network.state_dict()["0.weight"] for network in (one, two, other))
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


def test_a_generator_network_begins_with_draws_of_the_prior() -> None:
    objective = make_bowl(SPACE)
    run = started(registry.strategy("generator_network(batch=16)"), objective)
    rng = np.random.default_rng([0, 1])
    perceptron(rng, 4, 64, 4)
    draws = SPACE.sample(rng, 16)
    assert run.pending is not None
    assert np.array_equal(run.pending.points[1:], draws[1:15])  # 30 units buy 15 of them


@pytest.mark.parametrize("space", [SPACE, bb.Space.box(-3, 2, 4), bb.Space.sphere(4)], ids=str)
def test_a_generator_network_emits_better_points_than_it_drew(space: bb.Space) -> None:
    run = points("generator_network", make_bowl(space), budget=1000)
    score, paid = run["score"], np.diff(run["n_gradients"], prepend=0)
    emitted = paid == 0
    # Nine tenths of the units go to training, at two a point; the rest buys plain scores.
    assert emitted.sum() == pytest.approx(100, abs=4)
    assert emitted[-50:].all()
    assert np.median(score[emitted]) > np.quantile(score[:40], 0.9)


def test_diversity_keeps_the_outputs_of_a_generator_apart() -> None:
    def alike(diversity: float) -> float:
        reference = f"generator_network(diversity={diversity}, margin=0.0)"
        z = points(reference, make_bowl(SPACE), budget=800)["z"][-60:]
        unit = z / np.linalg.norm(z, axis=1, keepdims=True)
        return float((unit @ unit.T).mean())

    assert alike(3.0) < 0.6 * alike(0.0)


def test_the_prior_term_keeps_the_norm_of_the_prior() -> None:
    def far(x: torch.Tensor) -> torch.Tensor:
        return x.sum(-1)  # the better, the farther

    def norm(prior: float) -> float:
        z = points(f"generator_network(prior={prior})", make_bowl(SPACE, far), budget=1000)["z"]
        return float(np.median(np.linalg.norm(z[-60:], axis=1)))

    # The shell's own pull r - (d - 1) / r balances a slope of 1 at weight 2 near r = 2.
    assert norm(0.0) > 6
    assert norm(2.0) < 3.5


def test_a_flow_learns_which_points_have_which_score() -> None:
    rng = np.random.default_rng(0)
    known = rng.standard_normal((400, 2))
    flow = ConditionalFlow(rng, 2, hidden=64, learning_rate=3e-3)
    assert flow.sample(2000, 1.0).std() == pytest.approx(1, abs=0.05)  # the prior, untrained
    flow.learn(known, known[:, 0], np.full(400, 1 / 400), steps=600)
    for asked in (-1.5, 0.0, 1.5):
        made = flow.sample(500, asked)
        assert made[:, 0].mean() == pytest.approx(asked, abs=0.35)
        assert made[:, 0].std() < 0.6  # the score tells this coordinate,
        assert made[:, 1].std() == pytest.approx(1, abs=0.3)  # and nothing about that one


def test_points_of_a_higher_temperature_lie_farther_apart() -> None:
    flow = ConditionalFlow(np.random.default_rng(0), 2, hidden=64, learning_rate=3e-3)
    for temperature in (0.5, 1.0, 1.5):  # untrained it hands on the noise
        made = flow.sample(2000, 1.0, temperature=temperature)
        assert made.std() == pytest.approx(temperature, rel=0.05)


def test_weights_fall_with_the_rank_only() -> None:
    strategy = ConditionalGenerator(sharpness=0.5)
    score = np.array([3.0, -1e15, 7.0, 3.0])
    weights = strategy.weights(score)
    assert weights.sum() == pytest.approx(1)
    # Ranks 0 for 7, 1.5 for the two threes, 3 for the last, each plus 0.5 * 4.
    assert weights * (1 / 2 + 2 / 3.5 + 1 / 5) == pytest.approx([1 / 3.5, 1 / 5, 1 / 2, 1 / 3.5])
    assert np.array_equal(strategy.weights(np.exp(score / 10)), weights)


def test_a_conditional_generator_beats_the_prior_it_learned_from() -> None:
    run = points("conditional_generator", make_bowl(SPACE), budget=200)
    late = run["score"][-50:]
    prior = make_bowl(SPACE).evaluate(bb.Ask(SPACE.sample(np.random.default_rng(0), 1000))).score
    assert np.median(late) > np.quantile(prior, 0.9)
    assert np.median(run["z"][-50:], axis=0) == pytest.approx(np.full(4, OPTIMUM), abs=0.5)


def test_a_conditional_generator_sees_the_order_of_scores_only() -> None:
    one, other = (
        points("conditional_generator", make_bowl(SPACE, score), budget=40)["z"]
        for score in (bowl, lambda x: 1000 * bowl(x) - 7)
    )
    assert np.array_equal(one, other)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.95])
def test_a_conditional_generator_makes_the_score_that_is_asked_for(quantile: float) -> None:
    objective = make_bowl(SPACE)
    prior = objective.evaluate(bb.Ask(SPACE.sample(np.random.default_rng(0), 1000))).score
    wanted = float(np.quantile(prior, quantile))
    late = points(f"conditional_generator(score={wanted!r})", objective, budget=400)["score"][-100:]
    below, above = (late < wanted).mean(), (late > wanted).mean()
    assert min(below, above) > 0.2  # on both sides of it, and nearer than the prior's are
    assert np.median(np.abs(late - wanted)) < np.median(np.abs(prior - wanted))


def test_a_score_that_nothing_has_is_asked_for_as_one_beyond_the_best_or_worst() -> None:
    ranks, score = np.array([-1.0, 0.0, 1.0]), np.array([-5.0, 2.0, 3.0])
    for asked, wanted in ((None, 1.5), (9.0, 1.5), (-9.0, -1.5), (3.0, 1.0), (2.5, 0.5)):
        strategy = ConditionalGenerator(score=asked, beyond=0.5)
        assert strategy.wanted(score, ranks) == pytest.approx(wanted)


def test_smoothing_keeps_points_of_a_plateau_apart() -> None:
    def half(x: torch.Tensor) -> torch.Tensor:
        return x[:, 0].clamp(max=0.5)  # nothing is known of three coordinates, nor beyond 0.5

    def width(smoothing: float) -> float:
        reference = f"conditional_generator(smoothing={smoothing}, score=0.49)"
        z = points(reference, make_bowl(SPACE, half), budget=300)["z"][-60:]
        return float(z[:, 1:].std(axis=0).mean())

    smooth = width(0.8)
    assert smooth > 0.6  # of 1, the prior's
    assert smooth > 1.5 * width(0.0)


@pytest.mark.parametrize("learning", ["gradient", "reward"])
def test_a_tuned_decoder_makes_ever_better_objects(learning: str) -> None:
    # A decoder of 30 weights needs larger steps than one of thousands.
    reference = f"finetune_decoder(learning={learning!r}, learning_rate=0.02)"
    score = points(reference, drawing(), budget=600)["score"]
    # A tenth of the objects: at first those of the prior, at last those of the tuned copy.
    tenth = len(score) // 10
    assert np.median(score[-tenth:]) > np.quantile(score[:tenth], 0.9)


@pytest.mark.parametrize("learning", ["gradient", "reward"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_user_s_decoder_is_left_alone(learning: str, dtype: torch.dtype) -> None:
    decoder = Decoder(dtype).train()
    before = copy.deepcopy(decoder.state_dict())
    points(f"finetune_decoder(learning={learning!r})", drawing(decoder), budget=60)
    assert all(torch.equal(decoder.state_dict()[name], before[name]) for name in before)
    assert decoder.training
    assert not any(p.requires_grad or p.grad is not None for p in decoder.parameters())


@pytest.mark.parametrize("learning", ["gradient", "reward"])
def test_the_pull_holds_objects_near_the_original_s(learning: str) -> None:
    def gain(pull: float) -> float:
        reference = f"finetune_decoder(learning={learning!r}, learning_rate=0.02, pull={pull})"
        score = points(reference, drawing(), budget=600)["score"]
        return float(score[-60:].mean() - score[:20].mean())

    assert gain(100.0) < 0.5 * gain(0.0)


def test_what_is_needed_follows_from_how_it_learns() -> None:
    open_, hidden = drawing(), drawing(differentiable=False)
    by_gradient = registry.strategy("finetune_decoder")
    by_reward = registry.strategy("finetune_decoder(learning='reward')")
    assert needs(by_gradient) - needs(by_reward) == {Capability.DATA_GRADIENT}
    assert needs(by_gradient) <= open_.capabilities
    assert needs(by_reward) <= hidden.capabilities
    assert not needs(by_gradient) <= hidden.capabilities


def test_a_decoder_without_weights_is_told() -> None:
    objective = drawing(torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Unflatten(1, (2, 2))))
    run = started(registry.strategy("finetune_decoder"), objective)
    advance([run], objective.evaluate)
    assert "needs a decoder with parameters" in run.error
