"""What calls an objective's functions before anything is paid for, in a process of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch

from blackbox.errors import CallTimedOut, ObjectiveError, WorkerDied
from blackbox.scoring.announcing import Announcing
from blackbox.scoring.arrays import to_numpy
from blackbox.scoring.limits import Limits
from blackbox.scoring.pipeline import Pipeline
from blackbox.workers.child import tell
from blackbox.workers.trial import on_trial
from blackbox.workers.worker import Worker

T = TypeVar("T")
# So many calls of a probe may end their process, or take longer than they may, before the function
# counts as unusable; and so many where none has come to its end.
MOST, MOST_OF_ALL = 40, 3
# What is told when a call has ended, whatever came of it.
ENDED = ""


def shielded(
    function: Callable[..., T], pipeline: Pipeline, *others: object, always: bool = False
) -> T:
    """What a function of a pipeline returns; in a worker process where the scorer has limits.

    `always`: in any case, because calls have ended a process before. A call that does so is made
    once, and then raises: the pipeline's function is called again from the start, and meets an
    exception in that place; so is one that exceeds its time. Raises ObjectiveError where all or too
    many do, and what is raised there.
    """
    limits, scorer = pipeline.scorer.limits, pipeline.scorer
    if not (limits.need_a_worker or always):
        return function(pipeline, *others)
    refuse_unsendable(pipeline, scorer.name)
    worker, deadly = Worker(limits.bytes), dict[str, str]()
    calls = _Calls()
    try:
        while True:
            calls.making.clear()
            try:
                made: T = worker.call(
                    on_trial,
                    _announced,
                    function,
                    pipeline,
                    limits,
                    others,
                    deadly,
                    listen=calls.hear,
                )
                return made
            except (CallTimedOut, WorkerDied) as death:
                most = MOST if calls.ended else MOST_OF_ALL
                if not calls.making or len(deadly) >= most:
                    raise
                deadly[calls.making[-1]] = str(death)
    except (CallTimedOut, WorkerDied) as error:
        raise ObjectiveError(
            f"scorer {scorer.name}, or its decoder, was tried on a few draws of {pipeline.space}: "
            f"{error}; it must work on draws of its space: mend it, or give it more by timeout="
        ) from error
    finally:
        worker.kill()


@dataclass
class _Calls:
    """The calls that a worker is making, one inside the other, and how many have ended."""

    making: list[str] = field(default_factory=list)
    ended: int = 0

    def hear(self, word: object) -> None:
        if word == ENDED:
            self.making.pop()
            self.ended += 1
        elif isinstance(word, str):
            self.making.append(word)


def _content(argument: object) -> bytes:
    if isinstance(argument, torch.Tensor | np.ndarray):
        return to_numpy(argument).tobytes()
    return repr(argument).encode() if isinstance(argument, list | str) else b""


@dataclass
class _Wary:
    """Announces calls by their content, and makes none that has ended a process."""

    calls: Announcing
    deadly: Mapping[str, str]

    def call(self, what: object, rows: int, function: Callable[..., T], *arguments: object) -> T:
        key = hashlib.sha256(repr((str(what), *map(_content, arguments))).encode()).hexdigest()
        if key in self.deadly:
            raise RuntimeError(self.deadly[key])
        tell(key)
        try:
            return self.calls.call(what, rows, function, *arguments)
        finally:
            tell(ENDED)


def refuse_unsendable(thing: object, scorer: str) -> None:
    """Raise ObjectiveError for what cannot travel to a worker process."""
    import cloudpickle  # slow to import

    try:
        cloudpickle.dumps(thing)
    except Exception as error:
        raise ObjectiveError(
            f"timeout= and memory= of scorer {scorer} need a process of its own, and what belongs "
            f"to it cannot be sent there: {type(error).__name__}: {error}; open files and "
            "connections inside the function, when it is first called"
        ) from error


def _announced(
    function: Callable[..., T],
    pipeline: Pipeline,
    limits: Limits,
    others: tuple[object, ...],
    deadly: Mapping[str, str],
) -> T:
    pipeline.scorer.patience = _Wary(Announcing(pipeline.scorer, limits), deadly)
    return function(pipeline, *others)
