"""A worker lends pieces of its call; who makes the calls of a study changes nothing."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox.workers.lending import Lending, can_lend
from blackbox.workers.pool import Workers
from tests.campaigns import speed_up

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers(3)
    yield workers
    workers.shutdown(kill=True)


class Squares:
    """Squares of numbers, with who made them; ends its process at a negative one."""

    def __call__(self, piece: float) -> tuple[float, int]:
        if piece < 0:
            ctypes.string_at(0)
        time.sleep(0.05)
        return piece**2, os.getpid()

    def close(self) -> None:
        """It holds nothing."""


def squared(numbers: list[float]) -> dict[int, Any]:
    """In a worker: all pieces, in whatever order they end."""
    lending, make, outcomes = Lending(Squares), Squares(), dict[int, Any]()
    lending.offer(enumerate(numbers))
    while True:
        ended, mine = lending.progress()
        outcomes |= dict(ended)
        if mine is not None:
            outcomes[mine] = "returned", make(numbers[mine])
        elif not ended:
            break
    lending.close()
    return outcomes


def test_those_who_are_free_make_pieces_of_another_call(workers: Workers) -> None:
    numbers, makers = [float(n) for n in range(40)], set[int]()
    for _ in range(20):  # others begin to help once they have started
        outcomes = workers.submit(squared, numbers).result(60)
        assert [outcomes[nth][1][0] for nth in range(40)] == [n**2 for n in numbers]
        makers = {outcome[1][1] for outcome in outcomes.values()}
        if len(makers) == 3:
            return
    raise AssertionError(f"only {len(makers)} worked")


def test_a_piece_that_ends_a_process_is_told_and_the_rest_goes_on(workers: Workers) -> None:
    def but_the_deadly_ones() -> list[Any]:
        lending, outcomes = Lending(Squares), dict[int, Any]()
        lending.offer(enumerate([-1.0] * 5))
        while len(outcomes) < 5:
            ended, mine = lending.progress()
            outcomes |= dict(ended)
            if mine is not None:
                outcomes[mine] = "mine", ""
            time.sleep(0.1)
        return [outcomes[nth] for nth in range(5)]

    for _ in range(60):
        outcomes = dict(workers.submit(but_the_deadly_ones).result(60))
        if "ended" in outcomes:
            assert "killed by SIGSEGV" in outcomes["ended"]
            return
    raise AssertionError("nobody else took one")


def test_nobody_lends_where_nobody_answers() -> None:
    assert not can_lend()
    with pytest.raises(RuntimeError, match="nobody does here"):
        Lending(Squares)


def by(folder: Path, batched: bool) -> bb.Objective:
    """A dear scorer, which notes who calls it."""

    def score(x: Any) -> Any:
        time.sleep(0.02)
        with (folder / str(os.getpid())).open("a") as file:
            file.write(f"{len(x) if batched else 1}\n")
        return -(np.asarray(x) ** 2).sum(-1)

    space = bb.Space.box(-1, 1, 6)
    made: dict[str, Any] = {"batched": batched, "seconds": 0.1, "differentiable": False}
    return bb.Objective(score, space=space, name="dear", batch_size=3 if batched else None, **made)


@pytest.mark.slow
@pytest.mark.parametrize("batched", [False, True], ids=["one object", "a batch"])
def test_runs_are_the_same_whoever_makes_their_calls(tmp_path: Path, batched: bool) -> None:
    traces, calls = [], []
    for jobs in (1, 4):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        strategies = ["cma_es", "differential_evolution"]
        study = bb.compare(by(folder, batched), strategies, 60, seeds=[3], jobs=jobs)
        traces.append([trace.digest() for trace in study.traces])
        calls.append(sorted(line for one in folder.iterdir() for line in one.read_text().split()))
    assert traces[0] == traces[1]
    assert calls[0] == calls[1]  # whoever is alone cuts messages in the same way
    assert len(list((tmp_path / "1").iterdir())) == 1


def deadly(x: Any) -> float:
    """Ends its process near the best points, which a probe on prior draws does not meet."""
    if x[0] > 0.9:
        ctypes.string_at(0)
    return float(np.asarray(x).sum())


def dangerous(**limits: Any) -> bb.Objective:
    settings: dict[str, Any] = {"batched": False, "seconds": 0.1, "differentiable": False}
    space = bb.Space.box(-1, 1, 3)
    return bb.Objective(deadly, space=space, noise=False, name="deadly", **settings, **limits)


@pytest.mark.processes
def test_points_that_end_a_process_cost_themselves_whoever_calls_them() -> None:
    alone, shared, limited = (
        bb.compare(dangerous(**limits), "cma_es(start='first')", 6, seeds=[4], jobs=jobs).traces[0]
        for limits, jobs in (({"timeout": 60}, 1), ({}, 3), ({"timeout": 60}, 3))
    )
    assert not alone.valid.all()
    assert alone.digest() == shared.digest() == limited.digest()


@pytest.mark.processes
def test_a_study_that_is_killed_pays_again_for_what_was_cut_off_only(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    expected = speed_up.made_in(alone, 1)
    speed_up.killed_at_work(tmp_path, 3)
    assert speed_up.made_in(tmp_path, 3).digest() == expected.digest()
    once, done = speed_up.calls(alone, "done"), speed_up.calls(tmp_path, "done")
    # Between a scorer's own note and ours an answer may be lost: one of each process.
    assert sum((done - once).values()) <= 3
    assert not once - done
