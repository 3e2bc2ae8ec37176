"""A prior per parameter: draws of the cube are draws of it, with the slopes of quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import blackbox as bb
from blackbox.parameters import Choice, Integer, Parameters, Real

PRIORS = Parameters(
    share=Real(0, 1, prior=stats.beta(2, 5)),
    far=Real(3, 9, prior=stats.norm(0, 1)),  # the upper tail, where 1 - p has no digits
    count=Integer(1, 8, prior=stats.poisson(3)),
    rounded=Integer(-2, 9, prior=stats.norm(loc=4, scale=2)),
    kind=Choice("a", "b", "c", weights=(3, 1, 1)),
    plain=Real(-1, 1),
)


def test_draws_of_the_cube_are_draws_of_the_prior_cut_to_the_bounds() -> None:
    n = 20_000
    numbers = PRIORS.decode(torch.rand(n, 6, generator=torch.Generator().manual_seed(0)).double())
    drawn = dict(zip(PRIORS, numbers.numpy().T, strict=True))
    # Kolmogorov-Smirnov: a deviation of 1.95 / sqrt(n) has a probability of 0.1 %.
    assert stats.kstest(drawn["share"], stats.beta(2, 5).cdf).statistic < 1.95 / np.sqrt(n)
    cut = stats.truncnorm(3, 9)
    assert stats.kstest(drawn["far"], cut.cdf).statistic < 1.95 / np.sqrt(n)
    mass = stats.poisson(3).pmf(np.arange(1, 9))
    for name, expected in (("count", mass / mass.sum()), ("kind", np.array([0.6, 0.2, 0.2]))):
        counts = np.unique(drawn[name], return_counts=True)[1]
        sd = np.sqrt(n * expected * (1 - expected))
        assert (np.abs(counts - n * expected) < 4.5 * sd).all()


@pytest.mark.slow
@given(st.integers(0, 2**32 - 1))
def test_what_is_encoded_is_decoded_again(seed: int) -> None:
    z = PRIORS.space.sample(np.random.default_rng(seed), 5)
    rows, middle = PRIORS.rows(z), PRIORS.canonical(z)
    assert PRIORS.rows(middle) == rows
    np.testing.assert_array_equal(PRIORS.canonical(middle), middle)
    for again, row in zip(PRIORS.rows(PRIORS.points(rows)), rows, strict=True):
        assert again == {name: pytest.approx(value) for name, value in row.items()}


def test_slopes_agree_with_differences() -> None:
    z = torch.tensor(PRIORS.space.sample(np.random.default_rng(0), 20), requires_grad=True)
    numbers = PRIORS.decode(z)
    (slope,) = torch.autograd.grad(numbers.sum(), z)
    step = 1e-6
    for axis in (0, 1, 5):
        moved = torch.zeros(6, dtype=torch.float64)
        moved[axis] = step
        ends = [PRIORS.decode(z.detach() + sign * moved)[:, axis] for sign in (1, -1)]
        torch.testing.assert_close(
            slope[:, axis], (ends[0] - ends[1]) / (2 * step), rtol=1e-4, atol=1e-6
        )
    assert not slope[:, 2:5].any()


def test_a_differentiable_scorer_is_climbed() -> None:
    space = Parameters(share=Real(0, 1, prior=stats.beta(2, 5)), plain=Real(-1, 1))

    def score(p: Any) -> Any:
        return -((p["share"] - 0.7) ** 2) - p["plain"] ** 2

    objective = bb.Objective(score, space=space, batched=True, name="smooth")
    best = bb.compare(objective, "lbfgs", 60, 1).best()
    assert best["param_share"][0] == pytest.approx(0.7, abs=0.01)


def test_they_survive_a_table_and_an_edit_is_another_objective() -> None:
    assert Parameters.from_json(PRIORS.to_json()) == PRIORS
    assert repr(PRIORS["share"]).endswith("prior=scipy.stats.beta(a=2.0, b=5.0))")
    table = {"share": {"lower": 0, "upper": 1, "prior": {"name": "beta", "a": 2, "b": 5}}}
    assert Parameters.from_json(table)["share"] == PRIORS["share"]

    def identity(prior: Any) -> Any:
        space = Parameters(share=Real(0, 1, prior=prior))
        return bb.Objective(lambda row: row.share, space=space, name="x").code.search.parts

    assert identity(stats.beta(2, 5)) == identity(stats.beta(b=5, a=2))
    assert identity(stats.beta(2, 5)) != identity(stats.beta(2, 6)) != identity(None)


def test_a_parameter_says_on_what_scale_its_axis_is() -> None:
    assert [one.scale for one in PRIORS.values()] == ["prior"] * 5 + ["straight"]
    assert Real(1, 2, log=True).scale == "log"


@pytest.mark.slow
def test_every_family_searches_there() -> None:
    objective = bb.Objective(
        lambda row: -abs(row.share - 0.2) - abs(row.count - 3), space=PRIORS, name="priors"
    )
    names = ["random_search", "cma_es", "bayes_opt", "turbo", "auto", "optuna:TPESampler"]
    runs = bb.compare(objective, names, 14, 1).runs
    assert (runs["status"].eq("spent") & runs["n_duplicate"].eq(0)).all()


a_real: Any = Real
an_integer: Any = Integer
a_choice: Any = Choice
REFUSED: dict[str, tuple[Any, str]] = {
    "no mass inside": (lambda: a_real(5, 6, prior=stats.uniform(0, 1)), "next to no mass between"),
    "not frozen": (lambda: a_real(0, 1, prior=stats.beta), "scipy.stats.beta is not frozen"),
    "a discrete one": (lambda: a_real(0, 1, prior=stats.poisson(3)), "'poisson' is no continuous"),
    "of many dimensions": (
        lambda: a_real(0, 1, prior=stats.multivariate_normal([0, 0])),
        "a prior is a frozen distribution",
    ),
    "a name that is none": (
        lambda: a_real(0, 1, prior={"name": "os.system", "a": 1}),
        "'os.system' is no continuous distribution",
    ),
    "an argument that it does not take": (
        lambda: a_real(0, 1, prior={"name": "beta", "a": 1, "c": 2}),
        r"the prior scipy.stats.beta\(a=1.0, c=2.0\)",
    ),
    "arguments without sense": (lambda: a_real(0, 1, prior=stats.beta(-1, 2)), "there is none"),
    "two scales": (lambda: a_real(1, 2, log=True, prior=stats.beta(2, 5)), "two scales of one"),
    "too few weights": (lambda: a_choice("a", "b", weights=(1,)), "for each of 2 options"),
    "a weight of 0": (lambda: a_choice("a", "b", weights=(1, 0)), "a number above 0"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(what: str) -> None:
    make, words = REFUSED[what]
    with pytest.raises(bb.ParameterError, match=words):
        make()
