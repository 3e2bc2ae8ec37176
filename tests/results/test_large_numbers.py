"""Scores near the largest float: a study of them has all its tables, figures and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import blackbox as bb
from blackbox.results import report, schema
from blackbox.results.drawing import figures
from blackbox.results.drawing.canvas import axis_unit
from blackbox.results.drawing.sheets import sheet
from blackbox.results.export import FORMATS
from blackbox.results.frame import pictures
from blackbox.results.statistics.intervals import mean_interval, ratio_interval
from blackbox.results.statistics.large_numbers import (
    LARGEST,
    column_mean,
    mean,
    restored,
    shrinking,
)
from blackbox.results.view import View
from blackbox.trace import Path as JudgedPath
from tests.conftest import make_trace
from tests.results.studies import ASKED, OF_A_PRICE, RECIPE

BIG = 2.0**1019  # times scores below 16 it is still a float
Scores = Callable[[np.ndarray], np.ndarray]
KINDS: dict[str, Scores] = {
    "all high": lambda y: 1e308 * np.clip(np.abs(y), 0.1, 1.7),
    "all low": lambda y: -1e308 * np.clip(np.abs(y), 0.1, 1.7),
    "high and low": lambda y: 1e308 * np.clip(y - 1, -1.7, 1.7),
    "one is high": lambda y: np.where(np.arange(12) == 5, 1e308, y),
    "one is low": lambda y: np.where(np.arange(12) == 2, -1e308, y),
    "the start is low": lambda y: np.where(
        np.arange(12) == 0, -1.7e308, np.clip(y, 0, 1.7) * 1e308
    ),
    "the largest": lambda y: np.full(12, LARGEST),
    "the lowest": lambda y: np.full(12, -LARGEST),
    "squares overflow": lambda y: 1e155 * y,
    "next to nothing": lambda y: 1e-308 * y,
}


def study(scores: Scores, optimum: float | None = None, objectives: int = 2) -> View:
    """Three strategies on some objectives, three seeds, judged, with two criteria and slopes."""
    rng, traces = np.random.default_rng(1), []
    for objective in (f"o{nth}" for nth in range(objectives)):
        for nth, strategy in enumerate(("random_search", "a", "b")):
            for seed in range(3):
                y = scores(np.round(rng.normal(nth, 1, 12), 2))
                ends = np.unique([0, int(np.argmax(y))])
                judged = {"real": y[ends] / 2, "far": np.arange(float(len(ends)))}
                path = JudgedPath(
                    ends, judged, np.ones((len(ends), 8, 8)), truth="real", true=y[ends] / 2
                )
                traces.append(
                    make_trace(
                        y,
                        objective=objective,
                        strategy=strategy,
                        seed=seed,
                        budget=12.0,
                        gradients=[0] * 6 + [nth % 2] * 6,
                        criteria={"up": y, "down": -y},
                        directions={"up": 1, "down": 1},
                        optimum=optimum,
                        path=path,
                        prior="normal",
                    )
                )
    return View(traces, RECIPE | {"objectives": ["o0"], "prices": [1.0]})


@pytest.mark.slow
def test_a_study_of_huge_scores_ends_in_its_report(tmp_path: Path) -> None:
    objective = bb.Objective(lambda x: 1e308 * x[:, 0], name="huge", space=bb.Space.normal(2))
    made = bb.compare(objective, ["random_search"], 20, seeds=3)
    folder = made.report(tmp_path / "report")
    best = made.runs["best"].to_numpy()
    assert best.min() <= made.summary()["best_mean"].iloc[0] <= best.max()
    assert "e+308" in (folder / "README.md").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_table_and_export_is_made(kind: str, tmp_path: Path) -> None:
    view = study(KINDS[kind], optimum=1.75e308 if kind in ("all low", "one is high") else None)
    for name in OF_A_PRICE:
        getattr(view, name)(*ASKED.get(name, ()))
    for made in (view.price_table(), view.break_even(), view.front("o0"), view.to_latex()):
        assert len(made)
    assert view.styled().to_html()
    best, table = view.runs["best"].to_numpy(), view.summary()
    assert within(table["best_mean"], best)
    assert within(table["best_median"], best)
    assert within(table["area"], view.evaluations["score"].to_numpy())
    assert (view.at(3).summary()["n_ok"] == "3/3").all()
    for format in FORMATS:
        view.export(tmp_path / format, format)


def within(numbers: pd.Series[float] | np.ndarray | float, values: np.ndarray) -> bool:
    """Whether these lie between the least and the most of the values, in a fourth of their unit."""
    quarters, slack = values / 4, 1e-12 * np.abs(values / 4).max()
    above = quarters.min() - slack <= np.asarray(numbers) / 4
    return bool((above & (np.asarray(numbers) / 4 <= quarters.max() + slack)).all())


@pytest.mark.slow
@pytest.mark.parametrize("low", [-np.inf, np.inf, 0.0])
def test_a_judge_may_say_infinite(low: float, tmp_path: Path) -> None:
    """A log-probability of nothing is -inf: no sum with it may end the report."""

    def judge(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x[:, 0] > 0, -torch.inf, torch.full_like(x[:, 0], low))

    judges = {"j": bb.Judge(judge, truth=True)}
    total = bb.Objective(lambda x: x.sum(-1), name="o", judges=judges, space=bb.Space.normal(2))
    made = bb.compare(total, ["random_search", "gradient_ascent"], 12, seeds=3)
    assert (made.report(tmp_path) / "figures" / "o-judges.svg").exists()
    assert np.isinf(made.paths()["judge_j"]).any()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["high and low", "one is high", "the largest"])
def test_a_report_has_its_figures(kind: str, tmp_path: Path) -> None:
    traces = [trace for trace in study(KINDS[kind]).traces if trace.objective == "o0"]
    report.write(tmp_path, View(traces, RECIPE | {"objectives": ["o0"], "prices": [1.0]}))
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert {"o0.svg", "o0-judges.svg", "o0-norms.svg"} <= names


@pytest.mark.slow
def test_huge_scores_have_the_tables_of_small_ones_in_their_unit() -> None:
    """Scores times a power of two: numbers in the unit of the score follow, no other changes."""
    small, huge = study(lambda y: y, objectives=5), study(lambda y: BIG * y, objectives=5)
    # AOCC has bounds in the score's unit, volumes that of products: they are others.
    for name in set(OF_A_PRICE) - {"aocc", "hypervolume"}:
        one, other = (getattr(view, name)(*ASKED.get(name, ())) for view in (small, huge))
        for column in one.columns.drop("shown", errors="ignore"):
            meant = schema.column(name, column)
            assert meant is not None
            unit = meant.unit
            by: Any = (
                BIG if unit in ("score", "delta", "measure") or column in JUDGED_SCORES else 1.0
            )
            if name == "over_optimisation" and unit == "measure":
                by = np.where(one["measure"] == "judge far", 1.0, BIG)
            expected = one[column] if np.all(by == 1.0) else one[column] * by
            pd.testing.assert_series_equal(
                other[column], expected, rtol=1e-13, obj=f"{name}.{column}"
            )


JUDGED_SCORES = ("judge_real", "judge_real_start")
numbers = arrays(float, st.integers(1, 9), elements=st.floats(-LARGEST, LARGEST))


@given(numbers)
def test_a_mean_lies_in_the_range_of_its_numbers(values: np.ndarray) -> None:
    assert within(mean(values), values)
    assert within(column_mean(pd.Series(values)), values)
    if len(values) > 2:
        low, high = mean_interval(values, resamples=20)
        half = mean(values) / 2  # the largest float has no neighbour
        assert low / 2 <= half * (1 + 1e-12 * np.sign(half))
        assert high / 2 >= half * (1 - 1e-12 * np.sign(half))


@given(arrays(float, st.integers(1, 9), elements=st.floats(-1e280, 1e280)))
def test_numbers_that_are_not_large_are_left_as_they_are(values: np.ndarray) -> None:
    assert shrinking(values) == 1
    assert mean(values) == np.mean(values)
    assert restored(values, 1.0) is values


def test_what_is_beyond_all_floats_is_told_as_infinite() -> None:
    by = shrinking([LARGEST, -LARGEST])
    assert restored(by * LARGEST - by * -LARGEST, by) == np.inf
    assert restored(by * LARGEST * (1 + 1e-15), by) == LARGEST  # rounding is not beyond
    assert ratio_interval(np.full(3, 1e308), np.full(3, 1e308)) == (1, 1)


@settings(max_examples=20)
@given(st.floats(1e150, LARGEST))
def test_an_axis_is_drawn_in_a_unit_that_it_can_hold(largest: float) -> None:
    by, words = axis_unit(np.array([-largest, np.nan, 1.0]))
    assert 1 <= largest / by <= 10 * (1 + 1e-12)
    assert f"1e{round(np.log10(by))}" in words
    assert axis_unit(np.array([-3.0, np.inf, np.nan])) == (1.0, "")


def test_a_curve_says_in_which_unit_it_is_drawn() -> None:
    view = study(KINDS["high and low"])
    figure = figures.convergence(view.curves["o0"], 12.0)
    assert "best score so far, in units of 1e308" in figure.axes[0].get_ylabel()


def test_pictures_of_one_grey_and_of_huge_numbers_are_drawn() -> None:
    for objects in (np.full((2, 8, 8), 1e6), 1e308 * np.linspace(-1, 1, 128).reshape(2, 8, 8)):
        path = JudgedPath(np.array([0, 1]), objects=objects)
        assert sheet(pictures([make_trace([0, 1], path=path)]))


def test_numbers_for_coco_can_be_read_back(tmp_path: Path) -> None:
    view = study(KINDS["high and low"])
    folder = view.export(tmp_path / "coco", "coco")
    lines = [
        line
        for file in folder.rglob("*dat")
        for line in file.read_text().splitlines()
        if not line.startswith("%")
    ]
    assert np.isfinite([[float(cell) for cell in line.split()] for line in lines]).all()
