"""What cannot be sent to a worker process is named, with what to do, before anything is paid."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.protocol import Capability
from blackbox.study import StudyError
from blackbox.travel import unable_to_travel
from tests.conftest import bowl

SPACE = bb.Space.normal(3)
LOCK = threading.Lock()


def locked(x: Any, lock: Any = None) -> Any:
    return bowl(x)


def holding(lock: Any) -> Callable[..., Any]:
    return lambda x, *rest: (lock, bowl(x))[1]


class Stuck:
    """A strategy with a setting that cannot be sent."""

    needs: frozenset[Capability] = frozenset()

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> Any:
        while True:
            yield bb.Ask(brief.start[:1])


def objective(**parts: Any) -> bb.Objective:
    given: dict[str, Any] = {"scorer": bowl, "name": "stuck"} | parts
    return bb.Objective(given.pop("scorer"), given.pop("decoder", None), SPACE, **given)


STUCK: dict[str, Callable[[], bb.Objective]] = {
    "scorer of objective stuck": lambda: objective(scorer=holding(threading.Lock())),
    "decoder of objective stuck": lambda: objective(
        decoder=(lambda lock: lambda z: (lock, z)[1])(threading.Lock())
    ),
    "judge 'size' of objective stuck": lambda: objective(
        judges={"size": holding(threading.Lock())}
    ),
    "starts": lambda: objective(
        starts=(lambda lock: lambda rng, m: (lock, np.zeros((m, 3)))[1])(threading.Lock())
    ),
}


@pytest.mark.parametrize("part", STUCK)
def test_the_part_that_cannot_travel_is_named_with_jobs_1(part: str) -> None:
    reason = unable_to_travel([bb.objective("synthetic.sphere"), STUCK[part]()])
    assert part in reason
    assert "jobs=1" in reason
    assert "lock" in reason
    paid: list[float] = []
    with pytest.raises(StudyError, match=part) as caught:
        bb.compare(
            STUCK[part](), "random_search", 5, seeds=2, jobs=2,
            progress=lambda units, whole: paid.append(units),
        )  # fmt: skip
    assert "jobs=1" in str(caught.value)
    assert not any(paid)
    assert (bb.compare(STUCK[part](), "random_search", 5, seeds=2).runs.used == 5).all()


def test_a_strategy_that_cannot_travel_is_named() -> None:
    reason = unable_to_travel([Stuck()])
    assert "strategy" in reason
    assert "jobs=1" in reason
    with pytest.raises(StudyError, match=r"Stuck|stuck"):
        bb.compare(objective(), Stuck(), 5, seeds=2, jobs=2)


def test_what_can_travel_has_nothing_to_say() -> None:
    w = torch.ones(3, 3)
    fine = objective(decoder=lambda z: z @ w, judges={"a": lambda x: x.norm(dim=1)})
    assert unable_to_travel([fine, "synthetic.sphere", bb.strategy("cma_es")]) == ""
