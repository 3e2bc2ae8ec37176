"""What calls an objective's functions before anything is paid for, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from blackbox.errors import CallTimedOut, ObjectiveError, WorkerDied
from blackbox.scoring.announcing import Announcing
from blackbox.scoring.limits import Limits
from blackbox.scoring.pipeline import Pipeline
from blackbox.workers.worker import Worker

T = TypeVar("T")


def shielded(function: Callable[..., T], pipeline: Pipeline, *others: object) -> T:
    """What a function of a pipeline returns; in a worker process where the scorer has limits.

    Raises ObjectiveError where a call exceeds them or ends the process, and what is raised there.
    """
    limits, scorer = pipeline.scorer.limits, pipeline.scorer
    if not limits.need_a_worker:
        return function(pipeline, *others)
    refuse_unsendable(pipeline, scorer.name)
    worker = Worker(limits.bytes)
    try:
        made: T = worker.call(_announced, function, pipeline, limits, others)
        return made
    except (CallTimedOut, WorkerDied) as error:
        raise ObjectiveError(
            f"scorer {scorer.name}, or its decoder, was tried on a few draws of {pipeline.space}: "
            f"{error}; it must work on draws of its space: mend it, or give it more by timeout="
        ) from error
    finally:
        worker.kill()


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
) -> T:
    pipeline.scorer.patience = Announcing(pipeline.scorer, limits)
    return function(pipeline, *others)
