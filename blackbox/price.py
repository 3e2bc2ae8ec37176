"""What each kind of work costs, in units of the budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

# A budget of 0.3 pays for three scores of 0.1, although 0.1 * 3 > 0.3 in binary.
ROUNDING = 1e-9


class Work(NamedTuple):
    """How much is done of each kind of work."""

    scores: int = 0
    gradients: int = 0
    decodes: int = 0


class Priced(Protocol):
    """What costs something for each of its rows: a message."""

    @property
    def work(self) -> Work:
        """What is done for one row."""
        ...


@dataclass(frozen=True)
class Price:
    """What each kind of work costs, in units of the budget: one score is the usual unit.

    Raises ValueError unless a score costs more than nothing and nothing costs less than nothing.

    >>> Price(gradient=2).of_work(Work(scores=1, gradients=1))
    3.0
    """

    score: float = 1.0
    gradient: float = 1.0
    decode: float = 0.0

    def __post_init__(self) -> None:
        """Refuse prices under which a run could go on for ever."""
        others = 0 <= self.gradient < np.inf and 0 <= self.decode < np.inf
        if not (0 < self.score < np.inf and others):
            raise ValueError(f"prices must be finite and >= 0, and that of a score > 0: {self}")

    def of(self, message: Priced) -> float:
        """What one row of a message costs."""
        return self.of_work(message.work)

    def of_work(self, work: Work | tuple[int, int, int]) -> float:
        """What this work costs: so many scores, gradients and decodes."""
        scores, gradients, decodes = work
        return float(self.score * scores + self.gradient * gradients + self.decode * decodes)

    def affordable(self, units: float, work: Work, most: float = math.inf) -> float:
        """How many times so many units buy this work, a whole number, or all of `most`.

        >>> Price(score=0.1).affordable(0.3, Work(scores=1))
        3
        """
        one = self.of_work(work)
        times = math.inf if one == 0 else units / one + ROUNDING
        return most if times >= most else max(0, math.floor(times))
