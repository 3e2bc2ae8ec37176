"""What may be said in a session, in which order, and what is refused."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.errors import SessionError
from tests.sessions.laboratory import BOX, FROM_START, PARAMETERS, begun, tried, worked


def through_csv(table: pd.DataFrame, **settings: Any) -> pd.DataFrame:
    """What comes back of a frame from a file."""
    return pd.read_csv(StringIO(table.to_csv(**settings)))


def ids(session: bb.Session) -> list[int]:
    return [int(one) for one in session.ask()["id"]]


@pytest.mark.parametrize("strategy", ["cma_es", "bayes_opt", "random_search", "warm:nelder_mead"])
def test_a_session_asks_what_a_study_asks(strategy: str) -> None:
    objective = bb.Objective(lambda x: -(x**2).sum(-1), space=BOX, differentiable=False)
    past = (np.array([[1.0, 0.5], [-1.0, 1.5]]), [-1.25, -3.25])
    known = past if strategy.startswith("warm") else None
    (trace,) = bb.compare(objective, strategy, 9, seeds=[4], known=known).traces
    session = worked(begun(strategy=strategy, budget=9, seed=4, known=known))
    assert np.array_equal(session.history[["z_0", "z_1"]].to_numpy(), trace.z)
    assert np.array_equal(session.history["score"].to_numpy(), trace.score)


def test_asking_again_gives_the_same_points_until_all_are_told() -> None:
    session = worked(begun(), 1)
    first = session.ask()
    assert len(first) == 6, "a generation"
    assert session.ask().equals(first)
    assert ids(session) == [2, 3, 4, 5, 6, 7]
    assert session.ask(2).equals(first[:2])
    assert session.tell(tried(first)[4:]) == 2
    assert ids(session) == [2, 3, 4, 5]
    session.tell(tried(first)[:4])
    assert ids(session)[0] == 8


def test_the_order_of_telling_changes_nothing() -> None:
    orders, strategy = (1, -1), FROM_START
    made = []
    for order in orders:
        session = begun(strategy=strategy)
        while len(table := session.ask()):
            for row in range(len(table))[::order]:
                session.tell(through_csv(tried(table)[row : row + 1], index=False))
        made.append(session.history)
    assert made[0].equals(made[1])
    assert session.remaining == 0


def test_the_same_result_twice_is_fine_and_another_one_says_both() -> None:
    session = begun()
    assert session.tell(1, -3.5) == 1
    assert session.tell(1, -3.5) == 0
    assert session.tell({1: -3.5}) == 0
    with pytest.raises(SessionError, match=r"id 1 was told .*-3\.5.* before, and is told .*-4\.0"):
        session.tell(1, -4.0)
    with pytest.raises(SessionError, match=r"-3\.5.* before, and is told .*invalid"):
        session.tell(1, None)
    assert session.history["score"].tolist() == [-3.5]


def test_a_frame_may_come_back_in_part_and_with_failures() -> None:
    session = worked(begun(space=PARAMETERS), 1)
    table = through_csv(session.ask(), index=False)
    results: list[Any] = ["1.5", "", "failed", "2", "", "Failed"]
    table = table.assign(score=(results + [""] * len(table))[: len(table)], operator="kim")
    assert session.tell(table) == 4
    assert ids(session) == [int(table["id"][1]), int(table["id"][4]), *table["id"][6:]]
    assert session.history["status"].tolist() == ["ok", "ok", "invalid", "ok", "invalid"]
    assert session.tell(table) == 0


def test_a_trial_without_a_result_counts_and_lets_the_search_go_on() -> None:
    session = begun(strategy="bayes_opt", budget=20)
    for trial in ids(session):
        session.tell(trial, None if trial == 2 else float(trial))
    assert ids(session) == [6]
    assert session.remaining == 15
    assert session.history["status"].tolist() == ["ok", "invalid", "ok", "ok", "ok"]
    session.tell(6, float("nan"))
    assert session.best()["id"].tolist() == [5]


def test_losses_are_told_and_shown_as_losses() -> None:
    session = begun(strategy="bayes_opt", budget=6, maximize=False)
    for trial in ids(session):
        session.tell(trial, 10.0 + trial)
    assert session.best()[["id", "score"]].to_numpy().tolist() == [[1, 11.0]]


def test_constraints_are_told_as_outputs_or_scored() -> None:
    bounds = {"waste": bb.AtMost(0.5)}
    session = begun(strategy="bayes_opt", space=PARAMETERS, budget=20, constraints=bounds)
    first, second, *rest = ids(session)
    session.tell(first, {"score": 1.0, "waste": 0.2})
    session.tell(second, {"profit": 9.0, "waste": 0.9})
    table = session.ask()
    session.tell(through_csv(table.assign(score=2.0, waste=0.4)))
    assert session.history["status"].tolist() == ["ok", "infeasible", *["ok"] * len(rest)]
    assert np.allclose(session.history["constraint_waste"][:3], [0.3, -0.4, 0.1])
    assert session.best()["score"].item() == 2.0
    named = begun(constraints=["stress"])
    named.tell(1, bb.Scored(1.0, {"stress": -2.0}))
    named.tell(named.ask().assign(score=3.0, stress=1.0))
    assert named.history["constraint_stress"].tolist() == [-2.0, *[1.0] * 6]
    with pytest.raises(SessionError, match=r"id 8: .*no constraints"):
        named.tell(8, 3.0)


def test_criteria_are_summed_by_their_weights() -> None:
    weights = {"gain": 1.0, "cost": -2.0}
    session = begun(strategy="parego", budget=7, weights=weights)
    table = session.ask()
    session.tell(through_csv(table.assign(gain=range(len(table)), cost=0.5)))
    history = session.history
    assert history["score"].tolist() == [n - 1.0 for n in range(len(table))]
    assert (history["gain"] == history["score"] + 2 * history["cost"]).all()
    assert len(session.ask()) == 1


def test_known_data_warm_a_session_up_and_a_history_is_such() -> None:
    first = worked(begun(strategy="bayes_opt", budget=8))
    second = begun(strategy="bayes_opt", budget=3, seed=1, known=first.history)
    assert "warm:bayes_opt" in repr(second)
    assert ids(second) == [1]
    worked(second)
    assert second.best()["score"].item() > first.best()["score"].item() - 0.5
    assert len(second.history) == 3


@pytest.mark.parametrize(
    ("strategy", "reason"),
    [
        ("gradient_ascent", "gradient_ascent needs the gradient of the score at z, and a session"),
        ("chained_zeroth_order", "and a session is told scores only"),
        ("parego", "two or more criteria"),
        ("warm:cma_es", "data that are known already"),
        ("cmaes_", "unknown strategy"),
    ],
)
def test_a_strategy_that_needs_more_than_scores_is_refused(strategy: str, reason: str) -> None:
    with pytest.raises(bb.BlackboxError, match=reason):
        begun(strategy=strategy)


REFUSED: dict[str, tuple[Any, str]] = {
    "no id": (lambda t: t.drop(columns="id"), "no column 'id'"),
    "no score": (lambda t: t.drop(columns="score"), "no column 'score'"),
    "a score in words": (lambda t: t.assign(score="1,5"), "score is '1,5', which is no number"),
    "an id of another": (
        lambda t: t.assign(id=t["id"] + 90),
        "id 92 was not asked; those that wait",
    ),
    "an id in words": (lambda t: t.assign(id="a"), "an id is a whole number"),
    "twice, otherwise": (
        lambda t: pd.concat([t, t.assign(score=7)]),
        "id 2 twice, with two results",
    ),
    "values that were changed": (lambda t: t.assign(heat=45.0), "id 2: heat is 45.0 in the frame"),
    "values outside": (lambda t: t.assign(heat=145.0), "values that were not asked: heat, row 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_frame_that_cannot_be_meant_is_refused_whole(case: str) -> None:
    session = worked(begun(space=PARAMETERS), 1)
    change, reason = REFUSED[case]
    with pytest.raises(SessionError) as raised:
        session.tell(change(tried(session.ask())))
    assert reason in str(raised.value), raised.value
    assert len(session.history) == 1, "nothing of it was taken"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("much", "id 1: score is 'much', which is no number"),
        ([1.0, 2.0], "id 1: told was shape"),
        ({"gain": 1.0, "cost": 2.0}, "id 1: told was"),
    ],
)
def test_a_value_that_is_no_result_is_refused(value: Any, reason: str) -> None:
    session = begun()
    with pytest.raises(SessionError) as raised:
        session.tell(1, value)
    assert reason in str(raised.value)
    assert "scorer" not in str(raised.value), "a laboratory has none to mend"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"budget": 0}, "a number of trials"),
        ({"budget": 2.5}, "a number of trials"),
        ({"seed": -1}, "the seed is"),
        ({"noise": -1.0}, "noise is True"),
        ({"space": None}, "needs a strategy, a space and a budget"),
    ],
)
def test_a_session_that_cannot_be_is_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(SessionError, match=reason):
        begun(**settings)
    with pytest.raises(SessionError, match="at most n points"):
        begun().ask(0)


def test_a_noisy_laboratory_may_try_a_point_again() -> None:
    session = begun(budget=40, noise=1.0)
    rng = np.random.default_rng(0)
    while len(table := session.ask()):
        session.tell(table.assign(score=rng.standard_normal(len(table))))
    points = session.history[["z_0", "z_1"]]
    assert points.duplicated().any()
    assert session.remaining == 0
