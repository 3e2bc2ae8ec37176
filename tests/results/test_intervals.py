"""Intervals: laws for any numbers, the cases of few seeds, and how often they hold the truth."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from blackbox.protocol import Array
from blackbox.results.statistics.aggregate import interquartile_interval, interquartile_mean
from blackbox.results.statistics.intervals import (
    FEWEST,
    MOST,
    interval_note,
    mean_band,
    mean_interval,
    median_interval,
    stratified_band,
)
from tests.campaigns import coverage

numbers = st.floats(-1e6, 1e6)
samples = arrays(float, st.integers(3, 12), elements=numbers)
few = settings(max_examples=30, deadline=None)


def student(values: Array) -> tuple[float, float]:
    error = float(stats.sem(values))
    low, high = stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=error)
    return float(low), float(high)


@few
@given(samples)
def test_the_interval_holds_the_mean_and_ends_near_student_s(values: Array) -> None:
    low, high = mean_interval(values)
    assume_slack = 1e-9 * (1 + np.abs(values).max())
    assert low - assume_slack <= values.mean() <= high + assume_slack
    if np.ptp(values) > assume_slack:
        reach = MOST * (student(values)[1] - values.mean()) + assume_slack
        assert high - values.mean() <= reach
        assert values.mean() - low <= reach


@few
@given(samples, st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_change_the_interval(values: Array, random: Random) -> None:
    shuffled = np.array(random.sample(list(values), len(values)))
    assert mean_interval(values) == mean_interval(shuffled)


@few
@given(samples, st.floats(1e-3, 1e3), numbers)
def test_the_interval_moves_with_the_scale(values: Array, a: float, b: float) -> None:
    if np.ptp(values) < 1e-3:
        return
    ends, moved = np.array(mean_interval(values)), mean_interval(a * values + b)
    slack = 1e-6 * (1 + a) * (1 + np.abs(values).max() + abs(b))
    assert moved == pytest.approx(tuple(a * ends + b), abs=slack)


@few
@given(samples)
def test_the_interval_of_mirrored_numbers_is_mirrored_but_for_chance(values: Array) -> None:
    # To the last bit where it is Student's; else the resamples are of the sorted numbers.
    if len(values) < FEWEST:
        low, high = mean_interval(values)
        assert mean_interval(-values) == pytest.approx((-high, -low))


def test_few_seeds_have_student_s_interval_and_it_is_said() -> None:
    values = np.array([0.3, -1.2, 2.5, 0.9])
    for n in (3, 4):
        assert mean_interval(values[:n]) == pytest.approx(student(values[:n]))
        assert interval_note(n) == f"{n} seeds: Student's t, for normal bests alone"
    assert [interval_note(n) for n in (1, 2, 5)] == [
        "1 seed: no interval",
        "2 seeds: no interval",
        "",
    ]


def test_two_values_have_no_interval_and_equal_values_have_their_own() -> None:
    assert np.isnan(mean_interval(np.array([1.0, 2.0]))).all()
    for n in (3, 9):
        assert mean_interval(np.full(n, 0.1)) == (0.1, 0.1)
    assert np.isnan(mean_interval(np.array([1.0, np.nan]))).all()
    assert np.isnan(mean_interval(np.array([1.0, np.inf, 2.0, 0.0, 3.0]))).all()
    assert [len(end) for end in mean_band(np.ones((3, 5)))] == [5, 5]


def test_the_bootstrap_t_agrees_with_all_resamples_of_five_values() -> None:
    values = np.array([0.3, -1.2, 2.5, 0.9, 0.1])
    places = np.array(np.meshgrid(*[range(5)] * 5)).reshape(5, -1)
    every = values[places]
    with np.errstate(divide="ignore"):
        in_errors = (every.mean(axis=0) - values.mean()) / (every.std(axis=0) / 2)
    error = values.std() / 2  # the root of n - 1 = 4
    low, high = mean_interval(values)
    # 10 000 draws place a 2.5 % quantile within four standard errors, 0.6 %, of its place
    upper, lower = (values.mean() - high) / error, (values.mean() - low) / error
    assert np.quantile(in_errors, 0.019) <= upper <= np.quantile(in_errors, 0.031)
    # No nearer than Student's.
    assert np.quantile(in_errors, 0.981) < lower == pytest.approx(stats.t.ppf(0.975, 4))


def test_a_band_is_the_interval_of_each_column_whatever_stands_beside_it() -> None:
    values = np.random.default_rng(0).lognormal(size=(7, 3))
    values[2, 1] = np.nan
    ends = np.array(mean_band(values, resamples=10_000))
    for column in (0, 2):
        assert ends[:, column] == pytest.approx(mean_interval(values[:, column]))
    assert np.isnan(ends[:, 1]).all()


def test_the_interval_over_one_objective_is_that_of_its_mean() -> None:
    values = np.random.default_rng(2).normal(size=(9, 1))
    np.testing.assert_array_equal(stratified_band([values]), mean_band(values, resamples=2_000))


def test_seeds_are_drawn_within_their_objective() -> None:
    apart = [np.zeros((6, 1)), np.ones((6, 1))]
    np.testing.assert_array_equal(stratified_band(apart), [[0.5], [0.5]])
    assert interquartile_interval([v[:, 0] for v in apart]) == (0.5, 0.5)
    assert np.isnan(stratified_band([np.zeros((6, 1)), np.ones((1, 1))])).all()


@few
@given(st.lists(samples, min_size=1, max_size=3))
def test_the_interval_of_the_interquartile_mean_holds_it(strata: list[Array]) -> None:
    pooled = np.concatenate(strata)
    low, high = interquartile_interval(strata)
    slack = 1e-9 * (1 + np.abs(pooled).max())
    assert low - slack <= interquartile_mean(pooled) <= high + slack


@given(arrays(float, st.integers(6, 40), elements=numbers))
def test_the_interval_of_the_median_is_the_narrowest_pair_that_covers_enough(
    values: Array,
) -> None:
    low, high = median_interval(values)
    assert low <= np.median(values) <= high
    n, ordered = len(values), np.sort(values)
    outside = int((np.arange(float(n)) < median_interval(np.arange(float(n)))[0]).sum())
    assert (low, high) == (ordered[outside], ordered[n - 1 - outside])
    assert 2 * stats.binom.cdf(outside, n, 0.5) <= 0.05
    assert 2 * stats.binom.cdf(outside + 1, n, 0.5) > 0.05


@pytest.mark.parametrize("law", ["normal", "beta(2, 2)", "beta(5, 1)", "log-normal"])
def test_the_interval_covers_the_mean_as_often_as_its_page_says(law: str) -> None:
    """400 samples: a share of 95 % is known to 1.1 %, so four times that are allowed."""
    share = coverage.of_the_mean(coverage.LAWS[law], n=10, samples=400, seed=1)
    least, most = (0.90, 1.0) if law == "log-normal" else (0.93, 0.97)
    slack = 4 * np.sqrt(0.95 * 0.05 / 400)
    assert least - slack <= share <= most + slack
