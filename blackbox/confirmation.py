"""The best point of a run on a noisy scorer, scored again outside the budget: what it is worth.

The highest of many noisy scores is high by luck, too (the optimiser's curse: Smith and Winkler,
2006, doi 10.1287/mnsc.1050.0451). So the point is asked again, and the mean of these answers, of
which none had a part in choosing it, is what tables show. Each answer is asked in a call of its
own, since a scorer may draw its noise once a batch, and draws from a stream of its own: what comes
after in this process draws what it would have drawn anyway.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from blackbox.errors import ReplayDiverged
from blackbox.plan import RunSpec
from blackbox.protocol import (
    Answer,
    Array,
    Ask,
    Brief,
    Capability,
    Message,
    Place,
    Search,
    needed,
)
from blackbox.registry import label
from blackbox.runtime.budget import Meter
from blackbox.runtime.engine import Evaluate, advance
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.replay import replay
from blackbox.runtime.run import Run
from blackbox.runtime.store import Store
from blackbox.scoring.batching import one_thread
from blackbox.scoring.isolation import drawing_from
from blackbox.scoring.objective import Objective
from blackbox.trace import Confirmations, Status, Trace

# Hears what a user should know, and is no error.
Tell = Callable[[str], None]


class NotConfirmed(Exception):
    """Why a point could not be asked again for now; what was answered is in the journal."""


@dataclass(frozen=True)
class Repeat:
    """Ask one point again and again: not a search, but driven, recorded and resumed like one."""

    point: Array  # [1, d], or [1, ...] in data space
    at: Place = "latent"

    @property
    def needs(self) -> frozenset[Capability]:
        """Scores of objects, where the point is one."""
        need = needed(Ask(self.point, 0, self.at))
        return frozenset() if need is None else frozenset({need})

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """One point a message, until the budget is spent."""
        while True:
            yield Ask(self.point, 0, self.at)


@dataclass(frozen=True, eq=False)
class Unanswered:
    """Rows of a run that are to be asked again, as the best of their run or of several runs."""

    trace: Trace
    spec: RunSpec
    rows: tuple[int, ...]
    is_last: bool = False

    @classmethod
    def of(cls, trace: Trace, spec: RunSpec, rows: Iterable[int], *, is_last: bool) -> Unanswered:
        """Those of the rows that have not all their answers; none where the scorer is steady."""
        times = spec.confirm if trace.is_noisy else 0
        held = trace.confirmations
        short = [row for row in rows if held.of(row, last=is_last).sum() < times]
        return cls(trace, spec, tuple(short), is_last)


@dataclass
class Confirming:
    """Asks the best points of runs of one objective again. See `Shard` for the fields."""

    objective: Objective
    evaluate: Evaluate
    store: Store | None = None
    journal: JournalFile | None = None
    deadline: float | None = None

    def each(self, wanted: Sequence[Unanswered], tell: Tell) -> Iterator[tuple[RunSpec, Trace]]:
        """What is wanted of finished runs; what cannot be asked for now is told and left out."""
        with one_thread():
            for one in wanted:
                try:
                    yield one.spec, self.of(one)
                except NotConfirmed as reason:
                    tell(
                        f"the best of {one.trace.strategy} on {one.trace.objective}, seed "
                        f"{one.trace.seed}, is not confirmed yet: {reason}; run again to go on"
                    )

    def of(self, wanted: Unanswered) -> Trace:
        """The trace with what was said of the rows that are wanted.

        Raises NotConfirmed where time is up, or something is away that the objective needs.
        """
        trace = wanted.trace
        for row in wanted.rows:
            n_held = int(trace.confirmations.of(row, last=wanted.is_last).sum())
            again, error = self._answers(wanted, row, n_held)
            complaint = "; ".join(filter(None, [trace.error, error]))
            joined = trace.confirmations.joined(again)
            trace = replace(trace, confirmations=joined, error=complaint)
        return trace

    def _answers(self, wanted: Unanswered, row: int, n_held: int) -> tuple[Confirmations, str]:
        """As many answers to a row as are missing, and the error that ended them, if any."""
        trace, spec = wanted.trace, wanted.spec
        stage = "last" if wanted.is_last else "first"
        key = f"{spec.key}.{stage}.{row}.{n_held}"
        n_missing = spec.confirm - n_held
        run = self._begun(trace, spec, row, key, n_missing)

        def evaluate(message: Message) -> Answer:
            # By its number: an answer is the same straight through and resumed.
            with drawing_from(_seed(trace, stage, row, n_held + run.recorder.size)):
                return self.evaluate(message)

        if self.store is not None:
            try:
                replay(run, self.store.journals.exchanges(key))
            except ReplayDiverged:  # answers to a point that is not the best any more
                run = self._begun(trace, spec, row, key, n_missing)
        while run.pending is not None:
            if self.deadline is not None and time.time() >= self.deadline:
                run.stop("the time that the study was given is up")
            else:
                advance([run], evaluate, 1, fused=False, log=self.journal)
        if run.status is Status.RUNNING:
            raise NotConfirmed(run.error)
        error = "" if run.status is not Status.FAILED else f"not confirmed: {run.error}"
        return _recorded(run, trace, row, n_missing, is_last=wanted.is_last), error

    def _begun(self, trace: Trace, spec: RunSpec, row: int, key: str, times: int) -> Run:
        is_data = row in trace.x
        point = trace.x[row][None] if is_data else trace.z[row : row + 1]
        journal = None
        if self.journal is not None:
            about: dict[str, Any] = {
                "key": key,
                "objective": spec.name,
                "strategy": label(spec.strategy),
            }
            about |= {"seed": spec.seed, "budget": float(times)}
            journal = self.journal.open_run(about | {"gradient_price": trace.price.gradient})
        meter = Meter(times * trace.price.score, trace.price)
        brief = Brief(
            space=self.objective.space,
            start=trace.z[:1],
            budget=meter.budget,
            price=trace.price,
            offers=self.objective.capabilities,
        )
        strategy = Repeat(np.asarray(point, float), "data" if is_data else "latent")
        return Run(strategy, brief, np.random.default_rng(0), meter, journal=journal)


def unconfirmed(trace: Trace, spec: RunSpec) -> Unanswered:
    """What a noisy run still wants: answers to its best row at each price of its study."""
    best = (trace.best_row(price) for price in spec.prices)
    rows = dict.fromkeys(row for row in best if row is not None and _can_be_asked(trace, row))
    return Unanswered.of(trace, spec, rows, is_last=False)


def _can_be_asked(trace: Trace, row: int) -> bool:
    """Whether the point of a row was kept."""
    return bool(trace.has_point(np.array([row])).all())


def best_of_several(cells: Iterable[tuple[Trace, RunSpec]]) -> list[Unanswered]:
    """What the best run of each objective and strategy wants: its rows confirmed once more.

    At each price of the study it is the run whose best has the highest mean, the first of several.
    """
    best: dict[tuple[str, str, float], tuple[float, Trace, RunSpec, int]] = {}
    for trace, spec in cells:
        for price in spec.prices:
            row, cell = trace.best_row(price), (trace.objective, trace.strategy, price)
            height = trace.confirmations.mean(row)
            if (
                row is not None
                and _can_be_asked(trace, row)
                and height > best.get(cell, (-np.inf,))[0]
            ):
                best[cell] = height, trace, spec, row
    rows: dict[int, tuple[Trace, RunSpec, dict[int, None]]] = {}
    for _, trace, spec, row in best.values():
        rows.setdefault(id(trace), (trace, spec, {}))[2][row] = None
    wanted = (Unanswered.of(*one, is_last=True) for one in rows.values())
    return [one for one in wanted if one.rows]


def _recorded(run: Run, trace: Trace, row: int, times: int, *, is_last: bool) -> Confirmations:
    """What was answered `[times]`; a call that raised leaves the rest without a score."""
    columns = run.recorder.filled()
    score = np.full(times, np.nan)
    score[: run.recorder.size] = np.where(columns["valid"], columns["score"], np.nan)
    criteria = np.full((times, len(trace.criteria)), np.nan)
    if trace.criteria and run.recorder.size:
        criteria[: run.recorder.size] = run.recorder.criteria
    return Confirmations(
        np.full(times, row, np.int64),
        score,
        np.full(times, is_last),
        dict(zip(trace.criteria, criteria.T, strict=True)),
    )


def _seed(trace: Trace, stage: str, row: int, nth: int) -> int:
    """What the global generators begin at for one answer: no two answers of a study draw alike."""
    who = f"{trace.objective}|{trace.strategy}|{trace.seed}|{stage}|{row}|{nth}"
    return int.from_bytes(hashlib.sha256(who.encode()).digest()[:4], "little")
