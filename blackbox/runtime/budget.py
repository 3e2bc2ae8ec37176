"""The only place that counts: a meter grants the affordable prefix of a batch and charges it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from blackbox.price import Price, Work
from blackbox.protocol import Answer, ProtocolError

SCORE = Work(scores=1)


@dataclass(frozen=True)
class RunLimits:
    """What ends a run before its budget does: a score that is good enough, or its seconds."""

    stop_at: float | None = None  # in the units of the score, which is maximised
    seconds: float | None = None  # of thinking and evaluation together
    charge_retries: bool = False  # whether each further try of a point is paid for, as a row

    @classmethod
    def of(
        cls, stop_at: float | None, seconds: float | None, charge_retries: bool, sign: int
    ) -> RunLimits:
        """Those of a scorer whose goal is given as it returns it: a loss, where `sign` is -1."""
        return cls(None if stop_at is None else sign * stop_at, seconds, charge_retries)

    def is_reached(self, answer: Answer) -> bool:
        """Whether one of these scores is good enough."""
        return self.stop_at is not None and bool(
            (answer.score[answer.feasible] >= self.stop_at).any()
        )

    def is_over(self, seconds: float) -> bool:
        """Whether so many seconds are all that a run was given."""
        return self.seconds is not None and seconds >= self.seconds


NO_RUN_LIMITS = RunLimits()


def counted(counters: tuple[int, int, int], work: Work, rows: int) -> tuple[int, int, int]:
    """Counters of scores, gradients and decodes after so many more rows of some work."""
    scores, gradients, decodes = counters
    return (
        scores + rows * work.scores,
        gradients + rows * work.gradients,
        decodes + rows * work.decodes,
    )


@dataclass
class Meter:
    """The account of one run. What it has spent is derived from whole counters, so it never drifts.

    >>> meter = Meter(budget=5)
    >>> meter.grant(4), meter.grant(4), meter.spent, meter.exhausted
    (4, 1, 5.0, True)
    """

    budget: float
    price: Price = field(default_factory=Price)
    n_scores: int = 0
    n_gradients: int = 0
    n_decodes: int = 0
    n_truths: int = 0  # points that were verified, which costs no unit

    def __post_init__(self) -> None:
        """Refuse a budget that buys nothing or never ends."""
        if not (math.isfinite(self.budget) and self.budget > 0):
            raise ValueError(f"a budget must be a finite number > 0, not {self.budget!r}")

    def grant(self, rows: int, work: Work = SCORE) -> int:
        """Charge as many rows as are affordable, each of which takes this work."""
        granted = self._affordable(rows, work)
        scores, gradients, decodes = work
        self.n_scores += granted * scores
        self.n_gradients += granted * gradients
        self.n_decodes += granted * decodes
        return granted

    def grant_truths(self, rows: int, most: int) -> None:
        """Charge so many truth calls, of `most` in all. Raises ProtocolError for more."""
        left = most - self.n_truths
        if rows > left:
            raise ProtocolError(
                f"{rows} points are to be verified, and {left} of {most} truth calls "
                "are left; a strategy reads in brief.truth_calls how many there are"
            )
        self.n_truths += rows

    @property
    def counters(self) -> tuple[int, int, int]:
        """Scores, gradients and decodes that were granted so far."""
        return self.n_scores, self.n_gradients, self.n_decodes

    @property
    def spent(self) -> float:
        """Units spent so far."""
        return self.price.of_work((self.n_scores, self.n_gradients, self.n_decodes))

    @property
    def exhausted(self) -> bool:
        """Whether not even one score can be paid for any more."""
        left, price = self.budget - self.spent, self.price
        return left < price.score and not price.affordable(left, SCORE, 1)

    def _affordable(self, rows: int, work: Work) -> int:
        return int(self.price.affordable(self.budget - self.spent, work, rows))
