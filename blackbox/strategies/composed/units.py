"""Scores in units of their own: what a search is told when all become `a score + b` is the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief, Message, Search
from blackbox.strategies.relay import relayed

# Below so many units under the middle a score is told by its logarithm: a penalty or a pole among
# the first draws would else be all that a model sees. Above, where the optimum lies, never.
DEEP = 10.0


@dataclass(frozen=True)
class Units:
    """Where the middle of the first scores lies, and how far the others are from it.

    A scale by a power of two changes not a bit of what is told.

    >>> Units.of(np.array([1.0, 2.0, 7.0])).of_scores(np.array([2.0, 4.0]))
    array([0., 2.])
    """

    middle: float = 0.0
    spread: float = 1.0

    @staticmethod
    def of(score: Array) -> Units:
        """Median, and median distance from it, of valid scores `[n]`; the mean one where that is 0.

        Where all are equal or none is valid, the spread is the size of the scores, or 1.
        """
        if not len(score):
            return Units()
        middle = float(np.median(score))
        away = np.abs(score - middle)
        spread = float(np.median(away)) or float(away.max())
        # Of scores that are all equal nothing is known: a power of two, so that it can be undone.
        return Units(middle, spread if 0 < spread < np.inf else _power_of_two(middle))

    def of_scores(self, score: Array) -> Array:
        """Scores `[n]` in these units, drawn in where they are far below the middle."""
        plain = (score - self.middle) / self.spread
        below = np.maximum(-plain - DEEP, 0.0)
        return np.where(plain < -DEEP, -DEEP * (1 + np.log1p(below / DEEP)), plain)

    def told(self, answer: Answer) -> Answer:
        """The answer in these units, with its slopes."""
        score = self.of_scores(answer.score)
        if "grad" not in answer:
            return answer.told(score)
        depth = np.maximum((self.middle - answer.score) / self.spread - DEEP, 0.0)
        rate = (1 / (self.spread * (1 + depth / DEEP))).reshape(-1, *(1,) * (answer.grad.ndim - 1))
        return Answer(**{**answer.columns, "score": score, "grad": answer.grad * rate})

    def brief(self, brief: Brief) -> Brief:
        """The brief in these units: what is known, the noise, the weights of constraints."""
        changes: dict[str, object] = {}
        if brief.known is not None:
            changes["known"] = brief.known[0], self.told(brief.known[1])
        if brief.noise is not None:
            changes["noise"] = brief.noise / self.spread
        if (limits := brief.constraints) is not None:
            low = float(self.of_scores(np.array([limits.low]))[0])
            changes["constraints"] = replace(limits, spread=limits.spread / self.spread, low=low)
        return brief.having(**changes)

    def search(self, search: Search) -> Search:
        """The same search, told in these units."""

        def heard(message: Message, answer: Answer) -> Answer:
            return self.told(answer) if isinstance(message, Ask) else answer

        return relayed(search, hear=heard)


def _power_of_two(size: float) -> float:
    exponent = np.frexp(size)[1] if np.isfinite(size) else 0
    return float(np.ldexp(1.0, int(exponent))) if size else 1.0
