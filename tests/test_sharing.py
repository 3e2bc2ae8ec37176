"""Several processes on one folder: each run is made by one of them, and nothing is paid twice.

Here they take turns in one process, so that what happens when is certain.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import blackbox as bb
from blackbox import shard
from blackbox import sharing as sharing_module
from blackbox.execute import execute
from blackbox.plan import Plan, RunSpec
from blackbox.runtime import presence as presence_module
from blackbox.runtime.claims import Claims
from blackbox.runtime.store import Store
from blackbox.scoring import environment
from blackbox.sharing import Sharing
from blackbox.study import Study
from blackbox.trace import Status, Trace

SHORT = 1.0  # seconds of silence


class Counting:
    """Scores, counts how often it was called for each object, and lets something happen at once."""

    def __init__(self) -> None:
        self.calls: Counter[bytes] = Counter()
        self.events: dict[int, Callable[[], object]] = {}  # by the number of calls before

    def __call__(self, x: Any) -> Any:
        for number in [one for one in self.events if one <= self.calls.total()]:
            self.events.pop(number)()
        for row in np.asarray(x, float):
            self.calls[row.tobytes()] += 1
        return -np.square(x).sum(-1)


@pytest.fixture(autouse=True)
def looking_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence_module, "BELIEVED", 0.0)
    monkeypatch.setattr(shard, "LOOK", 1e-4)


def planned(scorer: Counting, *, dear: bool, seeds: int = 3) -> Plan:
    """Runs that draw nothing but points of their own; what a probe has called is not counted."""
    measured: dict[str, Any] = {"seconds": 1.0} if dear else {}
    objective = bb.Objective(
        scorer, space=bb.Space.normal(3), name="counted", noise=False, starts=starts, **measured
    )
    names = ("random_search(batch=4)", "hill_climb", "cma_es")
    study = Study((objective,), names, budget=24, seeds=tuple(range(seeds)))
    plan = study.plan()
    scorer.calls.clear()
    return plan


def starts(rng: np.random.Generator, m: int) -> Any:
    return 0.9 * rng.standard_normal((m, 3))


class Process:
    """One of those that carry out a plan in a folder."""

    def __init__(self, plan: Plan, folder: Path, host: str = "") -> None:
        self.store = Store(folder)
        self.claims = Claims(self.store.runs, SHORT if host else 60.0)
        if host:
            self.claims.presence.holder = replace(self.claims.presence.holder, host=host)
        self.claims.presence.begin()
        self.sharing = Sharing(self.claims, self.store)
        self.traces = execute(plan.specs, self.store, sharing=self.sharing)

    def end(self) -> list[Trace]:
        """Make what is left of the plan, until others make the rest."""
        return [*self.traces, *self.sharing.others_made()]

    def again(self) -> list[Trace]:
        """Make what is free by now of what was elsewhere."""
        free: list[RunSpec] = self.sharing.look_again()
        made = [*execute(free, self.store, sharing=self.sharing)]
        return [*made, *self.sharing.others_made()]


def digests(traces: list[Trace]) -> dict[tuple[str, int], str]:
    return {(trace.strategy, trace.seed): trace.digest() for trace in traces}


@pytest.mark.parametrize("dear", [False, True])
def test_two_processes_make_each_run_once(tmp_path: Path, *, dear: bool) -> None:
    alone, shared = Counting(), Counting()
    whole = digests([*execute(planned(alone, dear=dear).specs)])
    plan = planned(shared, dear=dear)
    first, second = Process(plan, tmp_path), Process(plan, tmp_path)
    made = [next(first.traces), next(second.traces)]
    made += [*first.end(), *second.end(), *first.again(), *second.again()]
    made += [*first.again(), *second.again()]
    assert digests(made) == whole
    assert not first.sharing.elsewhere
    assert not second.sharing.elsewhere
    assert shared.calls == alone.calls


def end_at_once() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("dear", [False, True])
def test_what_a_process_leaves_behind_is_continued(tmp_path: Path, *, dear: bool) -> None:
    alone, shared = Counting(), Counting()
    whole = digests([*execute(planned(alone, dear=dear).specs)])
    plan = planned(shared, dear=dear)
    first, second = Process(plan, tmp_path), Process(plan, tmp_path)
    shared.events[40] = end_at_once
    with pytest.raises(KeyboardInterrupt):
        first.end()
    assert len(second.end()) < len(plan.specs)
    assert second.again() == []  # the first one is there still
    first.claims.presence.end()
    assert second.again()
    assert not second.sharing.elsewhere
    assert digests([second.store.load(spec.key) for spec in plan.specs]) == whole
    assert shared.calls == alone.calls


def test_half_of_the_runs_is_left_to_who_has_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing_module, "IDLE", 0.0)
    alone, shared = Counting(), Counting()
    whole = digests([*execute(planned(alone, dear=False).specs)])
    plan = planned(shared, dear=False)
    first, second = Process(plan, tmp_path), Process(plan, tmp_path)
    second_made: list[Trace] = []
    with ExitStack() as idle:

        def join() -> None:
            second_made.extend(second.end())
            idle.enter_context(second.claims.presence.idle())

        shared.events[10] = join
        first_made = first.end()
    assert len(first.sharing.elsewhere) == 2  # of its three: one, and one of the two that it had
    second_made += second.again()
    assert digests(second_made) == digests(first_made + first.again()) == whole
    assert shared.calls == alone.calls


@pytest.mark.parametrize("dear", [False, True])
def test_who_was_silent_asks_nothing_for_runs_that_it_has_lost(
    tmp_path: Path, *, dear: bool
) -> None:
    alone, shared = Counting(), Counting()
    whole = digests([*execute(planned(alone, dear=dear).specs)])
    plan = planned(shared, dear=dear)
    first, second = Process(plan, tmp_path, host="elsewhere"), Process(plan, tmp_path)
    second_made: list[Trace] = []

    def close_the_laptop() -> None:
        presence = first.claims.presence
        presence._stop.set()
        os.utime(presence.path, (1, 1))
        presence._beat = time.time() - 2 * SHORT
        second_made.extend(second.end())

    shared.events[40] = close_the_laptop
    first_made = first.end()
    assert not second.sharing.elsewhere
    assert digests(second_made) == whole
    assert len(first_made) < len(plan.specs)
    first_made += first.again()
    assert not first.sharing.elsewhere
    assert digests(first_made) == whole
    # What was in flight when it was closed is asked again, and nothing else.
    in_flight = 7 if dear else 3 * (4 + 1 + 7)
    assert shared.calls.keys() == alone.calls.keys()
    assert (shared.calls - alone.calls).total() <= in_flight


class Away(Counting):
    """Cannot be called while something is away that it needs."""

    is_away = False

    def __call__(self, x: Any) -> Any:
        if self.is_away:
            raise bb.Unavailable("the disk is away")
        return super().__call__(x)


def test_a_run_that_could_not_be_finished_is_free_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "FIRST_PAUSE", 0.001)
    alone, scorer = Counting(), Away()
    whole = digests([*execute(planned(alone, dear=True, seeds=1).specs)])
    plan = planned(scorer, dear=True, seeds=1)
    first, second = Process(plan, tmp_path), Process(plan, tmp_path)
    scorer.is_away = True
    assert {trace.status for trace in first.end()} == {Status.RUNNING}
    scorer.is_away = False
    assert digests(second.end()) == whole
    assert scorer.calls == alone.calls
