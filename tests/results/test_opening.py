"""The picture that a report begins with: who fooled the scorer, beside one that no judge faults."""

from __future__ import annotations

import numpy as np
import pytest

from blackbox.results.chapters import opening
from blackbox.results.view import View
from blackbox.trace import JudgedPath, Trace
from tests.conftest import make_trace
from tests.results.studies import RECIPE

SEEDS = 6


def run(strategy: str, seed: int, best: float, true: float, kept: float) -> Trace:
    """From a start of 0 to a best that is worth `true`, and lies within limits if `kept` is 0."""
    path = JudgedPath(
        np.array([0, 1]),
        {"kept": np.array([0.0, kept]), "size": np.array([0.0, true])},
        np.arange(2 * 64.0).reshape(2, 8, 8),
        limits={"kept": (-1.0, 1.0)},
        truth="size",
        true=np.array([0.0, true]),
    )
    return make_trace([0.0, best], strategy=strategy, seed=seed, path=path)


def study(*, steady: bool) -> list[Trace]:
    """Who fools the scorer; who leaves a judge's limits with a true gain; and who is `steady`."""
    pytest.importorskip("matplotlib")
    traces = []
    for seed in range(SEEDS):
        traces += [run("fool", seed, 90.0 + seed, 1.0, 9.0), run("stray", seed, 5.0, 5.0, 9.0)]
        # Its middle run is of another seed than that of the fool.
        mean = 2.0 + (seed + 2) % SEEDS / 10
        traces += [run("steady", seed, mean, mean, 0.0)] if steady else []
    return traces


def words(traces: list[Trace]) -> str:
    sentence, picture = opening.picture(View(traces, RECIPE))
    assert isinstance(sentence, str)
    assert picture
    return sentence


def test_beside_who_fooled_the_scorer_stands_one_that_no_judge_faults_from_the_same_start() -> None:
    assert words(study(steady=True)) == (
        "fool is promised 93, judge size measures 1; "
        "steady is promised 2.5, judge size measures 2.5."
    )


def test_where_all_left_the_limits_the_best_by_the_truth_stands_there() -> None:
    assert words(study(steady=False)) == (
        "fool is promised 93, judge size measures 1; stray is promised 5, judge size measures 5."
    )
