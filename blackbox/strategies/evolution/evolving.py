"""The search around an evolution, whoever makes it: starts, restarts, noise and constraints."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Search
from blackbox.strategies.evolution.lagrangian import Lagrangian
from blackbox.strategies.evolution.rates import usual_popsize
from blackbox.strategies.evolution.restarts import RESTARTS
from blackbox.strategies.evolution.uncertainty import Uncertainty
from blackbox.strategies.moves.starting import Beginning, best_of, refuse_unknown
from blackbox.strategies.relay import in_merits


class Evolving(Protocol):
    """An evolution in a space: asked for generations, told their scores, until it has stopped."""

    @property
    def stopped(self) -> bool:
        """Whether one of its stopping rules holds."""
        ...

    @property
    def told(self) -> int:
        """How many scores it has been told."""
        ...

    @property
    def mean(self) -> Array:
        """The mean of its distribution `[1, d]`, moved into the space."""
        ...

    def ask(self) -> Ask:
        """The next generation `[n, d]`, moved into the space."""
        ...

    def tell(self, score: Array) -> None:
        """The scores `[n]` of the last generation."""
        ...

    def widen(self, factor: float) -> None:
        """Let its step be so much larger."""
        ...


# Of so many points the best is begun at, however large the budget, so that a run goes on where it
# grows. Mean ranks over nine landscapes and networks, six seeds, with 50, 200 and 1,000 scores: one
# point 3.7, 3.6, 3.4; five 2.4, 2.9, 2.9; ten 2.9, 2.7, 3.2; twenty 3.1, 2.8, 2.8; a fifth of the
# budget and at most 64 2.9, 3.0, 2.9.
DRAWS = 10

# Begins an evolution at a start `[d]`, of so many members, with so large a first step.
Begin = Callable[[Array, int, float], Evolving]


def check(sigma0: float, popsize: int | None, restarts: str = "none", start: str = "first") -> None:
    """Refuse settings with which no evolution goes on."""
    refuse_unknown(start)
    if not 0 < sigma0 < math.inf or (popsize is not None and popsize < 2):
        numbers = f"{sigma0!r} and {popsize!r}"
        raise ValueError(f"sigma0 must be > 0 and finite, and popsize >= 2, not {numbers}")
    if restarts not in RESTARTS:
        raise ValueError(f"restarts must be one of {', '.join(RESTARTS)}, not {restarts!r}")


def draws(brief: Brief, start: Beginning) -> int:
    """How many points are scored to begin at the best of them.

    One, where the start's score is known: who hands it on has chosen it among all that is known.
    """
    earlier = brief.known
    is_chosen = earlier is not None and bool((earlier[0] == brief.start[0]).all(axis=1).any())
    return 1 if start == "first" or is_chosen else DRAWS


def search(
    brief: Brief,
    rng: np.random.Generator,
    begin: Begin,
    popsize: int | None,
    sigma0: float,
    restarts: str,
    start: Beginning,
) -> Search:
    """Score each start in turn, or some of them, then evolve from the best until that stops.

    Noise: uncertainty.py; constraints, unless there is noise too: lagrangian.py.
    """
    dim, sd, constraints = brief.space.dim, brief.noise, brief.constraints
    if sd is not None and constraints is not None:
        noisy = brief.having(constraints=None)
        yield from in_merits(
            search(noisy, rng, begin, popsize, sigma0, restarts, start), constraints
        )
        return
    uncertainty = None if sd is None else Uncertainty(dim, sd, rng)
    schedule = RESTARTS[restarts](popsize or usual_popsize(dim), sigma0, rng)
    regime = next(schedule)
    starts, n = brief.starts(rng), draws(brief, start)
    while True:
        mean, _, _ = yield from best_of(starts, n, constraints)
        evolution = begin(mean[0], regime.popsize, regime.sigma0)
        lagrangian = None if constraints is None else Lagrangian(dim, constraints)
        while not evolution.stopped and evolution.told < regime.most:
            if uncertainty is None:
                answer = yield evolution.ask()
                evolution.tell(lagrangian.fitness(answer) if lagrangian else answer.score)
            else:
                yield from uncertainty.generation(evolution)
        if uncertainty is not None:
            uncertainty.restart()
        regime = schedule.send(evolution.told)
