"""Is a scorer a function of one object or of a batch? Found out, and the numbers are right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import blackbox as bb
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import finished

OF_ONE: dict[str, Callable[[Any], Any]] = {
    "indexed": lambda x: (np.asarray(x)[0] - 0.3) ** 2 + (np.asarray(x)[-1] - 1) ** 2,
    "summed by numpy": lambda x: float((np.asarray(x) ** 2).sum()),
    "summed by torch": lambda x: (x**2).sum(),
    "a loop": lambda x: sum(float(v) ** 2 for v in x),
    "the last number": lambda x: x[-1],
    "the largest": lambda x: x.max(),
    "a list of one": lambda x: [float(x[0])],
    "an array of one": lambda x: np.asarray(x)[:1],
    "a constant": lambda x: 3.0,
    "a whole number": lambda x: int(x[0] > 0),
    "a quadratic form": lambda x: x @ torch.ones(len(x), len(x)).to(x) @ x,
}


@pytest.mark.slow
@pytest.mark.parametrize("d", range(1, 7))
@pytest.mark.parametrize("name", OF_ONE)
def test_a_function_of_one_object_is_found_and_scores_each_object_alone(name: str, d: int) -> None:
    """The convention of scipy, optuna and nevergrad, which was taken for that of a batch."""
    objective = bb.Objective(OF_ONE[name], space=bb.Space.box(-2, 2, d), maximize=False)
    z = objective.space.sample(np.random.default_rng(3), 9)
    expected = [float(np.ravel(OF_ONE[name](torch.tensor(point)))[0]) for point in z]
    assert -objective.evaluate(bb.Ask(z)).score == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("d", range(2, 7))
def test_the_case_of_the_issue_has_the_right_numbers_in_a_study(d: int) -> None:
    def f(x: Any) -> Any:
        x = np.asarray(x)
        return (x[0] - 0.3) ** 2 + (x[1] - 1) ** 2

    objective = bb.Objective(f, space=bb.Space.box(-2, 2, d), maximize=False, name="f")
    (trace,) = bb.compare(objective, "random_search", 15, seeds=1).traces
    assert not objective.facts.batched
    assert trace.score == pytest.approx([-f(z) for z in trace.z], rel=1e-12)


@pytest.mark.parametrize("d", range(2, 7))
@pytest.mark.parametrize("give", [tuple, list, np.array, lambda pair: torch.tensor(pair)])
def test_a_pair_of_criteria_of_one_object_is_a_pair_for_each(
    d: int, give: Callable[..., Any]
) -> None:
    def f(x: Any) -> Any:
        x = np.asarray(x)
        return give([float((x[0] - 0.3) ** 2), float((x[1] - 1) ** 2)])

    objective = bb.Objective(f, space=bb.Space.box(-2, 2, d), weights={"left": 1, "right": 2})
    z = objective.space.sample(np.random.default_rng(3), 5)
    expected = np.stack([(z[:, 0] - 0.3) ** 2, (z[:, 1] - 1) ** 2], axis=1)
    answer = objective.evaluate(bb.Ask(z))
    # torch.tensor makes float32 of Python's numbers.
    assert answer.criteria == pytest.approx(expected, rel=1e-6)
    assert answer.score == pytest.approx(expected @ [1, 2], rel=1e-6)


def rows(x: torch.Tensor) -> torch.Tensor:
    """One object as a batch of it."""
    return x.reshape(1, -1)


FORMS: dict[str, Callable[[Callable[[torch.Tensor], torch.Tensor]], Callable[[Any], Any]]] = {
    "torch, one": lambda f: lambda x: f(rows(x))[0],
    "numpy, one": lambda f: lambda x: f(torch.tensor(np.atleast_2d(np.asarray(x))))[0].numpy(),
    "tuple, one": lambda f: lambda x: tuple(map(float, f(rows(x))[0])),
    "torch, batch": lambda f: lambda x: f(x.reshape(len(x), -1)),
    "numpy, batch": lambda f: lambda x: f(torch.tensor(np.asarray(x))).numpy(),
}


@pytest.mark.slow
@settings(max_examples=40)
@given(
    d=st.integers(1, 6), k=st.integers(1, 4), form=st.sampled_from([*FORMS]), seed=st.integers(0, 9)
)
def test_one_object_and_its_batched_form_record_the_same(
    d: int, k: int, form: str, seed: int
) -> None:
    """A law over random polynomials of `d` numbers with `k` criteria."""
    drawn = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(d, k, generator=drawn, dtype=torch.float64) for _ in range(2))

    def f(x: torch.Tensor) -> torch.Tensor:
        return x @ a - x**2 @ b

    shape: dict[str, Any] = {"weights": [1.0] * k} if k > 1 else {}
    write = FORMS[form] if k > 1 or "one" in form else lambda g: lambda x: FORMS[form](g)(x)[:, 0]
    scored = finished(
        bb.strategy("random_search"),
        bb.Objective(write(f), space=bb.Space.normal(d), name="f", **shape),
        budget=9,
    ).recorder.filled()
    truth = f(torch.tensor(scored["z"])).sum(1).numpy()
    assert scored["score"] == pytest.approx(truth, rel=1e-9, abs=1e-9)


def test_a_batched_function_stays_one() -> None:
    weights = np.array([1.0, -2.0, 3.0])
    for scorer in (
        lambda x: x @ torch.tensor(weights).to(x),
        lambda x: np.asarray(x) @ weights,
        lambda x: [float(row @ weights) for row in np.asarray(x)],
        lambda x: (np.asarray(x) @ weights)[:, None],
    ):
        objective = bb.Objective(scorer, space=bb.Space.normal(3))
        assert objective.facts.batched
        z = objective.space.sample(np.random.default_rng(0), 4)
        assert objective.evaluate(bb.Ask(z)).score == pytest.approx(z @ weights, rel=1e-6)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (4, 3, 2), (2, 3, 4, 5), (1, 8, 8)])
def test_pictures_with_as_many_rows_as_a_batch_mislead_nobody(shape: tuple[int, ...]) -> None:
    for scorer in (lambda x: x.mean(), lambda x: x[0].mean(), lambda x: float(np.asarray(x).max())):
        objective = bb.Objective(scorer, lambda z: z, bb.Space.normal(shape))
        z = objective.space.sample(np.random.default_rng(0), 5)
        expected = [
            float(scorer(torch.tensor(x, dtype=torch.float32))) for x in z.reshape(5, *shape)
        ]
        assert objective.evaluate(bb.Ask(z)).score == pytest.approx(expected, rel=1e-5)
        assert not objective.facts.batched


@pytest.mark.parametrize(
    "scorer",
    [
        lambda text: text.count("a"),
        len,
        lambda text: text[0] == "a",
        lambda text: {"a": 1.0, "b": 2.0}[text[0]],
    ],
)
def test_a_scorer_of_one_text_is_found(scorer: Callable[[str], float]) -> None:
    def text(z: torch.Tensor) -> list[str]:
        return ["".join("ab"[int(v > 0)] for v in row) for row in z]

    objective = bb.Objective(scorer, text, bb.Space.normal(5))
    z = objective.space.sample(np.random.default_rng(0), 6)
    assert objective.evaluate(bb.Ask(z)).score.tolist() == [
        scorer(x) for x in text(torch.tensor(z))
    ]


@pytest.mark.parametrize("d", [2, 3, 4])
def test_a_dear_function_is_tried_in_batches_of_two_to_four_rows(d: int) -> None:
    """Not as many as there are dimensions, and 32 objects at most."""
    rows = []

    def score(x: torch.Tensor) -> torch.Tensor:
        rows.append(len(x))
        return -(x**2).sum(-1)

    facts = bb.Objective(score, space=bb.Space.normal(d), seconds=0.1).facts
    assert facts.batched
    assert max(rows) <= 4
    assert d not in rows
    assert sum(rows) <= 32
    assert facts.probed == sum(rows)


def test_what_is_declared_is_believed_and_the_other_form_is_named() -> None:
    declared = bb.Objective(lambda x: x.sum(-1), space=bb.Space.normal(3), batched=False)
    assert not declared.facts.batched
    with pytest.raises(ObjectiveError, match="batched=False if it is a function of one object"):
        _ = bb.Objective(lambda x: x.sum(), space=bb.Space.normal(3), batched=True).facts
    with pytest.raises(ObjectiveError, match=r"one object.*needs batched=True"):
        _ = bb.Objective(
            lambda x: x[:, 0],
            lambda z: torch.stack([z, z], 1),
            bb.Space.normal(3),
            batched=False,
        ).facts
    with pytest.raises(ObjectiveError, match=r"True .*False .*None.*'yes'"):
        bb.Objective(len, space=bb.Space.normal(3), batched="yes")  # type: ignore[arg-type]


def test_a_form_in_which_the_first_draws_have_no_score_is_no_evidence() -> None:
    """The scorer works on tensors; on arrays it gives nan for half of them and raises otherwise."""

    def score(x: torch.Tensor) -> Any:
        return torch.nan if float(x[0]) > 0 else torch.stack([x.sum(), x[0]])

    objective = bb.Objective(score, space=bb.Space.normal(3), weights=[1, 1], batched=False)
    z = objective.space.sample(np.random.default_rng(1), 8)
    answer = objective.evaluate(bb.Ask(z))
    assert np.array_equal(answer.valid, z[:, 0] <= 0)
    assert answer.score[answer.valid] == pytest.approx((z.sum(1) + z[:, 0])[answer.valid])


def test_the_settings_of_a_scorer_have_a_home_of_their_own() -> None:
    """`bb.Scorer` holds them; the keywords of Objective are forwarded; both is an error."""

    def f(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[0], x[1]])

    space = bb.Space.normal(3)
    z = space.sample(np.random.default_rng(0), 4)
    settings: dict[str, Any] = {
        "batched": False,
        "weights": {"a": 1.0, "b": -2.0},
        "maximize": False,
    }
    home = bb.Objective(bb.Scorer(f, **settings), space=space)
    keywords = bb.Objective(f, space=space, **settings)
    assert home.evaluate(bb.Ask(z)).score == pytest.approx(2 * z[:, 1] - z[:, 0])
    assert np.array_equal(home.evaluate(bb.Ask(z)).score, keywords.evaluate(bb.Ask(z)).score)
    assert home.scorer.directions == keywords.scorer.directions == {"a": -1, "b": 1}
    hit = bb.Objective(bb.Scorer(lambda x: x[:, 0], target=2.0), space=space)
    assert hit.evaluate(bb.Ask(z)).score == pytest.approx(-((z[:, 0] - 2) ** 2))
    for name, value in settings.items():
        with pytest.raises(ObjectiveError, match=f"{name} of scorer `f` stand in bb.Scorer"):
            bb.Objective(bb.Scorer(f, **settings), space=space, **{name: value})
