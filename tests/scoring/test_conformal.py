"""P-values by rank: 0.05 means as odd as the oddest 5 % of real ones, of one measure or several."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from blackbox.scoring.conformal import combined, p_values


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 5))
def test_a_p_value_counts_the_real_ones_that_are_as_odd(real: list[int], odd: int) -> None:
    (p,) = p_values(np.array(real, float), np.array([odd], float))
    assert p == pytest.approx((1 + sum(one >= odd for one in real)) / (1 + len(real)))


def test_what_cannot_be_measured_is_odder_than_any() -> None:
    assert p_values(np.arange(9.0), np.array([np.nan, np.inf, -np.inf])).tolist() == [0.1, 0.1, 1.0]


@pytest.mark.parametrize("correlation", [0.0, 0.95, -0.95])
def test_real_points_are_refused_as_often_as_was_said_however_measures_depend(
    correlation: float,
) -> None:
    rng, level, refused = np.random.default_rng(1), 0.05, []
    mixing = np.linalg.cholesky([[1, correlation], [correlation, 1]])
    for _ in range(200):
        a, b = mixing @ rng.standard_normal((2, 240))
        trust = combined({"a": a[:200], "b": b[:200]}, {"a": a[200:], "b": b[200:]})
        refused.append((trust <= level).mean())
    # 8000 points of 200 samples: by the spread over samples, with 4 standard errors of room.
    slack = 4 * np.std(refused) / np.sqrt(len(refused)) + 1 / 200
    assert abs(np.mean(refused) - level) < slack


def test_of_one_measure_the_combination_is_its_own_p_value() -> None:
    rng = np.random.default_rng(0)
    real, odd = rng.standard_normal(99), rng.standard_normal(50)
    np.testing.assert_allclose(combined({"a": real}, {"a": odd}), p_values(real, odd))


def test_the_combination_sees_what_a_single_measure_does_not() -> None:
    rng = np.random.default_rng(0)
    real = {"a": rng.standard_normal(400), "b": rng.standard_normal(400)}
    odd = {"a": np.array([0.0, 0.0]), "b": np.array([0.0, 9.0])}
    usual, far = combined(real, odd)
    assert usual > 0.2
    assert far == 1 / 401
    assert stats.norm.sf(9.0) < far  # it can say no less than of how many points it was made
