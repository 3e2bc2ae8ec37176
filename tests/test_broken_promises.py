"""Strategies that break a promise each: it is told by its name."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import cli
from blackbox.checking import FINE, MEND
from blackbox.testing import StrategyPromises

CHANCE, CLOCK = "leaves_no_thread_and_no_changed_chance", "no_clock_decides"
SHARED: list[int] = []


class Draws:
    """Draws of the prior; a subclass does something wrong in between."""

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        yield bb.Ask(brief.start[:1])
        while True:
            yield bb.Ask(self.point(brief, rng))

    def point(self, brief: bb.Brief, rng: np.random.Generator) -> Any:
        self.wrong()
        return brief.space.sample(rng, 1)

    def wrong(self) -> None:
        """Nothing, here."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)


def meanwhile(wrong: Callable[[], object]) -> type[Draws]:
    """A strategy that does this before each of its points."""
    return type("Meanwhile", (Draws,), {"wrong": lambda self: wrong()})


def slow_at(clock: Callable[[], float], unit: float = 1.0) -> type[Draws]:
    """A strategy whose points are other ones when so many seconds have passed."""

    def search(self: Draws, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        begun = clock()
        yield bb.Ask(brief.start[:1])
        while True:
            is_late = clock() - begun > 20 * unit
            yield bb.Ask(brief.space.clip(brief.space.sample(rng, 1) * (0.5 if is_late else 1)))

    return type("SlowAt", (Draws,), {"search": search})


class SharesState(Draws):
    def point(self, brief: bb.Brief, rng: np.random.Generator) -> Any:
        SHARED.append(1)
        return brief.space.clip(brief.space.sample(rng, 1) / (1 + len(SHARED) % 7))


class LeavesTheSpace(Draws):
    def point(self, brief: bb.Brief, rng: np.random.Generator) -> Any:
        return brief.space.sample(rng, 1) + 100


class BeginsElsewhere(Draws):
    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        while True:
            yield bb.Ask(brief.space.sample(rng, 1))


class ReturnsEarly(Draws):
    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        for _ in range(98):
            yield bb.Ask(brief.start[:1])


class GoesOnWhenClosed(Draws):
    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        while True:
            try:
                yield from super().search(brief, rng)
            except GeneratorExit:
                yield bb.Ask(brief.start[:1])


class AsksForMore(Draws):
    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        yield bb.Ask(brief.start[:1], 1)


BROKEN: dict[str, tuple[type[Draws], str, str]] = {
    "numpy's chance": (meanwhile(np.random.random), CHANCE, "global generator"),
    "torch's chance": (meanwhile(partial(torch.rand, 1)), CHANCE, "global generator"),
    "python's chance": (meanwhile(random.random), CHANCE, "global generator"),
    "a seed": (meanwhile(partial(np.random.seed, 0)), CHANCE, "seeded"),
    "torch's seed": (meanwhile(partial(torch.manual_seed, 0)), CHANCE, "seeded"),
    "a thread": (
        meanwhile(lambda: threading.Thread(target=time.sleep, args=(3,), daemon=True).start()),
        CHANCE,
        "left a thread",
    ),
    "torch's threads": (meanwhile(partial(torch.set_num_threads, 4)), CHANCE, "torch's threads"),
    "a clock": (slow_at(lambda: time.monotonic()), CLOCK, "another trace"),
    "a clock by name": (slow_at(lambda: perf_counter()), CLOCK, "another trace"),
    "nanoseconds": (slow_at(lambda: time.time_ns(), 1e9), CLOCK, "another trace"),
    "the time of day": (slow_at(lambda: datetime.now().timestamp()), CLOCK, "another trace"),
    "shared state": (SharesState, "alone_equals_in_company", "what do runs share"),
    "outside": (LeavesTheSpace, "asks_only_points_of_its_space", "lies outside"),
    "another start": (BeginsElsewhere, "begins_with_the_start_of_its_seed", "not brief.start"),
    "early": (ReturnsEarly, "spends_all_of_the_budget_and_never_more", "after 98 of 100"),
    "early, elsewhere": (ReturnsEarly, "improves_on_its_start_on_a_bowl", "after 98 of 100"),
    "closed": (GoesOnWhenClosed, CHANCE, "went on when it was closed"),
    "undeclared": (AsksForMore, "asks_for_nothing_that_it_did_not_declare", "does not declare"),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told_by_its_name(name: str) -> None:
    strategy, promise, words = BROKEN[name]
    promises, before = StrategyPromises(), torch.get_num_threads()
    for tried, verdict in ((Draws, None), (strategy, words)):
        promises.strategy = tried()
        test = getattr(promises, f"test_{promise}")
        if verdict is None:
            test()
        else:
            with pytest.raises(AssertionError, match=verdict):
                test()
    torch.set_num_threads(before)


def test_a_check_of_a_strategy_has_a_row_for_each_promise() -> None:
    table = bb.check(ReturnsEarly()).set_index("tried")
    assert table.index.str.replace(" ", "_").tolist() == sorted(
        name.removeprefix("test_") for name in dir(StrategyPromises) if name.startswith("test_")
    )
    row = table.loc["spends all of the budget and never more"]
    assert (row.verdict, row.found) == (
        MEND,
        "it returned after 98 of 100 units: restart it, or go on",
    )
    assert table.loc["no clock decides"].verdict == FINE
    assert not table["found"].str.contains("AssertionError|Traceback").any()


FAILS = """
class Fails:
    def search(self, brief, rng):
        import blackbox as bb
        yield bb.Ask(brief.start[:1])
        raise RuntimeError("lost my way")
"""


def test_the_command_names_what_a_strategy_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "it_fails.py").write_text(FAILS)
    monkeypatch.syspath_prepend(tmp_path)
    assert cli.main(["check", "it_fails:Fails"]) == 1
    printed = capsys.readouterr().out
    assert "!  spends all of the budget and never more: RuntimeError: lost my way" in printed
    assert printed.endswith("must be mended\n")
    assert "AssertionError" not in printed
