"""Seeds until settled, from the words to the folder: a function of what is stored alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox.cli import main
from blackbox.results.chapters import account, races
from blackbox.results.writing import markdown
from blackbox.status import status
from blackbox.study_file import from_table
from blackbox.until_settled import UntilSettled

STRATEGIES = ["random_search", "lbfgs", "one_plus_one"]
SAME = ["objective", "strategy", "seed", "status", "used", "best", "start", "n_scores"]


def bowl() -> bb.Objective:
    def score(x: torch.Tensor) -> torch.Tensor:
        return -(x - 0.5).square().sum(-1)

    settings: dict[str, Any] = {"noise": False, "seconds": 1.0, "version": 1, "name": "bowl"}
    return bb.Objective(bb.Scorer(score, version=1), space=bb.Space.normal(3), **settings)


def study(seeds: Any = "until settled", **more: Any) -> bb.Comparison:
    return bb.compare(bowl(), STRATEGIES, 20, seeds=seeds, **more)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> bb.Comparison:
    return study(store=tmp_path_factory.mktemp("settled"))


@pytest.fixture
def folder(settled: bb.Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder of a settled study."""
    made = max(tmp_path_factory.getbasetemp().glob("settled*"))
    copy = tmp_path_factory.mktemp("copy") / "study"
    shutil.copytree(made, copy)
    return copy


def same(one: bb.Comparison, other: bb.Comparison) -> None:
    """Both hold the same runs and the same race."""
    pd.testing.assert_frame_equal(one.runs[SAME], other.runs[SAME])
    pd.testing.assert_frame_equal(one.racing(), other.racing())
    assert one.is_complete == other.is_complete


def test_it_stops_when_it_is_settled(settled: bb.Comparison) -> None:
    table = settled.racing()
    assert settled.is_complete
    assert set(table["state"]) >= {"best", "dropped"}
    seeds = settled.runs.groupby("strategy")["seed"].nunique()
    assert seeds.to_dict() == table.groupby("strategy")["seeds"].max().to_dict()
    assert seeds.max() < 20
    assert "until_settled" in settled.recipe
    assert any("the race was settled" in text for text in settled.verdict()["sentence"])


def test_a_folder_says_the_same(settled: bb.Comparison, folder: Path) -> None:
    same(bb.load(folder), settled)
    assert all(row.finished == row.runs for row in status(folder).rows)
    same(study(store=folder), settled)


def test_what_is_lost_is_missing_and_made_again(settled: bb.Comparison, folder: Path) -> None:
    files = sorted((folder / "runs").glob("*.run"))
    for file in files[::3]:
        file.unlink()
    part = bb.load(folder)
    assert not part.is_complete
    assert len(part.missing) + len(part.traces) <= len(settled.traces)
    assert set(part.missing["seed"]) <= set(range(settled.racing()["seeds"].min()))
    same(study(store=folder), settled)


def test_seeds_that_were_made_before_count(settled: bb.Comparison, tmp_path: Path) -> None:
    study([5, 1, 30], store=tmp_path)
    same(study(store=tmp_path), settled)
    assert study([5, 1, 30], store=tmp_path).runs["seed"].nunique() == 3


def test_a_race_goes_on_with_more_seeds(settled: bb.Comparison, tmp_path: Path) -> None:
    study("until settled, at most 6", store=tmp_path)
    same(study(store=tmp_path), settled)
    whole = study(9, store=tmp_path)
    assert len(whole.traces) == 27
    assert len(whole.racing()) == 0


@pytest.mark.slow
def test_processes_change_nothing() -> None:
    made = bb.compare("synthetic.sphere(d=2)", STRATEGIES, 12, seeds="until settled", jobs=2)
    same(made, bb.compare("synthetic.sphere(d=2)", STRATEGIES, 12, seeds="until settled"))


def test_a_study_out_of_time_says_which_runs_of_the_round_are_missing(tmp_path: Path) -> None:
    part = study(store=tmp_path, seconds=1e-9)
    assert set(part.missing["seed"]) == set(range(6))
    assert len(part.racing()) == 0


def test_a_saved_race_is_read_again(settled: bb.Comparison, tmp_path: Path) -> None:
    same(bb.load(settled.save(tmp_path / "saved")), settled)
    same(bb.merge([settled, settled]), settled)


def test_a_report_shows_the_race(settled: bb.Comparison, tmp_path: Path) -> None:
    view = settled.at()
    race = races.races(view)
    assert race is not None
    text = markdown.text("x", [account.headline(view), race, account.recipe(view, tmp_path)])
    assert "## The race" in text
    assert "seeds until settled, at most 20" in text
    assert account.asked(view)["seeds"] == "until settled, at most 20"  # to make it again
    assert "dropped after 8 seeds" in text
    assert races.races(bb.compare(bowl(), "hill_climb", 2, seeds=1).at()) is None


def test_what_is_spent_is_heard_round_by_round() -> None:
    heard: list[tuple[float, float]] = []
    made = study(progress=lambda units, whole: heard.append((units, whole)))
    spent, wholes = sum(units for units, _ in heard), [whole for _, whole in heard]
    assert spent == wholes[-1] == 20 * len(made.traces)
    assert wholes == sorted(wholes)
    assert wholes[0] == 20 * 6 * 3  # the first round


@pytest.mark.slow
def test_a_study_file_is_raced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = 'objectives = "synthetic.sphere(d=3)"\nstrategies = ["random_search", "lbfgs"]\n'
    (tmp_path / "study.toml").write_text(f'{words}budget = 20\nseeds = "until settled"\n')
    assert main(["run", str(tmp_path / "study.toml")]) == 0
    shown = capsys.readouterr().out
    assert "the race was settled after 6 of at most 20 seeds" in shown
    assert "dropped after 6 seeds" in shown
    assert bb.load(tmp_path).is_complete


def test_one_strategy_has_one_round() -> None:
    alone = bb.compare(bowl(), "random_search", 6, seeds="until settled")
    assert alone.runs["seed"].tolist() == list(range(6))
    assert alone.is_complete


# the words


@pytest.mark.parametrize(
    "rule",
    [
        UntilSettled(),
        UntilSettled(at_most=100),
        UntilSettled(within=1e-7, step=5),
        UntilSettled(at_most=8, within=2.5, step=1),
    ],
)
def test_words_and_rules_are_the_same(rule: UntilSettled) -> None:
    assert UntilSettled.parse(str(rule)) == rule
    assert UntilSettled(**rule.to_json()) == rule
    table = {"objectives": ["o"], "strategies": ["s"], "budget": 5, "seeds": str(rule)}
    made = from_table(table)
    assert made.until_settled == rule
    assert made.seeds == tuple(range(rule.at_most))


@pytest.mark.parametrize(
    "text",
    [
        "settled",
        "until settled at most 9",
        "until settled, within x",
        "until settled, at most 5",
        "",
    ],
)
def test_other_words_are_refused_with_what_to_say(text: str) -> None:
    with pytest.raises(bb.StudyError, match=r"until settled|at_most must be|within must be"):
        UntilSettled.parse(text)


@pytest.mark.parametrize(
    "given", [{"at_most": 5}, {"at_most": 7.5}, {"within": -1}, {"within": True}, {"step": 0}]
)
def test_a_rule_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(bb.StudyError, match="must be"):
        UntilSettled(**given)


def test_a_noisy_race_is_decided_by_what_was_confirmed(tmp_path: Path) -> None:
    def noisy() -> bb.Objective:
        chance = torch.Generator().manual_seed(0)

        def score(x: torch.Tensor) -> torch.Tensor:
            return -x.square().sum(-1) + 0.1 * torch.randn(len(x), generator=chance)

        scorer = bb.Scorer(score, version=1)
        return bb.Objective(scorer, space=bb.Space.normal(2), name="noisy", noise=True, version=1)

    names = ["random_search", "one_plus_one"]
    made = bb.compare(noisy(), names, 20, seeds="until settled, at most 6", store=tmp_path)
    assert (made.runs["n_confirm"] >= 10).all()
    assert len(made.racing()) == 2
    same(bb.load(tmp_path), made)
