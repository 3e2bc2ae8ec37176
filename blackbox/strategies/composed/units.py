"""Scores in units of their own: what a search is told when all become `a score + b` is the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief, Message, Search
from blackbox.strategies.relay import relayed

# So many units under the best a score is told by its logarithm from there: a penalty or a pole
# would else be all that a model sees. Above, where the optimum lies, never.
DEEP = 10.0


@dataclass(frozen=True)
class Units:
    """The best score that is known, and how far other good ones lie below it.

    A scale by a power of two changes not a bit of what is told. Seen from the best, no digit is
    lost where scores differ by many powers of ten.

    >>> Units.of(np.array([1.0, 2.0, 4.0, 7.0])).of_scores(np.array([4.0, 10.0]))
    array([-1.,  1.])
    """

    best: float = 0.0
    spread: float = 1.0

    @staticmethod
    def of(score: Array) -> Units:
        """The best of valid scores `[n]`, and the median distance from it in the better half.

        Where that is 0, the largest distance of all. Where all are equal or none is valid, the
        spread is the size of the scores, or 1.
        """
        if not len(score):
            return Units()
        away = np.sort(score.max() - score)
        spread = float(np.median(away[: len(away) // 2 + 1])) or float(away[-1])
        # Of scores that are all equal nothing is known: a power of two, so that it can be undone.
        best = float(score.max())
        return Units(best, spread if 0 < spread < np.inf else _power_of_two(best))

    def of_scores(self, score: Array) -> Array:
        """Scores `[n]` in these units, drawn in where they are far below the best."""
        plain = (score - self.best) / self.spread
        below = np.maximum(-plain - DEEP, 0.0)
        return np.where(plain < -DEEP, -DEEP * (1 + np.log1p(below / DEEP)), plain)

    def told(self, answer: Answer) -> Answer:
        """The answer in these units, with its slopes."""
        score = self.of_scores(answer.score)
        if "grad" not in answer:
            return answer.told(score)
        depth = np.maximum((self.best - answer.score) / self.spread - DEEP, 0.0)
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
