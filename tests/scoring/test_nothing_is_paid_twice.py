"""Named parameters: an object that a run has paid for is not paid for again."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.parameters import Choice, Integer, Parameters, Real
from blackbox.protocol import Brief
from blackbox.runtime.budget import Meter
from blackbox.runtime.cache import PointCache
from blackbox.runtime.engine import advance
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.replay import replay
from blackbox.runtime.run import Run

FINITE = Parameters(kind=Choice("a", "b", "c"), n=Integer(1, 4), m=Integer(1, 3, log=True))
SEARCHES = ["random_search", "sobol_search", "one_plus_one", "hill_climb", "cma_es", "nelder_mead"]


def score(row: Any) -> float:
    return float(-((row.n - 3) ** 2) - (row.m - 2) ** 2 + (row.kind == "c"))


def finite(**settings: Any) -> bb.Objective:
    return bb.Objective(score, space=FINITE, name="finite", **settings)


@pytest.mark.slow
def test_no_object_is_paid_twice_until_all_are_known_and_then_the_run_is_complete() -> None:
    study = bb.compare(finite(noise=False), SEARCHES, 60, 1)
    for trace in study.traces:
        assert (trace.n_duplicate, len(trace), trace.status) == (0, 36, "complete"), trace.strategy
    assert study.is_complete
    assert study.runs["best"].tolist() == [1.0] * len(SEARCHES)
    assert bb.compare(finite(noise=False), SEARCHES, 20, 1).runs["status"].eq("spent").all()


def test_what_costs_is_what_was_asked_for() -> None:
    counted = bb.compare(finite(noise=False, duplicates="counted"), "one_plus_one", 60, 1)
    assert (counted.runs["used"][0], counted.runs["status"][0]) == (60, "spent")
    assert counted.runs["n_duplicate"][0] >= 24
    again = bb.compare(finite(noise=True), "one_plus_one", 60, 1)  # of a noisy score it is news
    assert (again.runs["used"][0], again.runs["status"][0]) == (60, "spent")
    mixed = Parameters(n=Integer(1, 3), rate=Real(0, 1))
    assert bb.Objective(lambda row: 0.0, space=mixed, name="mixed").duplicates == "once"
    assert bb.Objective(lambda x: x.sum(-1), space=bb.Space.normal(2)).duplicates == "counted"
    with pytest.raises(bb.ObjectiveError, match="found 'never'"):
        finite(duplicates="never")


@given(st.integers(0, 2**32 - 1), st.integers(0, 36))
def test_what_is_left_of_a_finite_space_is_found(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    options = [range(one.size) for one in FINITE.values()]  # type: ignore[arg-type]
    lowest = np.array([0, 1, 1])
    objects = FINITE.encode(np.array([*itertools.product(*options)], float) + lowest)
    cache = PointCache()
    asked = bb.Ask(rng.permutation(objects)[:n]) if n else None
    if asked is not None:
        cache.unknown(asked)
        cache.complete(asked, bb.Answer(score=np.zeros(n)))
    left = cache.unasked(Brief(FINITE.space, np.zeros((1, 3)), 30.0), rng)
    assert (left is None) == (n == 36)
    if left is not None:
        assert (FINITE.canonical(left) == left).all()
        assert not n or not (asked.points == left).all(axis=1).any()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["one_plus_one", "cma_es"])
def test_a_run_that_begins_anew_is_replayed_from_its_record(name: str) -> None:
    objective, record = finite(noise=False), list[Exchange]()

    def begun(journal: list[Exchange] | None) -> Run:
        start = objective.starts(np.random.default_rng([3, 0]), 5)
        brief = Brief(objective.space, start, 30.0)
        chance = np.random.default_rng([3, 1])
        strategy = bb.registry.strategy(name)
        return Run(strategy, brief, chance, Meter(30), journal=journal, cached=True)

    first = begun(record)
    advance([first], objective.evaluate)
    assert first.recorder.size == 30
    half = begun(None)
    replay(half, record[: len(record) // 2])
    advance([half], objective.evaluate)
    again = begun(None)
    replay(again, record)
    for run in (half, again):
        np.testing.assert_array_equal(run.recorder.filled()["z"], first.recorder.filled()["z"])


def test_the_share_of_a_budget_is_that_of_what_was_paid() -> None:
    study = bb.compare(finite(noise=False), ["hill_climb", "chain"], 30, 3)
    assert (study.runs["used"] == 30).all()


@pytest.mark.slow
def test_alone_equals_in_company() -> None:
    together = bb.compare(finite(noise=False), SEARCHES, 25, 2).traces
    for trace in together[::3]:
        alone = bb.compare(finite(noise=False), trace.strategy, 25, [trace.seed]).traces[0]
        assert alone.digest() == trace.digest()
