"""The trust region of a search: a box around the best point that grows and shrinks as it fares.

Eriksson, Pearce, Gardner, Turner & Poloczek, 2019 (arXiv 1910.01739), the supplement's details.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blackbox.protocol import Array

# Lengths are sides of the unit cube.
FIRST, SMALLEST, LARGEST = 0.8, 0.5**7, 1.6
SUCCESSES = 3  # in a row, before the region doubles
GAIN = 1e-3  # of the best score's size: less than that is no success


@dataclass(frozen=True)
class Region:
    """A box around the best point: its length, and how it has fared lately.

    >>> Region(patience=4).after(improved=False).failures
    1
    """

    patience: int  # failures in a row before the region halves
    length: float = FIRST
    successes: int = 0
    failures: int = 0

    def after(self, *, improved: bool) -> Region:
        """The region after one more ask."""
        if improved and self.successes + 1 == SUCCESSES:
            return Region(self.patience, min(2.0 * self.length, LARGEST))
        if improved:
            return replace(self, successes=self.successes + 1, failures=0)
        if self.failures + 1 >= self.patience:
            return Region(self.patience, self.length / 2.0)
        return replace(self, successes=0, failures=self.failures + 1)

    def box(
        self, centre: Array, lengthscales: Array, limits: tuple[Array, Array]
    ) -> tuple[Array, Array]:
        """Its two ends `[d]`: sides like the lengthscales, of geometric mean `length`."""
        logs = np.log(lengthscales)
        half = 0.5 * self.length * np.exp(logs - logs.mean())
        # A start may lie beyond 3 sd of an endless prior: what is searched begins at the edge.
        centre = np.clip(centre, *limits)
        return np.maximum(centre - half, limits[0]), np.minimum(centre + half, limits[1])


def gained(before: tuple[bool, float], after: tuple[bool, float]) -> bool:
    """Whether what stands best is clearly better: what meets all constraints, and then by score."""
    if before[0] != after[0]:
        return after[0]
    return after[1] > before[1] + GAIN * abs(before[1])
