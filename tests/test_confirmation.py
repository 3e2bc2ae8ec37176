"""Bests of noisy scorers are asked again outside the budget, and tables tell the mean."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox import carry_out, cli, confirmation
from blackbox.errors import StudyError
from blackbox.notices import StudyWarning
from blackbox.runtime.store import Store
from blackbox.study_file import from_table
from tests.conftest import bowl

SPACE = bb.Space.normal(2)
BUDGET = 12


class Counted:
    """A noisy bowl that knows how often it was asked for each point."""

    def __init__(self, sd: float = 1.0) -> None:
        self.sd, self.asked = sd, list[bytes]()
        self.dies_after: float = np.inf

    def __call__(self, x: torch.Tensor) -> Any:
        self.asked += [row.detach().numpy().tobytes() for row in x]
        if len(self.asked) > self.dies_after:
            raise KeyboardInterrupt
        return bowl(x) + self.sd * torch.randn(len(x))


def objective(score: Any, **settings: Any) -> bb.Objective:
    given: dict[str, Any] = {"space": SPACE, "name": "noisy", "batch_size": 1} | settings
    scorer = bb.Scorer(score, batched=True, version=1) if isinstance(score, Counted) else score
    made = bb.Objective(scorer, **given)
    _ = made.facts
    if isinstance(score, Counted):
        score.asked.clear()
    return made


def study(score: Any, **settings: Any) -> bb.Comparison:
    torch.manual_seed(0)
    made = objective(score, **settings.pop("objective", {}))
    given: dict[str, Any] = {"strategies": "random_search", "budget": BUDGET, "seeds": 3}
    return bb.compare(made, **(given | settings))


@pytest.fixture(scope="module")
def usual() -> bb.Comparison:
    return study(Counted(), strategies=["random_search", "hill_climb"])


def test_each_best_is_asked_ten_times_and_the_best_of_a_strategy_ten_times_more() -> None:
    score = Counted()
    made = study(score)
    assert len(score.asked) == 3 * (BUDGET + 10) + 10
    assert made.runs.used.tolist() == [BUDGET] * 3
    assert sorted(made.runs.n_confirm) == [10, 10, 20]
    assert made.runs.confirm_cost.tolist() == made.runs.n_confirm.tolist()
    assert made.audit().n_confirm.tolist() == [pytest.approx(40 / 3)]


def test_the_best_is_the_mean_of_the_answers_in_every_table(usual: bb.Comparison) -> None:
    runs = usual.runs
    for trace, best, se in zip(usual.traces, runs.best, runs.best_se, strict=True):
        answers = trace.confirmations.score[:10]
        assert best == pytest.approx(answers.mean())
        assert se == pytest.approx(answers.std(ddof=1) / 10**0.5)
    assert runs.best_seen.tolist() == [trace.score.max() for trace in usual.traces]
    assert (runs.best_seen - runs.best).mean() > 0.5
    by_strategy = runs.groupby("strategy").best.mean()
    summary = usual.summary().set_index("strategy")
    assert summary.best_mean.to_dict() == pytest.approx(by_strategy.to_dict())
    ends = usual.evaluations.groupby(["strategy", "seed"], sort=False, observed=True).best.last()
    assert ends.tolist() == runs.best.tolist()
    assert usual.at().curves["noisy"].query("cost == 12")["mean"].max() == summary.best_mean.max()
    assert usual.price_table().best_mean.max() == pytest.approx(summary.best_mean.max())
    assert usual.leaders()["mean"].tolist() == pytest.approx([summary.best_mean.max()])


def test_curves_rise_as_was_seen_and_end_where_it_was_confirmed(usual: bb.Comparison) -> None:
    rows = usual.evaluations
    assert (
        rows.best <= rows.groupby(["strategy", "seed"], observed=True).best.transform("last")
    ).all()
    assert rows.groupby(["strategy", "seed"], observed=True).best.is_monotonic_increasing.all()
    hit = usual.targets([float(usual.runs.best.max()) + 0.01])
    assert hit.success_rate.tolist() == [0, 0]  # though a score of one draw lay above


def test_the_best_of_several_is_told_by_a_round_that_did_not_choose_it(
    usual: bb.Comparison,
) -> None:
    for row in usual.best().to_dict("records"):
        cell = row["strategy"], row["seed"]
        trace = next(t for t in usual.traces if (t.strategy, t.seed) == cell)
        chosen = usual.runs[usual.runs.strategy == row["strategy"]].sort_values("best")
        assert row["seed"] == chosen.seed.iloc[-1]
        assert row["score"] == pytest.approx(trace.confirmations.score[10:].mean())
        assert (row["n_confirm"], row["score_seen"]) == (10, trace.score.max())
    whole = usual.best(each="objective")
    assert len(whole) == 1
    assert whole.strategy[0] == usual.runs.sort_values("best").strategy.iloc[-1]
    assert usual.best(each="run").score.tolist() == usual.runs.best.tolist()


def test_a_steady_scorer_pays_nothing_and_its_tables_have_no_new_column() -> None:
    calls = []

    def steady(x: torch.Tensor) -> Any:
        calls.append(len(x))
        return bowl(x)

    made = objective(steady)
    calls.clear()
    found = bb.compare(made, "random_search", BUDGET, seeds=2)
    assert sum(calls) == 2 * BUDGET
    for table in (found.runs, found.evaluations, found.summary(), found.best(), found.audit()):
        assert not {"best_seen", "best_se", "score_se", "n_confirm"} & set(table)
    assert "confirm" not in found.recipe


def test_confirmations_move_nothing_that_a_search_sees() -> None:
    with_them, without = study(Counted()), study(Counted(), confirm=0)
    for one, other in zip(with_them.traces, without.traces, strict=True):
        assert one.digest() == other.digest()
    assert without.runs.best.tolist() == without.runs.best_seen.tolist()
    assert without.runs.best_se.isna().all()
    assert without.recipe["confirm"] == 0


def test_the_same_seeds_give_the_same_confirmations_alone_or_in_company() -> None:
    alone, company = (
        study(Counted(sd=0.0), objective={"noise": True}, seeds=[2]),
        study(Counted(sd=0.0), objective={"noise": True}),
    )
    assert company.runs.best[2] == alone.runs.best[0]
    again = [study(Counted()).runs.best.tolist() for _ in range(2)]
    assert again[0] == again[1]


def test_noise_that_is_only_declared_is_confirmed_too() -> None:
    made = study(Counted(sd=0.0), objective={"noise": True})
    assert made.runs.noise.tolist() == [0] * 3
    assert made.runs.n_confirm.sum() == 40
    assert made.runs.best.tolist() == pytest.approx(made.runs.best_seen.tolist())


def interrupted(score: Counted, folder: Path, after: float, **settings: Any) -> None:
    score.dies_after = after
    with pytest.raises(KeyboardInterrupt):
        study(score, store=folder, **settings)
    score.dies_after = np.inf


@pytest.mark.parametrize("after", [3 * BUDGET + 4, 3 * BUDGET + 14, 3 * (BUDGET + 10) + 4])
def test_what_was_answered_before_an_interruption_is_not_asked_again(
    after: int, tmp_path: Path
) -> None:
    whole, first = study(Counted()), Counted()
    interrupted(first, tmp_path, after)
    n_before, second = len(first.asked) - 1, Counted()  # the last one was not answered
    made = study(second, store=tmp_path)
    assert n_before + len(second.asked) == 3 * (BUDGET + 10) + 10
    assert made.runs.best.tolist() == whole.runs.best.tolist()
    assert made.best().score.tolist() == whole.best().score.tolist()
    assert not list((tmp_path / "runs" / "journals").glob("*.journal"))
    third = Counted()
    pd.testing.assert_frame_equal(study(third, store=tmp_path).runs, made.runs)
    pd.testing.assert_frame_equal(bb.load(tmp_path).runs, made.runs)
    assert third.asked == []


def test_more_confirmations_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    study(Counted(), store=tmp_path, confirm=4)
    score = Counted()
    more = study(score, store=tmp_path, confirm=6)
    assert set(more.runs.n_confirm) == {6, 12} or sorted(more.runs.n_confirm)[-1] >= 6
    assert 3 * 2 + 2 <= len(score.asked) <= 3 * 2 + 6  # of another best all six
    assert study(Counted(), confirm=6).runs.best.tolist() == more.runs.best.tolist()
    fewer = Counted()
    assert study(fewer, store=tmp_path, confirm=2).runs.best.tolist() == more.runs.best.tolist()
    assert fewer.asked == []


def test_runs_of_an_earlier_version_are_read_as_seen_and_confirmed_when_they_are_run(
    tmp_path: Path,
) -> None:
    study(Counted(), store=tmp_path, confirm=0)
    old = bb.load(tmp_path)
    assert old.runs.best.tolist() == old.runs.best_seen.tolist()
    assert "not confirmed" in " ".join(old.verdict().sentence)
    score = Counted()
    new = study(score, store=tmp_path)
    assert len(score.asked) == 40
    assert (new.runs.best_seen - new.runs.best).mean() > 0.5
    sentence = " ".join(new.verdict().sentence)
    assert "each best is the mean of scores asked again, 13 a run outside the budget" in sentence
    assert "not confirmed" not in sentence


def test_where_some_runs_are_confirmed_and_others_not_all_are_as_seen(usual: bb.Comparison) -> None:
    first, *others = usual.traces
    mixed = replace(
        usual, traces=(replace(first, confirmations=type(first.confirmations)()), *others)
    )
    assert mixed.runs.best.tolist() == mixed.runs.best_seen.tolist()


@pytest.mark.parametrize(("looks", "left"), [(4, 26), (24, 6)], ids=["first", "last"])
def test_time_that_is_up_leaves_the_rest_for_the_next_call(
    looks: int, left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([*[0.0] * looks, *[np.inf] * 99])
    monkeypatch.setattr(confirmation, "time", SimpleNamespace(time=lambda: next(clock)))
    is_last = looks > 20
    with pytest.warns(StudyWarning, match="is not confirmed yet") if is_last else nullcontext():
        made = study(Counted(), store=tmp_path, seconds=1e6, seeds=2)
    assert made.is_complete == is_last
    if not is_last:
        assert set(made.missing.reason) == {"the time that the study was given is up"}
    score = Counted()
    monkeypatch.undo()
    whole = study(score, store=tmp_path, seeds=2)
    assert len(score.asked) == left
    assert sorted(whole.runs.n_confirm) == [10, 20]


@pytest.mark.slow
def test_workers_confirm_as_one_process_does(tmp_path: Path) -> None:
    one, two = study(still_noisy), study(still_noisy, jobs=2, store=tmp_path)
    assert sorted(two.runs.n_confirm) == sorted(one.runs.n_confirm)


def still_noisy(x: torch.Tensor) -> Any:
    return bowl(x) + torch.randn(len(x))


def test_answers_without_a_score_are_left_out_of_the_mean() -> None:
    def sometimes(x: torch.Tensor) -> Any:
        return torch.where(torch.rand(len(x)) < 0.5, torch.nan, bowl(x) + torch.randn(len(x)))

    made = study(sometimes)
    answers = [trace.confirmations.score[:10] for trace in made.traces]
    assert np.isnan(answers).any()
    assert made.runs.best.tolist() == pytest.approx(np.nanmean(answers, axis=1).tolist())


def test_a_best_that_has_no_score_when_it_is_asked_again_counts_as_nothing() -> None:
    """Each point has its score once: the probe sees noise, and nothing can be confirmed."""
    seen: set[bytes] = set()

    def once(x: torch.Tensor) -> Any:
        key = x.numpy().tobytes()
        is_new = key not in seen
        seen.add(key)
        return bowl(x) if is_new else torch.full((len(x),), torch.nan)

    made = study(once, objective={"noise": True})
    assert made.runs.best.isna().all()
    assert made.summary().n_ok.tolist() == ["0/3"]
    assert made.best().score.isna().all()


def test_criteria_are_means_of_the_same_answers() -> None:
    def two(x: torch.Tensor) -> Any:
        return torch.stack([bowl(x), torch.randn(len(x))], 1)

    made = study(two, objective={"weights": {"near": 1.0, "luck": 1.0}})
    best = made.best()
    assert best.near[0] + best.luck[0] == pytest.approx(best.score[0])
    assert best.near[0] == pytest.approx(-((best.z[0] - 0.5) ** 2).sum(), abs=1e-5)
    assert "incumbent" not in best


def test_at_each_price_of_the_study_the_best_there_is_confirmed() -> None:
    made = study(Counted(0.3), strategies="gradient_ascent", seeds=2, budget=24, prices=[1, 8])
    for price in (1, 8):
        runs = made.at(price).runs
        assert (runs.best != runs.best_seen).all()
        table = made.price_table([price])
        assert table.best_mean[0] == pytest.approx(runs.best.mean())
    between = made.at(3).runs
    rows = [trace.best_row(3) for trace in made.traces]
    asked = [t.confirmations.of(row).any() for t, row in zip(made.traces, rows, strict=True)]
    assert all(asked) or between.best.tolist() == between.best_seen.tolist()


def test_points_of_data_space_are_asked_again_as_they_are() -> None:
    seeds = {"decoder": lambda z: 2 * z}
    made = study(Counted(0.1), strategies=InData(), objective=seeds, seeds=1)
    assert made.runs.n_confirm.tolist() == [20]
    assert made.runs.best[0] == pytest.approx(-2 * 0.25, abs=0.2)  # of the object [1, 1]


class InData:
    """Scores one object, which is no point of the latent space."""

    needs = frozenset({bb.Capability.DATA})

    def search(self, brief: Any, rng: np.random.Generator) -> Any:
        while True:
            yield bb.Ask(np.ones((1, 2)), at="data")


def test_judges_see_an_object_once_however_often_it_is_scored() -> None:
    judged: list[bytes] = []

    def judge(x: torch.Tensor) -> Any:
        judged.extend(row.numpy().tobytes() for row in x)
        return x[:, 0]

    dear = {"judges": {"first": judge}, "seconds": 1.0}  # no call is padded
    made = study(Counted(), strategies=Stubborn(), objective=dear, seeds=[1, 2, 3])
    paths = [trace.path for trace in made.traces if trace.path is not None]
    assert max(len(path.rows) for path in paths) > 1  # it improved, by luck
    starts = [trace.z[0].tobytes() for trace in made.traces]
    assert [judged.count(start) for start in starts] == [1, 1, 1]


class Stubborn:
    """Asks for its start and for nothing else."""

    needs: frozenset[Any] = frozenset()

    def search(self, brief: Any, rng: np.random.Generator) -> Any:
        while True:
            yield bb.Ask(brief.start[:1])


class Chooser:
    """Draws points, and takes the first one for the best."""

    def search(self, brief: Any, rng: np.random.Generator) -> Any:
        yield bb.Ask(brief.start[:1])
        while True:
            yield bb.Ask(brief.space.sample(rng, 1), incumbent=brief.start[0])


def test_what_a_search_takes_for_the_best_is_believed_where_the_scorer_is_noisy(
    tmp_path: Path,
) -> None:
    noisy = study(Counted(), strategies=Chooser(), store=tmp_path)
    assert noisy.best(each="run").row.tolist() == [0] * 3
    assert bb.load(tmp_path).best(each="run").row.tolist() == [0] * 3
    assert noisy.at(0.0).runs.best.tolist() == noisy.runs.best.tolist()
    steady = bb.compare(objective(bowl), Chooser(), BUDGET, seeds=3)
    assert steady.runs.best.tolist() == [trace.score.max() for trace in steady.traces]
    blind = study(Counted(), strategies=Chooser(), confirm=0)
    assert blind.runs.best.tolist() == [trace.score.max() for trace in blind.traces]


def test_confirm_stands_in_a_study_file_and_is_refused_where_it_is_no_count() -> None:
    table = {"objectives": "synthetic.sphere(d=2)", "strategies": "hill_climb", "budget": 3}
    assert from_table(table).confirm == 10
    assert from_table(table | {"confirm": 0}).recipe()["confirm"] == 0
    for wrong in (-1, 2.5, True, "ten"):
        with pytest.raises(StudyError, match="confirm is a whole number from 0"):
            from_table(table | {"confirm": wrong})


@pytest.mark.parametrize(("options", "times"), [([], 4), (["--confirm", "0"], 0)])
def test_the_command_line_has_the_last_word_on_confirmations(
    options: list[str], times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'objectives = "synthetic.sphere(d=2)"\nstrategies = "hill_climb"\nbudget = 3\n'
    (tmp_path / "study.toml").write_text(f"{text}confirm = 4\n")
    asked: list[int] = []

    def noted(study: Any, **settings: Any) -> Any:
        asked.append(study.confirm)
        raise StudyError("that is all")

    monkeypatch.setattr(carry_out, "run", noted)
    assert cli.main(["run", str(tmp_path / "study.toml"), *options]) == 2
    assert asked == [times]


def test_a_folder_keeps_confirmations_to_the_bit(tmp_path: Path) -> None:
    made = study(Counted(), store=tmp_path)
    stored = {(t.strategy, t.seed): t for t in Store(tmp_path).traces()}
    for trace in made.traces:
        other = stored[trace.strategy, trace.seed]
        assert other.is_noisy
        for name in ("row", "score", "is_last"):
            one = getattr(trace.confirmations, name)
            assert np.array_equal(one, getattr(other.confirmations, name), equal_nan=True)
