"""Preconditioned Crank-Nicolson: a random walk that keeps the prior, steered by the score alone.

S. Cotter, G. Roberts, A. Stuart, D. White: MCMC methods for functions, modifying old algorithms to
make them faster, Statistical Science 2013, arXiv 1202.0709; with a drift along the gradient it is
their preconditioned Crank-Nicolson Langevin, in the same coordinates: `b` of the one is
`sqrt(8 delta) / (2 + delta)` of the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Search
from blackbox.space import Space
from blackbox.strategies.moves.gaussian import from_gaussian, pulled_back, to_gaussian
from blackbox.strategies.moves.starting import best_of
from blackbox.strategies.moves.tempering import Tempering, adapted

# The best acceptance of a random walk in many dimensions (Roberts, Gelman, Gilks 1997,
# doi:10.1214/aoap/1034625254).
WANTED = 0.234
LED = 0.574  # with a drift, as langevin


@dataclass(frozen=True)
class Pcn:
    """Preconditioned Crank-Nicolson on prior * exp(beta * score) (Cotter et al. 2013).

    `z' = sqrt(1 - b^2) z + b xi` keeps the prior, so that scores alone decide, in any number of
    dimensions. Box and sphere are walked in Gaussian coordinates behind them (`gaussian.py`).
    Without a `beta`, the chain starts at the best of `draws`, and its target gets ever sharper.
    With `drift`, steps lean along the gradient, `(1 - sqrt(1 - b^2)) beta` times: a step of a chain
    that knows the slope, which costs one gradient.
    """

    beta: float | None = None  # per unit of the score
    step: float = 0.3  # b: 1 draws from the prior anew
    adapt: bool = True  # the step, towards the acceptance of 0.234; of 0.574 with a drift
    draws: int = 10
    drift: bool = False  # lean along the gradient

    def __post_init__(self) -> None:
        """Refuse a target without a peak and steps outside their bounds."""
        if self.draws < 1 or not 0 < self.step <= 1:
            raise ValueError(f"draws must be >= 1 and step in (0, 1]: {self}")
        if self.beta is not None and not 0 <= self.beta < math.inf:
            raise ValueError(f"beta must be >= 0 and finite, or None, not {self.beta!r}")

    @property
    def needs(self) -> frozenset[Capability]:
        """Gradients, for a drift."""
        return frozenset({Capability.GRADIENT} if self.drift else ())

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Walk for ever."""
        space, tempering = brief.space, Tempering(brief.space.dim, self.beta)
        draws = self.draws if self.beta is None else 1
        z, score, scores = yield from best_of(brief.starts(rng), draws)
        tempering.begin(scores)
        y, log_step, wanted = to_gaussian(space, z), math.log(self.step), WANTED
        slope = np.zeros_like(y)
        if self.drift:
            slope, wanted = _slope(space, y, z, (yield Ask(z, 1))), LED
        while True:
            step = Proposal(math.exp(log_step), tempering.beta)
            ahead = step.mean(y, slope) + step.b * rng.standard_normal(y.shape)
            z = from_gaussian(space, ahead)
            answer = yield Ask(z, 1 if self.drift else 0)
            there = float(answer.score[0]) if answer.valid[0] else -np.inf
            slope_there = _slope(space, ahead, z, answer) if self.drift else slope
            gain = step.gain((y, slope), (ahead, slope_there)) if self.drift else 0.0
            accepted = acceptance(score, there, tempering.beta, gain)
            if rng.random() < accepted:
                y, score, slope = ahead, there, slope_there
            tempering.hear(score)
            if self.adapt:
                log_step = min(0.0, adapted(log_step, accepted, wanted, tempering.age))


@dataclass(frozen=True)
class Proposal:
    """The law of one: `sqrt(1 - b^2) y + (1 - sqrt(1 - b^2)) beta slope + b xi`."""

    b: float
    beta: float

    def mean(self, y: Array, slope: Array) -> Array:
        """Where it leads on average, from `y [1, d]`."""
        less = math.sqrt(1 - self.b * self.b)
        return less * y + (1 - less) * self.beta * slope

    def gain(self, here: tuple[Array, Array], there: tuple[Array, Array]) -> float:
        """What prior and proposals, back and forth, add to the log of the ratio.

        Nothing without slopes: then the walk is reversible in the prior.
        """
        forth = _square(there[0] - self.mean(*here))
        back = _square(here[0] - self.mean(*there))
        prior = 0.5 * (_square(here[0]) - _square(there[0]))
        return prior + (forth - back) / (2 * self.b * self.b)


def _slope(space: Space, y: Array, z: Array, answer: Answer) -> Array:
    return pulled_back(space, y, z, answer.grad)


def _square(v: Array) -> float:
    return float((v * v).sum())


def acceptance(here: float, there: float, beta: float, gain: float = 0.0) -> float:
    """The probability with which the chain moves on; -inf is the score of an invalid point."""
    if math.isinf(here) or math.isinf(there):
        return float(math.isinf(here))
    return math.exp(min(0.0, beta * (there - here) + gain))
