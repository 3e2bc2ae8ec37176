"""Losses are shown as losses: a study of a loss is that of its score, with the sign turned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.results import losses, report
from blackbox.results.schema import TABLES
from tests.results.studies import RECIPE

SPACE = bb.Space.box([-1.0, -1.0], [1.0, 1.0])
STRATEGIES = ["random_search", "gradient_ascent", "hill_climb"]


def loss(x: Any) -> Any:
    return 5.0 + (x**2).sum(-1)


def score(x: Any) -> Any:
    return -5.0 - (x**2).sum(-1)


def made(function: Any, maximize: bool, **settings: Any) -> bb.Comparison:
    optimum = 5.0 if function is loss else -5.0
    objective = bb.Objective(
        bb.Scorer(function, maximize=maximize, version=1),
        space=SPACE,
        name="valley",
        optimum=optimum,
        judges={"real": bb.Judge(function, truth=True)},
    )
    return bb.compare(objective, STRATEGIES, 20, seeds=7, progress=False, **settings)


@pytest.fixture(scope="module")
def of_loss() -> bb.Comparison:
    return made(loss, maximize=False)


@pytest.fixture(scope="module")
def of_score() -> bb.Comparison:
    return made(score, maximize=True)


def test_tables_hold_what_the_function_returns(of_loss: bb.Comparison) -> None:
    summary = of_loss.summary()
    best = of_loss.best()
    assert (summary["best_mean"] >= 5).all()
    assert (summary["best_low"] <= summary["best_mean"]).all()
    assert (summary["best_high"] >= summary["best_mean"]).all()
    assert summary["best_mean"].is_monotonic_increasing  # the best first
    assert best["score"].tolist() == [float(loss(z)) for z in best["z"]]
    assert best["true"].tolist() == best["score"].tolist()
    evaluations = of_loss.evaluations
    lowest = evaluations.groupby(["strategy", "seed"], observed=True)["score"].cummin()
    assert evaluations["best"].tolist() == lowest.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        *((name, ()) for name in ("summary", "ranks", "best", "paths", "leaders", "failures")),
        *((name, ()) for name in ("price_table", "break_even", "targets", "ecdf", "audit", "aocc")),
        *((name, ()) for name in ("exploitation", "production", "over_optimisation", "profiles")),
        *((name, ()) for name in ("leaderboard", "best_known", "aggregate")),
        ("paired", ("random_search",)),
    ],
)
def test_a_loss_is_a_score_with_its_sign_turned_and_nothing_else_differs(
    of_loss: bb.Comparison, of_score: bb.Comparison, name: str, asked: tuple[Any, ...]
) -> None:
    ours = pd.DataFrame(getattr(of_loss.at(), name)(*asked))
    theirs = pd.DataFrame(getattr(of_score.at(), name)(*asked))
    table = "leaderboard" if name == "leaderboard" else name
    turned = losses.read(theirs, table, {"valley"})
    clocks = [one for one in ours if "seconds" in str(one) or "share" in str(one)]
    objects = ["z", "x", "shown", "peak_memory_mb", "versions", "level"]
    for column in [one for one in ours if one not in (*clocks, *objects)]:
        if str(column).startswith("judge_real") and not str(column).endswith(("refused", "off")):
            continue  # it says what the function says
        if pd.api.types.is_float_dtype(ours[column]):
            np.testing.assert_allclose(ours[column], turned[column], rtol=1e-12, err_msg=column)
        else:
            assert ours[column].tolist() == turned[column].tolist(), column


def test_levels_are_turned_with_their_intervals_and_how_much_better_is_not() -> None:
    table = pd.DataFrame(
        {
            "objective": ["a", "b"],
            "leader": ["x", "x"],
            "mean": [-2.0, 2.0],
            "low": [-3.0, 1.0],
            "high": [-1.0, 3.0],
            "lead": [0.5, 0.5],
            "lead_low": [0.1, 0.1],
        }
    )
    read = losses.read(table, "leaders", {"a"})
    assert read.iloc[0].tolist() == ["a", "x", 2.0, 1.0, 3.0, 0.5, 0.1]
    assert read.iloc[1].tolist() == table.iloc[1].tolist()


def test_every_unit_of_a_level_is_a_level() -> None:
    units = {column.unit for table in TABLES.values() for column in table}
    assert {"score", "delta", "points"} <= units
    assert not any(
        "difference" in column.name and column.unit == "score"
        for t in TABLES.values()
        for column in t
    )


@pytest.mark.usefixtures("undrawn")
@pytest.mark.slow
def test_the_verdict_and_the_report_speak_of_the_loss(
    of_loss: bb.Comparison, tmp_path: Path
) -> None:
    sentence = of_loss.verdict()["sentence"].iloc[0]
    leader = of_loss.leaders().iloc[0]
    assert sentence.startswith(f"Nobody is best by the loss: {leader['leader']} leads with 5")
    text = (report.write(tmp_path / "report", of_loss.at()) / "README.md").read_text()
    assert "-5" not in text.replace("1e-5", "").split("## ")[1]
    page = (tmp_path / "report" / "report.html").read_text()
    assert '"sign": -1' in page or '"sign":-1' in page
    axes = of_loss.plot("curves").axes[0]
    axes.figure.canvas.draw()
    ticks = [label.get_text() for label in axes.get_yticklabels() if label.get_text()]
    assert float(ticks[0]) > float(ticks[-1]) >= 4  # up is better
    assert "lowest loss so far" in axes.get_ylabel()


def test_goals_and_targets_are_given_as_losses(tmp_path: Path) -> None:
    study = made(loss, maximize=False, stop_at=5.5, store=tmp_path)
    reached = study.runs[study.runs["status"] == "reached"]
    assert len(reached)
    assert (reached["best"] <= 5.5).all()
    loaded = bb.load(tmp_path)
    assert loaded.is_complete
    assert (
        loaded.summary()
        .drop(columns="thinking_seconds")
        .equals(study.summary().drop(columns="thinking_seconds"))
    )
    table = study.targets([5.5])
    assert table["target"].tolist() == [5.5] * len(STRATEGIES)
    assert (table["success_rate"] > 0).any()


@pytest.mark.parametrize("format", ["coco", "ioh", "nevergrad"])
def test_an_export_says_that_it_holds_losses(
    of_loss: bb.Comparison, tmp_path: Path, format: str
) -> None:
    folder = of_loss.export(tmp_path / format, format)
    read = bb.read_log(folder / "nevergrad.csv" if format == "nevergrad" else folder, format)
    assert read.at().losses == of_loss.at().losses
    on = ["objective", "strategy", "seed"]
    both = of_loss.runs.merge(read.runs, on=on, suffixes=("", "_read"))
    both = both[both["status"] != "failed"]
    assert len(both)
    np.testing.assert_allclose(both["best_read"], both["best"], rtol=1e-6)


def test_a_csv_of_losses_is_read_as_losses(of_loss: bb.Comparison, tmp_path: Path) -> None:
    folder = of_loss.export(tmp_path / "csv", "csv")
    read = bb.read_log(folder / "evaluations.csv", maximize=False)
    assert sorted(read.runs["best"]) == pytest.approx(sorted(of_loss.runs["best"]))
    assert "losses" not in RECIPE


def test_what_is_not_finished_has_a_loss_too() -> None:
    def once(x: Any) -> Any:
        calls.append(1)
        if len(calls) > 600:
            raise KeyboardInterrupt
        return 5.0 + float((x**2).sum())

    calls: list[int] = []
    objective = bb.Objective(
        bb.Scorer(once, maximize=False, version=1, batched=False), space=SPACE, name="valley"
    )
    with pytest.warns(bb.StudyWarning, match="interrupted"):
        study = bb.compare(objective, "hill_climb", 2000, seeds=1, progress=False)
    assert study.missing["best"].iloc[0] >= 5


def test_a_loss_that_rose_is_worse() -> None:
    def study(shift: float) -> bb.Comparison:
        objective = bb.Objective(
            bb.Scorer(lambda x: shift + (x**2).sum(-1), maximize=False), space=SPACE, name="valley"
        )
        return bb.compare(objective, "hill_climb", 20, seeds=7, progress=False)

    row = bb.diff(study(5.0), study(6.0)).iloc[0]
    assert row["after"] > row["before"] >= 5
    assert row["change"] == pytest.approx(row["before"] - row["after"])
    assert row["verdict"] == "worse"


def test_tuning_takes_the_setting_of_the_lowest_loss() -> None:
    objective = bb.Objective(bb.Scorer(loss, maximize=False, version=1), space=SPACE, name="valley")
    tuning = bb.tune(
        objective, "hill_climb(step=5.0)", 40, {"hill_climb": {"step": [0.3]}}, trials=2
    )
    best = tuning.study.runs.groupby("strategy")["best"].mean()
    assert tuning.trials.loc[tuning.trials["chosen"], "tried"].tolist() == [best.idxmin()]


@pytest.mark.parametrize("maximize", [True, False])
def test_a_race_of_a_loss_is_that_of_its_score(maximize: bool) -> None:
    objective = bb.Objective(
        bb.Scorer(score if maximize else loss, maximize=maximize, version=1),
        space=SPACE,
        name="valley",
    )
    strategies = ["lbfgs", "random_search"]
    study = bb.compare(objective, strategies, 20, seeds="until settled, at most 12", progress=False)
    assert study.racing()["leader"].iloc[-1] == "lbfgs"
    assert study.leaders()["leader"].tolist() == ["lbfgs"]
    assert study.verdict()["sentence"].iloc[0].startswith("lbfgs is best by the ")


def test_a_noisy_loss_is_confirmed_as_a_loss() -> None:
    rng = np.random.default_rng(0)  # the probe leaves it as it was, and the runs go on from there

    def noisy(x: Any) -> Any:
        return 5.0 + (x**2).sum(-1) + 0.5 * rng.normal(size=len(x))

    objective = bb.Objective(
        bb.Scorer(noisy, maximize=False, version=1), space=SPACE, name="valley", noise=True
    )
    study = bb.compare(objective, "random_search", 40, seeds=3, progress=False)
    assert (study.runs["best"] > study.runs["best_seen"]).all()  # luck is a loss too low
    assert (study.runs["best_se"] > 0).all()
    (sentence,) = study.verdict(None).query("claim == 'noise'")["sentence"]
    assert "-" not in sentence.split("as seen")[-1].split("sd")[0]


def test_a_loss_and_a_score_are_merged_each_as_it_is(tmp_path: Path) -> None:
    for name, function in (("loss", loss), ("score", score)):
        objective = bb.Objective(
            bb.Scorer(function, maximize=name == "score", version=1), space=SPACE, name=name
        )
        place = tmp_path / name
        bb.compare(objective, "hill_climb", 10, seeds=2, store=place, progress=False)
    for names in (("loss", "score"), ("score", "loss")):
        table = bb.merge([tmp_path / name for name in names]).summary()
        means = dict(zip(table["objective"], table["best_mean"], strict=True))
        assert means["loss"] >= 5
        assert means["score"] <= -5


def test_a_truth_beside_losses_keeps_its_sign_on_the_leaderboard() -> None:
    judged = bb.Objective(
        score, space=SPACE, name="hill", judges={"real": bb.Judge(score, truth=True)}
    )
    others = [
        bb.Objective(loss, space=SPACE, maximize=False, name=name) for name in ("low", "lower")
    ]
    study = bb.compare([*others, judged], ["random_search", "hill_climb"], 10, 7, progress=False)
    board = study.at().leaderboards["truth"]
    assert (board["mean"] <= -5).all()
    by_truth = study.verdict(None)["sentence"].str.contains("On hill .* by the truth")
    assert by_truth.sum() == 1  # in full, and not as one of one objectives
