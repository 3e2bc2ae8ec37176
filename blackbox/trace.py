"""The record of one run: every row that was paid for, and how the run ended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Price

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Status(StrEnum):
    """How a run stands; `SPENT` is the good end, everything else needs a look."""

    RUNNING = "running"
    SPENT = "spent"  # the budget affords no further score
    RETURNED = "returned"  # the strategy stopped by itself, with budget left
    FAILED = "failed"  # the strategy or the objective raised; the error is kept


@dataclass(frozen=True, eq=False)
class Path:
    """What judges saw of a run, outside its budget: its start, some improvements, its best.

    `rows [p]` are rows of the trace, the start first; `judged` holds `[p]` numbers per judge (NaN:
    the judge refused); `objects [p, ...]` are the decoded objects, None if they are no arrays.
    """

    rows: Ints
    judged: Mapping[str, Floats] = field(default_factory=dict)
    objects: NDArray[np.generic] | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """One run: a strategy on an objective from a seed. Columns have one entry per evaluation.

    Counters are totals up to and including the row. Rows asked in data space have NaN in `z`.
    """

    objective: str
    strategy: str
    seed: int
    dim: int
    budget: float
    price: Price
    status: Status
    error: str
    # one row per evaluation
    z: Floats  # [n, d]
    score: Floats  # [n], the floor where invalid
    valid: NDArray[np.bool_]  # [n]
    clipped: NDArray[np.bool_]  # [n], whether the search had proposed a point outside its space
    n_scores: Ints  # [n]
    n_gradients: Ints  # [n]
    n_decodes: Ints  # [n]
    seconds: Floats  # [n], the row's share of its batch
    z_norm: Floats  # [n]
    log_prior: Floats  # [n]
    # the run as a whole
    used: float
    thinking_seconds: float
    criteria: Mapping[str, Floats] = field(default_factory=dict)  # name -> [n]
    x: Mapping[int, NDArray[np.generic]] = field(default_factory=dict)  # row -> data-space point
    path: Path | None = None
    optimum: float | None = None  # the best possible score, where it is known
    versions: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of evaluations."""
        return len(self.score)

    @property
    def evaluation_seconds(self) -> float:
        """Time spent in the objective, by shares of its batches."""
        return float(self.seconds.sum())

    @property
    def n_duplicate(self) -> int:
        """Rows whose latent point the run had asked before."""
        latent = self.z[~np.isnan(self.z).any(axis=1)]
        return len(latent) - len(np.unique(latent, axis=0)) if len(latent) else 0

    def cost(self, gradient: float | None = None) -> Floats:
        """Units spent up to each row `[n]`, at another price of a gradient if one is given."""
        price = self.price.gradient if gradient is None else gradient
        cost: Floats = self.price.score * self.n_scores + price * self.n_gradients
        return cost + self.price.decode * self.n_decodes

    def affordable(self, gradient: float | None = None) -> int:
        """How many rows the budget pays for at that price of a gradient."""
        return int(np.searchsorted(self.cost(gradient), self.budget * (1 + 1e-12), side="right"))

    def best_so_far(self) -> Floats:
        """The best valid score up to each row `[n]`; NaN before the first valid one."""
        seen = np.maximum.accumulate(np.where(self.valid, self.score, -np.inf))
        return np.where(np.isinf(seen), np.nan, seen)

    def best_row(self, gradient: float | None = None) -> int | None:
        """The row of the best valid score that the budget affords; None if there is none."""
        n = self.affordable(gradient)
        if not self.valid[:n].any():
            return None
        return int(np.argmax(np.where(self.valid[:n], self.score[:n], -np.inf)))

    def digest(self) -> str:
        """A fingerprint of all that does not depend on the clock."""
        sha = hashlib.sha256(f"{self.objective}|{self.strategy}|{self.seed}|{self.status}".encode())
        for column in (self.z, self.score, self.n_scores, self.n_gradients, self.n_decodes):
            sha.update(np.ascontiguousarray(column).tobytes())
        return sha.hexdigest()
