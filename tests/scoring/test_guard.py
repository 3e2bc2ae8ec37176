"""Behind a guard, what a scorer does to its process costs the point, and nothing else."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.scoring import environment
from blackbox.scoring.guard import Guard
from tests.conftest import notes_of

pytestmark = pytest.mark.slow

SPACE = bb.Space.normal(3)
LIMIT = 1.0  # a point whose first number lies above it is a bad one
WEIGHTS = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))


def crash() -> None:
    ctypes.string_at(0)


def hang_in_c() -> None:
    ctypes.PyDLL(None).sleep(1000)


def take_memory() -> None:
    np.ones(40_000_000)


def raise_value() -> None:
    raise ValueError("no molecule")


def nothing() -> None:
    pass


class Scorer:
    """Scores a batch or an object, and does something to the process where a point is bad."""

    def __init__(self, act: Callable[[], object], kind: str = "numpy", log: str = "") -> None:
        self.act, self.kind, self.log = act, kind, log

    def __call__(self, x: Any) -> Any:
        if self.kind != "torch":
            x = np.asarray(x)
        if self.log:
            with open(self.log, "a") as log:
                log.write(f"{1 if x.ndim == 1 else len(x)}\n")
        if bool((x[..., 0] > LIMIT).any()):
            self.act()
        value = -((x - 0.5) ** 2).sum(-1)
        if self.kind == "criteria":
            return np.stack([value, x[..., 1]], -1)
        return value if value.ndim or self.kind == "torch" else float(value)


class Dear:
    """A float32 network that pretends to cost much: its last bits depend on the number of rows."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        if bool((z[:, 0] > LIMIT).any()):
            self.act()
        return torch.tanh(z @ WEIGHTS.T) * (1 + len(z) * 1e-6)


def sum_of(x: torch.Tensor) -> torch.Tensor:
    return x.sum(-1)


def objective(
    act: Callable[[], object], kind: str = "numpy", batched: bool = True, log: str = "", **more: Any
) -> bb.Objective:
    weights: dict[str, Any] = {"weights": [1.0, 0.5]} if kind == "criteria" else {}
    scorer = bb.Scorer(Scorer(act, kind, log), batched=batched, **weights)
    return bb.Objective(scorer, space=SPACE, name="scored", **more)


@contextmanager
def guarded(made: bb.Objective, clean: bb.Objective, **limits: Any) -> Iterator[Guard]:
    guard = Guard(made, None, clean.facts, **limits)
    try:
        yield guard
    finally:
        guard.close()


def points(n: int, *bad: int) -> np.ndarray:
    z = np.minimum(SPACE.sample(np.random.default_rng(1), n), 0.9)
    z[list(bad), 0] = 2.0
    return z


def same(mine: bb.Answer, other: bb.Answer, rows: np.ndarray) -> None:
    """Bit by bit, in all columns but for what was called and said."""
    assert set(other.columns) - set(mine.columns) <= {"called", "notes"}
    for name in set(other.columns) - {"called", "notes"}:
        assert np.array_equal(
            mine.columns[name][rows], other.columns[name][rows], equal_nan=True
        ), name


LONG = pytest.mark.processes
FORMS = [("numpy", True), ("numpy", False), ("torch", True), ("criteria", False)]


@pytest.mark.parametrize(
    ("kind", "batched"),
    [pytest.param(*form, marks=[] if form in FORMS[1:3] else LONG) for form in FORMS],
)
def test_without_a_bad_point_answers_are_the_same(kind: str, batched: bool) -> None:
    clean = objective(nothing, kind, batched)
    z = points(150)
    with guarded(objective(crash, kind, batched), clean) as guard:
        every = np.ones(150, bool)
        same(guard.evaluate(bb.Ask(z)), clean.evaluate(bb.Ask(z)), every)
        same(guard.evaluate(bb.Ask(z, at="data")), clean.evaluate(bb.Ask(z, at="data")), every)
        assert guard.evaluate(bb.Decode(z)).x.tolist() == clean.evaluate(bb.Decode(z)).x.tolist()
        pulled = guard.evaluate(bb.PullBack(z, 2 * z)).pulled
        assert pulled.tolist() == (2 * z).tolist()
        if bb.Capability.GRADIENT in clean.capabilities:
            for place in ("latent", "data"):
                ask = bb.Ask(z, 1, place)
                same(guard.evaluate(ask), clean.evaluate(ask), every)


WAYS: dict[str, tuple[Callable[[], object], str, bool]] = {
    "segfault, one": (crash, "WorkerDied: the process died: killed by SIGSEGV", False),
    "segfault, batch": (crash, "WorkerDied: the process died: killed by SIGSEGV", True),
    "os._exit": (partial(os._exit, 3), "exited with code 3", False),
    "sys.exit": (partial(sys.exit, 3), "exited with code 3", True),
    "hang in C": (hang_in_c, "CallTimedOut: took longer than 0.3 s", False),
    "asleep": (partial(time.sleep, 1000), "CallTimedOut: took longer than 0.3 s", True),
    "memory, one": (take_memory, "MemoryError", False),
    "memory, batch": (take_memory, "MemoryError", True),
    "error": (raise_value, "ValueError: no molecule", False),
}


# Ways that do not take long to be found out.
SOON = ("segfault, one", "asleep", "error")


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, marks=[] if way in SOON else pytest.mark.processes, id=way) for way in WAYS],
)
def test_a_bad_point_costs_itself(way: str) -> None:
    act, words, batched = WAYS[way]
    clean = objective(raise_value, "criteria", batched)
    z = points(4, 2)
    with guarded(objective(act, "criteria", batched), clean, timeout=0.3, memory=100) as guard:
        answer = guard.evaluate(bb.Ask(z))
        assert answer.valid.tolist() == [True, True, False, True]
        assert words in notes_of(answer)[2]
        assert np.isnan(answer.score[2])
        assert answer.criteria is not None
        assert np.isnan(answer.criteria[2]).all()
        same(answer, clean.evaluate(bb.Ask(z)), np.ones(4, bool))
        assert answer.called >= 4


@pytest.mark.processes
@pytest.mark.parametrize("batched", [True, False], ids=["batch", "one"])
def test_gradients_of_the_others_are_kept(batched: bool) -> None:
    clean = objective(raise_value, "torch", batched)
    z = points(5, 0, 4)
    ask = bb.Ask(z, 1, "latent" if batched else "data")
    with guarded(objective(crash, "torch", batched), clean) as guard:
        answer = guard.evaluate(ask)
        same(answer, clean.evaluate(ask), np.ones(5, bool))
        assert answer.valid.tolist() == [False, True, True, True, False]
        assert (answer.grad[0] == 0).all()
        assert "SIGSEGV" in notes_of(answer)[4]
        fine = bb.Ask(points(5), 1)
        same(guard.evaluate(fine), clean.evaluate(fine), np.ones(5, bool))


@pytest.mark.processes
def test_a_decoder_that_dies_costs_its_point_and_no_bits() -> None:
    """Where objects are dear, a call has as many rows as without a guard."""

    def made(act: Callable[[], object]) -> bb.Objective:
        return bb.Objective(sum_of, Dear(act), SPACE, name="dear", seconds=1.0)

    clean = made(nothing)
    assert not clean.facts.batching.fused
    z = points(7, 3)
    with guarded(made(crash), clean) as guard:
        answer = guard.evaluate(bb.Ask(z))
        same(answer, clean.evaluate(bb.Ask(z)), np.arange(7) != 3)
        assert answer.valid.tolist() == (np.arange(7) != 3).tolist()
        assert "SIGSEGV" in notes_of(answer)[3]
        assert not any(notes_of(answer)[:3])
        with pytest.raises(bb.WorkerDied, match="SIGSEGV"):
            guard.evaluate(bb.Decode(z[3:4]))


@pytest.mark.processes
@pytest.mark.parametrize(
    ("batched", "most", "bad"), [(True, 8 * (2 + 3), 2), (False, 8 + 1, 2)], ids=["batch", "one"]
)
def test_what_a_search_for_the_bad_one_costs(
    batched: bool, most: int, bad: int, tmp_path: Path
) -> None:
    """Of a batch of 8: halves, until it is alone. One by one: only itself, once more."""
    log = tmp_path / "calls"
    clean = objective(nothing, "numpy", batched)
    z = points(8, bad)
    with guarded(objective(crash, "numpy", batched, str(log)), clean) as guard:
        answer = guard.evaluate(bb.Ask(z))
    assert answer.valid.sum() == 7
    called = sum(map(int, log.read_text().split()))
    assert called <= most
    # A batch is padded; without padding each halving calls half as many.
    assert answer.called == pytest.approx(8 + 8 + 4 + 2 if batched else 9)


@pytest.mark.processes
def test_a_point_has_its_tries(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    clean = objective(nothing, "numpy", False)
    slow = objective(partial(time.sleep, 1000), "numpy", False, str(log))
    with guarded(slow, clean, timeout=0.05, retries=1) as guard:
        answer = guard.evaluate(bb.Ask(points(3, 1)))
    assert answer.valid.tolist() == [True, False, True]
    assert len(log.read_text().split()) == 4
    large = objective(take_memory, "numpy", False, str(log))
    log.unlink()
    with guarded(large, clean, memory=100, retries=2) as guard:
        assert guard.evaluate(bb.Ask(points(3, 1))).valid.tolist() == [True, False, True]
    assert len(log.read_text().split()) == 5


@pytest.mark.processes
def test_each_object_has_its_own_clock() -> None:
    """Three objects take longer than one may."""
    clean = objective(nothing, "numpy", False)
    with guarded(objective(partial(time.sleep, 0.2), "numpy", False), clean, timeout=0.5) as guard:
        assert guard.evaluate(bb.Ask(points(4, 0, 1, 2, 3))).valid.all()


@pytest.mark.parametrize("batched", [True, False], ids=["batch", "one"])
def test_surroundings_that_stay_away_come_out_as_such(batched: bool) -> None:
    def away() -> None:
        raise ConnectionError("licence server")

    clean = objective(nothing, "numpy", batched)
    with guarded(objective(away, "numpy", batched), clean, timeout=0.2, retries=1) as guard:
        clock = time.monotonic()
        with pytest.raises(bb.Unavailable, match=r"tried 2 times in 0.5 s.*licence server"):
            guard.evaluate(bb.Ask(points(3, 1)))
        # A pause is no time of the object.
        assert time.monotonic() - clock >= environment.FIRST_PAUSE
        assert guard.evaluate(bb.Ask(points(3))).valid.all()


def test_an_objective_may_be_made_there() -> None:
    clean = objective(nothing)
    make = partial(objective, raise_value)
    unsendable = objective(nothing)
    lock = threading.Lock()
    unsendable.scorer.function = lambda x: x if lock else None
    with pytest.raises(bb.ObjectiveError, match=r"cannot be sent there: TypeError: .*lock"):
        Guard(unsendable, None, clean.facts)
    guard = Guard(unsendable, make, clean.facts)
    assert guard.evaluate(bb.Ask(points(3, 1))).valid.tolist() == [True, False, True]
    guard.close()


@pytest.mark.processes
def test_a_guard_that_is_closed_looks_for_nobody_to_blame() -> None:
    clean = objective(nothing)
    with guarded(objective(partial(time.sleep, 1000)), clean) as guard:
        threading.Timer(5, guard.close).start()
        clock = time.monotonic()
        with pytest.raises(bb.WorkerDied, match="SIGKILL"):
            guard.evaluate(bb.Ask(points(3, 1)))
        assert time.monotonic() - clock < 6
        with pytest.raises(bb.WorkerDied, match="closed"):
            guard.evaluate(bb.Ask(points(3)))


@pytest.mark.processes
def test_a_death_that_does_not_come_again_costs_no_point_and_no_bits(tmp_path: Path) -> None:
    once = tmp_path / "once"

    def die_once() -> None:
        if not once.exists():
            once.touch()
            crash()

    def made(act: Callable[[], object]) -> bb.Objective:
        return bb.Objective(sum_of, Dear(act), SPACE, name="dear", seconds=1.0)

    clean = made(nothing)
    with guarded(made(die_once), clean) as guard:
        answer = guard.evaluate(bb.Ask(points(4, 1)))
    same(answer, clean.evaluate(bb.Ask(points(4, 1))), np.ones(4, bool))
    assert answer.valid.all()
    assert set(answer.columns) <= {"score", "valid", "called", "notes"}


@pytest.mark.processes
def test_what_was_learnt_of_memory_is_told() -> None:
    def fits(x: Any) -> Any:
        if len(x) > 4:
            raise MemoryError
        return -((np.asarray(x) - 0.5) ** 2).sum(-1)

    made = bb.Objective(bb.Scorer(fits, batched=True), space=SPACE, name="large", batch_size=32)
    clean = bb.Objective(bb.Scorer(fits, batched=True), space=SPACE, name="large", batch_size=32)
    with guarded(made, clean) as guard:
        assert guard.evaluate(bb.Ask(points(32))).valid.all()
        clean.evaluate(bb.Ask(points(32)))
        assert guard.facts == clean.facts


# The probe


@pytest.mark.processes
@pytest.mark.parametrize(
    ("act", "words"),
    [
        (hang_in_c, r"took longer than .* s"),
        (crash, "killed by SIGSEGV"),
    ],
    ids=["hang", "crash"],
)
def test_a_probe_that_hangs_or_dies_is_an_error_in_words(
    act: Callable[[], object], words: str
) -> None:
    def always(x: Any) -> Any:
        act()

    made = bb.Objective(always, space=SPACE, name="bad", timeout=0.1)
    clock = time.monotonic()
    with pytest.raises(bb.ObjectiveError, match=rf"was tried on a few draws.*({words})"):
        bb.compare(made, "random_search", 10, seeds=1)
    assert time.monotonic() - clock < 30


@pytest.mark.processes
@pytest.mark.parametrize("act", [partial(time.sleep, 1000), crash], ids=["hang", "crash"])
def test_a_probe_passes_over_draws_that_hang_or_end_its_process(act: Callable[[], object]) -> None:
    def score(x: Any) -> float:
        if float(x[0]) > 1.2:
            act()
        return -float((x**2).sum())

    made = bb.Objective(score, space=SPACE, name="bad", batched=False, timeout=0.4)
    (trace,) = bb.compare(made, "random_search", 20, seeds=1).traces
    assert np.array_equal(trace.valid, trace.z[:, 0] <= 1.2)
    assert 0 < (~trace.valid).sum() < 10


@pytest.mark.processes
def test_a_probe_behind_a_guard_finds_the_same_facts() -> None:
    free = objective(nothing, "torch").facts
    made = objective(nothing, "torch")
    made.scorer.limits = bb.Scorer(sum_of, timeout=5, memory=500).limits
    facts = made.facts
    for name in ("kind", "batched", "batching", "scores", "scorer_differentiable", "dtype"):
        assert getattr(facts, name) == getattr(free, name), name
    assert made.agrees_with(facts)


def test_limits_are_numbers() -> None:
    scorer = bb.Objective(sum_of, space=SPACE, timeout=2, memory=100, retries=3).scorer
    assert (scorer.limits.timeout, scorer.limits.memory, scorer.limits.retries) == (2.0, 100.0, 3)
    for name in ("timeout", "memory"):
        for given in (0, -1, "3", np.inf, True):
            with pytest.raises(bb.ObjectiveError, match=f"{name} must be a number > 0"):
                settings: dict[str, Any] = {name: given}
                bb.Scorer(sum_of, **settings)
