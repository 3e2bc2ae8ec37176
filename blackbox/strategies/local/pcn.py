"""Preconditioned Crank-Nicolson: a random walk that keeps the prior, steered by the score alone.

S. Cotter, G. Roberts, A. Stuart, D. White: MCMC methods for functions, modifying old algorithms to
make them faster, Statistical Science 2013, arXiv 1202.0709.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Ask, Brief, Capability, Search
from blackbox.strategies.moves.gaussian import from_gaussian, to_gaussian
from blackbox.strategies.moves.starting import best_of
from blackbox.strategies.moves.tempering import Tempering, adapted

# The best acceptance of a random walk in many dimensions (Roberts, Gelman, Gilks 1997,
# doi:10.1214/aoap/1034625254).
WANTED = 0.234


@dataclass(frozen=True)
class Pcn:
    """Preconditioned Crank-Nicolson on prior * exp(beta * score) (Cotter et al. 2013).

    `z' = sqrt(1 - b^2) z + b xi` keeps the prior, so that scores alone decide, in any number of
    dimensions. Box and sphere are walked in Gaussian coordinates behind them (`gaussian.py`).
    Without a `beta`, the chain starts at the best of `draws`, and its target gets ever sharper.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    beta: float | None = None  # per unit of the score
    step: float = 0.3  # b: 1 draws from the prior anew
    adapt: bool = True  # the step, towards the acceptance of 0.234
    draws: int = 10

    def __post_init__(self) -> None:
        """Refuse a target without a peak and steps outside their bounds."""
        if self.draws < 1 or not 0 < self.step <= 1:
            raise ValueError(f"draws must be >= 1 and step in (0, 1]: {self}")
        if self.beta is not None and not 0 <= self.beta < math.inf:
            raise ValueError(f"beta must be >= 0 and finite, or None, not {self.beta!r}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Walk for ever."""
        space, tempering = brief.space, Tempering(brief.space.dim, self.beta)
        draws = self.draws if self.beta is None else 1
        z, score, scores = yield from best_of(brief.starts(rng), draws)
        tempering.begin(scores)
        y, log_step = to_gaussian(space, z), math.log(self.step)
        while True:
            b = math.exp(log_step)
            ahead = math.sqrt(1 - b * b) * y + b * rng.standard_normal(y.shape)
            answer = yield Ask(from_gaussian(space, ahead))
            there = float(answer.score[0]) if answer.valid[0] else -np.inf
            accepted = acceptance(score, there, tempering.beta)
            if rng.random() < accepted:
                y, score = ahead, there
            tempering.hear(score)
            if self.adapt:
                log_step = min(0.0, adapted(log_step, accepted, WANTED, tempering.age))


def acceptance(here: float, there: float, beta: float) -> float:
    """The probability with which the chain moves on; -inf is the score of an invalid point."""
    if math.isinf(here) or math.isinf(there):
        return float(math.isinf(here))
    return math.exp(min(0.0, beta * (there - here)))
