"""Searches that are told what is known: what they make of it, what it costs, what tables say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox import registry
from blackbox.carry_out import run
from blackbox.errors import StoreError, StudyError
from blackbox.protocol import Array, Brief, Search
from blackbox.study_file import read as read_study
from tests.conftest import bowl
from tests.known.plant import cost, measured, plant

pytestmark = pytest.mark.slow

BOX = bb.Space.box(-4, 4, 3)
BOWL = bb.Objective(bowl, space=BOX, name="bowl", differentiable=False)
Z = np.random.default_rng(2).uniform(-1.5, 2.5, (15, 3))
PAST = (Z, -((Z - 0.5) ** 2).sum(axis=1))
BEST = Z[[np.argmax(PAST[1])]]


class Begins:
    """Notes where it begins, and what it is told."""

    def __init__(self) -> None:
        self.starts: list[Array] = []
        self.told: list[int] = []

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        self.starts.append(brief.start[:1])
        self.told.append(0 if brief.known is None else len(brief.known[0]))
        while True:
            yield bb.Ask(brief.space.sample(rng, 1))


def test_all_are_warm_unless_some_are_named_so() -> None:
    study = bb.compare(BOWL, ["hill_climb", "cma_es(sigma0=0.3)"], 4, seeds=1, known=PAST)
    warm = ["warm:hill_climb", "warm(strategy='cma_es(sigma0=0.3)')"]
    assert study.runs["strategy"].tolist() == warm
    assert [registry.label(bb.strategy(name)) for name in warm] == warm
    study = bb.compare(BOWL, ["hill_climb", "warm:hill_climb"], 4, seeds=1, known=PAST)
    assert study.runs["strategy"].tolist() == ["hill_climb", "warm:hill_climb"]
    assert study.runs["known_n"].tolist() == [0, 15]


def test_pairs_begin_at_the_seeds_start_and_warm_ones_go_on_from_the_best_that_is_known() -> None:
    strategy = Begins()
    study = bb.compare(BOWL, [strategy, "random_search"], 5, seeds=2, known=PAST)
    assert all(np.array_equal(start, BEST) for start in strategy.starts)
    assert strategy.told == [16, 16]  # the seed's first start, too
    firsts = study.evaluations.query("row == 0").groupby("seed")["score"].nunique()
    assert (firsts == 1).all()


def test_what_is_known_costs_nothing_and_counts_nowhere_as_found() -> None:
    study = bb.compare(BOWL, ["hill_climb", "nelder_mead", "bayes_opt"], 8, seeds=2, known=PAST)
    assert (study.runs["used"] == 8).all()
    assert len(study.evaluations) == 6 * 8
    asked = {trace.z[row].tobytes() for trace in study.traces for row in range(8)}
    assert not asked & {z.tobytes() for z in Z}
    assert study.runs["known_best"].unique().tolist() == [PAST[1].max()]
    assert (study.runs["known_from"] == "arrays").all()
    best = study.evaluations.groupby(["strategy", "seed"], observed=True)["score"].max()
    assert sorted(study.runs["best"]) == sorted(best)


def test_a_model_finds_more_when_it_is_warm() -> None:
    study = bb.compare(BOWL, ["bayes_opt", "warm:bayes_opt"], 8, seeds=3, known=PAST)
    mean = study.runs.groupby("strategy")["best"].mean()
    assert mean["warm:bayes_opt"] > mean["bayes_opt"]


@pytest.mark.parametrize("name", ["chain", "restarts", "auto", "guarded(strategy='bayes_opt')"])
def test_searches_made_of_searches_hand_on_what_is_known(name: str) -> None:
    study = bb.compare(BOWL, [name, f"warm(strategy={name!r})"], 20, seeds=3, known=PAST)
    assert (study.runs["status"] == "spent").all(), study.runs["error"].tolist()
    mean = study.runs.groupby("strategy")["best"].mean()
    (warm,) = (label for label in mean.index if label.startswith("warm"))
    cold = mean.drop(warm).item()
    assert mean[warm] > cold


def test_without_known_data_a_warm_search_is_skipped_with_a_reason() -> None:
    study = bb.compare(BOWL, ["hill_climb", "warm:hill_climb"], 4, seeds=1)
    (reason,) = study.skipped["reason"]
    assert "needs data that are known already, but none are given for objective bowl" in reason
    with pytest.raises(StudyError, match="give tuned= or known=, not both"):
        tuning = bb.tune(BOWL, "hill_climb", 5, trials=2, seeds=1)
        bb.compare(BOWL, "hill_climb", 4, seeds=1, known=PAST, tuned=tuning)


def test_named_objects_that_are_known_are_never_asked_again() -> None:
    finite = bb.Parameters(a=bb.Integer(0, 3), b=bb.Choice("x", "y"))

    def score(a: int, b: str) -> float:
        return float(a + (b == "x"))

    objective = bb.Objective(score, space=finite, name="finite")
    table = pd.DataFrame({"a": [0, 1, 2, 3], "b": "x", "score": [1.0, 2.0, 3.0, 4.0]})
    for name in ("random_search", "bayes_opt", "one_plus_one"):
        study = bb.compare(objective, name, 20, seeds=1, known=table)
        (trace,) = study.traces
        assert trace.status == "complete"
        assert sorted(row["b"] for row in finite.rows(trace.z)) == ["y"] * 4
        assert study.verdict()["sentence"].str.contains("0 of 1 warm runs found a better").any()


def test_losses_read_as_losses() -> None:
    table = measured().assign(score=lambda t: -t["score"])
    objective = bb.Objective(cost, space=plant().parameters, maximize=False, name="plant")
    study = bb.compare(objective, "hill_climb", 5, seeds=1, known=table)
    assert study.runs["known_best"].item() == pytest.approx(table["score"].min())


def test_a_folder_keeps_cold_runs_and_refuses_other_known_data(tmp_path: Path) -> None:
    cold = bb.compare(BOWL, "hill_climb", 5, seeds=2, store=tmp_path)
    both = ["hill_climb", "warm:hill_climb"]
    study = bb.compare(BOWL, both, 5, seeds=2, store=tmp_path, known=PAST)
    digests = {trace.digest() for trace in study.traces}
    assert {trace.digest() for trace in cold.traces} < digests
    assert {trace.digest() for trace in bb.load(tmp_path).traces} == digests
    assert bb.load(tmp_path).runs["known_n"].tolist() == [0, 0, 15, 15]
    files = {path.name for path in (tmp_path / "runs").glob("*.run")}
    more = (Z[:14], PAST[1][:14])
    with pytest.raises(StoreError, match=r"told of objective bowl: was 15 points.*is 14"):
        bb.compare(BOWL, both, 5, seeds=2, store=tmp_path, known=more)
    again = bb.compare(BOWL, both, 5, seeds=2, store=tmp_path, known=more, again="edited")
    assert again.runs["known_n"].tolist() == [0, 0, 14, 14]
    kept = {path.name for path in (tmp_path / "runs").glob("*.run")}
    assert files < kept, "what was paid for is kept"


def test_a_study_file_names_a_csv_beside_it(tmp_path: Path) -> None:
    pd.DataFrame(Z, columns=["z_0", "z_1", "z_2"]).assign(score=PAST[1]).to_csv(
        tmp_path / "past.csv"
    )
    text = 'objectives = "synthetic.sphere(d=3)"\nstrategies = "hill_climb"\nbudget = 5\n'
    (tmp_path / "study.toml").write_text(f'{text}known = "past.csv"\n')
    study = run(read_study(tmp_path / "study.toml"))
    assert set(study.runs["known_from"]) == {"past.csv"}
    assert re.match(r"15 points, content \w+, from past.csv", study.recipe["known"].popitem()[1])
    by_name = '{ "synthetic.sphere(d=3)" = "past.csv" }'
    (tmp_path / "study.toml").write_text(f"{text}known = {by_name}\n")
    assert read_study(tmp_path / "study.toml").known.keys() == {"synthetic.sphere(d=3)"}
    (tmp_path / "study.toml").write_text(f"{text}known = 3\n")
    with pytest.raises(StudyError, match=r'as known = "past\.csv", not 3'):
        read_study(tmp_path / "study.toml")


def test_workers_are_told_the_same(tmp_path: Path) -> None:
    names = ["hill_climb", "warm:hill_climb"]
    one = bb.compare("synthetic.sphere(d=3)", names, 5, seeds=3, known=PAST)
    two = bb.compare("synthetic.sphere(d=3)", names, 5, seeds=3, known=PAST, jobs=2)
    assert [t.digest() for t in one.traces] == [t.digest() for t in two.traces]


def test_starts_of_ones_own_are_asked_by_all_who_then_begin_at_the_best() -> None:
    own = np.array([[3.0, 3.0, 3.0], [0.4, 0.5, 0.6], [-3.0, 0.0, 0.0]])
    objective = bb.Objective(bowl, space=BOX, starts=own, name="own")
    strategy = Begins()
    study = bb.compare(objective, [strategy, "cma_es", "warm:hill_climb"], 9, seeds=3, known=PAST)
    for trace in study.traces:
        assert {z.tobytes() for z in trace.z[:3]} == {z.tobytes() for z in own}
    assert all(np.array_equal(start, own[1:2]) for start in strategy.starts)
    firsts = {trace.seed: trace.z[0].tobytes() for trace in study.traces}
    assert all(firsts[trace.seed] == trace.z[0].tobytes() for trace in study.traces)
    assert len(set(firsts.values())) > 1, "each seed begins at another of them"


def test_own_starts_may_be_named_values_and_are_refused_outside() -> None:
    objective = plant(starts=[{"heat": 60, "stages": 5, "solvent": "ethanol"}])
    study = bb.compare(objective, ["hill_climb", "bayes_opt"], 4, seeds=2)
    assert (study.runs["start"] == 2.0).all()
    rows = pd.DataFrame({"heat": [60.0, 60.0], "stages": 5, "solvent": "water"})
    for given, reason in (
        (rows, "a point twice"),
        (rows[:0], "are no points"),
        (3, "points or rows"),
    ):
        with pytest.raises(bb.ObjectiveError, match=reason):
            plant(starts=given)
    with pytest.raises(bb.BlackboxError, match="does not lie from"):
        plant(starts=rows.assign(heat=[95.0, 60.0]))
