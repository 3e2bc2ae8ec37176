"""Tuning: the same number of settings for each strategy, chosen on seeds that nobody reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox.results.view import View
from blackbox.strategies import TABLE
from blackbox.strategies.ranges import RANGES
from blackbox.tuning import FIRST_SEED, _variants
from tests.results.studies import RECIPE
from tests.results.test_claims import spread, study

BOWL = "synthetic.sphere(d=3)"


@pytest.fixture(scope="module")
def tuning() -> bb.Tuning:
    strategies = ["gradient_ascent(learning_rate=0.001)", "random_search"]
    settings = {"gradient_ascent": {"learning_rate": (1e-3, 1.0)}, "random_search": {}}
    return bb.tune(BOWL, strategies, 30, settings, trials=4, seeds=3)


def test_each_strategy_has_the_same_number_of_trials_and_the_first_is_what_was_given(
    tuning: bb.Tuning,
) -> None:
    climb = tuning.trials[tuning.trials["strategy"] == "gradient_ascent(learning_rate=0.001)"]
    assert climb["trial"].tolist() == [0, 1, 2, 3]
    assert climb["tried"].iloc[0] == "gradient_ascent(learning_rate=0.001)"
    assert climb["tried"].nunique() == 4
    assert (tuning.trials["strategy"] == "random_search").sum() == 1  # nothing of it varies


def test_the_best_has_the_lowest_rank_on_seeds_of_its_own(tuning: bb.Tuning) -> None:
    for _, trials in tuning.trials.groupby("strategy"):
        chosen = trials[trials["chosen"]]
        assert chosen["rank"].tolist() == [trials["rank"].min()]
    assert set(tuning.study.runs["seed"]) == {FIRST_SEED, FIRST_SEED + 1, FIRST_SEED + 2}


def test_a_study_sets_what_was_tuned_beside_its_default(tuning: bb.Tuning, tmp_path: Path) -> None:
    strategies = ["gradient_ascent(learning_rate=0.001)", "random_search"]
    made = bb.compare(BOWL, strategies, 30, seeds=8, tuned=tuning, store=tmp_path)
    table = made.tuning().set_index("strategy")
    best = table.loc[strategies[0], "tuned"]
    assert made.recipe["strategies"] == [strategies[0], best, "random_search"]
    bests = made.runs.pivot_table(index="seed", columns="strategy", values="best")
    difference = (bests[best] - bests[strategies[0]]).mean()
    assert table.loc[strategies[0], "difference"] == pytest.approx(difference)
    assert table.loc[strategies[0], "p_holm"] == pytest.approx(2 * 0.5**8)
    assert table.loc["random_search", "note"] == "what was given is the best of those tried"
    (sentence,) = made.verdict(None).query("claim == 'tuned'")["sentence"]
    assert sentence.startswith(f"The best of 4 settings improves {strategies[0]} by ")
    assert bb.load(tmp_path).tuning().equals(made.tuning())


def test_a_seed_that_chose_settings_is_not_reported(tuning: bb.Tuning) -> None:
    with pytest.raises(bb.StudyError, match=f"tuned on seed {FIRST_SEED + 1}"):
        bb.compare(BOWL, "random_search", 30, seeds=[3, FIRST_SEED + 1], tuned=tuning)


def test_tuning_again_is_the_same_and_free_where_it_was_kept(tmp_path: Path) -> None:
    calls: list[int] = []

    def bowl(x: Any) -> Any:
        calls.append(len(x))
        return -(x**2).sum(1)

    objective = bb.Objective(bb.Scorer(bowl, version=1), space=bb.Space.normal(2), name="bowl")
    tables = []
    for _ in range(2):
        calls.clear()
        tuned = bb.tune(objective, "hill_climb", 20, trials=3, seeds=2, store=tmp_path)
        tables.append(tuned.trials)
    assert tables[0].equals(tables[1])
    assert sum(calls) < 20


@pytest.mark.parametrize("name", sorted(RANGES))
def test_every_range_can_be_drawn_from(name: str) -> None:
    variants = _variants(bb.strategy(name), RANGES[name], 8)
    assert len(variants) == 8
    assert name in TABLE


def test_a_list_of_choices_and_whole_numbers_are_kept_to() -> None:
    ranges = {"samples": (1, 16), "step": ["adam", "sign"]}
    variants: Any = list(_variants(bb.strategy("zeroth_order(step='adam')"), ranges, 12).values())
    assert {one.step for one in variants} == {"adam", "sign"}
    assert all(isinstance(one.samples, int) and 1 <= one.samples <= 16 for one in variants)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cma_es": {}}, "'cma_es', which is not to be tuned"),
        ({"hill_climb": {"steps": (1, 2)}}, "no setting 'steps'; did you mean 'step'"),
        ({"hill_climb": {"step": (2, 1)}}, r"low < high.*not \(2, 1\)"),
        ({"hill_climb": {"step": []}}, "a list of choices, not"),
        ({"hill_climb": {"step": (0, np.inf)}}, "give a range"),
        ({"hill_climb": {"step": (-1, 0)}}, "cannot be made with"),
    ],
)
def test_bad_settings_are_told(settings: Any, words: str) -> None:
    with pytest.raises(bb.StudyError, match=words):
        bb.tune(BOWL, "hill_climb", 20, settings)


@pytest.mark.parametrize("trials", [0, 1.5, True, "8"])
def test_trials_are_a_whole_number(trials: Any) -> None:
    with pytest.raises(bb.StudyError, match="trials must be a whole number >= 1"):
        bb.tune(BOWL, "hill_climb", 20, trials=trials)


TUNED = {"climb": {"tuned": "climb(a=2)", "trials": 8, "seeds": [100, 101]}}


def test_the_verdict_says_what_tuning_was_worth() -> None:
    def said(traces: Any, recipe: dict[str, Any]) -> list[str]:
        table = View(traces, RECIPE | recipe).verdict(None)
        return table.loc[table["claim"] == "tuned", "sentence"].tolist()

    better = study(**{"climb": spread(1), "climb(a=2)": spread(5)})
    worse = study(**{"climb": spread(5), "climb(a=2)": spread(5)[::-1]})
    (sentence,) = said(better, {"tuned": TUNED})
    assert sentence.startswith("The best of 8 settings improves climb by ")
    assert said(worse, {"tuned": TUNED}) == [
        "The best of 8 settings is not shown to beat the one given, of climb."
    ]
    assert not said(better, {})
