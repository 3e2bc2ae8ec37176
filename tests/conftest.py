"""What several test files stand on: tiny objectives, runs driven to their end, traces by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings
from numpy.typing import ArrayLike

import blackbox as bb
from blackbox.protocol import Brief, Capability, Price, Strategy, needs
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import Evaluate, advance
from blackbox.runtime.run import Exchange, Run
from blackbox.scoring.arrays import shaped
from blackbox.trace import Status, Trace

# How long an example takes is the machine's business: a law holds or it does not.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Small batches do not profit from threads, and threads that wait for a busy core cost much.
torch.set_num_threads(1)

# Files that `make check` has no time for: each takes two seconds of a core or more.
SLOW = {
    "botorch_loop",
    "chains",
    "cli",
    "composed",
    "digits",
    "estimation",
    "exports",
    "mnist_training",
    "objectives",
    "oracles",
    "page",
    "peers",
    "pictures",
    "prices",
    "ranking",
    "readme",
    "report",
    "results",
    "round_trip",
    "statistics",
    "statistics_tables",
    "strategies",
    "studies",
    "study",
    "surrogate",
    "training",
    "turbo",
}

HERE = Path(__file__).parent
OPTIMUM = 0.5


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of a slow file."""
    for item in items:
        if item.path.stem.removeprefix("test_") in SLOW and item.path.parent == HERE:
            item.add_marker(pytest.mark.slow)


def bowl(x: torch.Tensor) -> torch.Tensor:
    """A concave paraboloid with its top at 0.5 in every coordinate."""
    return -((x - OPTIMUM) ** 2).sum(-1)


def flat(z: torch.Tensor) -> torch.Tensor:
    """A decoder of latents of any shape to rows `[n, m]`."""
    return z.flatten(1)


def make_bowl(space: bb.Space, score: Callable[..., Any] = bowl, **settings: Any) -> bb.Objective:
    return bb.Objective(score, space=space, name="bowl", **settings)


class Tunable(torch.nn.Module):
    """The decoder of an objective behind an identity layer: the same, as a module with weights."""

    def __init__(self, objective: bb.Objective) -> None:
        super().__init__()
        self.space, self.decoder = objective.space, objective.decoder or torch.nn.Identity()
        dim = self.space.dim
        linear, dtype = torch.nn.Linear, objective.facts.dtype
        self.layer = torch.nn.utils.skip_init(linear, dim, dim, bias=False, dtype=dtype)
        torch.nn.init.eye_(self.layer.weight)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.decoder(shaped(self.layer(z), self.space))


def started(
    strategy: Strategy,
    objective: bb.Objective,
    budget: float = 30,
    seed: int = 0,
    price: Price | None = None,
    journal: list[Exchange] | None = None,
) -> Run:
    """A run on an objective, as a study would start it."""
    price = price or Price()
    tuned = Capability.DECODER in needs(strategy) - objective.capabilities
    brief = Brief(
        space=objective.space,
        start=objective.starts(np.random.default_rng([seed, 0]), 8),
        budget=budget,
        price=price,
        offers=objective.capabilities,
        decoder=Tunable(objective) if tuned else objective.decoder,
        codes=objective.codes,
    )
    rng = np.random.default_rng([seed, 1])
    return Run(strategy, brief, rng, Meter(budget, price), journal=journal)


def finished(strategy: Strategy, objective: bb.Objective, **settings: Any) -> Run:
    """The same run, driven to its end."""
    evaluate: Evaluate = objective.evaluate
    run = started(strategy, objective, **settings)
    advance([run], evaluate)
    return run


def rows(run: Run) -> tuple[bytes, ...]:
    """All that a run recorded but the clock, as bits."""
    columns = run.recorder.filled()
    return tuple(columns[name].tobytes() for name in columns if name != "seconds")


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


@pytest.fixture
def normal_bowl() -> bb.Objective:
    """A bowl over the normal prior of four dimensions, with gradients."""
    return make_bowl(bb.Space.normal(4))
