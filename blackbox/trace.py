"""The record of one run: every row that was paid for, and how the run ended."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from blackbox.asked_outside import Confirmations as Confirmations
from blackbox.asked_outside import JudgedPath as JudgedPath
from blackbox.asked_outside import KnownBefore as KnownBefore
from blackbox.asked_outside import LateSample as LateSample
from blackbox.asked_outside import VerifiedPoints as VerifiedPoints
from blackbox.price import Price

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LATE = 0.1  # of a run's evaluations: its end
# As many of these as a path has objects at most: judges cost no more than twice as much. Over ten
# seeds the standard error of a share is then below 6 %.
SAMPLE = 8
# The streams of chance of a seed are numbered: 0 draws its starts, 1 is the strategy's.
SAMPLE_STREAM = 2


class Status(StrEnum):
    """How a run stands; see `ENDED_WELL` for the good ends, everything else needs a look."""

    RUNNING = "running"
    SPENT = "spent"  # the budget affords no further score
    RETURNED = "returned"  # the strategy stopped by itself, with budget left
    REACHED = "reached"  # a score that the user had set as the goal was found
    OUT_OF_TIME = "out of time"  # the seconds that the user had given each run are over
    COMPLETE = "complete"  # every object of a finite space was asked: nothing is left to buy
    FAILED = "failed"  # the strategy or the objective raised; the error is kept


# As words, since that is what frames and files hold.
_WELL = (Status.SPENT, Status.RETURNED, Status.REACHED, Status.OUT_OF_TIME, Status.COMPLETE)
ENDED_WELL = tuple(map(str, _WELL))


Path = JudgedPath  # its name until now, for one more release


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
    score: Floats  # [n], NaN where invalid
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
    directions: Mapping[str, int] = field(default_factory=dict)  # criterion -> 1: high is wanted
    x: Mapping[int, NDArray[np.generic]] = field(default_factory=dict)  # row -> data-space point
    path: JudgedPath | None = None
    late: LateSample | None = None
    prior: str = ""  # of the space that was searched: "normal", "box" or "sphere"
    optimum: float | None = None  # the best possible score, where it is known
    versions: Mapping[str, str] = field(default_factory=dict)  # package -> version
    machine: Mapping[str, str] = field(default_factory=dict)  # what it was made on, in words
    peak_memory_mb: float = np.nan  # of the whole process, so far
    grad_valid: NDArray[np.bool_] | None = (
        None  # [n], whether asked gradients were finite; None: all
    )
    n_called: float = np.nan  # objects that the objective called for these rows, padding included
    noise: float = np.nan  # standard deviation of a score that is asked again; 0 for none
    is_noisy: bool = False  # whether scores differ when they are asked again, as seen or declared
    # [n], the row that the search took for the best when it asked this one; -1: the highest so far
    incumbent: Ints | None = None
    confirmations: Confirmations = field(default_factory=Confirmations)
    scoring: Mapping[str, str] = field(default_factory=dict)  # how scores were made, in words
    unknown: tuple[str, ...] = ()  # columns of frames that the log it was read from does not tell
    constraints: Mapping[str, Floats] = field(default_factory=dict)  # name -> [n], met if >= 0
    sign: int = 1  # -1 where the scorer returns a loss: `score` is minus that
    known: KnownBefore = field(default_factory=KnownBefore)  # what it was told before it began
    verified: VerifiedPoints = field(default_factory=VerifiedPoints)  # what it asked of the truth

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
        return self.duplicates(len(self))

    def duplicates(self, rows: int) -> int:
        """Those among the first `rows`."""
        z = self.z[:rows]
        if np.isnan(z[:, 0]).all():  # as of a log, which may tell of a million dimensions
            return 0
        latent = np.add(z[~np.isnan(z).any(axis=1)], 0.0, order="C")  # no -0.0
        if len(np.unique(latent[:, 0])) == len(latent):  # all differ on the first axis already
            return 0
        # A set of bytes takes a tenth of the time of np.unique over rows.
        whole_rows = latent.view(f"V{latent.itemsize * latent.shape[1]}")
        return len(latent) - len(set(whole_rows.ravel().tolist()))

    @cached_property
    def feasible(self) -> NDArray[np.bool_]:
        """Whether each row has a valid score and meets all constraints `[n]`."""
        if not self.constraints:
            return self.valid
        met = (np.stack(list(self.constraints.values())) >= 0).all(axis=0)
        return np.asarray(self.valid & met, bool)

    def cost(self, gradient: float | None = None) -> Floats:
        """Units spent up to each row `[n]`, at another price of a gradient if one is given."""
        price = self.price.gradient if gradient is None else gradient
        asked_last: tuple[float, Floats] | None = self.__dict__.get("_cost")
        if asked_last is not None and asked_last[0] == price:
            return asked_last[1]  # a report asks for the same some forty times
        cost: Floats = self.price.score * self.n_scores + price * self.n_gradients
        cost = cost + self.price.decode * self.n_decodes
        cost.flags.writeable = False
        self.__dict__["_cost"] = price, cost
        return cost

    def affordable(self, gradient: float | None = None) -> int:
        """How many rows the budget pays for at that price of a gradient."""
        return int(np.searchsorted(self.cost(gradient), self.budget * (1 + 1e-12), side="right"))

    def paid_up_to(self) -> Floats:
        """The highest price of a gradient at which the budget pays for each row `[n]`.

        It falls along the run; inf before the first gradient.
        """
        left = self.budget - self.cost(0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            highest = np.where(self.n_gradients > 0, left / self.n_gradients, np.inf)
        # What was granted was paid for, whatever the last bit says.
        return np.maximum(highest, self.price.gradient)

    def best_so_far(self) -> Floats:
        """The best feasible score up to each row `[n]`; NaN before the first of these."""
        seen = np.maximum.accumulate(np.where(self.feasible, self.score, -np.inf))
        return np.where(np.isinf(seen), np.nan, seen)

    def best_row(self, gradient: float | None = None) -> int | None:
        """The row of the best feasible score that the budget affords; None if there is none.

        Of a noisy scorer it is the row that the search took for the best, if it said so.
        """
        n = self.affordable(gradient)
        if not self.feasible[:n].any():
            return None
        if self.is_noisy and self.incumbent is not None and self.incumbent[n - 1] >= 0:
            return int(self.incumbent[n - 1])
        return int(np.argmax(np.where(self.feasible[:n], self.score[:n], -np.inf)))

    def best_rows(self) -> Ints:
        """The best row up to each row `[n]`, as `best_row`; -1 before the first feasible one."""
        score = np.where(self.feasible, self.score, -np.inf)
        so_far = np.maximum.accumulate(score)
        rises = self.feasible & (score > np.append(-np.inf, so_far[:-1])[: len(score)])
        highest: Ints = np.maximum.accumulate(np.where(rises, np.arange(len(score)), -1))
        if not self.is_noisy or self.incumbent is None:
            return highest
        return np.where(self.incumbent < 0, highest, self.incumbent)

    def asked_as_data(self, rows: Ints) -> dict[int, NDArray[np.generic]]:
        """Those of these rows that were asked in data space: place among them -> point."""
        return {place: self.x[int(row)] for place, row in enumerate(rows) if int(row) in self.x}

    def has_point(self, rows: Ints) -> NDArray[np.bool_]:
        """Whether the points of these rows were kept `[p]`: of large objects only some are."""
        given = np.array([int(row) in self.x for row in rows], bool)
        return np.asarray(given | ~np.isnan(self.z[rows]).any(axis=1), bool)

    def late_rows(self, gradient: float | None = None) -> Ints:
        """The rows with a valid score of the last tenth that the budget affords, `[n]`."""
        n = self.affordable(gradient)
        first = n - math.ceil(LATE * n)
        return first + np.flatnonzero(self.valid[first:n])

    def late_sample_rows(self, gradient: float | None = None) -> Ints:
        """Those of them that judges see: at most `SAMPLE`, drawn by the run's seed.

        None where only the points of its path were kept, which are no fair sample.
        """
        rows = self.late_rows(gradient)
        if not self.has_point(rows).all():
            return rows[:0]
        if len(rows) <= SAMPLE:
            return rows
        rng = np.random.default_rng([self.seed, SAMPLE_STREAM])
        return np.sort(rng.choice(rows, SAMPLE, replace=False))

    def digest(self) -> str:
        """A fingerprint of all that does not depend on the clock."""
        sha = hashlib.sha256(f"{self.objective}|{self.strategy}|{self.seed}|{self.status}".encode())
        counters = (self.n_scores, self.n_gradients, self.n_decodes)
        named = (*self.criteria.values(), *self.constraints.values())
        columns = [self.z, self.score, self.valid, *counters, *named]
        if len(asked := self.verified):
            columns += [asked.z, asked.true, asked.after]
        for column in columns:
            sha.update(np.ascontiguousarray(column).tobytes())
        return sha.hexdigest()
