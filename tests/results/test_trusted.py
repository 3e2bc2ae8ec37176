"""The best that is still trusted, of what was recorded: by no judge, and at no further cost."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.believers import Believers
from blackbox.results.judging.trusted import choice
from blackbox.results.view import View
from tests.conftest import make_trace
from tests.results.studies import RECIPE

CALLS: list[int] = []


def near(z: np.ndarray) -> np.ndarray:
    """Trust that falls with the distance from the centre."""
    return np.asarray(np.exp(-np.abs(z).sum(axis=1)))


def score(x: torch.Tensor) -> torch.Tensor:
    CALLS.append(len(x))
    return x.sum(-1)


def objective(**settings: object) -> bb.Objective:
    return bb.Objective(score, space=bb.Space.normal(3), name="slope", **settings)  # type: ignore[arg-type]


def study(**settings: object) -> bb.Comparison:
    climb = "gradient_ascent(patience=1000, after='stop')"
    return bb.compare(objective(**settings), [climb, "random_search"], 80, seeds=2)


def by_table(trust: list[float]) -> object:
    """Trust row by row, of latents that are the rows' numbers."""
    return lambda z: np.array(trust)[z[:, 0].astype(int)]


@pytest.mark.parametrize(
    ("scores", "trust", "row"),
    [
        ([1.0, 3.0, 2.0], [1, 1, 1], 1),
        ([1.0, 3.0, 2.0], [1, 0, 1], 2),
        ([1.0, 3.0, 2.0], [1, 0, 0], 0),
        ([1.0, 3.0, 2.0], [0, 0, 0], 0),
        ([5.0, 3.0, 2.0], [0, 1, 1], 0),  # nothing that is trusted is better than the start
        ([np.nan, 3.0, 2.0], [1, 0, 1], 2),
        ([np.nan, 3.0, 2.0], [1, 0, 0], 0),
    ],
)
def test_the_choice_is_the_best_trusted_row_or_the_start(
    scores: list[float], trust: list[float], row: int
) -> None:
    z = np.arange(3.0)[:, None]
    trace = make_trace(scores, z=z)
    made = choice(trace, Believers().of(trace.objective, {trace.objective: by_table(trust)}))
    assert made.row == row
    (row_of,) = (
        View([trace], RECIPE, believers=Believers())
        .best(trust={trace.objective: by_table(trust)})
        .to_dict("records")
    )
    assert row_of["row"] == row
    np.testing.assert_equal(row_of["score"], scores[row])
    assert row_of["best_score"] == np.nanmax(scores)


def test_rows_are_the_same_when_judges_are_taken_away_and_nothing_is_paid() -> None:
    judged = study(judges={"truth": bb.Judge(lambda x: -x.sum(-1), truth=True)})
    plain = study()
    columns = ["strategy", "seed", "row", "cost", "score", "trust", "worth", "best_score"]
    first, second = judged.best("run", trust=True), plain.best("run", trust=True)
    assert first[columns].equals(second[columns])
    assert (first["score"] < first["best_score"]).any()
    before = [len(trace) for trace in plain.traces]
    CALLS.clear()
    again = plain.best("run", trust=True)
    assert again[columns].equals(second[columns])
    assert not CALLS  # real points were scored when trust was first asked for
    assert [len(trace) for trace in plain.traces] == before


def test_a_level_a_trust_and_a_function_of_ones_own_are_taken() -> None:
    both = study()
    strict = both.best("run", trust=0.2)
    lax = both.best("run", trust=bb.Trust(level=0.002))
    assert (strict["score"] <= lax["score"]).all()
    assert (strict["score"] < lax["score"]).any()
    assert (strict["trust"][strict["row"] > 0] > 0.2).all()
    mine = both.best("run", trust={"slope": near})
    assert (mine["trust"][mine["row"] > 0] > 0.05).all()
    held = both.best("run", trust={"slope": bb.Trust(level=0.002).of(objective())})
    assert held["row"].tolist() == lax["row"].tolist()


def test_what_is_no_trust_is_refused_with_what_is() -> None:
    both = study()
    with pytest.raises(bb.StudyError, match=r"trust= is True, a level such as 0.01"):
        both.best(trust="yes")
    with pytest.raises(bb.StudyError, match="names other, not 'slope'"):
        both.best(trust={"other": True})
    with pytest.raises(bb.StudyError, match="one number per point"):
        both.best(trust={"slope": lambda z: z})
    with pytest.raises(ValueError, match="ask a study"):
        View(both.traces, both.recipe).best(trust=True)


def test_the_verdict_says_where_trust_ended_only_where_it_was_asked_and_did() -> None:
    both = study()
    assert "trust ended" not in set(both.verdict(None).claim)
    claims = both.verdict(None, trust=True).set_index("claim")
    sentence = str(claims.loc["trust ended", "sentence"])
    assert "Trust ended before the best in 2 of 2 runs of gradient_ascent" in sentence
    table = both.trusted().query("strategy.str.startswith('gradient')")
    share = (table.score - table.start).sum() / (table.best_score - table.start).sum()
    assert f"{100 * share:.2g} % of the gain" in sentence
    everything = {"slope": lambda z: np.ones(len(z))}
    assert "trust ended" not in set(both.verdict(None, trust=everything).claim)


def test_a_study_from_a_folder_finds_its_objective_by_name_or_says_what_to_give(
    tmp_path: Path,
) -> None:
    named = bb.compare("synthetic.sphere(d=3)", "random_search", 20, seeds=2, store=tmp_path / "a")
    assert bb.load(tmp_path / "a").best(trust=True).equals(named.best(trust=True)) or (
        bb.load(tmp_path / "a").best(trust=True)["row"].tolist()
        == named.best(trust=True)["row"].tolist()
    )
    study().save(tmp_path / "b")
    loaded = bb.load(tmp_path / "b")
    with pytest.raises(bb.StudyError, match=r"does not hold: give trust=.*slope"):
        loaded.best(trust=True)
    assert len(loaded.best(trust={"slope": near})) == 2
    assert pickle.loads(pickle.dumps(named)).best(trust=True)["row"].notna().all()


def test_what_was_asked_in_data_space_is_not_trusted_and_losses_stay_losses() -> None:
    trace = make_trace([1.0, 3.0], z=np.array([[0.0], [np.nan]]), x={1: np.array([7.0])})
    assert choice(trace, Believers().of("", {"": near})).row == 0
    loss = bb.Objective(
        lambda x: (x**2).sum(-1), space=bb.Space.normal(3), maximize=False, name="bowl"
    )
    table = bb.compare(loss, "random_search", 30, seeds=1).best(trust=0.05)
    assert table["score"].item() >= table["best_score"].item() >= 0
