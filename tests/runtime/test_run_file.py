"""Files of finished runs: all of a trace is there again, and a run can be replayed from one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.errors import StoreError
from blackbox.protocol import Price
from blackbox.runtime import run_file
from blackbox.runtime.exchange import Exchange
from blackbox.runtime.replay import replay
from blackbox.runtime.store import Store
from blackbox.trace import JudgedPath, LateSample, Status, Trace
from tests.conftest import bowl, finished, make_bowl, make_trace, rows, started

SPACE = bb.Space.normal(4)
WEIGHTS = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))


def everything() -> Trace:
    """A trace of which no field is as usual."""
    path = JudgedPath(
        np.array([0, 2]),
        {"size": np.array([1.0, np.nan]), "zinc": np.array([-0.0, np.inf])},
        objects=np.arange(8, dtype=np.float32).reshape(2, 2, 2),
        drawn=np.array(["C\x00\u03b1", "O"]),
        truth="size",
        true=np.array([0.5, np.nan]),
        limits={"size": (-np.inf, 3.0), "zinc": (0.0, np.inf)},
    )
    late = LateSample(
        np.array([1, 2]),
        {"size": np.array([2.0, np.nan]), "zinc": np.array([-np.inf, 0.0])},
        true=np.array([1.5, np.nan]),
        apart=np.array([0.25, 0.25]),
    )
    return make_trace(
        [np.nan, -0.0, 5e-324],
        gradients=[1, 0, 1],
        status=Status.REACHED,
        error="row 0: ValueError: \ud800 é",
        price=Price(score=2.0, gradient=0.5, decode=0.25),
        clipped=np.array([True, False, True]),
        grad_valid=np.array([False, True, True]),
        criteria={"a": np.array([1.0, np.nan, 2.0]), "b": np.zeros(3)},
        directions={"a": 1, "b": -1},
        x={1: np.ones((2, 3), np.float32), 2: np.zeros((2, 3), np.float32)},
        path=path,
        late=late,
        prior="box",
        optimum=3.5,
        machine={"cpu": "one"},
        peak_memory_mb=12.5,
        n_called=7.0,
        noise=0.25,
        scoring={"noise": "none seen"},
        unknown=("z",),
    )


def same(one: Any, other: Any) -> bool:
    """Whether two fields hold the same, to the last bit of an array."""
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        return bool(alike and one.tobytes() == other.tobytes())
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float) and np.isnan(one):
        return bool(np.isnan(other))
    return bool(one == other)


def fields(one: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(one)


@pytest.mark.parametrize("trace", [everything(), make_trace([]), make_trace([1.0])])
def test_all_of_a_trace_is_there_again(trace: Trace) -> None:
    again = run_file.decode(run_file.encode(trace)).trace
    for field in fields(trace):
        assert same(getattr(trace, field.name), getattr(again, field.name)), field.name
    assert again.digest() == trace.digest()


def test_a_file_holds_only_numbers_truth_values_and_texts() -> None:
    with pytest.raises(TypeError, match="holds objects"):
        run_file.encode(dataclasses.replace(everything(), x={0: np.array([{}], object)}))


def test_every_flipped_bit_of_a_run_is_noticed() -> None:
    content = run_file.encode(everything())
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        with pytest.raises(StoreError):
            run_file.decode(bytes(flipped))
    for length in range(len(content)):
        with pytest.raises(StoreError):
            run_file.decode(content[:length])


def _half(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x[:, 0] > 0.2, torch.nan, bowl(x))


def _decoded(z: torch.Tensor) -> torch.Tensor:
    return torch.tanh(z @ WEIGHTS.to(z))


def _criteria(x: torch.Tensor) -> torch.Tensor:
    return torch.stack([bowl(x), x[:, 1]], -1)


KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "scores": ("cma_es", {}),
    "gradients": ("gradient_ascent", {}),
    "invalid points": ("gradient_ascent", {"score": _half}),
    "objects and pull-backs": ("chained_zeroth_order", {"decoder": _decoded}),
    "criteria": ("lbfgs", {"score": _criteria, "weights": [1.0, 2.0]}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_replayed_from_its_file_without_a_call(kind: str, tmp_path: Path) -> None:
    name, settings = KINDS[kind]
    objective = make_bowl(SPACE, **settings)
    study = bb.compare(objective, name, 37, 2, store=tmp_path)
    store = Store(tmp_path)
    for key in sorted(store.keys()):
        stored = store.find(key)
        assert stored is not None
        seed = stored.trace.seed
        run = started(registry.strategy(name), objective, budget=37, seed=seed)
        replay(run, stored.exchanges(), _free_only(objective))
        assert run.pending is None
        assert run.status is stored.trace.status is Status.SPENT
        columns = run.recorder.filled()
        for column in ("z", "score", "valid", "grad_valid", "n_scores", "n_gradients", "n_decodes"):
            kept = getattr(stored.trace, column)
            assert same(columns[column], kept), column
    assert len(study.traces) == 2


def _free_only(objective: bb.Objective) -> Any:
    def evaluate(message: bb.messages.Message) -> bb.Answer:
        assert isinstance(message, bb.messages.Decode), "something was paid for"
        return objective.evaluate(message)

    return evaluate


def test_a_run_of_a_file_equals_the_run_in_memory(tmp_path: Path) -> None:
    objective = make_bowl(SPACE)
    journal: list[Exchange] = []
    run = finished(registry.strategy("cma_es"), objective, budget=37, journal=journal)
    bb.compare(objective, "cma_es", 37, 1, store=tmp_path)
    store = Store(tmp_path)
    stored = store.find(*store.keys())
    assert stored is not None
    again = started(registry.strategy("cma_es"), objective, budget=37)
    replay(again, stored.exchanges())
    assert rows(again) == rows(run)


def test_a_file_that_is_no_run_is_told(tmp_path: Path) -> None:
    bb.compare("synthetic.sphere(d=2)", "random_search", 5, 2, store=tmp_path)
    one, other = sorted((tmp_path / "runs").glob("*.run"))
    one.write_bytes(b"")
    assert len(bb.load(tmp_path).missing) == 1
    with pytest.warns(UserWarning, match="is damaged"):
        again = bb.compare("synthetic.sphere(d=2)", "random_search", 5, 2, store=tmp_path)
    assert again.is_complete
    assert one.with_name(one.name + ".damaged").read_bytes() == b""
    assert other.exists()
