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
from blackbox.testing.runs import SPACES, bowl_for, finished, started
from tests.campaigns.fronts import AT, problem, true_volume

pytestmark = pytest.mark.slow
SEARCHES = ["parego", "pymoo:NSGA2"]


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
    cached = problem("zdt1", duplicates="cached")
    watching = Watching()
    finished(watching, cached, budget=3)
    parts = Watching()
    finished(Chain((RandomSearch(), parts)), objective, budget=20)
    for heard in (*watching.heard, *parts.heard):
        assert heard.criteria is not None
        np.testing.assert_allclose(heard.criteria[::2], heard.criteria[1::2])
    np.testing.assert_allclose(watching.heard[0].criteria[::2], expected)  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "budget"), [("parego", 60), ("parego(q=4)", 60), ("pymoo:NSGA2", 1000)]
)
def test_a_front_is_found_that_luck_does_not_find(name: str, budget: int) -> None:
    study = bb.compare(problem("zdt1"), [name, "random_search"], budget=budget, seeds=3)
    table = study.hypervolume(AT["zdt1"]).set_index("strategy")["hypervolume"]
    assert table["random_search"] < 0.3 * true_volume("zdt1")
    assert 0.9 * true_volume("zdt1") < table[name] < true_volume("zdt1")


@pytest.mark.parametrize(("name", "budget"), [("parego", 60), ("pymoo:NSGA2", 600)])
def test_what_breaks_a_constraint_is_on_no_front(name: str, budget: int) -> None:
    study = bb.compare(problem("bnh"), [name, "random_search"], budget=budget, seeds=2)
    front = study.front("bnh")
    assert (study.evaluations["status"] == "infeasible").any()
    both = front.merge(study.evaluations, on=["strategy", "seed", "row"])
    assert len(both) == len(front)
    assert (both["status"] != "infeasible").all()
    table = study.hypervolume(AT["bnh"]).set_index("strategy")["hypervolume"]
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
    run = finished(bb.strategy(name), objective, budget=200 if ":" in name else 60)
    assert str(run.status) == "spent", run.error
    criteria = run.recorder.criteria
    # For each number of the front that kind is best which adds to the gain.
    front = criteria[nondominated(criteria * [1, -1])]
    assert set(front[:, 1]) == {0.0, 1.0, 4.0, 9.0, 16.0, 25.0}
    assert (front[:, 0] - np.sqrt(front[:, 1]) > 0).all()


def test_several_points_of_an_ask_are_new_and_the_same_each_time() -> None:
    asks = []
    for _ in range(2):
        run = started(bb.strategy("parego(q=4, initial=6)"), problem("zdt1"))
        assert run.pending is not None
        run.receive(problem("zdt1").evaluate(run.pending))
        assert run.pending is not None
        asks.append(run.pending.points)
    assert asks[0].shape[0] == 4
    assert len(np.unique(asks[0], axis=0)) == 4
    assert np.array_equal(asks[0], asks[1])


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
    assert all(needs(bb.strategy(name)) == {Capability.CRITERIA} for name in SEARCHES)
    for setting in ("rho=-1", "kernel='x'", "restarts=0", "most=1", "q=0"):
        with pytest.raises(ValueError, match=setting.partition("=")[0]):
            bb.strategy(f"parego({setting})")
    for setting in ("algorithm='NSGA3'", "popsize=1"):
        with pytest.raises(ValueError, match=r"NSGA2|popsize must be >= 2"):
            bb.strategy(f"pymoo({setting})")


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("space", SPACES)
def test_it_begins_at_the_start_to_the_last_bit(name: str, space: str) -> None:
    run = started(bb.strategy(name), bowl_for(bb.strategy(name), SPACES[space]))
    assert run.pending is not None
    assert np.array_equal(run.pending.points[0], run.brief.start[0])


@pytest.mark.parametrize("name", SEARCHES)
def test_a_finite_space_is_asked_to_its_end(name: str) -> None:
    space = bb.Parameters(n=bb.Integer(1, 6), kind=bb.Choice("a", "b", "c"))
    objective = bb.Objective(
        lambda n, kind: {"gain": n, "cost": n - (kind == "b")},
        space=space,
        weights={"gain": 1, "cost": -1},
        name="few",
    )
    run = finished(bb.strategy(name), objective, budget=100)
    assert (str(run.status), run.recorder.size) == ("complete", 18), run.error
