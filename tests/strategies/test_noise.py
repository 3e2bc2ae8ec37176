"""Strategies that are told of noise: what they do about it, and what they take for the best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from blackbox.price import Price
from blackbox.protocol import Answer, Ask, Brief
from blackbox.runtime.budget import Meter
from blackbox.runtime.run import Run
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.observations import Observations
from tests.campaigns import noise

finished, SPACE = noise.told_of, noise.SPACE


def said(run: Run) -> Any:
    """The rows that the run took for the best when it asked each row."""
    return run.recorder.filled()["incumbent"]


def test_cma_es_that_is_told_of_noise_chooses_better_than_the_luckiest() -> None:
    told = [noise.chosen(finished("cma_es", 600, 2.0, seed, 2.0)) for seed in range(6)]
    untold = [noise.chosen(finished("cma_es", 600, 2.0, seed, None)) for seed in range(6)]
    assert np.mean(told) > np.mean(untold)


def test_the_model_of_bayes_opt_knows_better_than_the_luckiest_score() -> None:
    strategy, by_model, by_luck = BayesOpt(), list[float](), list[float]()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        z = SPACE.sample(rng, 40)
        score = noise.of_target(z) + 3 * rng.standard_normal(40)
        observed = Observations(SPACE, "auto", is_noisy=True)
        observed.add(z, Answer(score=score))
        incumbent = strategy.steps.incumbent(strategy.steps.model(observed, None), observed)
        by_model.append(float(noise.of_target(incumbent[None])[0]))
        by_luck.append(float(noise.of_target(z[[np.argmax(score)]])[0]))
    assert np.mean(by_model) > np.mean(by_luck) + 0.2


@pytest.mark.parametrize("name", ["bayes_opt(initial=4)", "cma_es", "nevergrad:TwoPointsDE"])
def test_what_is_taken_for_the_best_was_asked_before(name: str) -> None:
    incumbent = said(finished(name, 30, 1.0, 0, 1.0))
    assert (incumbent < np.arange(30)).all()
    assert incumbent[-1] >= 0


@pytest.mark.parametrize("name", ["bayes_opt(initial=4)", "cma_es", "nevergrad:TwoPointsDE"])
def test_where_there_is_no_noise_nobody_says_anything(name: str) -> None:
    assert (said(finished(name, 12, 0.0, 0, None)) < 0).all()


def test_cma_es_asks_again_only_where_noise_hides_the_order() -> None:
    def repeats(sd: float) -> int:
        z = finished("cma_es", 120, sd, 0, sd).recorder.filled()["z"]
        return len(z) - len(np.unique(z, axis=0))

    assert repeats(1e-6) == 0
    assert repeats(3.0) > 20
    unknown = finished("cma_es", 120, 3.0, 0, np.nan)  # noise of a size that is not known
    assert len(np.unique(unknown.recorder.filled()["z"], axis=0)) < 120


def test_an_incumbent_of_another_shape_is_refused_and_an_unknown_one_passed_over() -> None:
    class Says:
        def __init__(self, point: Any) -> None:
            self.point = point

        def search(self, brief: Brief, rng: np.random.Generator) -> Any:
            while True:
                yield Ask(brief.start[:1], incumbent=self.point)

    def made(point: Any) -> Run:
        brief = Brief(SPACE, np.zeros((1, 3)), budget=2, price=Price())
        return Run(Says(point), brief, np.random.default_rng(0), Meter(2))

    assert "an incumbent must be [3], not [2]" in made(np.zeros(2)).error
    run = made(np.ones(3))
    run.receive(Answer(score=np.zeros(1)))
    run.receive(Answer(score=np.zeros(1)))
    assert run.recorder.filled()["incumbent"].tolist() == [-1, -1]


@pytest.mark.slow
def test_a_sample_of_the_campaign_keeps_its_promises() -> None:
    """Six studies: the mean error of their bests has a standard error of 0.13 sd."""
    of = noise.errors(6)
    assert np.mean(of.as_seen) > 1.5
    assert abs(np.mean(of.of_runs)) < 0.2
    assert abs(np.mean(of.of_studies)) < 0.5
    few = ("normal", "rounded", "one draw a batch", "Python, one object", "dear")
    found = list(noise.shares({name: noise.NOISY[name] for name in few}, 1))
    assert [n for _, n, _ in found] == [1] * len(few)
    steady = ("a network, bfloat16", "trees", "steep", "chaotic", "no score of some")
    assert not any(n for _, n, _ in noise.shares({k: noise.STEADY[k] for k in steady}, 1))
