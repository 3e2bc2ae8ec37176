"""What strategies make in the end: the last tenth of their evaluations, scored, true and varied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import blackbox as bb
from blackbox.results import frame
from blackbox.results.judging.production import production
from blackbox.trace import SAMPLE, JudgedPath, LateSample, Trace
from blackbox.variety import apart
from tests.conftest import make_trace

NAN = np.nan
ONCE = ["random_search", "gradient_ascent(start='first', step='adam')"]


def shy(x: torch.Tensor) -> torch.Tensor:
    """Measures what `peak` promises, but of nothing far out."""
    return torch.where(x.norm(dim=-1) < 2, peak(x), torch.nan)


def peak(x: torch.Tensor) -> torch.Tensor:
    return -((x - 3) ** 2).sum(dim=-1)


def study(folder: Path | None = None) -> bb.Comparison:
    judges = {"shy": bb.Judge(shy, truth=True), "size": bb.Judge(lambda x: x.norm(dim=-1), high=3)}
    objective = bb.Objective(peak, space=bb.Space.normal(3), name="peak", judges=judges)
    return bb.compare(objective, ONCE, 200, seeds=3, prices=[1, 4], store=folder)


def made(seed: int, true: list[float], apart_by: float) -> Trace:
    """Twenty evaluations, of which the last two are the last tenth."""
    late = LateSample(
        np.array([18, 19]),
        {"far": np.array([0.0, 9.0])},
        true=np.array(true),
        apart=np.full(2, apart_by),
    )
    path = JudgedPath(
        np.array([0]),
        {"far": np.zeros(1)},
        objects=np.array([[float(seed), float(seed)]]),
        truth="real",
        true=np.zeros(1),
        limits={"far": (-np.inf, 1.0)},
    )
    score = [*np.zeros(18), seed + 1.0, seed + 2.0]
    return make_trace(score, seed=seed, budget=20.0, path=path, late=late)


def of(traces: list[Trace]) -> pd.Series:
    (row,) = (row for _, row in production(traces, frame.runs(traces)).iterrows())
    return row


def test_the_table_is_right_where_it_can_be_worked_by_hand() -> None:
    row = of([made(0, [1.0, NAN], 0.5), made(1, [2.0, 4.0], 0.25)])
    assert (row["n_ok"], row["n_made"], row["n_judged"]) == ("2/2", 2, 4)
    assert (row["score"], row["true"], row["true_refused"]) == (2.0, 2.0, 0.25)
    assert (row["judge_far"], row["judge_far_off"]) == (4.5, 0.5)
    assert (row["variety"], row["variety_start"]) == (0.375, 1.0)


def test_what_was_never_judged_is_not_told() -> None:
    row = of([make_trace(np.arange(20.0), budget=20.0)])
    assert row["score"] == 18.5 and row["n_judged"] == 0
    assert row[["true", "true_refused", "variety", "variety_start"]].isna().all()


def test_only_valid_rows_of_the_last_tenth_are_shown_to_judges() -> None:
    score = np.where(np.arange(400) % 2, np.arange(400.0), NAN)
    trace = make_trace(score, budget=400.0)
    assert (trace.late_rows() == np.arange(361, 400, 2)).all()
    seen = trace.late_sample_rows()
    assert len(set(seen)) == SAMPLE and set(seen) <= set(trace.late_rows())
    assert (seen == trace.late_sample_rows()).all()
    assert not np.array_equal(seen, make_trace(score, budget=400.0, seed=1).late_sample_rows())
    # The last tenth of what a smaller budget pays for ends earlier.
    assert make_trace(score, budget=10.0).late_rows().tolist() == [9]


def test_a_search_that_climbs_makes_more_of_the_same_and_pays_nothing_for_the_judges() -> None:
    whole = study()
    table = whole.production().set_index("strategy")
    chance, climb = (row for _, row in table.iterrows())
    assert chance["n_judged"] == climb["n_judged"] == 3 * SAMPLE
    assert climb["score"] > chance["score"] + 1
    assert climb["true_refused"] == climb["judge_size_off"] == 1
    assert climb["variety"] < 0.3 * chance["variety"]
    assert 0 < chance["true_refused"] < 1
    assert (whole.runs["used"] == 200).all()
    assert whole.at(4).production()["n_judged"].tolist() == [3 * SAMPLE, 3 * 4]
    # Nobody was asked at a price that was not named.
    assert whole.at(2).production()["n_judged"][1] < 3 * 6


def test_what_was_made_is_the_same_from_a_folder(tmp_path: Path) -> None:
    there = study(tmp_path / "study").production()
    pd.testing.assert_frame_equal(bb.load(tmp_path / "study").production(), there)
    pd.testing.assert_frame_equal(study().production(), there)


@given(arrays(float, (5, 2, 2), elements=st.floats(-1e3, 1e3)), st.floats(-1e3, 1e3))
def test_how_far_objects_lie_apart_does_not_depend_on_where_they_lie(
    objects: np.ndarray, by: float
) -> None:
    distances = apart(objects)
    assert distances is not None
    # Adding loses the digits below the last of the larger numbers, 2e3.
    assert apart(objects + by) == pytest.approx(distances, abs=1e-11)
    assert apart(objects[::-1]) == pytest.approx(distances[::-1], rel=1e-12)
    assert apart(np.concatenate([objects, objects]))[:5] == pytest.approx(  # type: ignore[index]
        distances * 8 / 9, rel=1e-12
    )


def test_objects_that_cannot_be_compared_have_no_variety() -> None:
    assert apart([np.zeros(2), np.zeros(3)]) is None
    assert apart([object(), object()]) is None
    assert np.isnan(apart(["alone"])).all()  # type: ignore[arg-type]
