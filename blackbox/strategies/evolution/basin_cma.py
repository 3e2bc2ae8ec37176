"""BasinCMA: CMA-ES chooses the starts, gradient steps refine them, and what they reach is told.

M. Huh, R. Zhang, J.-Y. Zhu, S. Paris, A. Hertzmann: Transforming and projecting images into
class-conditional generative networks (pix2latent), ECCV 2020, arXiv 2005.01703.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import chain, repeat
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Message, Search, Work
from blackbox.space import Space
from blackbox.strategies.evolution import pycma
from blackbox.strategies.evolution.rates import usual_popsize
from blackbox.strategies.moves.adam import Adam

# Points [n, d], and which of them [n] had to be moved into the space.
Points: TypeAlias = tuple[Array, NDArray[np.bool_] | None]


@dataclass(frozen=True)
class BasinCma:
    """CMA-ES over starts, each refined by gradient steps (Huh et al. 2020, arXiv 2005.01703).

    A generation takes `steps` Adam steps in one batch; CMA-ES is told, of the points that it drew,
    the scores that they led to. The last share of the budget, `final`, refines the best of all,
    the second half of it with a learning rate that falls to a hundredth.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})
    # The paper takes 30 steps of 0.05, 30 times, and 300 at the end: more than most budgets here
    # hold. Decades of regret below random search on ten landscapes of 8 and 20 coordinates, at a
    # budget of 200, 600 and 2000: 1.87, 3.39 and 5.08 with these; 1.23, 2.27 and 4.34 with 5 steps
    # of 0.1 and 0.3 at the end.
    steps: int = 3
    learning_rate: float = 0.2  # prior sd per step
    final: float = 0.5
    sigma0: float = 0.5  # prior sd, as cma_es
    popsize: int | None = None  # None: 4 + floor(3 ln d), as cma_es

    def __post_init__(self) -> None:
        """Refuse settings outside their bounds; ask for the package early."""
        pycma.check(self.sigma0, self.popsize)
        if self.steps < 1 or not self.learning_rate > 0 or not 0 <= self.final <= 1:
            raise ValueError(f"steps must be >= 1, learning_rate > 0 and final in [0, 1]: {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score the start, evolve by what refinement reaches, then refine the best of all."""
        space = brief.space
        one_score, one_step = (brief.price.of_work(Work(1, order)) for order in (0, 1))
        n = self.popsize or usual_popsize(space.dim)
        generation = n * (self.steps * one_step + one_score)
        starts = brief.starts(rng)
        best = next(starts)
        top = (yield Ask(best)).score[0]
        evolution = pycma.Evolution(best[0], space, rng, n, self.sigma0)
        generations = int((1 - self.final) * brief.budget / generation)
        for _ in range(generations):
            if evolution.stopped:
                evolution = pycma.Evolution(next(starts)[0], space, rng, n, self.sigma0)
            rates = repeat(self.learning_rate, self.steps)
            z, moved = yield from _climbed(_drawn(evolution), space, rates)
            score = (yield Ask(z, clipped=moved)).score
            evolution.tell(score)
            if score.max() > top:
                best, top = z[[score.argmax()]], score.max()
        left = max(0.0, brief.budget - one_score - generations * generation)
        share = np.linspace(0, 1, 1 + int(left / one_step))
        cooling = self.learning_rate * np.maximum(0.01, np.minimum(1, 2 * (1 - share)))
        yield from _climbed((best, None), space, chain(cooling, repeat(cooling[-1])))


def _drawn(evolution: pycma.Evolution) -> Points:
    generation = evolution.ask()
    return generation.points, generation.moved


def _climbed(
    points: Points, space: Space, rates: Iterable[float]
) -> Generator[Message, Answer, Points]:
    """Where Adam leads from these points, by a step of each learning rate."""
    adam = Adam(1.0)
    for rate in rates:
        z, moved = points
        grad = (yield Ask(z, 1, clipped=moved)).grad
        step = rate * adam.step(space.tangent(z, grad) * space.scale)
        ahead = Ask.inside(space, z + space.scale * step)
        points = ahead.points, ahead.moved
    return points
