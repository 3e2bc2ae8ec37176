"""
A strategy of one's own, and its promises
=========================================

A generator that yields what it wants to know; `bb.check` holds it to what all strategies promise.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

import blackbox as bb


@dataclass(frozen=True)
class Mutate:
    """Move one coordinate of the best point at a time (an example)."""

    step: float = 1.0  # prior sd

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> Generator[bb.Ask, bb.Answer]:
        """Ask for the start, then for changes of it."""
        z = brief.start[:1]
        best = (yield bb.Ask(z)).score[0]
        while True:
            other = z.copy()
            other[0, rng.integers(brief.space.dim)] += self.step * rng.standard_normal()
            other = brief.space.clip(other)
            score = (yield bb.Ask(other)).score[0]
            if score > best:
                z, best = other, score


print(bb.check(Mutate())[["tried", "found"]])
study = bb.compare("synthetic.ackley(d=6)", [Mutate(), "random_search", "hill_climb"], 100, seeds=6)
print(study.summary()[["strategy", "best_mean", "score"]])
figure = study.plot("curves")
