"""In a worker process: each call of a user's function is announced to the parent before it is made.

So the parent can hold a call to its time, knows which object was being scored when a process died,
and what had been scored before: a fresh process is told, and calls none of these objects again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import torch

from blackbox.scoring.columns import is_out_of_memory
from blackbox.scoring.environment import RETRIES, Patience
from blackbox.scoring.limits import Limits
from blackbox.scoring.scorer import Scorer
from blackbox.workers.child import tell

T = TypeVar("T")


@dataclass(frozen=True)
class Begun:
    """Object `nth` of a message is about to be scored by itself; None: it has been."""

    nth: int | None


@dataclass(frozen=True)
class ScoredObject:
    """How object `nth` of a message was scored: the value returned, or what was raised."""

    nth: int
    value: Any = None
    error: Exception | None = None


@dataclass
class Announcing:
    """Calls a scorer and a decoder, like Patience, and announces it."""

    scorer: Scorer
    limits: Limits
    one_by_one: bool = False  # whether the scorer is called with one object at a time
    charged: bool = False  # whether further tries of what exceeds a limit are asked for, and paid
    outcomes: Mapping[int, ScoredObject] = field(default_factory=dict)  # of the present message
    keeps: bool = False  # whether values serve another process: those with a graph do not
    nth: int = 0

    def begin(self, outcomes: Mapping[int, ScoredObject], keeps: bool) -> None:
        """Prepare for a message of which some objects have been scored already."""
        self.outcomes, self.keeps, self.nth = outcomes, keeps, 0

    @property
    def patience(self) -> Patience:
        """How a failure of the surroundings is waited for."""
        retries = RETRIES if self.limits.retries is None else self.limits.retries
        return Patience(retries, limited=self.limits.memory is not None)

    def call(self, what: object, rows: int, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns; raises what it raises, or Away."""
        if not (self.one_by_one and function is self.scorer.function):
            made: T = self.patience.call(what, rows, self._timed, rows, function, *arguments)
            return made
        nth, self.nth = self.nth, self.nth + 1
        if (outcome := self.outcomes.get(nth)) is not None:
            if outcome.error is not None:
                raise outcome.error
            return cast(T, outcome.value)
        tell(Begun(nth))
        try:
            value: T = self.patience.call(what, rows, self._timed, rows, function, *arguments)
        except Exception as error:
            self._keep(ScoredObject(nth, error=error))
            raise
        if self.keeps:
            plain = value.detach().clone() if isinstance(value, torch.Tensor) else value
            self._keep(ScoredObject(nth, plain))
        else:
            tell(Begun(None))
        return value

    def _keep(self, outcome: ScoredObject) -> None:
        try:
            tell(outcome)
        except Exception:  # what cannot be sent would be made again
            tell(Begun(None))

    def _timed(self, rows: int, function: Callable[..., T], *arguments: object) -> T:
        """One try; where one object does not fit into its memory, some more at once."""
        is_free = rows == 1 and self.limits.memory is not None and not self.charged
        left = (self.limits.retries or 0) if is_free else 0
        while True:
            if self.limits.timeout is not None:
                tell(None, self.limits.timeout * rows)
            try:
                return function(*arguments)
            except Exception as error:
                if self.limits.timeout is not None:
                    tell(None, math.inf)  # a pause may follow
                if not (left and is_out_of_memory(error)):
                    raise
            left -= 1
