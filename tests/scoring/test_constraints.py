"""Constraints: how scorers say them, what strategies are told, and what tables count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.constraints import Constraints
from blackbox.merit import Merit
from blackbox.protocol import Answer, Ask
from blackbox.recording import Ended, Recording
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.journal_reader import read
from blackbox.runtime.replay import replay
from blackbox.runtime.run_file import decode, encode
from blackbox.testing.runs import finished, rows, started

PLANT = bb.Parameters(a=bb.Real(0, 4), b=bb.Real(0, 4), n=bb.Integer(1, 5))
POINTS = np.random.default_rng(0).random((6, 3))


def gain(a: float, b: float, n: int) -> bb.Scored:
    """Best at a = b = 2, n = 2, where both constraints just hold: -3."""
    score = -((a - 3) ** 2) - (b - 3) ** 2 - (n - 1) ** 2
    return bb.Scored(score, constraints={"sum": 4 - a - b, "number": n - 2})


def plant(**settings: Any) -> bb.Objective:
    return bb.Objective(gain, space=PLANT, name="plant", **settings)


def line(x: torch.Tensor) -> bb.Scored:
    return bb.Scored(-((x - 2) ** 2).sum(-1), {"line": 1 - x[:, 0] - x[:, 1], "free": 1.0})


def outputs(row: Any) -> dict[str, float]:
    return {"cost": row.a + row.b, "load": row.a * row.b, "noise": float(row.n)}


def test_the_values_of_constraints_stand_beside_the_score() -> None:
    answer = plant().evaluate(Ask(POINTS))
    a, b = 4 * POINTS[:, 0], 4 * POINTS[:, 1]
    np.testing.assert_allclose(answer.constraints[:, 0], 4 - a - b)
    np.testing.assert_allclose(answer.violations, np.maximum(0, -answer.constraints))
    np.testing.assert_array_equal(answer.feasible, (answer.constraints >= 0).all(1))
    assert plant().facts.constraints is not None
    assert plant().facts.constraints.names == ("sum", "number")  # type: ignore[union-attr]


def test_named_outputs_are_bounded_and_summed() -> None:
    bounds: dict[str, bb.AtMost | bb.AtLeast] = {"load": bb.AtLeast(2), "noise": bb.AtMost(3)}
    objective = bb.Objective(
        outputs, space=PLANT, constraints=bounds, weights={"cost": -1.0}, name="plant"
    )
    answer = objective.evaluate(Ask(POINTS))
    rows = PLANT.rows(POINTS)
    np.testing.assert_allclose(answer.score, [-(row.a + row.b) for row in rows])
    np.testing.assert_allclose(answer.constraints[:, 0], [row.a * row.b - 2 for row in rows])
    np.testing.assert_allclose(answer.constraints[:, 1], [3 - row.n for row in rows])
    assert answer.criteria is not None and answer.criteria.shape == (6, 1)
    two = bb.Objective(
        lambda row: {"cost": row.a, "load": row.b},
        space=PLANT,
        constraints={"load": bb.AtMost(1)},
        maximize=False,
    )
    np.testing.assert_allclose(two.evaluate(Ask(POINTS)).score, -4 * POINTS[:, 0])


def test_named_outputs_may_stand_beside_values_of_constraints() -> None:
    def both(a: float, b: float, n: int) -> bb.Scored:
        return bb.Scored({"cost": a + b, "gain": n}, {"sum": 4 - a - b})

    objective = bb.Objective(both, space=PLANT, weights={"gain": 1.0, "cost": -1.0})
    answer = objective.evaluate(Ask(POINTS))
    np.testing.assert_allclose(answer.score, [r.n - r.a - r.b for r in PLANT.rows(POINTS)])
    assert answer.constraints.shape == (6, 1)


def test_a_violation_below_the_last_digit_is_no_tie_with_the_best() -> None:
    merit = Merit(Constraints(("a",), (1.0,), spread=1.0, low=-5.0))
    answer = Answer(score=np.array([1e6, 2e6]), constraints=np.array([[0.0], [-1e-20]]))
    merit.see(answer)
    assert merit.told(answer).score[1] < 1e6


def test_what_is_no_truth_value_does_not_maximise() -> None:
    with pytest.raises(bb.ObjectiveError, match="maximize is True or False, not 'no'"):
        bb.Objective(gain, space=PLANT, maximize="no")  # type: ignore[arg-type]


def test_batches_of_constraints_have_gradients_of_their_own() -> None:
    objective = bb.Objective(line, space=bb.Space.normal(2))
    z = np.random.default_rng(1).standard_normal((3, 2))
    answer = objective.evaluate(Ask(z, order=1))
    np.testing.assert_allclose(answer.grad, -2 * (z - 2))
    expected = np.tile([[[-1.0, -1.0], [0.0, 0.0]]], (3, 1, 1))
    np.testing.assert_array_equal(answer.constraint_grads, expected)


def test_a_constraint_made_outside_of_torch_leaves_no_gradient() -> None:
    def half(x: torch.Tensor) -> bb.Scored:
        return bb.Scored(x.sum(-1), {"size": x.detach().numpy()[:, 0]})

    objective = bb.Objective(half, space=bb.Space.normal(2))
    assert bb.Capability.GRADIENT not in objective.capabilities
    assert "leave .detach() out" in objective.lacks(bb.Capability.GRADIENT)


@given(st.integers(0, 2**32 - 1), st.floats(-1e6, 1e6))
def test_nothing_that_breaks_a_constraint_is_ever_told_as_much_as_the_best(
    seed: int, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    merit = Merit(Constraints(("a", "b"), (1.0, 3.0), spread=2.0, low=shift - 5))
    highest, told_below = -np.inf, -np.inf
    for _ in range(6):
        answer = Answer(
            score=shift + rng.standard_normal(4), constraints=rng.standard_normal((4, 2))
        )
        merit.see(answer)
        heard = merit.told(answer).score
        counts = answer.feasible
        np.testing.assert_array_equal(heard[counts], answer.score[counts])
        highest = max(highest, *answer.score[counts], -np.inf)
        told_below = max(told_below, *heard[~counts], -np.inf)
        if np.isfinite(highest):
            assert (heard[~counts] < highest).all()
    assert not np.isfinite(highest) or told_below < max(highest, shift - 5)


def test_the_gradient_of_a_merit_is_its_slope() -> None:
    constraints = Constraints(("line", "free"), (1.5, 1.0), spread=3.0, low=-20.0)
    objective = bb.Objective(line, space=bb.Space.normal(2))
    merit = Merit(constraints)
    merit.see(objective.evaluate(Ask(np.array([[0.0, 0.0]]))))  # the best that counts: -8
    z, step = np.array([[1.5, 1.0], [3.0, -4.0], [0.2, 0.3]]), 1e-6

    def heard(points: np.ndarray) -> Answer:
        return merit.told(objective.evaluate(Ask(points, order=1)))

    for axis in range(2):
        move = step * np.eye(2)[axis]
        slope = (heard(z + move).score - heard(z - move).score) / (2 * step)
        np.testing.assert_allclose(heard(z).grad[:, axis], slope, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_constraint_without_a_number_makes_the_point_invalid(bad: float) -> None:
    def broken(a: float, b: float, n: int) -> bb.Scored:
        return bb.Scored(a, {"load": bad if a > 2 else b})

    answer = bb.Objective(broken, space=PLANT).evaluate(Ask(POINTS))
    invalid = 4 * POINTS[:, 0] > 2
    np.testing.assert_array_equal(answer.valid, ~invalid)
    assert answer.notes is not None
    assert "constraint load" in answer.notes[invalid][0]


def refusals() -> dict[str, tuple[Any, dict[str, Any]]]:
    def fickle(row: Any) -> bb.Scored:
        return bb.Scored(row.a, {"x": 1.0} if row.a > 2 else {"y": 1.0})

    def nameless(row: Any) -> bb.Scored:
        values: Any = [1.0]
        return bb.Scored(row.a, values)

    def silent(row: Any) -> Any:
        return bb.Scored(row.a, {"x": 1.0}) if row.a > 2 else 3.0

    one = {"constraints": {"load": bb.AtMost(1)}}
    return {
        "is -3": (outputs, {"constraints": {"load": -3}}),
        "finite number": (outputs, {"constraints": {"load": float("inf")}}),
        "without speed": (outputs, {"constraints": {"speed": bb.AtMost(1)}}),
        "name those that are summed": (outputs, one),
        "bounds on named outputs": (gain, one),
        "values by name": (nameless, {}),
        "where it had returned": (fickle, {}),
        "returned no constraints": (silent, {}),
        "one number per object": (lambda row: bb.Scored(row.a, {"x": [1.0, 2.0]}), {}),
        "allows none": (gain, {"where": lambda p: p.a > 5}),
        "must say True or False": (gain, {"where": lambda p: p.a - 1}),
        "raised AttributeError": (gain, {"where": lambda p: p.c > 5}),
        "where must be a function": (gain, {"where": "a > 1"}),
        "must meet where=": (gain, {"where": lambda p: p.a > 1, "starts": all_zero}),
    }


def all_zero(rng: np.random.Generator, m: int) -> np.ndarray:
    return np.zeros((m, 3))


@pytest.mark.slow
@pytest.mark.parametrize("words", refusals())
def test_what_is_no_constraint_is_refused_in_words(words: str) -> None:
    function, settings = refusals()[words]
    if words == "finite number":
        with pytest.raises(bb.ObjectiveError, match=words):
            bb.AtMost(settings["constraints"]["load"])
        return
    with pytest.raises(bb.ObjectiveError, match=words):
        objective = bb.Objective(function, space=PLANT, name="mine", **settings)
        assert objective.facts
        objective.starts(np.random.default_rng(0), 1)
        objective.evaluate(Ask(POINTS))


def test_defaults_that_are_forbidden_are_named() -> None:
    space = bb.Parameters(a=bb.Real(0, 1, default=0.2), b=bb.Real(0, 1))
    objective = bb.Objective(lambda a, b: a + b, space=space, where=lambda p: p.a > 0.5)
    with pytest.raises(bb.ParameterError, match="defaults"):
        objective.starts(np.random.default_rng(0), 2)


FORBIDDING = {
    "in columns": lambda p: (p.a + p.b <= 4) & (p.n > 1),
    "one by one": lambda p: p.a + p.b <= 4 and p.n > 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("where", FORBIDDING)
@pytest.mark.parametrize("strategy", ["random_search", "sobol_search", "one_plus_one", "cma_es"])
def test_what_is_forbidden_is_never_paid_for(where: str, strategy: str) -> None:
    asked: list[tuple[float, float, int]] = []

    def counted(a: float, b: float, n: int) -> float:
        asked.append((a, b, n))
        return -((a - 3) ** 2) - (b - 3) ** 2 - n

    objective = bb.Objective(counted, space=PLANT, where=FORBIDDING[where])
    run = finished(bb.strategy(strategy), objective, budget=40)
    assert len(asked) >= 40
    assert all(a + b <= 4 + 1e-12 and n > 1 for a, b, n in asked)
    columns = run.recorder.filled()
    assert run.recorder.size == 40
    if strategy in ("sobol_search", "cma_es"):
        assert columns["clipped"].any()  # the audit counts them


def test_a_condition_in_columns_says_what_it_says_of_rows() -> None:
    both = [bb.Objective(gain, space=PLANT, where=where).space for where in FORBIDDING.values()]
    z = np.random.default_rng(2).random((50, 3))
    np.testing.assert_array_equal(both[0].repaired(z), both[1].repaired(z))
    assert both[0].where is not None
    assert both[0].where(both[0].repaired(z)).all()
    np.testing.assert_array_equal(both[0].sample(np.random.default_rng(0), 9).shape, (9, 3))


def test_a_condition_may_be_on_points_without_names() -> None:
    space = bb.Space.box(-1, 1, 2)
    objective = bb.Objective(lambda x: x.sum(-1), space=space, where=lambda z: z[0] + z[1] <= 0)
    run = finished(bb.strategy("cma_es"), objective, budget=30)
    assert (run.recorder.filled()["z"].sum(1) <= 1e-12).all()


SEARCHES = ["random_search", "cma_es", "turbo", "scipy:cobyqa"]


@pytest.fixture(scope="module")
def study() -> bb.Comparison:
    never = bb.Objective(lambda a, b, n: bb.Scored(a, {"sum": -1.0 - b}), space=PLANT, name="never")
    return bb.compare([plant(), never], SEARCHES, budget=30, seeds=2)


@pytest.mark.slow
def test_the_best_is_the_best_that_meets_all(study: bb.Comparison) -> None:
    rows = study.evaluations.query("objective == 'plant'")
    counts = (rows["constraint_sum"] >= 0) & (rows["constraint_number"] >= 0)
    np.testing.assert_array_equal(rows["status"] == "ok", counts)
    best = rows[counts].groupby(["strategy", "seed"], observed=True)["score"].max()
    runs = study.runs.query("objective == 'plant'").set_index(["strategy", "seed"])
    assert best.to_dict() == runs["best"].dropna().to_dict()
    table = study.best().query("objective == 'plant'")
    assert (table[["constraint_sum", "constraint_number"]] >= 0).all(axis=None)
    n = rows[counts].groupby(["strategy", "seed"], observed=True).size()
    assert n.to_dict() == runs["n_feasible"].to_dict()


def test_where_nothing_is_feasible_the_verdict_says_so(study: bb.Comparison) -> None:
    runs = study.runs.query("objective == 'never'")
    assert runs["best"].isna().all()
    assert not runs["n_feasible"].any()
    sentence = " ".join(study.verdict(None)["sentence"])
    assert "found nothing feasible" in sentence
    assert "never" in sentence
    table = study.constraints().query("objective == 'never'")
    assert table["met"].tolist() == [0.0] * len(SEARCHES)
    assert not table["n_feasible_runs"].any()


def test_hits_are_feasible(study: bb.Comparison) -> None:
    """A level that only points which break a constraint reach is reached by nobody."""
    table = study.targets({"plant": [-1.0], "never": [0.0]})
    assert (study.evaluations.query("objective == 'plant'")["score"] > -1.0).any()
    assert not table["success_rate"].any()


@pytest.mark.parametrize("strategy", ["turbo", "gradient_ascent"])
def test_a_run_is_replayed_from_its_journal_and_from_its_file(
    strategy: str, tmp_path: Path
) -> None:
    objective = plant() if strategy == "turbo" else bb.Objective(line, space=bb.Space.normal(2))
    kept: list[Exchange] = []
    run = finished(bb.strategy(strategy), objective, budget=12, journal=kept)
    file = JournalFile(tmp_path)
    journal = file.open_run({"key": "k", "gradient_price": 1.0})
    for exchange in kept:
        journal.append(exchange)
    file.close()
    trace = Recording(objective).unjudged(Ended(run, strategy, 0))
    assert run.recorder.conversation is not None
    stored = decode(encode(trace, run.recorder.conversation.arrays()))
    for record in (read(file.path).runs["k"].exchanges(), stored.exchanges()):
        fresh = started(bb.strategy(strategy), objective, budget=12)
        replay(fresh, record)
        assert rows(fresh) == rows(run)
        both = zip(run.recorder.constraints, fresh.recorder.constraints, strict=True)
        assert all(np.array_equal(one, other) for one, other in both)
    np.testing.assert_array_equal(stored.trace.feasible, trace.feasible)


def test_exports_know_no_score_of_what_breaks_a_constraint(
    study: bb.Comparison, tmp_path: Path
) -> None:
    folder = study.export(tmp_path / "ioh", "ioh")
    written = "".join(path.read_text() for path in folder.rglob("*.dat"))
    best = study.runs.query("objective == 'plant'")["best"].max()
    values = [float(row.split()[1]) for row in written.splitlines() if row[:1].isdigit()]
    assert max(values) <= best


def test_check_tells_how_often_constraints_are_met() -> None:
    table = bb.check(plant())
    row = table[table["tried"].str.startswith("constraints at")].iloc[0]
    assert "sum met by" in row["found"]
    assert "all by" in row["found"]
