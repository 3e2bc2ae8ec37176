"""What an optimizer of another package is told of a point: a loss, lower is better."""

from __future__ import annotations

import math

from blackbox.protocol import Answer


class Losses:
    """Minus the score; where a point is invalid, the worst loss of the valid ones so far.

    What a run tells of an invalid point lies far below the valid ones, and would flatten every
    model that a package fits. It is handed on only as long as no point was valid.
    """

    def __init__(self) -> None:
        """Know no point yet."""
        self._worst = -math.inf

    def of(self, answer: Answer) -> list[float]:
        """The loss of each point `[n]`."""
        losses: list[float] = (-answer.score).tolist()
        valid: list[bool] = answer.valid.tolist()
        pairs = list(zip(losses, valid, strict=True))
        self._worst = max([self._worst, *(loss for loss, ok in pairs if ok)])
        has_worst = math.isfinite(self._worst)
        return [self._worst if has_worst and not ok else loss for loss, ok in pairs]
