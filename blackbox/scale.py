"""What a strategy is told of a point without a score: worse than all that its own run has seen."""

from __future__ import annotations

import sys

import numpy as np

from blackbox.protocol import Answer

# Told as long as a run has seen no valid score: below any, and its square is still a number.
UNKNOWN = -1e150
LOWEST = -sys.float_info.max


class Scale:
    """The range of a run's valid scores `s`; what is told moves with it when all become `a s + b`.

    An invalid point is told to lie as far below the worst as the best lies above it. A fixed floor
    would lie above real scores of its own size, or flatten every model that is fitted to it.

    >>> scale = Scale()
    >>> scale.see(Answer(score=np.array([1.0, 3.0, np.nan]), valid=np.array([True, True, False])))
    >>> scale.told(Answer(score=np.array([np.nan]), valid=np.array([False]))).score
    array([-1.])
    """

    def __init__(self) -> None:
        """No score was seen yet."""
        self._best, self._worst = -np.inf, np.inf

    def see(self, answer: Answer) -> None:
        """Take in the valid scores of an answer."""
        scores = answer.score if "valid" not in answer else answer.score[answer.valid]
        if len(scores) == 1:
            score = float(scores[0])
            self._best, self._worst = max(self._best, score), min(self._worst, score)
        elif len(scores):
            self._best = max(self._best, float(np.maximum.reduce(scores)))
            self._worst = min(self._worst, float(np.minimum.reduce(scores)))

    def told(self, answer: Answer) -> Answer:
        """The answer with a finite score wherever a point is invalid."""
        if "valid" not in answer or answer.valid.all():
            return answer
        return answer.told(np.where(answer.valid, answer.score, self.invalid))

    @property
    def invalid(self) -> float:
        """What an invalid point is told to score."""
        if self._worst > self._best:
            return UNKNOWN
        below = self._worst - (self._best - self._worst)
        return float(max(min(below, np.nextafter(self._worst, -np.inf)), LOWEST))
