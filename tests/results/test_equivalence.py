"""The Bayesian signed-rank test: laws, and what it says of cases that are clear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blackbox.protocol import Array
from blackbox.results.statistics.equivalence import probabilities
from tests.results.studies import comparison, make_study

differences = arrays(float, st.integers(2, 12), elements=st.integers(-9, 9))
few = settings(max_examples=30, deadline=None)


@few
@given(differences, st.floats(0, 5))
def test_three_shares_sum_to_one_in_any_order(d: Array, rope: float) -> None:
    shares = probabilities(d, rope)
    if np.ptp(d):
        assert sum(shares) == pytest.approx(1)
        assert probabilities(d[::-1], rope) == shares
    else:
        assert np.isnan(shares).all()


@few
@given(differences, st.floats(0, 5), st.integers(-3, 3))
def test_the_unit_changes_no_share(d: Array, rope: float, power: int) -> None:
    by = 2.0**power
    np.testing.assert_array_equal(probabilities(by * d, by * rope), probabilities(d, rope))


def test_clear_cases_are_told() -> None:
    d = np.random.default_rng(0).normal(0, 1, 20)
    assert probabilities(d + 3, 0.1)[0] > 0.99
    assert probabilities(d - 3, 0.1)[2] > 0.99
    assert probabilities(0.01 * d, 0.1)[1] > 0.99
    mirrored, swapped = probabilities(d, 0.1), probabilities(-d, 0.1)
    assert mirrored == pytest.approx(swapped[::-1], abs=0.02)  # two samples of 10 000 draws


def test_the_region_is_one_percent_of_the_way_unless_it_is_given() -> None:
    study = comparison(make_study(["bowl"]))
    assert study.paired("random_search")["rope"].tolist() == [pytest.approx(0.07)]  # from 0 to 7
    assert study.paired("random_search", rope=9.0)["rope"].tolist() == [9]
    assert study.paired_over_objectives("random_search", rope=2.0)["rope"].tolist() == [2]
