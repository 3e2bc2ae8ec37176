"""Frames, statistics, tables, figures and the report, on traces small enough to check by hand."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blackbox.errors import MissingPackage
from blackbox.notices import StudyWarning
from blackbox.protocol import Array
from blackbox.results import frame, report
from blackbox.results.costs.audit import failures, invalid_points
from blackbox.results.drawing.figures import convergence
from blackbox.results.drawing.sheets import SEEDS_SHOWN, sheet
from blackbox.results.report_folder import MANIFEST
from blackbox.results.statistics.curves import area_under_curve, curve, step_values
from blackbox.results.statistics.normalisation import best_known, normalised
from blackbox.results.statistics.summary import summary
from blackbox.results.view import View
from blackbox.results.writing import readable, typeset
from blackbox.results.writing.file_names import file_names
from blackbox.results.writing.markdown import escaped, to_markdown
from blackbox.trace import JudgedPath, Status, Trace
from tests.conftest import make_trace
from tests.results.studies import RECIPE, make_study

pytestmark = pytest.mark.slow

numbers = st.floats(-1e6, 1e6)
samples = arrays(float, st.integers(2, 12), elements=numbers)


def summarise(traces: list[Trace], price: float | None = None) -> pd.DataFrame:
    return summary(frame.runs(traces, price), frame.evaluations(traces, price))


def row_of(table: pd.DataFrame, **where: object) -> pd.Series[Any]:
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


# frames


def test_frames_have_the_columns_of_the_design_in_their_order() -> None:
    traces = make_study()
    assert tuple(frame.evaluations(traces).columns) == frame.EVALUATION_COLUMNS
    judged = (*frame.RUN_COLUMNS, "judge_real", "judge_real_start")
    assert tuple(frame.runs(traces).columns) == judged + frame.RUN_COLUMNS_BEHIND_JUDGES
    assert list(frame.evaluations([])) == list(frame.EVALUATION_COLUMNS)
    assert list(frame.runs([])) == [*frame.RUN_COLUMNS, *frame.RUN_COLUMNS_BEHIND_JUDGES]


def test_evaluations_say_what_was_paid_and_leave_the_floor_out() -> None:
    table = frame.evaluations([make_trace([np.nan, 1, 3, 2], gradients=[0, 1, 0, 0])])
    assert table["cost"].tolist() == [1, 3, 4]  # the fourth row would cost 5 of a budget of 4
    assert table["status"].tolist() == ["invalid", "ok", "ok"]
    np.testing.assert_equal(table["score"].to_numpy(), [np.nan, 1, 3])
    np.testing.assert_equal(table["best"].to_numpy(), [np.nan, 1, 3])
    assert table.query("status == 'ok' and strategy == 'climb'")["row"].tolist() == [1, 2]


def test_criteria_are_columns_behind_the_fixed_ones() -> None:
    one = make_trace([1, 2], criteria={"width": np.array([3.0, 4.0]), "score": np.ones(2)})
    table = frame.evaluations([one, make_trace([1], seed=1)])
    np.testing.assert_equal(table["width"].to_numpy(), [3, 4, np.nan])
    assert table.columns[-1] == "criterion_score"
    assert table["score"].tolist() == [1, 2, 1]


def test_a_higher_price_cuts_the_rows_that_it_does_not_afford() -> None:
    trace = make_trace([1, 2, 3], gradients=[0, 0, 1])
    own, dear = frame.runs([trace]).iloc[0], frame.runs([trace], 3.0).iloc[0]
    assert (own["best"], own["best_cost"], own["used"]) == (3, 4, 4)
    assert (dear["best"], dear["best_cost"], dear["used"], dear["wasted"]) == (2, 2, 2, 2)
    assert (dear["n_scores"], dear["n_gradients"], dear["evaluation_seconds"]) == (2, 0, 1.0)
    assert len(frame.evaluations([trace], 3.0)) == 2
    assert frame.runs([trace], 0.0).iloc[0]["used"] == 3


def test_a_failure_behind_the_cut_has_not_happened_at_that_price() -> None:
    trace = make_trace([1, 2, 3], gradients=[0, 0, 1], status=Status.FAILED, error="boom")
    assert frame.runs([trace]).iloc[0][["status", "error"]].tolist() == ["failed", "boom"]
    assert frame.runs([trace], 3.0).iloc[0][["status", "error"]].tolist() == ["spent", ""]


def test_judges_speak_of_the_best_row_at_that_price_and_of_the_start() -> None:
    path = JudgedPath(np.array([0, 1, 2]), {"real": np.array([0.1, np.nan, 0.9])})
    trace = make_trace([1, 2, 3], gradients=[0, 0, 1], path=path)
    own, dear = frame.runs([trace]).iloc[0], frame.runs([trace], 3.0).iloc[0]
    assert (own["judge_real"], own["judge_real_start"]) == (0.9, 0.1)
    assert np.isnan(dear["judge_real"])
    unseen = dataclasses.replace(trace, path=JudgedPath(np.array([0]), {"real": np.array([0.1])}))
    assert np.isnan(frame.runs([unseen]).iloc[0]["judge_real"])


def test_runs_count_invalid_and_repeated_points_and_keep_what_was_paid() -> None:
    trace = make_trace([1, np.nan, 2], z=np.zeros((3, 2)), status=Status.FAILED, used=3.5)
    run = frame.runs([trace]).iloc[0]
    assert run[["n_invalid", "n_duplicate", "used", "best"]].tolist() == [1, 2, 3.5, 2]
    assert json.loads(run["versions"]) == {"numpy": "2"}
    empty = frame.runs([make_trace([], status=Status.FAILED)]).iloc[0]
    assert np.isnan(empty["best"])
    assert empty["used"] == 0


# statistics


def test_the_area_stands_at_the_first_score_steps_left_and_ends_flat() -> None:
    cost, best = np.array([1.0, 3.0]), np.array([2.0, 6.0])
    # 2 from 0 to 3 (before the first paid row too), 6 from 3 to 4
    assert area_under_curve(cost, best, 4.0) == (2 * 3 + 6 * 1) / 4
    assert area_under_curve(cost, best, 2.0) == 2.0
    assert np.isnan(area_under_curve(np.empty(0), np.empty(0), 4.0))
    assert np.isnan(step_values(np.empty(0), np.empty(0), cost)).all()


@given(samples, st.floats(0.1, 20))
@settings(deadline=None)
def test_the_area_lies_between_the_worst_and_the_best(scores: Array, budget: float) -> None:
    best = np.maximum.accumulate(scores)
    area = area_under_curve(np.arange(1.0, len(best) + 1), best, budget)
    slack = 1e-9 * (1 + np.abs(best).max())
    assert best.min() - slack <= area <= best.max() + slack


@given(samples, st.floats(1, 20))
@settings(deadline=None)
def test_the_area_is_the_integral_of_the_steps(scores: Array, budget: float) -> None:
    best, cost = np.maximum.accumulate(scores), np.arange(1.0, len(scores) + 1)
    middles = (np.arange(20_000) + 0.5) / 20_000 * budget
    steps = step_values(cost, best, middles)
    # Each jump falls within one cell of the sum, which is wrong by at most that cell.
    wrong = (best[-1] - best[0]) / 20_000 + 1e-9 * (1 + np.abs(best).max())
    assert area_under_curve(cost, best, budget) == pytest.approx(steps.mean(), abs=wrong)


@given(numbers, numbers, st.floats(1, 1e6), st.floats(0.01, 100), numbers)
def test_an_affine_change_of_scores_does_not_change_normalised_ones(
    best: float, random: float, gap: float, scale: float, shift: float
) -> None:
    ours = normalised(best, random, random + gap)
    moved = [scale * value + shift for value in (best, random, random + gap)]
    # The gap loses the digits that its ends have in common: a relative error of eps * size, in a
    # number of up to 100 * size; 1e-12 is fifty times that.
    size = max(map(abs, [*moved, shift])) / (scale * gap) + (abs(best) + abs(random)) / gap
    assert normalised(*moved) == pytest.approx(ours, rel=1e-9, abs=1e-12 * (1 + size) ** 2)


def test_normalised_is_undefined_without_a_gap_above_random_search() -> None:
    assert normalised(3.0, 1.0, 5.0) == 50
    for random, known in [(1.0, 1.0), (2.0, 1.0), (np.nan, 1.0), (1.0, np.nan)]:
        assert np.isnan(normalised(1.0, random, known))


# tables


def test_the_summary_of_a_study_worked_by_hand() -> None:
    table = summarise(make_study(["bowl"]))
    assert table["strategy"].tolist() == ["climb", "random_search"]
    climb, random = table.iloc[0], table.iloc[1]
    assert climb[["n_ok", "best_mean", "best_median"]].tolist() == ["3/3", 6, 6]
    reach = 4.302653 / 3**0.5  # Student's t with two degrees of freedom, of bests 5, 6, 7
    assert [climb["best_low"], climb["best_high"]] == pytest.approx([6 - reach, 6 + reach])
    # 0 is the mean of random search, 2, and 100 the best of the study, 7
    assert (climb["score"], random["score"]) == (80, 0)
    # a climber's two rows cost 2 and 4 of 4; random search finds 1, 2, 3 at a cost of 2 of 4
    assert (climb["area"], random["area"]) == (0, 1)
    assert climb[["judge_real_start", "judge_real", "judge_real_refused"]].tolist() == [0.5, 1, 0]
    assert climb[["granted", "used", "thinking_seconds"]].tolist() == [4, 4, 0.25]


def test_the_best_known_is_the_optimum_where_there_is_one() -> None:
    traces = make_study()
    known = [dataclasses.replace(trace, optimum=12.0) for trace in traces[:6]] + traces[6:]
    reference = best_known(frame.runs(known)).set_index("objective")
    assert list(reference.loc["bowl"]) == [2, 12, "the known optimum"]
    assert list(reference.loc["a<b|c"]) == [2, 7, "the best of this study: climb, seed 2"]
    assert row_of(summarise(known), objective="bowl", strategy="climb")["score"] == 40


def test_without_random_search_there_is_no_normalised_score() -> None:
    table = summarise([trace for trace in make_study() if trace.strategy == "climb"])
    assert table["score"].isna().all()
    assert readable.summary(table)["score 0-100"].tolist() == ["–", "–"]  # noqa: RUF001


def test_a_failed_run_counts_as_the_worst_and_is_not_dropped() -> None:
    traces = make_study(["bowl"])
    traces[-1] = dataclasses.replace(traces[-1], status=Status.FAILED, error="a\nValueError: x")
    climb = row_of(summarise(traces), strategy="climb")
    # the climbers found 5, 6 and 7; the last failed and counts as 1, the worst of random search
    assert climb[["n_ok", "best_mean", "best_median"]].tolist() == ["2/3", 4, 5]
    assert climb["score"] == 40  # what it had paid for, 7, is still the best known
    assert climb["area"] == 0
    assert failures(frame.runs(traces))["error"].tolist() == ["ValueError: x"]


def test_a_run_without_a_valid_score_counts_as_the_worst_and_a_missing_one_not_at_all() -> None:
    traces = make_study(["bowl"])
    climb = row_of(summarise(traces[:-1]), strategy="climb")
    assert climb[["n_ok", "best_mean"]].tolist() == ["2/2", 5.5]
    assert failures(frame.runs(traces[:-1])).empty
    traces[-1] = make_trace([np.nan, np.nan], seed=2)
    climb = row_of(summarise(traces), strategy="climb")
    assert climb[["n_ok", "best_mean"]].tolist() == ["2/3", 4]
    assert failures(frame.runs(traces))["status"].tolist() == ["spent"]


def test_invalid_starts_stand_at_the_worst_first_score() -> None:
    late = make_trace([np.nan, 4, 4, 4])
    other = make_trace([-2, 0, 0, 0], strategy="random_search")
    table = summarise([late, other])
    assert row_of(table, strategy="climb")["area"] == (-2 * 2 + 4 * 2) / 4
    invalid = invalid_points(frame.runs([dataclasses.replace(late, error="row 0: no")]))
    assert invalid.iloc[0].tolist() == ["bowl", "climb", 1, 1, 4, "row 0: no"]


@given(st.permutations(range(12)))
@settings(max_examples=8, deadline=None)
def test_the_order_of_runs_does_not_change_the_tables(order: list[int]) -> None:
    traces = make_study()
    shuffled = [traces[nth] for nth in order]
    rows = ["objective", "strategy"]
    ours, theirs = (summarise(t).sort_values(rows, ignore_index=True) for t in (traces, shuffled))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    grid = np.linspace(0, 4, 5)
    curves = [curve(frame.evaluations(t), grid) for t in (traces, shuffled)]
    one, other = (c.sort_values([*rows, "cost"], ignore_index=True) for c in curves)
    pd.testing.assert_frame_equal(one, other, check_exact=True, check_categorical=False)


def test_a_judge_that_refuses_shows_in_its_share() -> None:
    traces = make_study(["bowl"])
    refused = JudgedPath(np.array([0, 1]), {"real": np.array([0.5, np.nan])})
    traces[1] = dataclasses.replace(traces[1], path=refused)
    climb = row_of(summarise(traces), strategy="climb")
    assert (climb["judge_real"], climb["judge_real_refused"]) == (1, 1 / 3)


def test_a_curve_is_the_mean_of_left_steps() -> None:
    traces = [make_trace([0, 4], seed=0), make_trace([2, 2, 6], seed=1)]
    table = curve(frame.evaluations(traces), np.array([0.0, 1.0, 2.0, 3.0, 4.0]))
    assert table["mean"].tolist() == [1, 1, 3, 5, 5]
    assert table[["low", "high"]].isna().all(axis=None)  # two seeds have no band
    third = frame.evaluations([*traces, make_trace([1, 1], seed=2)])
    band = curve(third, np.array([0.0, 3.0]))
    reach = 4.302653 * np.std([[0, 4], [2, 6], [1, 1]], axis=0) / 2**0.5  # the root of n - 1
    assert (band["mean"] - band["low"]).tolist() == pytest.approx(reach)
    assert (band["high"] - band["mean"]).tolist() == pytest.approx(reach)


def test_a_readable_table_is_made_of_strings() -> None:
    table = readable.summary(summarise(make_study(["bowl"])))
    assert table.map(lambda cell: isinstance(cell, str)).all(axis=None)
    assert table.iloc[0]["best [95 %]"].startswith("6 [")
    assert table.iloc[0][["real start → best", "used"]].tolist() == ["0.5 → 1", "4/4"]
    alone = readable.summary(summarise(make_study(["bowl"], seeds=1)))
    assert alone.iloc[0]["best [95 %]"] == "5"


def test_markdown_shows_names_as_they_are() -> None:
    table = pd.DataFrame({"name": ["a|b\n<script>", "[x](y)"], "value": [1.23456, np.nan]})
    lines = to_markdown(table).splitlines()
    assert lines[1] == "| --- | ---: |"
    assert lines[2] == r"| a\|b &lt;script\> | 1.235 |"
    assert lines[3] == r"| [x\](y) | – |"  # noqa: RUF001


@given(st.text(max_size=30))
@settings(max_examples=50, deadline=None)
def test_escaped_text_never_ends_a_cell_or_opens_a_tag(text: str) -> None:
    shown = escaped(text)
    assert "<" not in shown
    assert "\n" not in shown
    assert all(shown[: at + 1].endswith("\\|") for at, sign in enumerate(shown) if sign == "|")


# figures


def test_a_convergence_figure_shows_each_strategy_and_survives_nan() -> None:
    means = curve(frame.evaluations(make_study(["bowl"])), np.linspace(0, 4, 9))
    means.loc[3, "mean"] = np.nan
    figure = convergence(means, budget=4.0)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["climb", "random_search"]
    assert figure.axes[0].get_xlim() == (0, 4)
    empty = means.assign(mean=np.nan, low=np.nan, high=np.nan)
    assert convergence(empty, budget=4.0).axes


@pytest.mark.parametrize("start", [-1e6, -20.0])
@pytest.mark.parametrize("long", [2, 20])
def test_a_bad_start_does_not_squeeze_the_curves(start: float, long: int) -> None:
    scores = np.r_[np.full(long, start), np.linspace(-2, -0.5, 50 - long)]
    traces = [make_trace(scores, seed=seed, budget=50.0) for seed in (0, 1)]
    means = curve(frame.evaluations(traces), np.linspace(0, 50, 51))
    axes = convergence(means, budget=50.0).axes[0]
    assert ("asinh scale" if long == 20 else "cut") in axes.get_ylabel()
    assert axes.get_ylim()[1] > -0.5


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (3, 8, 8), (64,)])
def test_a_sheet_pairs_start_and_best_of_pictures(shape: tuple[int, ...]) -> None:
    objects = np.random.default_rng(0).random((2, *shape))
    objects[0].flat[0] = np.nan
    pictured = JudgedPath(np.array([0, 1]), objects=objects)
    traces = [make_trace([0, 1], seed=seed, path=pictured) for seed in range(8)]
    traces += [make_trace([0, 1, 2], seed=0, strategy="$no_picture", path=pictured)]
    figure = sheet(frame.pictures(traces))
    assert figure is not None
    (image,) = figure.axes[0].images  # all pictures are one
    painted = np.asarray(image.get_array())[..., 3] > 0
    side = int(np.flatnonzero(~painted[:, 0])[0])  # of the first picture, from the top
    assert painted.sum() == 2 * (SEEDS_SHOWN + 1) * side**2
    assert "0 → 1" in [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("shape", [(3,), (5, 8, 8), (2, 2, 8, 8)])
def test_there_is_no_sheet_of_what_is_no_picture(shape: tuple[int, ...]) -> None:
    path = JudgedPath(np.array([0, 1]), objects=np.ones((2, *shape)))
    assert sheet(frame.pictures([make_trace([0, 1], path=path)])) is None
    assert sheet(frame.pictures([make_trace([0, 1])])) is None


# the report


def test_a_report_says_all_and_escapes_names(tmp_path: Path) -> None:
    traces = make_study()
    error = "Traceback\n  deep\nValueError: z|z"
    traces[-1] = dataclasses.replace(traces[-1], status=Status.FAILED, error=error)
    skipped = pd.DataFrame([("hidden", "climb", "no gradient | use\n<another>")])
    skipped.columns = ["objective", "strategy", "reason"]
    view = View(traces, RECIPE, skipped)
    assert report.write(tmp_path / "out", view) == tmp_path / "out"
    text = (tmp_path / "out" / "README.md").read_text()
    assert text.startswith("# toy \\| &lt;b\\>\n")
    for expected in (
        "## When a gradient costs 1\n",
        "## When a gradient costs 3\n",
        "# runs of bowl, a<b|c are made by the program",
        "### a&lt;b\\|c",
        "the best of this study: climb, seed 2",
        "no gradient \\| use &lt;another\\>",
        "ValueError: z\\|z",
        "![best-so-far over cost](figures/a-b-c-gradient-3.svg)",
        "![start and best](figures/bowl-objects.svg)",
        "## Statistics when a gradient costs 3\n",
        "| package | numpy | 2 |",
    ):
        assert expected in text
    assert "deep" not in text
    assert str(tmp_path) not in text


def write_of_bowl(folder: Path) -> dict[str, bytes]:
    """The files of a report on one objective, at one price."""
    report.write(folder, View(make_study(["bowl"]), RECIPE | {"prices": [1.0]}))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def of_bowl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """Its folder and its files: drawing them takes seconds."""
    folder = tmp_path_factory.mktemp("bowl")
    return folder, write_of_bowl(folder)


def test_what_a_report_names_lies_beside_it(of_bowl: tuple[Path, dict[str, bytes]]) -> None:
    folder, names = of_bowl[0], set(of_bowl[1])
    tables_written = {"evaluations.parquet", "runs.parquet", "runs.csv", "summary.csv"}
    tables_written |= {"best.csv", "best.json", "best.npz"}
    shown = set(re.findall(r"\((figures/.+?)\)", (folder / "README.md").read_text()))
    assert {"figures/bowl.svg", "figures/bowl-objects.svg"} <= shown
    assert names == {"README.md", "report.html", MANIFEST} | shown | tables_written
    runs = pd.read_parquet(folder / "runs.parquet")
    assert (runs.query("status == 'spent'")["used"] == 4).all()
    evaluations = pd.read_parquet(folder / "evaluations.parquet")
    assert tuple(evaluations.columns) == frame.EVALUATION_COLUMNS
    summary = pd.read_csv(folder / "summary.csv")
    assert summary["gradient_price"].tolist() == [1, 1]


@pytest.mark.usefixtures("undrawn")
def test_a_study_file_in_the_folder_is_the_command_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("")
    report.write(tmp_path, View(make_study(["bowl"], seeds=1), RECIPE | {"prices": [1.0]}))
    assert "blackbox run study.toml" in (tmp_path / "README.md").read_text()


def test_the_same_traces_give_the_same_bytes(
    of_bowl: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    assert write_of_bowl(tmp_path) == of_bowl[1]


def test_without_matplotlib_the_report_is_written_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    report.write(tmp_path, View(make_study(), RECIPE | {"prices": [1.0]}))
    assert 'pip install "blackbox[figures]"' in (tmp_path / "README.md").read_text()
    assert not (tmp_path / "figures").exists()
    with pytest.raises(MissingPackage, match="figures"):
        sheet(frame.pictures(make_study(["bowl"])))


def test_a_study_in_which_all_was_skipped_has_a_report(tmp_path: Path) -> None:
    skipped = pd.DataFrame({"objective": ["o"], "strategy": ["s"], "reason": ["because"]})
    view = View([], RECIPE | {"prices": [1.0]}, skipped)
    with pytest.warns(StudyWarning, match="nothing could be compared.* s on o: because"):
        assert view.summary().empty
    with pytest.warns(StudyWarning):
        report.write(tmp_path, view)
    assert readable.summary(summarise([])).empty
    assert "because" in (tmp_path / "README.md").read_text()


def test_a_study_in_which_all_failed_at_once_has_a_report(tmp_path: Path) -> None:
    failed = {"status": Status.FAILED, "error": "ValueError: no"}
    traces = [make_trace([], seed=seed, **failed) for seed in (0, 1)]
    table = summarise(traces)
    assert table["n_ok"].tolist() == ["0/2"]
    assert table[["best_mean", "score", "area"]].isna().all(axis=None)
    report.write(tmp_path, View(traces, RECIPE | {"prices": [1.0]}))
    assert (tmp_path / "README.md").read_text().count("ValueError: no") == 2


def test_file_names_are_plain_and_differ() -> None:
    names = file_names(["a/b", "a|b", "A-B", "..", "x" * 300, "digits.digit(target=3)"])
    assert len({name.lower() for name in names.values()}) == 6
    assert all(set(name) <= set("abxABdigtsre3-unm2345") for name in names.values())
    assert max(map(len, names.values())) <= 90


# good ends


@pytest.mark.parametrize("status", ["spent", "returned", "reached", "out of time", "complete"])
def test_every_good_end_counts_everywhere(status: str) -> None:
    traces = [dataclasses.replace(trace, status=Status(status)) for trace in make_study()]
    view, spent = View(traces, RECIPE), View(make_study(), RECIPE)
    pd.testing.assert_frame_equal(view.summary(), spent.summary())
    pd.testing.assert_frame_equal(view.price_table(), spent.price_table())
    pd.testing.assert_frame_equal(view.break_even(), spent.break_even())
    pd.testing.assert_frame_equal(view.ranks(), spent.ranks())
    assert view.failures().empty


def test_a_run_that_stopped_at_its_goal_hit_it_and_nothing_above() -> None:
    early = make_trace([1, 5], status=Status.REACHED)
    late = make_trace([0, 1, 2, 3], strategy="late")
    targets = View([early, late], RECIPE).targets([5.0, 6.0])
    hit, missed = targets[targets["strategy"] == "climb"].to_dict("records")
    assert (hit["target"], hit["n_ok"], hit["success_rate"]) == (5, "1/1", 1)
    assert (hit["ert"], hit["par10"]) == (2, 2)
    # It was never asked for more: a miss, which cost what it had used.
    assert (missed["success_rate"], missed["ert"], missed["par10"]) == (0, np.inf, 40)
    two = make_trace([1, 2, 7], seed=1)
    table = View([early, two], RECIPE).targets([6.0])
    assert table[["success_rate", "ert"]].to_numpy().tolist() == [[0.5, 2 + 3]]


def test_a_run_that_reached_its_goal_and_cannot_pay_for_it_at_a_dearer_price_is_spent() -> None:
    goal = make_trace([0, 1], gradients=[1, 1], status=Status.REACHED)
    assert frame.runs([goal])["status"].tolist() == ["reached"]
    assert frame.runs([goal], 3.0)["status"].tolist() == ["spent"]


# seconds


def test_the_clock_is_that_of_the_objective_and_of_thinking_spread_evenly() -> None:
    quick = make_trace([1, 2], seconds=np.array([0.5, 1.5]), thinking_seconds=1.0)
    slow = make_trace([3, 4], strategy="slow", seconds=np.full(2, 4.0), thinking_seconds=0.0)
    assert frame.clock([quick, slow]).tolist() == [1.0, 3.0, 4.0, 8.0]
    curve = View([quick, slow], RECIPE).curves_over_seconds["bowl"]
    read = curve.set_index(["strategy", "seconds"])["mean"]
    assert read["climb"].loc[[0.0, 2.96, 3.04, 8.0]].tolist() == [1, 1, 2, 2]
    assert read["slow"].loc[[7.92, 8.0]].tolist() == [3, 4]


def test_only_rows_that_are_paid_for_have_a_clock_and_a_log_without_times_has_none() -> None:
    dear = make_trace([1, 2], gradients=[1, 1], seconds=np.ones(2), thinking_seconds=2.0)
    assert frame.clock([dear], 3.0).tolist() == [2.0]  # half of the thinking was on this row
    unknown = dataclasses.replace(dear, unknown=("thinking_seconds",))
    assert View([unknown], RECIPE).curves_over_seconds == {}
    assert View([], RECIPE).curves_over_seconds == {}


def test_seconds_are_drawn_under_their_name() -> None:
    view = View([make_trace([1, 2], seed=seed) for seed in (0, 1)], RECIPE)
    curve = view.curves_over_seconds["bowl"]
    figure = convergence(curve, float(curve["seconds"].max()))
    assert figure.axes[0].get_xlabel().startswith("seconds of this machine")
    assert convergence(view.curves["bowl"], 4.0).axes[0].get_xlabel().startswith("cost")


@pytest.mark.usefixtures("undrawn")
def test_what_nothing_asked_for_is_not_spoken_of(tmp_path: Path) -> None:
    traces = [make_trace([0, s, 3 + s], seed=s, strategy=n) for n in "ab" for s in range(3)]
    view = View(traces, RECIPE | {"objectives": ["bowl"], "strategies": ["a", "b"]})
    text = (report.write(tmp_path, view) / "README.md").read_text()
    assert "gradient" not in text
    assert view.prices == RECIPE["prices"][:1]


def test_a_print_of_the_summary_shows_who_the_best_and_its_interval() -> None:
    text = repr(View(make_study(), RECIPE).summary())
    assert "best [95 %]" in text
    assert "climb          3/3" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("kind", ["curves", "seconds", "ecdf", "prices", "objects"])
def test_each_kind_of_plot_is_a_figure_that_can_be_saved(kind: str, tmp_path: Path) -> None:
    figure = View(make_study(), RECIPE).plot(kind, ["climb"], "bowl")
    for ending in ("svg", "pdf"):
        figure.savefig(tmp_path / f"figure.{ending}")
        assert (tmp_path / f"figure.{ending}").stat().st_size > 1000
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]  # what a notebook shows


def test_a_plot_of_what_is_not_there_is_refused() -> None:
    view = View(make_study(), RECIPE)
    for asked in (("pie",), ("curves", ["nobody"], "bowl"), ("curves", None, "hill"), ("curves",)):
        with pytest.raises(ValueError, match=r"there (is|are)|name one objective"):
            view.plot(*asked)


@pytest.mark.parametrize("name", [name for name in typeset.TABLES if "paired" not in name])
def test_each_table_is_a_tabular(name: str) -> None:
    text = View(make_study(), RECIPE).to_latex(name)
    assert text.startswith(r"\begin{tabular}")
    assert "-0," not in text
