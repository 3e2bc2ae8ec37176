"""MALA: Langevin steps on prior(z) exp(beta score), accepted or not by Metropolis and Hastings.

G. Roberts, R. Tweedie: Exponential convergence of Langevin distributions and their discrete
approximations, Bernoulli 1996, doi:10.2307/3318418; the wanted acceptance of 0.574: G. Roberts,
J. Rosenthal, 1998, doi:10.1111/1467-9868.00123.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Message, Search
from blackbox.space import Space
from blackbox.strategies.moves.gaussian import from_gaussian, pulled_back, to_gaussian
from blackbox.strategies.moves.starting import best_of
from blackbox.strategies.moves.tempering import Tempering, adapted

WANTED = 0.574


@dataclass(frozen=True, eq=False)
class State:
    """Where the chain stands, in the coordinates in which the prior is a standard normal."""

    y: Array  # [1, d]
    score: float  # -inf where invalid
    slope: Array  # of the score, [1, d]

    def ahead(self, beta: float, step: float) -> Array:
        """The mean of a Langevin step from here."""
        return self.y + 0.5 * step * (beta * self.slope - self.y)


@dataclass(frozen=True)
class Langevin:
    """Metropolis-adjusted Langevin on prior * exp(beta * score) (Roberts and Tweedie 1996).

    It samples and so stays where the prior has its mass. Box and sphere are walked in Gaussian
    coordinates behind them (`gaussian.py`), where the chain needs no correction at a bound. Without
    a `beta`, the chain starts at the best of `draws`, and its target gets ever sharper.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})
    beta: float | None = None  # per unit of the score
    step: float | None = None  # variance of a step; None: from the first slope
    adapt: bool = True  # the step, towards the acceptance of 0.574
    draws: int = 10

    def __post_init__(self) -> None:
        """Refuse a target without a peak and steps outside their bounds."""
        if self.draws < 1:
            raise ValueError(f"draws must be >= 1, not {self.draws}")
        if self.beta is not None and not 0 <= self.beta < math.inf:
            raise ValueError(f"beta must be >= 0 and finite, or None, not {self.beta!r}")
        if self.step is not None and not 0 < self.step < math.inf:
            raise ValueError(f"step must be > 0 and finite, or None, not {self.step!r}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Walk for ever."""
        space, tempering = brief.space, Tempering(brief.space.dim, self.beta)
        z = brief.start[:1]
        if self.beta is None:
            z, _, scores = yield from best_of(brief.starts(rng), self.draws)
            tempering.begin(scores)
        here = yield from _state(to_gaussian(space, z), z, space)
        log_step = math.log(self.step or _first_step(here, tempering.beta))
        while True:
            beta, step = tempering.beta, math.exp(log_step)
            y = here.ahead(beta, step) + math.sqrt(step) * rng.standard_normal(here.y.shape)
            there = yield from _state(y, from_gaussian(space, y), space)
            accepted = acceptance(here, there, beta, step)
            if rng.random() < accepted:
                here = there
            tempering.hear(here.score)
            if self.adapt:
                log_step = adapted(log_step, accepted, WANTED, tempering.age)


def _state(y: Array, z: Array, space: Space) -> Generator[Message, Answer, State]:
    answer = yield Ask(z, 1)
    score = float(answer.score[0]) if answer.valid[0] else -np.inf
    return State(y, score, pulled_back(space, y, z, answer.grad))


def _first_step(here: State, beta: float) -> float:
    """The scale of a standard normal target (Roberts and Rosenthal), less on a steep slope.

    There, the noise sqrt(h d) shall not be less than the drift h |slope| / 2.
    """
    d, steep = here.y.size, beta**2 * _square(here.slope)
    usual = float(d ** (-1 / 3))
    return min(usual, 4 * d / steep) if steep > 0 else usual


def acceptance(here: State, there: State, beta: float, step: float) -> float:
    """The probability with which the chain moves on: Metropolis and Hastings' ratio, at most 1.

    Among invalid points it walks as on the prior alone, and it never goes back to one.
    """
    was_invalid, is_invalid = math.isinf(here.score), math.isinf(there.score)
    if was_invalid != is_invalid:
        return float(was_invalid)
    ratio = 0.0 if was_invalid else beta * (there.score - here.score)
    ratio += 0.5 * (_square(here.y) - _square(there.y))
    forth = _square(there.y - here.ahead(beta, step))
    back = _square(here.y - there.ahead(beta, step))
    return math.exp(min(0.0, ratio + (forth - back) / (2 * step)))


def _square(v: Array) -> float:
    return float((v * v).sum())
