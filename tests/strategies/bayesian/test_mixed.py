"""Whole numbers and choices in a model: it sees the object, and each option as far as any other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.parameters import Choice, Integer, Parameters, Real
from blackbox.strategies.bayesian.acquisition import log_ei
from blackbox.strategies.bayesian.fitting import SETTLED, misfit
from blackbox.strategies.bayesian.hyperpriors import bounds, prior_loss
from blackbox.strategies.bayesian.mixed import MixedGP, SeenColumns, fits
from blackbox.strategies.bayesian.mixed_search import MixedSearch
from blackbox.strategies.bayesian.surrogate import GP

pytestmark = pytest.mark.slow

MIXED = Parameters(
    heat=Real(20, 90),
    rate=Real(1e-5, 1e-1, log=True),
    stages=Integer(1, 8),
    cells=Integer(1, 1000, log=True),
    solvent=Choice("water", "ethanol", "none"),
)
STEP = 1e-5  # central differences of smooth functions of size 1 err by about 1e-10


def plant(row: Any) -> float:
    best = {"water": 40, "ethanol": 70, "none": 20}[row.solvent]
    loss = ((row.heat - best) / 20) ** 2 + (np.log10(row.rate) + 3) ** 2
    return float(-loss - (row.stages - 4) ** 2 / 4 - (row.solvent != "ethanol"))


def columns() -> SeenColumns:
    made = SeenColumns.of(MIXED.space)
    assert made is not None
    return made


def process(n: int = 25) -> MixedGP:
    u = MIXED.canonical(MIXED.space.sample(np.random.default_rng(1), n))
    y = np.array([plant(row) for row in MIXED.rows(u)])
    made = fits(columns(), u, "rbf")((y - y.mean()) / y.std(), None)
    assert isinstance(made, MixedGP)
    return made


def test_a_space_without_steps_has_the_model_that_it_had() -> None:
    assert SeenColumns.of(bb.Space.box(0, 1, 3)) is None
    assert SeenColumns.of(bb.Space.normal(3)) is None
    assert SeenColumns.of(Parameters(a=Real(0, 1), b=Real(1, 9, log=True)).space) is None


@given(st.integers(0, 2**32 - 1))
def test_all_points_of_an_object_are_one_to_the_model(seed: int) -> None:
    gp, z = process(), MIXED.space.sample(np.random.default_rng(seed), 4)
    for here, middle in zip(gp.predict(z), gp.predict(MIXED.canonical(z)), strict=True):
        np.testing.assert_array_equal(here, middle)


def test_two_options_are_as_far_apart_as_any_two_and_as_the_ends_of_an_axis() -> None:
    u = np.full((3, 5), 0.5)
    u[:, 4] = MIXED["solvent"].encoded(np.arange(3.0))
    seen = columns().seen(u)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    np.testing.assert_allclose(apart, 1 - np.eye(3), atol=1e-12)


def test_gradients_agree_with_differences_and_steps_are_flat() -> None:
    gp, u = process(), MIXED.canonical(MIXED.space.sample(np.random.default_rng(2), 6))
    pull, one = gp.predict_with_pull(u)[2], np.ones(6)
    mean_grad, variance_grad = pull(one, 0 * one), pull(0 * one, one)
    for axis in range(5):
        ahead, behind = u.copy(), u.copy()
        ahead[:, axis] += STEP
        behind[:, axis] -= STEP
        for nth, grad in enumerate((mean_grad, variance_grad)):
            slope = (gp.predict(ahead)[nth] - gp.predict(behind)[nth]) / (2 * STEP)
            np.testing.assert_allclose(grad[:, axis], slope, atol=1e-6)
    assert not mean_grad[:, 2:].any()


def test_columns_of_a_choice_share_a_lengthscale_that_is_fitted_to_them() -> None:
    gp, made = process(), columns()
    x, axis = made.seen(gp.x), made.axis
    assert gp.inner.lengthscales == pytest.approx(gp.lengthscales[axis], rel=1e-12)

    def loss(theta: Any) -> float:
        value = misfit(GP.at(np.append(theta[:-1][axis], theta[-1]), x, gp.y))[0]
        return value + prior_loss(theta)[0]

    theta = np.append(np.log(gp.lengthscales), gp.inner.theta[-1])
    inside = (theta > bounds(5)[:, 0] + 1e-3) & (theta < bounds(5)[:, 1] - 1e-3)
    for step in (0.3 * np.eye(6))[inside]:
        # A fit ends where a step promises less than SETTLED; no axis alone promises more.
        assert loss(theta) < min(loss(theta + step), loss(theta - step)) + SETTLED


def test_candidates_are_objects_each_once_the_best_first_and_none_worse_than_what_was_drawn() -> (
    None
):
    gp, rng = process(), np.random.default_rng(3)
    raw, box = rng.random((128, 5)), (np.zeros(5), np.ones(5))
    best = float(gp.y.max())
    z, value = MixedSearch(columns()).candidates(gp, best, raw, box, rng)
    np.testing.assert_allclose(value, log_ei(gp, best, z), rtol=1e-6)
    assert (np.diff(value) <= 0).all()
    assert len(np.unique(z, axis=0)) == len(z)
    np.testing.assert_array_equal(MIXED.canonical(z), z)
    assert value[0] > log_ei(gp, best, raw).max()


@pytest.mark.parametrize(
    "name", ["bayes_opt", "turbo", "turbo(acquisition='ts')", "bayes_opt(q=2)"]
)
def test_a_mixed_optimum_is_found_and_nothing_is_asked_twice(name: str) -> None:
    objective = bb.Objective(plant, space=MIXED, name="plant", noise=False)
    study = bb.compare(objective, [name, "random_search"], 40, 2)
    best = study.runs.groupby("strategy")["best"].mean()
    assert best[name] > best["random_search"]
    assert (study.runs["n_duplicate"] == 0).all()
    assert study.best().set_index("strategy").loc[name, "param_solvent"] == "ethanol"


def test_slopes_along_steps_are_refused() -> None:
    space = Parameters(a=Real(-1, 3), n=Integer(1, 3))

    def score(p: Any) -> Any:
        return -(p["a"] ** 2) - p["n"]

    objective = bb.Objective(score, space=space, batched=True, name="smooth")
    run = bb.compare(objective, "bayes_opt(gradients=True)", 10, 1).runs
    assert "whole numbers or choices, which have none" in run["error"][0]
