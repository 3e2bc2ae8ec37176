"""Found against real: rho, what is typical, the curves of the judges, and their figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.special import gammainc, gammaln

import blackbox as bb
from blackbox.results import frame
from blackbox.results.drawing import figures
from blackbox.results.drawing.canvas import save
from blackbox.results.judging.exploitation import exploitation, exploitation_ratio
from blackbox.results.judging.over_optimisation import over_optimisation
from blackbox.results.judging.paths import paths, texts
from blackbox.results.judging.typicality import shell_score, typical_norms, typicality
from blackbox.results.statistics.intervals import mean_interval, ratio_interval
from blackbox.results.writing import readable
from blackbox.scoring.objective import Judge, ObjectiveError
from blackbox.scoring.scorer import Scorer
from blackbox.trace import JudgedPath, Status, Trace
from tests.conftest import make_trace

NAN = np.nan
gains = arrays(float, st.integers(3, 9), elements=st.floats(0.1, 1e3))


def run(score: list[float], true: list[float], *, truth: str = "real", **changes: Any) -> Trace:
    """A run in two dimensions that was judged at every row; the judge "real" says `true`."""
    n = len(score)
    path = JudgedPath(
        np.arange(n),
        {"real": np.array(true), "far": np.arange(float(n))},
        truth=truth,
        true=np.array(true) if truth else None,
        limits={"far": (-np.inf, 1.5)},
    )
    norm = np.arange(1.0, n + 1)
    fields: dict[str, Any] = {"path": path, "prior": "normal", "z_norm": norm, "log_prior": -norm}
    return make_trace(score, **(fields | changes))


def found_in(traces: list[Trace], truth: str | None = None) -> pd.DataFrame:
    return exploitation(frame.runs(traces), paths(traces), truth)


def only(traces: list[Trace], truth: str | None = None) -> pd.Series:
    (row,) = (row for _, row in found_in(traces, truth).iterrows())
    return row


# statistics


@given(gains)
def test_the_ratio_of_an_honest_scorer_is_one_and_so_is_its_interval(gain: np.ndarray) -> None:
    assert exploitation_ratio(gain, gain) == 1
    assert ratio_interval(gain, gain, resamples=50) == (1, 1)


@given(gains, st.floats(-50, 50))
def test_a_scaled_truth_scales_the_ratio_and_its_interval(gain: np.ndarray, by: float) -> None:
    promised = np.linspace(1, 2, len(gain))
    ratio = exploitation_ratio(gain, promised)
    assert exploitation_ratio(by * gain, promised) == pytest.approx(by * ratio, abs=1e-9)
    ends = np.array(ratio_interval(gain, promised, resamples=50))
    scaled = ratio_interval(by * gain, promised, resamples=50)
    assert scaled == pytest.approx(sorted(by * ends), rel=1e-9, abs=1e-9)


@given(gains, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_change_the_ratio(gain: np.ndarray, random: object) -> None:
    promised, order = np.arange(1.0, len(gain) + 1), np.arange(len(gain))
    random.shuffle(order)  # type: ignore[attr-defined]
    for function in (exploitation_ratio, ratio_interval):
        assert function(gain, promised) == function(gain[order], promised[order])


def test_the_interval_of_the_ratio_of_many_runs_agrees_with_scipy_s() -> None:
    rng = np.random.default_rng(3)
    promised = rng.uniform(1, 3, 400)
    gain = 0.4 * promised + rng.normal(0, 0.3, 400)
    ours = ratio_interval(gain, promised)
    theirs = stats.bootstrap(
        (gain, promised),
        lambda a, b, axis: a.mean(axis) / b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=2_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    # Of so many runs both tend to the normal law; a 2.5 % quantile is known to about 4 %.
    assert ours == pytest.approx(tuple(theirs), abs=0.1 * (theirs.high - theirs.low))


def test_the_interval_of_a_ratio_to_what_is_always_one_is_that_of_the_mean() -> None:
    values = np.random.default_rng(1).exponential(size=12)
    assert ratio_interval(values, np.ones(12)) == pytest.approx(mean_interval(values))
    few = values[:3]
    assert ratio_interval(few, np.ones(3)) == pytest.approx(mean_interval(few))


def test_what_cannot_be_divided_has_no_ratio() -> None:
    nothing = np.zeros(3)
    assert np.isnan(exploitation_ratio(np.ones(3), nothing))
    assert np.isnan(ratio_interval(np.ones(3), nothing)).all()
    assert np.isnan(ratio_interval(np.ones(1), np.ones(1))).all()
    assert ratio_interval(np.ones(3), 2 * np.ones(3)) == (0.5, 0.5)


@pytest.mark.parametrize("dim", [1, 2, 16, 20, 64, 784])
def test_norms_follow_the_chi_law(dim: int) -> None:
    mean = np.sqrt(2) * np.exp(gammaln((dim + 1) / 2) - gammaln(dim / 2))
    sd = np.sqrt(dim - mean**2)
    # The difference has lost as many digits as dim is larger than the variance.
    assert shell_score(np.array([mean + 2 * sd]), dim) == pytest.approx([2], rel=1e-12 * dim)
    # The square of the norm over two follows the gamma law of half the dimensions.
    assert gammainc(dim / 2, typical_norms(dim) ** 2 / 2) == pytest.approx([0.005, 0.995], rel=1e-9)


def test_norms_of_many_dimensions_lie_one_half_around_the_root() -> None:
    for dim in (10**6, 10**8):
        assert shell_score(np.sqrt(dim - 0.5) + np.array([0.0, 0.5**0.5]), dim) == pytest.approx(
            [0.0, 1.0], abs=1e-3
        )


def test_one_in_a_hundred_prior_draws_is_off_the_prior() -> None:
    norms = np.linalg.norm(np.random.default_rng(0).standard_normal((100_000, 16)), axis=1)
    low, high = typical_norms(16)
    # The standard error of the share is 0.0003.
    assert ((norms < low) | (norms > high)).mean() == pytest.approx(0.01, abs=0.001)


# found against real


def test_the_table_is_right_where_it_can_be_worked_by_hand() -> None:
    traces = [run([0, 4, 2], [1, 2, 9], seed=0), run([1, 3], [2, 1], seed=1)]
    row = only(traces)
    assert (row["n_ok"], row["n_found"], row["n_pairs"]) == ("2/2", 2, 2)
    assert (row["score_start"], row["score_best"], row["predicted_gain"]) == (0.5, 3.5, 3)
    assert (row["true_start"], row["true_best"], row["true_gain"]) == (1.5, 1.5, 0)
    assert row["rho"] == 0  # gains of 1 and -1 where 4 and 2 were promised
    assert np.isnan([row["rho_low"], row["rho_high"]]).all()  # two runs have no interval
    assert (row["judge_far"], row["judge_far_start"], row["judge_far_off"]) == (1, 0, 0)


def test_a_best_that_the_truth_refuses_has_gained_nothing_real() -> None:
    row = only([run([0, 4], [1, NAN], seed=0), run([0, 4], [1, 3], seed=1)])
    assert (row["rho"], row["true_refused"], row["judge_real_refused"]) == (0.25, 0.5, 0.5)
    assert row["true_best"] == 3  # the mean of what was measured


def test_a_start_without_a_score_or_a_truth_makes_no_pair() -> None:
    traces = [run([0, 4], [1, 3], seed=0), run([NAN, 4], [1, 3], seed=1)]
    traces.append(run([0, 4], [NAN, 3], seed=2))
    row = only(traces)
    assert (row["n_found"], row["n_pairs"], row["rho"]) == (3, 1, 0.5)
    assert readable.exploitation(found_in(traces))["rho [95 %]"].tolist() == ["0.5, of 1 runs"]


def test_failed_runs_are_told_and_judged() -> None:
    failed = run([0, 4], [1, 3], seed=1, status=Status.FAILED)
    unseen = run([0, 4], [1, 3], seed=2, status=Status.FAILED, path=None)
    other = [run([0, 1], [0, 1], seed=s, strategy="other") for s in range(4)]
    row = found_in([run([0, 4], [1, 1]), failed, unseen, *other]).iloc[0]
    assert (row["n_ok"], row["n_found"], row["n_pairs"]) == ("1/3", 2, 2)
    assert row["rho"] == 0.25


def test_a_judge_may_be_named_the_truth_and_an_unknown_one_is_told() -> None:
    traces = [run([0, 4], [1, 3], truth="", seed=seed) for seed in (0, 1)]
    undeclared = only(traces)
    assert np.isnan([undeclared["rho"], undeclared["true_refused"]]).all()
    assert undeclared["truth"] == ""
    assert "rho [95 %]" not in readable.exploitation(found_in(traces))
    assert only(traces, "real")["rho"] == 0.5
    with pytest.raises(ValueError, match=r"no judge 'unreal'.*real, far"):
        found_in(traces, "unreal")


def test_off_the_manifold_is_beyond_the_prior_or_a_limit() -> None:
    # In two dimensions 99 % of norms lie between 0.1 and 3.26; row i has norm i + 1, distance i.
    near, beyond_limit, beyond_both = [0, 1], [0, 1, 2], [0, 1, 2, 3]
    scores = (near, beyond_limit, beyond_both)
    traces = [run(s, s, seed=i) for i, s in enumerate(scores)]  # type: ignore[arg-type]
    row = only(traces)
    assert (row["off_prior"], row["judge_far_off"]) == (1 / 3, 2 / 3)
    assert row["off_manifold"] == 2 / 3
    boxed = [run([0, 1], [0, 1], prior="box")]
    assert np.isnan(only(boxed)[["off_prior", "shell_score"]].astype(float)).all()
    assert only(boxed)["off_manifold"] == 0


def test_rows_that_a_price_does_not_pay_for_were_never_judged() -> None:
    trace = run([0, 1, 5], [0, 1, 0], n_gradients=np.array([0, 0, 1]))
    dear = exploitation(frame.runs([trace], 4.0), paths([trace], 4.0)).iloc[0]
    assert (only([trace])["rho"], dear["rho"]) == (0, 1)


@given(st.permutations(range(8)))
@settings(max_examples=4)
def test_the_order_of_runs_changes_no_number(order: list[int]) -> None:
    rng = np.random.default_rng(5)
    traces = [
        run([0, *rng.random(2)], [0, *rng.random(2)], seed=i % 4, strategy="ab"[i // 4])
        for i in range(8)
    ]
    traces.append(run([0, 1], [NAN, 2], strategy="b", seed=4))
    mixed = [traces[i] for i in order] + traces[8:]
    for make in (found_in, lambda t: over_optimisation(paths(t), 5)):
        one, other = (make(t).sort_values("strategy", kind="stable") for t in (traces, mixed))
        pd.testing.assert_frame_equal(
            one.reset_index(drop=True), other.reset_index(drop=True), check_exact=True
        )


def test_a_study_without_paths_has_empty_tables() -> None:
    table = found_in([run([], [], path=None)])
    assert table["n_found"].tolist() == [0]
    assert np.isnan(table["rho"]).all()
    nothing = paths([])
    assert typicality(nothing).empty
    assert texts(nothing).empty
    assert over_optimisation(nothing, 5).empty
    assert len(readable.exploitation(table)) == 1


# curves and figures


def test_the_curves_step_from_one_judged_object_to_the_next() -> None:
    traces = [run([0, 2, 4], [1, NAN, 3], seed=0), run([2, 4, 6], [3, 3, 1], seed=1)]
    table = over_optimisation(paths(traces), 5)
    means = {measure: part["mean"].tolist() for measure, part in table.groupby("measure")}
    assert means["score"] == [1, 1, 3, 5, 5]
    assert means["true score by real"] == [2, 2, 3, 2, 2]
    assert means["judge far"] == [0, 0, 1, 2, 2]
    true = table[table["measure"] == "true score by real"]
    assert true["n"].tolist() == [2, 2, 1, 2, 2]
    assert "judge real" not in means


ODD = ("$x_{1}", "_hidden", "<script>alert(1)</script>")


@pytest.mark.slow
def test_figures_show_odd_names_and_survive_refusals(tmp_path: Path) -> None:
    traces = [
        run([0, 3 + i, 900.0 * i], [1, NAN, 2], strategy=name, seed=seed, objective=ODD[0])
        for i, name in enumerate(ODD)
        for seed in (0, 1)
    ]
    seen = paths(traces)
    curves = figures.over_optimisation(over_optimisation(seen, 5), 4.0, ODD[::-1])
    dots = figures.typicality(typicality(seen), ODD)
    assert len(curves.axes) == 3
    assert dots is not None
    for figure in (curves, dots):
        said = [text.get_text().strip() for text in figure.legends[0].get_texts()]
        assert {r"\$x_{1}", "_hidden", "<script>alert(1)</script>"} <= set(said)
        save(figure, tmp_path / "figure.svg")
        assert b"<script>" not in (tmp_path / "figure.svg").read_bytes()


def test_there_is_no_figure_of_what_has_no_norm() -> None:
    assert figures.typicality(typicality(paths([run([0, 1], [0, 1], prior="box")]))) is None
    assert figures.over_optimisation(over_optimisation(paths([]), 5), 4.0)


# what an objective declares


def study(**changes: object) -> bb.Comparison:
    """Scorer and truth are the sum, but for a factor; runs of a few draws."""
    given: dict[str, object] = {"space": bb.Space.normal(3), "name": "sum"}
    objective = bb.Objective(lambda x: x.sum(-1), **(given | changes))  # type: ignore[arg-type]
    return bb.compare(objective, ["random_search"], 12, seeds=4)


@pytest.mark.parametrize(
    "settings",
    [{}, {"maximize": False}, {"target": 1.5}, {"weights": [1.0]}],
    ids=["plain", "loss", "target", "weights"],
)
def test_an_honest_scorer_has_a_ratio_of_one_whatever_is_done_to_its_value(
    settings: dict[str, Any],
) -> None:
    def total(x: torch.Tensor) -> torch.Tensor:
        return x.sum(-1)

    if "weights" in settings:
        settings = settings | {"maximize": False}
        objective = bb.Objective(
            lambda x: x.sum(-1, keepdim=True),
            space=bb.Space.normal(3),
            judges={"total": Judge(total, truth=True)},
            **settings,
        )
        table = bb.compare(objective, "random_search", 12, seeds=4).exploitation()
    else:
        table = study(judges={"total": Judge(total, truth=True)}, **settings).exploitation()
    assert table["truth"].tolist() == ["total"]
    assert table[["rho", "rho_low", "rho_high"]].to_numpy() == pytest.approx(1, abs=1e-6)


def test_a_truth_is_turned_like_the_scorers_value() -> None:
    values = np.array([1.0, 4.0])
    plain = {"batched": True, "maximize": True, "weights": None, "target": None}

    def scores(**settings: object) -> Any:
        scorer = Scorer(len, **(plain | settings))  # type: ignore[arg-type]
        return scorer.from_truth(values).tolist()

    assert scores() == [1, 4]
    assert scores(maximize=False) == [-1, -4]
    assert scores(target=3.0, maximize=False) == [-4, -1]
    assert scores(weights=[1.0, 2.0], maximize=False) == [-1, -4]
    assert scores(target=[1.0, 2.0]) == [1, 4]  # several distances: a score already


def test_what_is_declared_survives_the_store(tmp_path: Path) -> None:
    objective = bb.Objective(
        lambda x: x.sum(-1),
        space=bb.Space.normal(3),
        judges={
            "half": Judge(lambda x: x.sum(-1) / 2, truth=True),
            "norm": Judge(lambda x: x.norm(dim=-1), low=0.5, high=2.0),
        },
        name="sum",
    )
    made = bb.compare(objective, "random_search", 8, seeds=3, store=tmp_path)
    again = bb.load(tmp_path)
    pd.testing.assert_frame_equal(made.exploitation(), again.exploitation())
    pd.testing.assert_frame_equal(
        made.paths().drop(columns="shown"), again.paths().drop(columns="shown")
    )
    assert made.exploitation()["rho"].tolist() == pytest.approx([0.5], abs=1e-6)
    assert again.traces[0].path is not None
    assert again.traces[0].path.limits["norm"] == (0.5, 2.0)
    assert again.traces[0].path.limits["half"] == (-np.inf, np.inf)
    assert len(made.over_optimisation()) == 41 * 3


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"x": len, "x_start": len}, "called 'x_start'.*_start, _refused, _off"),
        ({"x_refused": len}, "another name"),
        ({1: len}, "called 1: names are texts"),
        ({"x": 3}, "a judge must be a function, not 3"),
        ({"x": Judge(len, truth=True), "y": Judge(abs, truth=True)}, "only one .*x and y"),
    ],
)
def test_judges_that_tables_cannot_hold_are_refused_at_the_door(
    given: dict[str, Any], error: str
) -> None:
    with pytest.raises(ObjectiveError, match=error):
        bb.Objective(lambda x: x.sum(-1), space=bb.Space.normal(3), judges=given)


@pytest.mark.parametrize("ends", [(2.0, 1.0), (NAN, 1.0), (1.0, 1.0)])
def test_limits_that_hold_nothing_are_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ObjectiveError, match="low must lie below its high"):
        Judge(len, low=ends[0], high=ends[1])


def test_other_limits_are_other_verdicts_and_the_same_search() -> None:
    made = [
        bb.Objective(
            lambda x: x.sum(-1), space=bb.Space.normal(3), judges={"a": Judge(len, high=high)}
        ).code
        for high in (1.0, 2.0, 1.0)
    ]
    verdicts = [code.verdicts.digest for code in made]
    assert verdicts[0] == verdicts[2] != verdicts[1]
    assert len({code.search.digest for code in made}) == 1


@pytest.mark.slow
def test_the_digits_that_are_exploited_show_it() -> None:
    # Eight seeds: of a start that measures as no real digit does, no gain is known.
    study = bb.compare("digits.thickness", ["random_search", "gradient_ascent"], 60, seeds=8)
    table = study.exploitation().set_index("strategy")
    assert table["rho_high"]["gradient_ascent"] < 0.75
    assert table.loc["gradient_ascent", "off_prior"] == 1  # which no judge of the data need share
    assert table["off_manifold"]["gradient_ascent"] < 1
    assert table["off_manifold"]["random_search"] < 1
