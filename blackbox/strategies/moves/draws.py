"""Standard normal draws of many generators, a block of each at a time: one call costs as much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array

ROWS = 64
MOST = 1 << 20  # numbers in all blocks


class NormalDraws:
    """The next row `[d]` of each of `g` generators, the same numbers as by a call for each row.

    The generators are ahead of what was taken, so nobody else may draw from them.
    """

    def __init__(self, rngs: Sequence[np.random.Generator], dim: int) -> None:
        """Draw nothing yet."""
        self._rngs, self._dim = rngs, dim
        self._rows = max(1, min(ROWS, MOST // (dim * len(rngs))))
        self._blocks = np.empty((len(rngs), self._rows, dim))
        self._taken = np.full(len(rngs), self._rows)
        self._all = np.arange(len(rngs))

    def next(self, rows: NDArray[np.intp] | None = None) -> Array:
        """The next row of these generators, or of all: `[k, d]`."""
        rows = self._all if rows is None else rows
        for nth in rows[self._taken[rows] == self._rows]:
            self._blocks[nth] = self._rngs[nth].standard_normal((self._rows, self._dim))
            self._taken[nth] = 0
        drawn: Array = self._blocks[rows, self._taken[rows]]
        self._taken[rows] += 1
        return drawn
