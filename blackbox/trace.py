"""The record of one run: every row that was paid for, and how the run ended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from blackbox.price import Price

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Status(StrEnum):
    """How a run stands; see `ENDED_WELL` for the good ends, everything else needs a look."""

    RUNNING = "running"
    SPENT = "spent"  # the budget affords no further score
    RETURNED = "returned"  # the strategy stopped by itself, with budget left
    REACHED = "reached"  # a score that the user had set as the goal was found
    OUT_OF_TIME = "out of time"  # the seconds that the user had given each run are over
    FAILED = "failed"  # the strategy or the objective raised; the error is kept


# As words, since that is what frames and files hold.
ENDED_WELL = tuple(map(str, (Status.SPENT, Status.RETURNED, Status.REACHED, Status.OUT_OF_TIME)))


@dataclass(frozen=True, eq=False)
class JudgedPath:
    """What judges saw of a run, outside its budget: its start, some improvements, its best.

    `rows [p]` are rows of the trace, the start first; `judged` holds `[p]` numbers per judge (NaN:
    the judge refused); `objects [p, ...]` are the decoded objects, None if they are no arrays, and
    `drawn [p, ...]` the pictures or texts that the objective's own renderer made of them.

    `truth` names the judge that measures what the scorer predicts, and `true [p]` is the score by
    it; `limits` hold the lowest and highest number that a judge gives to real objects.
    """

    rows: Ints
    judged: Mapping[str, Floats] = field(default_factory=dict)
    objects: NDArray[np.generic] | None = None
    drawn: NDArray[np.generic] | None = None
    truth: str = ""
    true: Floats | None = None
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def shown(self, place: int) -> NDArray[np.generic] | str | None:
        """What a reader sees of one of the rows: a picture, a text, the object, or None."""
        seen = self.objects if self.drawn is None else self.drawn
        if seen is None:
            return None
        return str(seen[place]) if seen.dtype.kind == "U" else np.asarray(seen[place])


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
    scoring: Mapping[str, str] = field(default_factory=dict)  # how scores were made, in words
    unknown: tuple[str, ...] = ()  # columns of frames that the log it was read from does not tell
    sign: int = 1  # -1 where the scorer returns a loss: `score` is minus that

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
        latent = np.add(self.z[~np.isnan(self.z).any(axis=1)], 0.0, order="C")  # no -0.0
        if len(np.unique(latent[:, 0])) == len(latent):  # all differ on the first axis already
            return 0
        # A set of bytes takes a tenth of the time of np.unique over rows.
        whole_rows = latent.view(f"V{latent.itemsize * latent.shape[1]}")
        return len(latent) - len(set(whole_rows.ravel().tolist()))

    def cost(self, gradient: float | None = None) -> Floats:
        """Units spent up to each row `[n]`, at another price of a gradient if one is given."""
        price = self.price.gradient if gradient is None else gradient
        cost: Floats = self.price.score * self.n_scores + price * self.n_gradients
        return cost + self.price.decode * self.n_decodes

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
        counters = (self.n_scores, self.n_gradients, self.n_decodes)
        for column in (self.z, self.score, self.valid, *counters, *self.criteria.values()):
            sha.update(np.ascontiguousarray(column).tobytes())
        return sha.hexdigest()
