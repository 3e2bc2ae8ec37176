"""A genetic algorithm on strings: places are replaced, put in and taken out.

The mutations are those of A. Nigam, R. Pollice, M. Krenn, G. dos Passos Gomes, A. Aspuru-Guzik:
Beyond generative models: superfast traversal, optimization, novelty, exploration and discovery
(STONED) algorithm for molecules using SELFIES, Chem. Sci. 12, 2021, doi:10.1039/D1SC00231G. There
the parent is fixed or a path is followed; here the best of parents and children go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Capability, Search


@dataclass(frozen=True)
class SequenceGa:
    """Mutates strings, whose places are coordinates; the best go on (Nigam et al. 2021).

    For spaces in which each coordinate is a letter of one alphabet: a mutation draws one anew by
    the prior, moves it in between two others, or takes it out, and what is behind moves along.
    Members of equal scores count as one: most often they are one object.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    popsize: int = 20  # members, and children of a generation
    mutations: int = 3  # of a child at most; one at least

    def __post_init__(self) -> None:
        """Refuse a population of nobody, and children that are their parents."""
        if self.popsize < 1 or self.mutations < 1:
            raise ValueError(f"popsize and mutations must be >= 1: {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Breed from the starts."""
        z = brief.start
        score = (yield Ask(z)).score
        while True:
            parents = z[rng.integers(len(z), size=self.popsize)]
            ask = Ask.inside(brief.space, self._mutated(parents, brief, rng))
            # Children first: of two that are equally good the newer goes on.
            score = np.concatenate([(yield ask).score, score])
            z = np.concatenate([ask.points, z])
            _, first = np.unique(score, return_index=True)  # in the order of their scores
            best = first[::-1][: self.popsize]
            z, score = z[best], score[best]

    def _mutated(self, parents: Array, brief: Brief, rng: np.random.Generator) -> Array:
        """The children `[n, d]` of parents `[n, d]`."""
        d = parents.shape[1]
        children = parents.copy()
        letters = iter(brief.space.sample(rng, len(parents) * self.mutations))
        for child in children:
            for _ in range(rng.integers(1, self.mutations + 1)):
                place, letter = rng.integers(d), next(letters)
                match rng.integers(3):
                    case 0:
                        child[place] = letter[place]
                    case 1:
                        child[place + 1 :] = child[place:-1].copy()
                        child[place] = letter[place]
                    case _:
                        child[place:-1] = child[place + 1 :].copy()
        return children
