"""Statistics against the reference implementations, and laws that hold for any runs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import rliable.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wilcoxon

from blackbox.protocol import Array
from blackbox.results.statistics import resamples as of_runs
from blackbox.results.statistics.aggregate import interquartile_mean
from blackbox.results.statistics.curves import area_under_curve, log_precision
from blackbox.results.statistics.inference import signed_rank_p
from blackbox.results.statistics.pairs import holm, probability_of_improvement
from blackbox.results.statistics.ranking import nemenyi_critical_difference
from blackbox.results.statistics.resamples import stratified_resamples
from blackbox.results.statistics.targets import expected_running_time, first_hits

pytestmark = pytest.mark.slow

numbers = st.floats(-1e6, 1e6)
samples = arrays(float, st.integers(1, 12), elements=numbers)
tied = arrays(float, st.integers(1, 8), elements=st.integers(0, 4))
matrices = arrays(float, st.tuples(st.integers(1, 9), st.integers(1, 5)), elements=numbers)
costs = arrays(float, 6, elements=st.integers(1, 100))
share = st.floats(1e-6, 1)


@pytest.fixture(scope="module")
def cocopp_sp() -> Iterator[Callable[..., Any]]:
    """cocopp's expected running time, without the look-ups that importing all of cocopp tries."""
    package, spec = ModuleType("cocopp_alone"), find_spec("cocopp")
    assert spec is not None
    package.__path__ = [str(Path(str(spec.origin)).parent)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cocopp_alone", package)
        yield importlib.import_module("cocopp_alone.toolsstats").sp


@given(hit=costs, spent=costs, reached=arrays(bool, 6))
def test_ert_is_cocopp_s(
    cocopp_sp: Callable[..., Any], hit: Array, spent: Array, reached: Any
) -> None:
    ours = expected_running_time(np.where(reached, hit, np.inf), np.maximum(hit, spent))
    theirs, _, _ = cocopp_sp(np.where(reached, hit, np.maximum(hit, spent)), issuccessful=reached)
    assert ours == pytest.approx(theirs)


@given(hit=costs, spent=costs, reached=arrays(bool, 6))
def test_ert_is_no_less_than_the_best_hit_and_no_less_than_the_mean(
    hit: Array, spent: Array, reached: Any
) -> None:
    hits = np.where(reached, hit, np.inf)
    ert = expected_running_time(hits, spent)
    assert ert >= min(hits.min(), spent.min())
    if reached.any():
        assert ert >= np.minimum(hits, spent).mean()


@given(curve=arrays(float, 8, elements=numbers), targets=arrays(float, 5, elements=numbers))
def test_a_target_is_hit_at_the_first_row_that_reaches_it(curve: Array, targets: Array) -> None:
    best, cost = np.maximum.accumulate(curve), np.arange(1.0, 9.0)
    for target, hit in zip(targets, first_hits(cost, best, targets), strict=True):
        assert hit == min(
            (c for c, y in zip(cost, curve, strict=True) if y >= target), default=np.inf
        )


@given(matrices)
def test_the_interquartile_mean_is_rliable_s(scores: Array) -> None:
    ours = interquartile_mean(scores.ravel())
    assert ours == pytest.approx(rliable.metrics.aggregate_iqm(scores), abs=1e-6)


@given(samples, st.floats(0.1, 10), numbers)
def test_the_interquartile_mean_lies_in_the_range_and_moves_with_the_scale(
    values: Array, a: float, b: float
) -> None:
    mean, slack = interquartile_mean(values), 1e-9 * (1 + a) * (1 + np.abs(values).max() + abs(b))
    assert values.min() - slack <= mean <= values.max() + slack
    assert interquartile_mean(a * values + b) == pytest.approx(a * mean + b, abs=slack)


@given(tied, tied)
def test_the_unpaired_probability_of_improvement_is_rliable_s(x: Array, y: Array) -> None:
    theirs = rliable.metrics.probability_of_improvement(x[:, None], y[:, None])
    assert probability_of_improvement(x, y) == pytest.approx(theirs)


@given(samples, samples)
def test_one_improves_as_often_as_the_other_does_not(x: Array, y: Array) -> None:
    there, back = probability_of_improvement(x, y), probability_of_improvement(y, x)
    assert there + back == pytest.approx(1)


def test_strata_are_never_mixed() -> None:
    resamples = stratified_resamples([np.zeros(4), np.ones(4)])
    means = np.concatenate(resamples, axis=1).mean(axis=1)
    assert (means == 0.5).all()  # of eight pooled runs they would differ


def test_strata_are_drawn_apart() -> None:
    one, other = stratified_resamples([np.arange(9.0), np.arange(9.0)], seed=3)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(one, stratified_resamples([np.arange(9.0)], seed=3)[0])
    assert not np.array_equal(one, stratified_resamples([np.arange(9.0)], seed=4)[0])


@given(samples, st.randoms(use_true_random=False))
def test_the_order_of_runs_changes_no_resample(values: Array, random: Random) -> None:
    shuffled = np.array(random.sample(list(values), len(values)))
    one, other = stratified_resamples([values], 50), stratified_resamples([shuffled], 50)
    np.testing.assert_array_equal(one, other)


@given(st.lists(share, min_size=1, max_size=8), st.floats(1e-6, 0.99))
def test_holm_rejects_what_his_procedure_rejects(p: list[float], alpha: float) -> None:
    adjusted = holm(np.array(p))
    going = True
    for step, which in enumerate(np.argsort(p, kind="stable")):
        going = going and p[which] * (len(p) - step) <= alpha  # steps down until the first survives
        assert (adjusted[which] <= alpha) == going


def test_what_was_not_tested_costs_no_adjustment() -> None:
    np.testing.assert_equal(holm(np.array([0.02, np.nan])), [0.02, np.nan])


@pytest.mark.parametrize(
    "strategies, q", [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)]
)
def test_the_critical_difference_is_demsar_s(strategies: int, q: float) -> None:
    # His table 5 (a), with three digits behind the point.
    expected = q * np.sqrt(strategies * (strategies + 1) / (6 * 14))
    assert nemenyi_critical_difference(strategies, 14) == pytest.approx(expected, rel=5e-4)


@settings(max_examples=30)  # scipy permutes the signs where there are ties
@given(arrays(float, st.integers(2, 9), elements=st.integers(-5, 5)))
def test_the_signed_rank_test_is_scipy_s_where_seeds_differ(differences: Array) -> None:
    if np.ptp(differences):
        assert signed_rank_p(differences) == wilcoxon(np.sort(differences)).pvalue
    else:
        assert np.isnan(signed_rank_p(differences))


@settings(max_examples=15)
@given(arrays(float, st.integers(1, 12), elements=st.floats(1e-12, 1e12)))
def test_aocc_is_iohinspector_s(regret: Array) -> None:
    import polars as pl  # these take two seconds
    from iohinspector.metrics import get_aocc
    from iohinspector.metrics.utils import transform_fval

    regret, evaluations, budget = np.minimum.accumulate(regret), np.arange(1, len(regret) + 1), 12
    run = {"evaluations": evaluations, "raw_y": regret, "data_id": 1}
    named = pl.DataFrame({**run, "function_name": "f", "algorithm_name": "a"})
    theirs = get_aocc(transform_fval(named), budget)["AOCC"].item()
    ours = area_under_curve(evaluations.astype(float), log_precision(regret), budget)
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_shares_of_many_runs_are_drawn_in_parts_that_hold_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = of_runs.shares(7, 50, (3,))
    monkeypatch.setattr(of_runs, "MOST_REMEMBERED", 20)
    assert (of_runs.shares(7, 50, (3,)) == whole).all()
    assert whole.sum(axis=1) == pytest.approx(1.0)
