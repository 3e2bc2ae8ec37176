"""Strategies that search for a front: on problems whose front is known in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import blackbox as bb
from blackbox.protocol import Answer, Brief, Capability, Criteria, Search, needs
from blackbox.strategies.bayesian.parego import chebyshev, nondominated, scaled_losses
from blackbox.strategies.composed.chain import Chain
from blackbox.strategies.sampling.random_search import RandomSearch
from blackbox.testing.runs import finished, rows, started

pytestmark = pytest.mark.slow
SEARCHES = ["parego"]
# The reference points of the problems, worse than all of their fronts.
AT = {"zdt1": {"f0": 1.1, "f1": 1.1}, "bnh": {"cost": 140.0, "distance": 50.0}}


def zdt1(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """E. Zitzler, K. Deb, L. Thiele, 2000, doi:10.1162/106365600568202; front 1 - sqrt(f0)."""
    first, g = x[:, 0], 1 + 9 * x[:, 1:].mean(-1)
    return {"f0": first, "f1": g * (1 - torch.sqrt(first / g))}


def bnh(x: torch.Tensor) -> bb.Scored:
    """T. T. Binh, U. Korn, 1997: the front is x0 = x1 up to 3, then x1 = 3."""
    a, b = x[:, 0], x[:, 1]
    criteria = torch.stack([4 * a**2 + 4 * b**2, (a - 5) ** 2 + (b - 5) ** 2], -1)
    near, far = 25 - (a - 5) ** 2 - b**2, (a - 8) ** 2 + (b + 3) ** 2 - 7.7
    return bb.Scored(criteria, {"near": near, "far": far})


def problem(name: str) -> bb.Objective:
    weights: Any = dict.fromkeys(AT[name], 1) if name == "zdt1" else [1, 1]
    space = bb.Space.box(0, 1, 6) if name == "zdt1" else bb.Space.box([0, 0], [5, 3])
    function = zdt1 if name == "zdt1" else bnh
    return bb.Objective(function, space=space, weights=weights, maximize=False, name=name)


def true_volume(name: str) -> float:
    """The area between the front and the reference point."""
    first, second = AT[name].values()
    if name == "zdt1":  # the integral of 1 - sqrt(f0) up to 1 is 1 / 3
        return second * first - 1 / 3
    # BNH in the length of the front: f0 = 8 t^2, f1 = 2 (t - 5)^2, then f0 = 36 + 4 t^2.
    t = np.linspace(0, 3, 200_001), np.linspace(3, 5, 200_001)
    f0 = np.concatenate([8 * t[0] ** 2, 36 + 4 * t[1] ** 2])
    f1 = np.concatenate([2 * (t[0] - 5) ** 2, 4 + (t[1] - 5) ** 2])
    return float(np.trapezoid(second - f1, f0) + (first - f0[-1]) * (second - f1[-1]))


def test_a_strategy_is_told_which_criteria_are_wanted_how() -> None:
    objective = bb.Objective(
        lambda x: torch.stack([x.sum(-1), x[:, 0], x[:, 1]], -1),
        space=bb.Space.box(-1, 1, 2),
        weights={"gain": 1.0, "note": 0.0, "cost": -2.0},
        name="three",
    )
    run = started(bb.strategy("random_search"), objective)
    assert run.brief.criteria == Criteria(("gain", "note", "cost"), (1, 0, -1))
    assert run.brief.criteria.gains(np.array([[1.0, 2.0, 3.0]])).tolist() == [[1.0, -3.0]]
    assert Capability.CRITERIA in objective.capabilities


@pytest.mark.parametrize(
    "settings", [{}, {"weights": [1.0, 0.0]}, {"weights": [1, 1], "target": 0}]
)
def test_without_two_that_are_wanted_it_is_skipped_with_a_reason(settings: Any) -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[:, 0], x[:, 1]], -1) if settings else x.sum(-1)

    objective = bb.Objective(score, space=bb.Space.box(-1, 1, 2), name="one", **settings)
    assert started(bb.strategy("random_search"), objective).brief.criteria is None
    study = bb.compare(objective, ["random_search", *SEARCHES], budget=4, seeds=1)
    assert set(study.skipped["strategy"]) == set(SEARCHES)
    reason = study.skipped["reason"].iloc[0]
    assert "needs two or more criteria that are wanted high or low" in reason
    assert "weights=" in reason
    assert ("one score" in reason) == (not settings)


class Watching:
    """Asks the same few points again and again, and keeps what it is told."""

    needs = frozenset({Capability.CRITERIA})

    def __init__(self) -> None:
        self.heard: list[Answer] = []

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        while True:
            z = np.repeat(brief.start[:2], 2, axis=0)
            self.heard.append((yield bb.Ask(z)))


def test_criteria_are_told_where_points_were_known_too() -> None:
    """By the cache of a run, and by the parts of a strategy that have paid for them."""
    objective = problem("zdt1")
    expected = objective.evaluate(bb.Ask(started(Watching(), objective).brief.start[:2])).criteria
    assert expected is not None
    cached = bb.Objective(
        zdt1,
        space=objective.space,
        weights={"f0": 1, "f1": 1},
        maximize=False,
        name="zdt1",
        duplicates="cached",
    )
    watching = Watching()
    finished(watching, cached, budget=3)
    parts = Watching()
    finished(Chain((RandomSearch(), parts)), objective, budget=20)
    for heard in (*watching.heard, *parts.heard):
        assert heard.criteria is not None
        np.testing.assert_allclose(heard.criteria[::2], heard.criteria[1::2])
    np.testing.assert_allclose(watching.heard[0].criteria[::2], expected)  # type: ignore[index]


@pytest.mark.parametrize("name", SEARCHES)
def test_a_front_is_found_that_luck_does_not_find(name: str) -> None:
    study = bb.compare(problem("zdt1"), [name, "random_search"], budget=60, seeds=3)
    table = study.hypervolume(AT["zdt1"]).set_index("strategy")["hypervolume"]
    assert table["random_search"] < 0.1 * true_volume("zdt1")
    assert table[name] > 0.85 * true_volume("zdt1")


@pytest.mark.parametrize("name", SEARCHES)
def test_what_breaks_a_constraint_is_on_no_front(name: str) -> None:
    study = bb.compare(problem("bnh"), [name, "random_search"], budget=60, seeds=2)
    front = study.front("bnh")
    by = ["strategy", "seed", "row"]
    both = front.merge(study.evaluations, on=by, suffixes=("", "_all"))
    assert len(both) == len(front)
    assert (both["status_all" if "status_all" in both else "status"] != "infeasible").all()
    names = {"criterion_0": 140.0, "criterion_1": 50.0}
    table = study.hypervolume(names).set_index("strategy")["hypervolume"]
    assert table["random_search"] < table[name] < true_volume("bnh")
    assert table[name] > 0.97 * true_volume("bnh")


@pytest.mark.parametrize("name", SEARCHES)
def test_whole_numbers_and_choices_are_searched_for_a_front(name: str) -> None:
    def score(n: int, kind: str, share: float) -> dict[str, float]:
        return {"gain": n + (kind == "good") - (share - 0.3) ** 2, "cost": float(n * n)}

    space = bb.Parameters(
        n=bb.Integer(0, 5), kind=bb.Choice("bad", "good", "worse"), share=bb.Real(0, 1)
    )
    objective = bb.Objective(score, space=space, weights={"gain": 1, "cost": -1}, name="mixed")
    run = finished(bb.strategy(name), objective, budget=60)
    assert str(run.status) == "spent", run.error
    criteria = np.concatenate(run.recorder.criteria)
    front = criteria[nondominated(criteria * [1, -1])]
    assert set(np.unique(front[:, 1])) >= {0.0, 1.0, 4.0, 9.0, 16.0, 25.0}
    assert rows(run) == rows(finished(bb.strategy(name), objective, budget=60))


@given(arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.floats(0, 3)))
def test_the_front_is_what_moocore_takes_for_it(gains: np.ndarray) -> None:
    moocore = pytest.importorskip("moocore")
    expected = moocore.is_nondominated(gains, maximise=True, keep_weakly=True)
    np.testing.assert_array_equal(nondominated(gains), expected)


@given(
    arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.floats(-3, 3, width=16)),
    st.floats(0.01, 0.99),
)
def test_what_dominates_has_the_lower_norm(gains: np.ndarray, weight: float) -> None:
    every = np.ones(len(gains), bool)
    losses = scaled_losses(gains, every, every)
    norm = chebyshev(losses, np.array([weight, 1 - weight]), 0.05)
    assert nondominated(gains)[norm == norm.min()].all()
    front = losses[nondominated(gains)]
    assert front.min() >= 0
    assert front.max() <= 1


def test_a_search_for_a_front_needs_criteria_and_refuses_nonsense() -> None:
    assert needs(bb.strategy("parego")) == {Capability.CRITERIA}
    for setting in ("rho=-1", "kernel='x'", "restarts=0", "most=1"):
        with pytest.raises(ValueError, match=setting.partition("=")[0]):
            bb.strategy(f"parego({setting})")
