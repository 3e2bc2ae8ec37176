"""Functions by the names of BoTorch and nevergrad have the values that these give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from nevergrad.functions import ArtificialFunction

import blackbox as bb
from blackbox.global_state import IsolatedGlobals, generator_states
from blackbox.objectives import BOTORCH_CRITERIA, BOTORCH_FUNCTIONS, NEVERGRAD_FUNCTIONS
from blackbox.objectives.botorch_functions import MAXIMISED
from blackbox.protocol import Ask, Capability
from blackbox.study_file import from_table

with IsolatedGlobals(None):
    from botorch.test_functions import multi_objective, synthetic

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", BOTORCH_FUNCTIONS)
def test_values_are_those_of_botorch(name: str) -> None:
    objective = bb.objective(f"botorch_functions.{name}")
    theirs = getattr(synthetic, name)()
    z = objective.space.sample(np.random.default_rng(1), 40)
    values = theirs(torch.from_numpy(z), noise=False).numpy()
    sign = 1 if name in MAXIMISED else -1
    np.testing.assert_allclose(objective.evaluate(Ask(z)).score, sign * values, rtol=1e-12)
    assert Capability.GRADIENT in objective.capabilities
    if hasattr(theirs, "evaluate_slack"):
        slacks = theirs.evaluate_slack(torch.from_numpy(z), noise=False).numpy()
        violations = objective.evaluate(Ask(z)).violations
        assert violations is not None
        np.testing.assert_allclose(violations, np.maximum(0, -slacks), atol=1e-12)


@pytest.mark.parametrize("name", BOTORCH_FUNCTIONS)
def test_the_optimum_is_reached_where_botorch_says(name: str) -> None:
    """To the digits that its optimizers have, and never beyond what is said to be best."""
    objective = bb.objective(f"botorch_functions.{name}")
    best = getattr(synthetic, name)().optimizers.double().numpy()
    answer = objective.evaluate(Ask(best))
    scores = answer.score
    assert objective.optimum is not None and answer.feasible.all()
    assert scores == pytest.approx(objective.optimum, rel=3e-5, abs=1e-9)
    assert (scores <= objective.optimum + 4 * np.finfo(float).eps).all()


@pytest.mark.parametrize("name", BOTORCH_CRITERIA)
def test_criteria_are_those_of_botorch(name: str) -> None:
    objective = bb.objective(f"botorch_functions.{name}")
    one = objective.scorer.function
    sizes = {"dim": one.dim, "num_objectives": one.num_objectives} if one.dim else {}  # type: ignore[attr-defined]
    theirs = getattr(multi_objective, name)(**sizes)
    z = objective.space.sample(np.random.default_rng(1), 20)
    values = theirs(torch.from_numpy(z), noise=False).numpy()
    answer = objective.evaluate(Ask(z))
    assert answer.criteria is not None
    np.testing.assert_allclose(answer.criteria, values, rtol=1e-12)
    np.testing.assert_allclose(answer.score, -values.mean(axis=1), rtol=1e-9)


def test_a_study_of_criteria_has_a_front() -> None:
    name = "botorch_functions.BraninCurrin(weights={'f_1': 0.01, 'f_2': 1})"
    study = bb.compare(name, ["random_search"], 20, seeds=1)
    assert len(study.at().front(study.recipe["objectives"][0])) > 1


@pytest.mark.parametrize("size", [3, 6])
def test_hartmann_and_tang_have_an_optimum_in_each_dimension(size: int) -> None:
    tang = bb.objective(f"botorch_functions.StyblinskiTang(dim={size})")
    score = tang.evaluate(Ask(np.full((1, size), -2.903534027771))).score
    assert score == pytest.approx(tang.optimum, rel=1e-12) and score[0] <= (tang.optimum or 0)
    hartmann = bb.objective(f"botorch_functions.Hartmann(dim={size})")
    optimizer = synthetic.Hartmann(dim=size).optimizers.double().numpy()
    assert hartmann.evaluate(Ask(optimizer)).score == pytest.approx(hartmann.optimum, rel=1e-7)


@pytest.mark.parametrize("name", NEVERGRAD_FUNCTIONS)
@pytest.mark.parametrize(
    "settings",
    [{"block_dimension": 4}, {"block_dimension": 2, "num_blocks": 2, "useless_variables": 1}],
)
def test_values_are_those_of_nevergrad(name: str, settings: dict[str, int]) -> None:
    """Seeded as its benchmarks seed a function."""
    with IsolatedGlobals(0):
        theirs = ArtificialFunction(name, **settings, rotation=True, translation_factor=0.5)
        theirs.parametrization.random_state.seed(3)
    d = theirs.dimension
    shape = f"num_blocks={settings.get('num_blocks', 1)}, useless_variables={d - 4}"
    call = f"d={d}, instance=3, rotation=True, translation_factor=0.5, {shape}"
    objective = bb.objective(f"nevergrad_functions.{name}({call})")
    z = objective.space.sample(np.random.default_rng(1), 8)
    with IsolatedGlobals(0):
        values = [theirs(row) for row in z]
    assert (-objective.evaluate(Ask(z)).score).tolist() == values


def test_global_generators_are_left_alone() -> None:
    before = generator_states()
    objective = bb.objective("nevergrad_functions.st0(d=3, instance=9)")
    objective.evaluate(Ask(np.zeros((2, 3))))
    after: Any = generator_states()
    assert all(
        np.array_equal(ours, theirs) for ours, theirs in zip(before[0], after[0], strict=True)
    )
    assert before[1] == after[1]


def test_a_bounded_function_is_searched_in_nevergrad_s_box() -> None:
    assert str(bb.objective("nevergrad_functions.hm(bounded=True)").space) == "box(10, -5..5)"
    assert str(bb.objective("nevergrad_functions.hm").space) == "normal(10)"


def test_they_are_usable_from_a_study_file() -> None:
    names = ["botorch_functions.Hartmann(dim=3)", "nevergrad_functions.sphere(d=2)", "bbob.f1(d=2)"]
    table = {"objectives": names, "strategies": ["random_search"], "budget": 5, "seeds": 1}
    assert [*from_table(table).objectives] == names
    study = bb.compare(names, ["random_search"], 5, seeds=1)
    assert study.recipe["objectives"] == names
    assert (study.runs["status"] == "spent").all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("botorch_functions.Hartmann(dim=5)", "Hartmann needs dim=3, 4 or 6, not 5"),
        ("botorch_functions.Shekel(m=6)", "Shekel needs m=5, 7 or 10, not 6"),
        ("botorch_functions.Powell(dim=6)", "dim >= 4, a multiple of 4, not 6"),
        ("botorch_functions.Ackley(dim=0)", "Ackley needs a whole number dim >= 1, not 0"),
        ("botorch_functions.Branin(dim=3)", "botorch_functions.Branin has no setting 'dim'"),
        ("botorch_functions.DTLZ2(dim=3, num_objectives=3)", "fewer than dim criteria, not 3 in 3"),
        ("botorch_functions.DTLZ2(num_objectives=1)", "number num_objectives >= 2, not 1"),
        ("botorch_functions.ZDT1(num_objectives=3)", "has 2 criteria, not 3"),
        ("botorch_functions.BraninCurrin(weights=[1])", r"for each of f_1, f_2, not \[1\]"),
        ("botorch_functions.BraninCurrin(weights={'f': 1})", "for each of f_1, f_2, not {'f': 1}"),
        ("botorch_functions.Hartman", "did you mean 'botorch_functions.Hartmann'"),
        ("nevergrad_functions.sphere(d=1)", "blocks of 2 coordinates or more, not d=1"),
        ("nevergrad_functions.sphere(d=7, num_blocks=2)", "num_blocks=2"),
        ("nevergrad_functions.sphere(num_blocks=0)", "a whole number num_blocks >= 1, not 0"),
        ("nevergrad_functions.sphere(instance=-1)", "instance >= 0, not -1"),
        ("nevergrad_functions.sphere(rotation=2)", "rotation=True or False, not 2"),
        ("nevergrad_functions.sphere(translation_factor='a')", "translation_factor, not 'a'"),
    ],
)
def test_bad_settings_are_told_with_what_to_do(name: str, message: str) -> None:
    with pytest.raises(bb.BlackboxError, match=message):
        bb.objective(name)
