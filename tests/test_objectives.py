"""Conformance: every objective of the table keeps every promise of the house."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import names
from blackbox.objectives import TABLE
from blackbox.protocol import Ask, Capability, Decode, PullBack
from blackbox.scoring.objective import ObjectiveError

REFERENCES = [
    *TABLE,
    "synthetic.rastrigin(d=20, rotated=True, instance=3)",
    "synthetic.ackley(d=1, prior='normal')",
    "digits.digit(target=8)",
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


@pytest.fixture(params=REFERENCES)
def objective(request: pytest.FixtureRequest) -> bb.Objective:
    return bb.objective(request.param)


def draws(objective: bb.Objective, n: int, seed: int = 0) -> np.ndarray:
    return objective.space.sample(np.random.default_rng(seed), n)


def orders(objective: bb.Objective) -> list[int]:
    return [0, 1] if Capability.GRADIENT in objective.capabilities else [0]


def bits(answer: bb.Answer, order: int) -> list[bytes]:
    """Each row of an answer as bits."""
    grad = answer.grad if order else np.zeros((len(answer), 0))
    return [s.tobytes() + g.tobytes() for s, g in zip(answer.score, grad, strict=True)]


def test_row_i_depends_on_point_i_only(objective: bb.Objective) -> None:
    z = draws(objective, 150)
    for order in orders(objective):
        whole = bits(objective.evaluate(Ask(z, order)), order)
        shuffle = np.random.default_rng(1).permutation(len(z))
        shuffled = bits(objective.evaluate(Ask(z[shuffle], order)), order)
        assert shuffled == [whole[i] for i in shuffle]
        split = [row for part in (z[:1], z[1:4], z[4:83], z[83:])
                 for row in bits(objective.evaluate(Ask(part, order)), order)]  # fmt: skip
        assert split == whole


def test_scores_are_finite_or_invalid_and_the_same_twice(objective: bb.Objective) -> None:
    """A point without a score is NaN with `valid=False`; it had a floor before."""
    z = np.concatenate([draws(objective, 20), objective.space.clip(30 * draws(objective, 5))])
    first, again = objective.evaluate(Ask(z)), objective.evaluate(Ask(z))
    assert np.array_equal(np.isfinite(first.score), first.valid)
    assert first.valid.any()
    assert (first.notes is None) == first.valid.all()
    assert first.score.tobytes() == again.score.tobytes()


def test_gradients_agree_with_finite_differences(objective: bb.Objective) -> None:
    if Capability.GRADIENT not in objective.capabilities:
        pytest.skip("offers no gradient")
    z = draws(objective, 4)
    scale = objective.space.scale
    # Truncation and rounding are balanced at eps^(1/3); the tolerance is that of the dtype.
    double = objective.facts.dtype == torch.float64
    step, tolerance = (1e-5, 1e-5) if double else (1e-2, 2e-2)
    grad = objective.evaluate(Ask(z, 1)).grad * scale
    for i in range(objective.space.dim):
        shift = np.zeros(objective.space.dim)
        shift[i] = step * scale[i]
        up, down = (objective.evaluate(Ask(p)).score for p in (z + shift, z - shift))
        slope = (up - down) / (2 * step)
        assert np.abs(slope - grad[:, i]).max() <= tolerance * np.abs(grad).max()


def test_pulled_back_vectors_agree_with_finite_differences(objective: bb.Objective) -> None:
    if Capability.PULL_BACK not in objective.capabilities or objective.decoder is None:
        pytest.skip("has no differentiable decoder")
    z, step = draws(objective, 3), 1e-2
    x = objective.evaluate(Decode(z)).x
    v = np.random.default_rng(2).standard_normal(x.shape)
    pulled = objective.evaluate(PullBack(z, v)).pulled
    for i in range(objective.space.dim):
        shift = np.eye(objective.space.dim)[i] * step
        up, down = (objective.evaluate(Decode(p)).x for p in (z + shift, z - shift))
        along = ((up - down) * v).reshape(len(z), -1).sum(1) / (2 * step)
        assert np.abs(along - pulled[:, i]).max() <= 2e-2 * np.abs(pulled).max()


def test_a_wrong_dimension_is_refused_with_a_message(objective: bb.Objective) -> None:
    with pytest.raises(ObjectiveError, match=rf"\[n, {objective.space.dim}\]"):
        objective.evaluate(Ask(np.zeros((2, objective.space.dim + 1))))


def test_an_empty_batch_is_fine(objective: bb.Objective) -> None:
    nothing = np.empty((0, objective.space.dim))
    for order in orders(objective):
        assert len(objective.evaluate(Ask(nothing, order))) == 0


def test_starts_are_points_of_the_space(objective: bb.Objective) -> None:
    starts = objective.starts(np.random.default_rng(0), 5)
    assert starts.shape == (5, objective.space.dim)
    assert objective.space.contains(starts).all()


def test_judges_give_one_number_per_object(objective: bb.Objective) -> None:
    objects = objective.decode(draws(objective, 6))
    verdicts = objective.judge(objects)
    assert set(verdicts) == set(objective.judges)
    assert all(verdict.shape == (6,) for verdict in verdicts.values())


def test_a_known_optimum_is_never_beaten(objective: bb.Objective) -> None:
    if objective.optimum is None:
        pytest.skip("the optimum is not known")
    study = bb.compare(objective, "cma_es", 400, seeds=2)
    assert (study.runs.best <= objective.optimum).all()


def test_the_name_leads_back_to_the_objective(objective: bb.Objective) -> None:
    z = draws(objective, 3)
    again = names.objective(objective.name)
    assert again.evaluate(Ask(z)).score.tobytes() == objective.evaluate(Ask(z)).score.tobytes()


@pytest.mark.parametrize(
    "name", ["digits.thickness", "digits.digit", "synthetic.ackley", "tables.regressor"]
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
    objective = bb.objective(reference)
    z = objective.space.sample(np.random.default_rng(0), 5)
    scores[reference] = objective.evaluate(Ask(z)).score.tolist()
print(json.dumps(scores))
"""


def test_all_load_by_name_in_a_fresh_process_with_the_same_scores() -> None:
    command = [sys.executable, "-c", FRESH, json.dumps(REFERENCES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for reference, scores in json.loads(done.stdout.splitlines()[-1]).items():
        objective = bb.objective(reference)
        assert objective.evaluate(Ask(draws(objective, 5))).score.tolist() == scores


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("name", [name for name in TABLE if name.startswith("synthetic")])
def test_the_optimum_of_a_landscape_is_where_it_says(name: str, rotated: bool) -> None:
    objective = bb.objective(f"{name}(d=6, rotated={rotated}, instance=2)")
    top = objective.scorer.function.shift.numpy()[None]
    answer = objective.evaluate(Ask(top, 1))
    # Ackley's cone is 4e-15 high at its rounded tip, where exp(1) - e does not cancel.
    assert answer.score == pytest.approx(0, abs=1e-12)
    assert np.abs(answer.grad).max() < 1e-6
