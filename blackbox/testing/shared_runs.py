"""Objectives and runs that several promises are held against: each is made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox import registry
from blackbox.runtime.exchange import Exchange
from blackbox.scoring.objective import Objective
from blackbox.testing.runs import SPACES, bowl, finished, make_bowl, rows
from blackbox.trace import Status


def flat(x: torch.Tensor) -> torch.Tensor:
    """A plain `[n]`."""
    return 0 * x.sum(-1)


def stepped(x: torch.Tensor) -> torch.Tensor:
    """A bowl in steps: many points tie."""
    return torch.round(bowl(x) / 4) + 0 * x.sum(-1)


def half_invalid(x: torch.Tensor) -> torch.Tensor:
    """A bowl of which one half has no score."""
    return torch.where(x[:, 0] > 0, torch.nan, bowl(x))


def all_invalid(x: torch.Tensor) -> torch.Tensor:
    """No score anywhere."""
    return torch.where(x[:, 0] > -torch.inf, torch.nan, bowl(x))


@cache
def landscape(score: Callable[[torch.Tensor], torch.Tensor]) -> Objective:
    """The objective of one of these on the normal space."""
    return make_bowl(SPACES["normal"], score)


@cache
def decoded_bowl() -> Objective:
    """A bowl behind a decoder to 32 numbers."""
    w = torch.randn(32, 4, generator=torch.Generator().manual_seed(0))
    return make_bowl(SPACES["normal"], decoder=lambda z: torch.tanh(z @ w.T))


@dataclass(frozen=True)
class Outcome:
    """How a run ended, without the strategy's own state."""

    status: Status
    error: str
    spent: float
    n_scores: int
    scores: NDArray[np.float64]


def outcome(strategy: Any, budget: int, seed: int) -> Outcome:
    """Made once of a strategy by name: an object may have no hash, or another state by now."""
    if isinstance(strategy, str):
        return _outcome_by_name(strategy, budget, seed)
    run = finished(
        registry.strategy(strategy), make_bowl(SPACES["normal"]), budget=budget, seed=seed
    )
    columns, status = run.recorder.filled(), run.status
    assert status is not None, "the engine drives a run to its end"
    calls = int(columns["n_scores"][-1]) if len(columns["n_scores"]) else 0
    scores = np.asarray(columns["score"], np.float64)
    return Outcome(status, run.error, run.meter.spent, calls, scores)


@cache
def _outcome_by_name(name: str, budget: int, seed: int) -> Outcome:
    return outcome(registry.strategy(name), budget, seed)


@dataclass(frozen=True)
class Steady:
    """An undisturbed run on the bowl: what others of the same seed have to equal."""

    rows: tuple[bytes, ...]
    journal: tuple[Exchange, ...]


def steady(strategy: Any, seed: int = 0) -> Steady:
    """Made once of a strategy by name; of an object each time, as `outcome` is."""
    return _steady_by_name(strategy, seed) if isinstance(strategy, str) else _steady(strategy, seed)


def _steady(strategy: Any, seed: int) -> Steady:
    journal: list[Exchange] = []
    objective = make_bowl(SPACES["normal"])
    run = finished(registry.strategy(strategy), objective, seed=seed, journal=journal)
    return Steady(rows(run), tuple(journal))


_steady_by_name = cache(_steady)
