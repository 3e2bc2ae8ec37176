"""An objective on a device: points go there once in a call, and only what is told comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import blackbox as bb
from blackbox.protocol import Ask

GPU = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
)
D = 8


class Copies(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes each tensor that is copied to another device or type: from, to, how many numbers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.made: list[tuple[str, str, int]] = []

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Any = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        if func is torch.ops.aten._to_copy.default:
            first = args[0]
            ends = (f"{one.device.type} {one.dtype}" for one in (first, out))
            self.made.append((*ends, first.numel()))
        return out


def objective(device: str) -> bb.Objective:
    torch.manual_seed(0)
    decoder = torch.nn.Linear(D, 4, dtype=torch.float32).to(device)
    return bb.Objective(
        lambda x: -x.square().sum(-1), decoder, bb.Space.normal(D), device=device, name="bowl"
    )


@pytest.mark.parametrize("device", ["cpu", GPU])
@pytest.mark.parametrize("order", [0, 1])
def test_the_points_of_a_call_travel_once(device: str, order: Any) -> None:
    bowl, z = objective(device), np.random.default_rng(0).standard_normal((32, D))
    bowl.evaluate(Ask(z, order))  # what is found out first has calls of its own
    with Copies() as copies:
        answer = bowl.evaluate(Ask(z, order))
    there = f"{device} torch.float32"
    up = [one for one in copies.made if one[0] == "cpu torch.float64"]
    assert up == [("cpu torch.float64", there, 32 * D)]
    # Scores come back, and gradients: 32 numbers and 32 points, whatever was decoded on the way.
    down = [size for begin, _, size in copies.made if begin == there and device != "cpu"]
    assert down in ([], [32], [32, 32 * D])
    assert answer.score.shape == (32,)


@pytest.mark.parametrize("device", [GPU])
def test_a_study_on_a_gpu_goes_from_end_to_end(device: str) -> None:
    asked = ["random_search", "gradient_ascent", "cma_es"]
    study = bb.compare(objective(device), asked, 24, 2)
    assert set(study.runs["status"]) == {"spent"}
    here = bb.compare(objective("cpu"), "random_search", 24, 2).traces
    theirs = [trace for trace in study.traces if trace.strategy == "random_search"]
    for one, other in zip(here, theirs, strict=True):
        np.testing.assert_allclose(one.score, other.score, rtol=1e-4)
