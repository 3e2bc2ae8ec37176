"""How the calls of a run's objective are made: here, behind a guard, and by workers that are free.

A worker that makes runs of a dear objective lends their calls to others of its pool. Each of
these loads the objective once, calls it as the first would (behind a guard where there are limits,
or where calls have ended processes), and puts what is answered into a journal of its own at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from blackbox import registry
from blackbox.plan import RunSpec
from blackbox.protocol import Answer
from blackbox.runtime.engine import Evaluate
from blackbox.runtime.journal import JournalFile
from blackbox.runtime.journals import AHEAD
from blackbox.runtime.spread import Alone, Hands, RowsAsked, made
from blackbox.runtime.store import Store
from blackbox.sameness import refuse_other_code
from blackbox.scoring.batching import one_thread
from blackbox.scoring.guard import Guard
from blackbox.scoring.objective import Objective
from blackbox.scoring.programs import logs_in
from blackbox.workers.lending import Lending, can_lend


def loaded(spec: RunSpec) -> Objective:
    """The objective of a run, with what the study's probe found out: a worker makes none."""
    objective = registry.objective(spec.objective)
    if spec.facts is not None:
        objective.adopt(spec.facts)
    return objective


def evaluate_of(
    spec: RunSpec, objective: Objective, stack: ExitStack, *, guarded: bool
) -> Evaluate:
    """How an objective is called: here, or in a process of its own, which the stack ends."""
    if not guarded:
        return objective.evaluate
    guard = guard_of(spec, objective)
    stack.callback(guard.close)
    return guard.evaluate


def needs_guard(specs: Sequence[RunSpec], objective: Objective, store: Store | None) -> bool:
    """Whether calls have limits, or have ended processes that were making these very runs."""
    if objective.scorer.limits.need_a_worker or objective.facts.ends_process:
        return True
    return store is not None and bool({spec.key for spec in specs} & store.journals.suspects())


def guard_of(spec: RunSpec, objective: Objective) -> Guard:
    """The objective in a process of its own."""
    given = spec.objective
    make = partial(registry.objective, given) if isinstance(given, str) else None
    limits = objective.scorer.limits
    return Guard(
        objective,
        make,
        objective.facts,
        timeout=limits.timeout,
        memory=limits.memory,
        retries=limits.retries,
        charged=spec.limits.charge_retries,
    )


def hands_for(
    spec: RunSpec, objective: Objective, store: Store | None, stack: ExitStack, *, guarded: bool
) -> Hands:
    """Who makes the calls of such runs: this process, with those of its pool that are free."""
    if not (can_lend() and objective.facts.dear and store is not None):
        return Alone()
    lending = Lending(partial(Helper, spec, store.folder, guarded=guarded))
    stack.callback(lending.close)
    return lending


class Helper:
    """In a worker that is free: makes calls of another's runs, and keeps what is answered."""

    def __init__(self, spec: RunSpec, folder: Path, *, guarded: bool) -> None:
        """Load the objective. Raises StudyError where it is other code here."""
        refuse_other_code([spec])
        self._stack = ExitStack()
        self._evaluate = evaluate_of(spec, loaded(spec), self._stack, guarded=guarded)
        store = Store(folder)
        self._price, self._journals, self._logs = spec.price.gradient, store.journals, store.logs
        self._file: JournalFile | None = None

    def __call__(self, piece: RowsAsked) -> tuple[dict[str, Any], float]:
        """The columns of a call's answer, and its seconds."""
        with one_thread(), logs_in(self._logs):
            columns, seconds = made(self._evaluate, piece)
        # Whoever has tidied the folder up since the last call may have taken the file away.
        if self._file is None or not self._file.path.exists():
            self._close_file()
            self._file = self._journals.new()
        keep_ahead(self._file, self._price, piece, Answer(**columns), seconds)
        return columns, seconds

    def close(self) -> None:
        """End the guard, if there is one."""
        self._stack.close()
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()


def keep_ahead(
    file: JournalFile, gradient_price: float, piece: RowsAsked, answer: Answer, seconds: float
) -> None:
    """Put an answer on the disk that may have come before its turn, under a key of its own."""
    about = {"key": f"{piece.key}{AHEAD}{piece.row}", "gradient_price": gradient_price}
    file.open_run(about).append((piece.message, answer, seconds))
    file.flush()
