"""Conformance: every objective of the table keeps every promise of the house."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox import registry
from blackbox.errors import MissingPackage
from blackbox.objectives import TABLE
from blackbox.protocol import Ask, Capability
from blackbox.testing import ObjectivePromises
from tests import warm

pytestmark = pytest.mark.slow

REFERENCES = [
    *TABLE,
    "synthetic.rastrigin(d=20, rotated=True, instance=3)",
    "synthetic.ackley(d=1, prior='normal')",
    "digits.digit(target=8)",
    "text.simplify(sentence='He made the altar of burnt offering of acacia wood')",
    "text.eloquence(differentiable=False)",
    "digits.thickness(differentiable=False)",
    "digits.digit(target=3, differentiable=False)",
    "digits.digit(target=3, reads='picture')",
    "mnist.thickness(reads='truth')",
    "mnist.thickness(reads='picture', decoder='autoencoder', target=4.5, source='any')",
    "mnist.digit(target=2, source=7, decoder='flow')",
    "mnist.digit(target=2, source=7, reads='picture', decoder='gan')",
    "mnist.bold_digit(target=7, weights={'thickness': 0.3, 'digit': 0.7}, reads='picture')",
    "mnist.super_resolution(instance=3, decoder='flow', domain='sphere')",
    "mnist.inversion(instance=3, layer=2, decoder='vae')",
    "tables.regressor(goal=250, near=1.0, differentiable=False)",
    "tables.regressor(data='cancer', goal='min', near=0.5, space='normal')",
    "tables.regressor(model='forest', goal=250, near=1.0)",
    "tables.regressor(data='cancer', model='boosting')",
]


@pytest.fixture(params=REFERENCES, scope="module")
def objective(request: pytest.FixtureRequest) -> bb.Objective:
    return present(request.param)


@cache  # of each the probe, too, is paid for once
def present(reference: str) -> bb.Objective:
    """The objective, or the test is skipped where its extra is not installed."""
    try:
        return bb.objective(reference)
    except MissingPackage as error:
        pytest.skip(str(error))


class TestEveryObjective(ObjectivePromises):
    @pytest.fixture(autouse=True)
    def held(self, objective: bb.Objective) -> None:
        self.objective = objective


def draws(objective: bb.Objective, n: int) -> np.ndarray:
    return objective.space.sample(np.random.default_rng(0), n)


def test_no_score_of_the_table_is_noisy_or_alone(objective: bb.Objective) -> None:
    """So that no promise of the class above is let off."""
    assert (
        objective.facts.batching.fused or objective.facts.dear
    )  # of dear ones a call holds one run
    assert not objective.facts.noise_from


def test_judges_need_no_latents(objective: bb.Objective) -> None:
    verdicts = objective.judge(objective.decode(draws(objective, 6)))
    assert all(verdict.shape == (6,) for verdict in verdicts.values())


def test_a_known_optimum_is_never_beaten(objective: bb.Objective) -> None:
    """By draws, and by steps around the best of them that shrink to a millionth of the prior."""
    if objective.optimum is None:
        pytest.skip("the optimum is not known")
    rng, space = np.random.default_rng(0), objective.space
    z = objective.starts(rng, 100)
    best, score = z[0], -np.inf
    for step in 0.5 ** np.arange(20):
        answer = objective.evaluate(Ask(z))
        scores = np.where(answer.valid & answer.feasible, answer.score, -np.inf)
        if scores.max() > score:
            best, score = z[scores.argmax()], scores.max()
        z = space.clip(best + step * space.scale * rng.standard_normal((30, space.dim)))
    assert score <= objective.optimum


def test_the_name_leads_back_to_the_objective(objective: bb.Objective) -> None:
    z = draws(objective, 3)
    again = registry.objective(objective.name)
    assert again.evaluate(Ask(z)).score.tobytes() == objective.evaluate(Ask(z)).score.tobytes()


@pytest.mark.parametrize(
    "name", ["digits.thickness", "digits.digit", "text.eloquence", "tables.regressor"]
)
def test_the_black_box_twin_is_the_same_landscape_without_gradient(name: str) -> None:
    open_, hidden = bb.objective(name), bb.objective(f"{name}(differentiable=False)")
    z = draws(open_, 10)
    assert open_.evaluate(Ask(z)).score.tobytes() == hidden.evaluate(Ask(z)).score.tobytes()
    assert Capability.GRADIENT in open_.capabilities - hidden.capabilities


FRESH = """
import json, sys, numpy as np, blackbox as bb
from blackbox.protocol import Ask
scores = {}
for reference in json.loads(sys.argv[1]):
    try:
        objective = bb.objective(reference)
    except bb.MissingPackage:
        continue
    z = objective.space.sample(np.random.default_rng(0), 5)
    scores[reference] = objective.evaluate(Ask(z)).score.tolist()
print(json.dumps(scores))
"""


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.dear)])
def test_they_load_by_name_in_a_fresh_process_with_the_same_scores(every: int) -> None:
    """Some of each room, and all of them before a release."""
    references = REFERENCES[::every]
    command = [sys.executable, "-c", FRESH, json.dumps(references)]
    done = warm.run(command, capture_output=True, text=True, check=True)  # with no objectives yet
    loaded = json.loads(done.stdout.splitlines()[-1])
    extras = {"airfoils.lift_to_drag", *(name for name in TABLE if name.startswith("molecules."))}
    assert set(references) - set(loaded) <= extras
    for reference, scores in loaded.items():
        objective = present(reference)
        assert objective.evaluate(Ask(draws(objective, 5))).score.tolist() == scores


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("name", [name for name in TABLE if name.startswith("synthetic")])
def test_the_optimum_of_a_landscape_is_where_it_says(name: str, rotated: bool) -> None:
    objective = bb.objective(f"{name}(d=6, rotated={rotated}, instance=2)")
    landscape: Any = objective.scorer.function
    top = landscape.shift.numpy()[None]
    answer = objective.evaluate(Ask(top, 1))
    # Ackley's cone is 4e-15 high at its rounded tip, where exp(1) - e does not cancel.
    assert answer.score == pytest.approx(0, abs=1e-12)
    assert np.abs(answer.grad).max() < 1e-6
