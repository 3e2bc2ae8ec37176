"""Objectives and runs that several promises are held against: each is made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox import registry
from blackbox.known.data import KnownData
from blackbox.protocol import Answer, Ask, Capability, Strategy, needs
from blackbox.runtime.exchange import Exchange
from blackbox.scoring.objective import Objective
from blackbox.testing.runs import (
    OFFERED,
    SPACES,
    bowl,
    bowl_for,
    finished,
    halves,
    make_bowl,
    offering,
    rows,
)
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


@dataclass(frozen=True)
class WarmBowl:
    """A bowl whose points are paid for once, and some that are known of it, one without a score."""

    objective: Objective
    data: KnownData

    @classmethod
    def for_(cls, given: Strategy) -> WarmBowl:
        """The one for a strategy: with criteria or trust, if it needs them."""
        return _warm_bowl(needs(given) & OFFERED)


@cache
def _warm_bowl(wanted: frozenset[Capability]) -> WarmBowl:
    space, in_halves = SPACES["normal"], Capability.CRITERIA in wanted
    settings: dict[str, Any] = {"weights": (1, 1)} if in_halves else {}
    settings |= offering(wanted)
    score = partial(halves, bowl) if in_halves else bowl
    objective = make_bowl(space, score, duplicates="cached", **settings)
    z = space.sample(np.random.default_rng(5), 6)
    answer = objective.evaluate(Ask(z))
    columns = {name: np.array(column) for name, column in answer.columns.items()}
    columns["score"][-1] = np.nan
    columns["valid"] = np.isfinite(columns["score"])
    return WarmBowl(objective, KnownData(z, Answer(**columns), "six draws"))


def to_32_numbers(z: torch.Tensor) -> torch.Tensor:
    """A decoder `[n, 4]` to `[n, 32]`."""
    w = torch.randn(32, 4, generator=torch.Generator().manual_seed(0))
    return torch.tanh(z @ w.T)


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
    given = registry.strategy(strategy)
    run = finished(given, bowl_for(given, SPACES["normal"]), budget=budget, seed=seed)
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
    given = registry.strategy(strategy)
    run = finished(given, bowl_for(given, SPACES["normal"]), seed=seed, journal=journal)
    return Steady(rows(run), tuple(journal))


_steady_by_name = cache(_steady)
