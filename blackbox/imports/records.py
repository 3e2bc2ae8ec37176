"""Runs as logs of other tools tell them, as traces; what a log does not tell stays unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import LogError as LogError
from blackbox.price import Price
from blackbox.trace import Status, Trace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Columns of the frame of runs that no log of these formats tells.
NEVER_TOLD = (
    "thinking_seconds",
    "evaluation_seconds",
    "n_duplicate",
    "n_clipped",
    "n_grad_invalid",
)


@dataclass(frozen=True, eq=False)
class Record:
    """One run of a log; scores are to be maximised, NaN where there is none."""

    objective: str
    strategy: str
    seed: int
    dim: int
    # [n], the number of the evaluation that each row stands for: from 1, rising
    evaluations: Ints
    score: Floats  # [n]
    gradients: Ints | None = None  # [n], asked so far; None: nobody counted
    spent: int = 0  # evaluations in all, where the log ends before
    budget: float | None = None  # None: as much as the dearest run on the objective spent
    optimum: float | None = None
    error: str = ""
    sign: int = 1  # -1 where the log holds losses
    status: Status | None = None  # None: by its error and what it spent
    gradient_price: float | None = None  # None: as of the other runs of the log, else 1

    @property
    def used(self) -> float:
        """Units that the run spent: scores at one each, and gradients as far as they are known."""
        if not len(self.evaluations):
            return float(self.spent)
        gradients = 0 if self.gradients is None else int(self.gradients[-1])
        price = 1.0 if self.gradient_price is None else self.gradient_price
        return float(max(self.spent, self.evaluations[-1]) + price * gradients)


def as_traces(records: Iterable[Record]) -> list[Trace]:
    """One trace per run. An objective in several dimensions is several objectives.

    Runs of a strategy that share a seed are numbered in their order instead. A log that begins
    behind the first evaluation gets a first row without a score: the run counts as bad as any
    start of the objective until something is known of it.
    """
    complete = _with_one_price(_with_one_dimension(list(records)))
    dearest: defaultdict[str, float] = defaultdict(float)
    for record in complete:
        dearest[record.objective] = max(dearest[record.objective], record.used)
    return [_trace(r, r.budget or dearest[r.objective]) for r in _with_own_seeds(complete)]


def _with_one_dimension(records: Sequence[Record]) -> list[Record]:
    dims = defaultdict(set)
    for record in records:
        dims[record.objective].add(record.dim)
    return [
        replace(r, objective=f"{r.objective} (d={r.dim})") if len(dims[r.objective]) > 1 else r
        for r in records
    ]


def _with_one_price(records: Sequence[Record]) -> list[Record]:
    """Runs without a gradient do not tell what one costs; those with some do."""
    price = next((r.gradient_price for r in records if r.gradient_price is not None), 1.0)
    return [
        r if r.gradient_price is not None else replace(r, gradient_price=price) for r in records
    ]


def _with_own_seeds(records: Sequence[Record]) -> list[Record]:
    runs = Counter((r.objective, r.strategy, r.seed) for r in records)
    shared = {(objective, strategy) for (objective, strategy, _), n in runs.items() if n > 1}
    nth: Counter[tuple[str, str]] = Counter()
    numbered = []
    for record in records:
        cell = record.objective, record.strategy
        numbered.append(replace(record, seed=nth[cell]) if cell in shared else record)
        nth[cell] += 1
    return numbered


def _trace(record: Record, budget: float) -> Trace:
    logged = len(record.evaluations)
    evaluations, score, gradients = record.evaluations, record.score, record.gradients
    if gradients is None:
        gradients = np.zeros(logged, np.int64)
    if logged and evaluations[0] > 1:
        evaluations, score = np.append(1, evaluations), np.append(np.nan, score)
        gradients = np.append(0, gradients)
    n, valid = len(evaluations), np.isfinite(score)
    unknown = [*NEVER_TOLD, *(["n_gradients"] if record.gradients is None else [])]
    if logged < max([record.spent, *evaluations[-1:]]):  # not every evaluation has a row
        unknown += ["n_invalid", "n_after_best"]
    ended = Status.SPENT if record.used >= budget else Status.RETURNED
    return Trace(
        objective=record.objective,
        strategy=record.strategy,
        seed=record.seed,
        dim=record.dim,
        budget=budget,
        price=Price(gradient=1.0 if record.gradient_price is None else record.gradient_price),
        status=record.status or (Status.FAILED if record.error else ended),
        error=record.error,
        z=np.broadcast_to(np.nan, (n, record.dim)),
        score=np.where(valid, score, -np.inf),
        valid=valid,
        clipped=np.zeros(n, bool),
        n_scores=evaluations,
        n_gradients=gradients,
        n_decodes=np.zeros(n, np.int64),
        seconds=np.full(n, np.nan),
        z_norm=np.full(n, np.nan),
        log_prior=np.full(n, np.nan),
        used=record.used,
        thinking_seconds=np.nan,
        optimum=record.optimum,
        sign=record.sign,
        unknown=tuple(unknown),
    )
