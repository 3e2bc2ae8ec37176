"""Starts of the user's own: the same points for every seed, each seed beginning at another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blackbox.protocol import Array
from blackbox.space import Space


@dataclass(frozen=True, eq=False)
class OwnStarts:
    """Points `[k, d]` of a space at which searches are to begin."""

    points: Array
    space: Space

    def __call__(self, rng: np.random.Generator, m: int) -> Array:
        """First points `[m, d]` of a seed: these in an order of its own, then draws."""
        mine = self.points[rng.permutation(len(self.points))][:m]
        drawn = np.vstack([mine, self.space.sample(rng, m - len(mine))])
        return self.space.repaired(self.space.canonical(drawn))


def how_many(starts: object) -> int:
    """How many starts are the user's own; 0 where they are drawn."""
    return len(starts.points) if isinstance(starts, OwnStarts) else 0
