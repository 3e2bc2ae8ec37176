"""Long latents: what a study will take is said before it begins, and no call is a surprise."""

from __future__ import annotations

import tracemalloc

import pytest
import torch

import blackbox as bb
from blackbox import foreseen
from blackbox.notices import StudyWarning
from blackbox.scoring.batching import WIDE, draws_of_a_probe
from blackbox.strategies.demands import CHOSEN, DEMANDS
from blackbox.study import Study


def bowl(x: torch.Tensor) -> torch.Tensor:
    return -x.square().sum(-1)


def long(d: int) -> bb.Objective:
    return bb.Objective(bowl, space=bb.Space.normal(d), name="bowl", batch_size=1)


def test_a_search_that_does_not_fit_is_skipped_and_the_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(foreseen, "memory_bytes", lambda: 16e9)
    asked = ("random_search", "cma_es", "restarts(strategy='cma_es')", "bayes_opt")
    plan = Study((long(100_000),), asked, budget=100, seeds=(0,)).plan()
    reasons = {skip.strategy: skip.reason for skip in plan.skipped}
    assert set(reasons) == {"cma_es", "restarts"}
    assert "480 GB at d = 100,000, and this machine has 16 GB" in reasons["cma_es"]
    (told,) = plan.notices
    assert "a run of bayes_opt on bowl (d = 100,000, 100 units) takes about 30 minutes" in told


def test_a_study_of_usual_size_is_told_nothing() -> None:
    asked = ("cma_es", "bayes_opt", "nelder_mead", "turbo", "botorch_loop")
    assert not Study((long(20),), asked, budget=200, seeds=(0, 1)).plan().notices


def test_the_latents_of_many_runs_are_told_once_and_only_where_runs_are_left() -> None:
    objective = long(3_000)
    with pytest.warns(StudyWarning, match=r"latents of 2 runs on bowl .* take 2\.4 GB"):
        bb.compare(objective, "random_search", 50_000, 2, seconds=0.01)


def test_what_is_foreseen_is_foreseen_of_searches_that_there_are() -> None:
    from blackbox.strategies import TABLE

    classes = {place.rpartition(":")[2] for place in TABLE.values()}
    assert {*DEMANDS, *(owner for owner, _ in CHOSEN)} <= classes


@pytest.mark.slow
def test_calls_of_very_long_latents_hold_few_of_them() -> None:
    largest = [0]

    def watched(x: torch.Tensor) -> torch.Tensor:
        largest[0] = max(largest[0], x.numel())
        return bowl(x)

    d = 200_000
    objective = bb.Objective(watched, space=bb.Space.normal(d), name="bowl")
    tracemalloc.start()
    try:
        (trace,) = bb.compare(objective, "random_search", 24, 1).traces
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert largest[0] <= WIDE
    # A dozen copies, of the record or of a probe's draws: nothing that grows beyond them.
    assert most < 12 * 8 * d * max(len(trace), draws_of_a_probe(d))


def test_large_objects_that_are_asked_in_data_space_are_told() -> None:
    def pictures(z: torch.Tensor) -> torch.Tensor:
        return z[:, :1, None, None].expand(-1, 3, 512, 512)

    objective = bb.Objective(
        lambda x: x.mean((1, 2, 3)), pictures, bb.Space.normal(2), name="pictures", batch_size=1
    )
    asked = ("random_search", "chained_zeroth_order")
    plan = Study((objective,), asked, budget=300, seeds=tuple(range(20))).plan()
    assert not plan.skipped
    (told,) = plan.notices
    assert "20 runs ask pictures for objects of 786,432 numbers each" in told
    assert "take up to 2.7 GB of memory; a run keeps 0.1 GB of them" in told
    assert "journals of runs that have not ended take up to 38 GB" in told
    assert not Study((objective,), asked, budget=30, seeds=(0,)).plan().notices
