"""How far to go along a slope: step rules, and schedules over the part of the budget that is used.

Linear1cycledrop: Menon et al., PULSE, 2020, arXiv 2003.03808 (its code); cosine: I. Loshchilov,
F. Hutter, SGDR, 2017, arXiv 1608.03983; a step on a sphere: P.-A. Absil, R. Mahony, R. Sepulchre,
Optimization algorithms on matrix manifolds, 2008, https://press.princeton.edu/absil, section 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Brief, Message, Search
from blackbox.space import Space
from blackbox.strategies.moves.adam import Adam
from blackbox.strategies.relay import relayed

Tangent = Callable[[Array], Array]


class Rule(Protocol):
    """Turns slopes into displacements, both in units of the prior's sd."""

    def step(self, slope: Array, tangent: Tangent | None = None) -> Array:
        """The displacement for the next slope."""
        ...


@dataclass
class Along:
    """A rule without memory: the learning rate times a function of the slope `[..., d]`."""

    learning_rate: float
    direction: Callable[[Array], Array]

    def step(self, slope: Array, tangent: Tangent | None = None) -> Array:
        """The displacement for this slope."""
        return self.learning_rate * self.direction(slope)


def normalised(slope: Array) -> Array:
    """The unit vector of each slope, zero where the slope is."""
    norm = np.linalg.norm(slope, axis=-1, keepdims=True)
    unit: Array = slope / np.where(norm > 0, norm, 1.0)
    return unit


# rule -> a fresh one with this learning rate
RULES: dict[str, Callable[[float], Rule]] = {
    "adam": Adam,
    "plain": lambda rate: Along(rate, lambda slope: slope),
    "normalised": lambda rate: Along(rate, normalised),
    "sign": lambda rate: Along(rate, np.sign),
}


def _linear1cycledrop(share: float) -> float:
    """Up from 0.1 to 1 and down to 0.1, then to 0.001 in the last tenth (PULSE's code)."""
    if share < 0.9:
        return (9 * (1 - abs(share / 0.9 - 0.5) * 2) + 1) / 10
    return 0.1 + (share - 0.9) / 0.1 * (0.001 - 0.1)


# schedule -> multiplier of the learning rate when this share of the budget is used
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda share: 1.0,
    "cosine": lambda share: 0.5 * (1 + math.cos(math.pi * share)),
    "linear1cycledrop": _linear1cycledrop,
    "exponential": lambda share: 0.01**share,  # to a hundredth
}


@dataclass(frozen=True)
class StepSettings:
    """The settings of a step: its rule, its learning rate in prior sd, its schedule."""

    rule: str
    learning_rate: float
    schedule: str

    def __post_init__(self) -> None:
        """Refuse what is not in the tables, and steps outside their bounds."""
        if self.rule not in RULES:
            raise ValueError(f"step {self.rule!r} is none of {', '.join(RULES)}")
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule {self.schedule!r} is none of {', '.join(SCHEDULES)}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate must be > 0 and finite, not {self.learning_rate!r}")

    def begin(self, space: Space) -> Walk:
        """A walk without memory yet."""
        return Walk(space, RULES[self.rule](self.learning_rate), SCHEDULES[self.schedule])


@dataclass
class Walk:
    """One point's way through the space; it owns what its rule remembers."""

    space: Space
    rule: Rule
    schedule: Callable[[float], float]

    def move(self, z: Array, slope: Array, share: float) -> tuple[Array, NDArray[np.bool_]]:
        """The next point `[1, d]`, and whether `[1]` it had to be moved into the space.

        On a sphere the step lies in the tangent space and is retracted by projection.
        """

        def tangent(v: Array) -> Array:
            return self.space.tangent(z, v)

        step = tangent(self.rule.step(tangent(slope), tangent)) * self.schedule(share)
        ask = Ask.inside(self.space, z + self.space.scale * step)
        return ask.points, ask.moved


@dataclass
class Progress:
    """How much of the budget a search has asked for: to plan by, the runtime does the counting."""

    brief: Brief
    spent: float = field(default=0.0, init=False)

    @property
    def share(self) -> float:
        """The part of the budget that is used, between 0 and 1."""
        return min(1.0, self.spent / self.brief.budget)

    def follow(self, search: Search) -> Search:
        """The same search, with its asks added up."""

        def counted(message: Message) -> Message:
            if isinstance(message, Ask):
                self.spent += len(message.points) * self.brief.price.of(message)
            return message

        def refunded(message: Message, answer: Answer) -> Answer:
            if isinstance(message, Ask) and answer.free.any():
                self.spent -= int(answer.free.sum()) * self.brief.price.of(message)
            return answer

        yield from relayed(search, counted, refunded)
