"""What several test files stand on: tiny objectives, runs driven to their end, traces by hand."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings
from numpy.typing import ArrayLike, NDArray

import blackbox as bb
from blackbox.protocol import Price
from blackbox.results import report
from blackbox.testing.runs import OPTIMUM as OPTIMUM
from blackbox.testing.runs import SPACES as SPACES
from blackbox.testing.runs import Tunable as Tunable
from blackbox.testing.runs import bowl as bowl
from blackbox.testing.runs import finished as finished
from blackbox.testing.runs import make_bowl as make_bowl
from blackbox.testing.runs import rows as rows
from blackbox.testing.runs import started as started
from blackbox.trace import JudgedPath, Status, Trace
from tests import warm

# How long an example takes is the machine's business: a law holds or it does not.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Small batches do not profit from threads, and threads that wait for a busy core cost much.
torch.set_num_threads(1)

# What a worker does is tested in all rooms, how it begins in `tests/workers/test_workers.py`.
warm.warm_workers()


def pytest_configure(config: pytest.Config) -> None:
    """Begin what the processes of xdist will share while they import what they test."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        warm.share()


def pytest_collection_finish() -> None:
    """What tests and libraries are made of stays to the end: a collection need not look at it."""
    gc.collect()
    gc.freeze()


def flat(z: torch.Tensor) -> torch.Tensor:
    """A decoder of latents of any shape to rows `[n, m]`."""
    return z.flatten(1)


def make_trace(
    score: ArrayLike,
    *,
    gradients: ArrayLike | None = None,
    strategy: str = "climb",
    seed: int = 0,
    objective: str = "bowl",
    **changes: Any,
) -> Trace:
    """A run whose scores are given, NaN where invalid; each asks a gradient where `gradients`."""
    score = np.array(score, float)
    n = len(score)
    n_gradients = np.cumsum(np.zeros(n, int) if gradients is None else gradients)
    fields: dict[str, Any] = {
        "objective": objective,
        "strategy": strategy,
        "seed": seed,
        "dim": 2,
        "budget": 4.0,
        "price": Price(),
        "status": Status.SPENT,
        "error": "",
        "z": np.arange(2.0 * n).reshape(n, 2),
        "score": score,
        "valid": ~np.isnan(score),
        "clipped": np.zeros(n, bool),
        "n_scores": np.arange(1, n + 1),
        "n_gradients": n_gradients,
        "n_decodes": np.zeros(n, int),
        "seconds": np.full(n, 0.5),
        "z_norm": np.ones(n),
        "log_prior": np.zeros(n),
        "used": float(n + n_gradients[-1]) if n else 0.0,
        "thinking_seconds": 0.25,
        "versions": {"numpy": "2"},
    }
    return Trace(**(fields | changes))


def numpy_words() -> NDArray[np.uint32]:
    """A copy of what numpy's global generator stands on."""
    words: NDArray[np.uint32] = np.random.get_state(legacy=False)["state"]["key"].copy()
    return words


def path_of(trace: Trace) -> JudgedPath:
    """The path of a run that was judged."""
    assert trace.path is not None
    return trace.path


def objects_of(trace: Trace) -> NDArray[Any]:
    """The objects of a run that was judged."""
    objects = path_of(trace).objects
    assert objects is not None
    return objects


def notes_of(answer: bb.Answer) -> NDArray[np.object_]:
    """What an answer says of its invalid points."""
    assert answer.notes is not None
    return answer.notes


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have empty figures, which take no time: for tests of what stands beside them."""
    monkeypatch.setattr(report, "drawn", lambda figure, ending: b"<svg></svg>")


@pytest.fixture
def normal_bowl() -> bb.Objective:
    """A bowl over the normal prior of four dimensions, with gradients."""
    return make_bowl(bb.Space.normal(4))
