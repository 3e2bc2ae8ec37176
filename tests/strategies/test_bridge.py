"""The bridge to libraries that call their objective, and the isolation around them."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from blackbox.global_state import IsolatedGlobals
from blackbox.protocol import Answer, Ask
from blackbox.strategies.libraries.bridge import Closed, Say, bridge
from blackbox.strategies.libraries.losses import Losses
from tests.conftest import numpy_words


def ask(x: float) -> Ask:
    return Ask(np.array([[x]]))


def answer(score: float) -> Answer:
    return Answer(score=np.array([score]))


def test_calls_become_messages_and_the_end_is_returned() -> None:
    threads = threading.active_count()

    def loop(say: Say) -> float:
        return float(say(ask(1.0)).score[0] + say(ask(2.0)).score[0])

    search = bridge(loop, IsolatedGlobals(None))
    assert next(search).points == 1.0
    assert search.send(answer(10.0)).points == 2.0
    with pytest.raises(StopIteration) as end:
        search.send(answer(20.0))
    assert end.value.value == 30.0
    assert threading.active_count() == threads


def test_an_error_of_the_library_is_an_error_of_the_run() -> None:
    threads = threading.active_count()

    def loop(say: Say) -> None:
        say(ask(0.0))
        raise ValueError("singular matrix")

    search = bridge(loop, IsolatedGlobals(None))
    next(search)
    with pytest.raises(ValueError, match="singular matrix"):
        search.send(answer(0.0))
    assert threading.active_count() == threads


def swallows_failures(say: Say) -> None:
    while True:
        try:
            say(ask(0.0))
        except Exception:
            continue


def swallows_everything_twice(say: Say) -> None:
    for _ in range(2):
        try:
            say(ask(0.0))
        except BaseException:
            continue
    say(ask(0.0))


@pytest.mark.parametrize("loop", [swallows_failures, swallows_everything_twice])
def test_closing_ends_a_library_that_swallows_errors(loop: Callable[[Say], None]) -> None:
    threads = threading.active_count()
    search = bridge(loop, IsolatedGlobals(None))
    next(search)
    search.close()
    assert threading.active_count() == threads


def test_what_a_library_does_when_it_is_closed_is_isolated_too() -> None:
    def loop(say: Say) -> None:
        try:
            say(ask(0.0))
        except Closed:
            np.random.seed(0)
            warnings.warn("cut short", stacklevel=1)

    before = numpy_words()
    search = bridge(loop, IsolatedGlobals(1))
    next(search)
    search.close()
    assert np.array_equal(numpy_words(), before)


def test_isolation_leaves_the_world_as_it_was() -> None:
    module: Any = ModuleType("mended")
    logger = logging.getLogger("blackbox.test.isolated")
    module.old = 1
    isolated = IsolatedGlobals(
        0, patches=[(module, "old", 2), (module, "float", int)], quiet=[logger.name]
    )
    before, level = numpy_words(), logger.level
    inside = []
    for _ in range(2):
        with isolated:
            assert (module.old, module.float("3")) == (2, 3)
            assert not logger.isEnabledFor(logging.ERROR)
            inside.append(np.random.rand())
            warnings.warn("heard by nobody", stacklevel=1)
    assert (module.old, hasattr(module, "float"), logger.level) == (1, False, level)
    assert np.array_equal(numpy_words(), before)
    stream = np.random.RandomState(0)
    assert inside == [stream.rand(), stream.rand()]  # one stream, through both


@pytest.mark.slow
def test_an_error_in_isolation_lets_go_of_what_its_frames_held() -> None:
    threads = threading.active_count()

    class Owner:
        """Ends its thread when it is collected, as nevergrad's optimizers do."""

        def __init__(self) -> None:
            end = self.end = threading.Event()
            threading.Thread(target=end.wait).start()

        def __del__(self) -> None:
            self.end.set()

    def fail() -> None:
        owner = Owner()
        raise ValueError(owner.end)

    isolated = IsolatedGlobals(None)
    with pytest.raises(ValueError), isolated:
        fail()
    isolated.join()
    assert threading.active_count() == threads


def test_an_invalid_point_is_told_as_the_worst_of_the_valid_ones() -> None:
    losses = Losses()
    hole = Answer(score=np.array([-1e15]), valid=np.array([False]))
    assert losses.of(hole) == [1e15]  # nothing else is known
    mixed = Answer(score=np.array([3.0, -1e15, 1.0]), valid=np.array([True, False, True]))
    assert losses.of(mixed) == [-3.0, -1.0, -1.0]
    assert losses.of(answer(-7.0)) == [7.0]
    assert losses.of(hole) == [7.0]
