"""One number for strategies that know of no constraints: it prefers points that meet them."""

from __future__ import annotations

import numpy as np

from blackbox.constraints import Constraints
from blackbox.protocol import Answer, Brief, Capability
from blackbox.scale import Scale


class Merit:
    """What a run tells a strategy of its scores where there are constraints.

    A point that meets all is told its score. Any other is told the lower of its score and of the
    best score that is known to meet all, less what it lacks: `spread * sum(violation / size)`. So
    it is never told as much as the best that counts, what it was told before stays below that when
    the best rises, and it has no cliff there: the optimum mostly lies where a constraint just
    holds. As long as nothing meets all, the lowest level stands for the best: the search is then
    for less violation. This is the exact L1 penalty (Nocedal and Wright, Numerical Optimization,
    2006, section 17.2), cut where feasible points are worth more (Deb, 2000,
    doi:10.1016/S0045-7825(99)00389-8).

    >>> merit = Merit(Constraints(("load",), sizes=(2.0,), spread=10.0, low=-5.0))
    >>> seen = Answer(score=np.array([3.0, 8.0]), constraints=np.array([[0.0], [-1.0]]))
    >>> merit.see(seen)
    >>> merit.told(seen).score
    array([ 3., -2.])
    """

    def __init__(self, constraints: Constraints) -> None:
        """Nothing is known to meet all."""
        self._weights = constraints.spread / np.array(constraints.sizes)
        self._best, self._has_best = constraints.low, False
        self._scale = Scale()

    def see(self, answer: Answer) -> None:
        """Take in which points meet all constraints, and the range of what is told."""
        score = answer.score[answer.feasible]
        if len(score):
            best = float(score.max())
            self._best = max(self._best, best) if self._has_best else best
            self._has_best = True
        self._scale.see(self._merits(answer))

    def told(self, answer: Answer) -> Answer:
        """The answer with merits for scores, and their gradients for those of the scores."""
        return self._scale.told(self._merits(answer))

    def _merits(self, answer: Answer) -> Answer:
        if "constraints" not in answer:
            return answer
        counts, violations = answer.feasible, answer.violations
        capped = answer.score > self._best
        score = np.where(capped, self._best, answer.score) - violations @ self._weights
        # A violation may be less than the last digit of the best.
        score = np.minimum(score, np.nextafter(self._best, -np.inf))
        merits = answer.told(np.where(counts, answer.score, score))
        if "constraint_grads" not in answer:
            return merits
        axes = (1,) * (answer.grad.ndim - 1)
        weights = np.where(violations > 0, self._weights, 0.0)
        rises = np.einsum("nm,nm...->n...", weights, answer.constraint_grads)
        slope = np.where((capped & ~counts).reshape(-1, *axes), 0.0, answer.grad) + rises
        return Answer(**{**merits.columns, "grad": slope})


def scale_of(brief: Brief, declared: frozenset[Capability]) -> Scale | Merit:
    """What a strategy is told: merits, where there are constraints of which it does not ask."""
    if brief.constraints is None or Capability.CONSTRAINTS in declared:
        return Scale()
    return Merit(brief.constraints)


def told_of(brief: Brief, scale: Scale | Merit) -> Brief:
    """The brief with what is known told on this scale, which takes it in; itself without any."""
    if brief.known is None:
        return brief
    z, answer = brief.known
    scale.see(answer)
    return brief.having(known=(z, scale.told(answer)))
