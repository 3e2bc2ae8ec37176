"""Sobol search: low-discrepancy points, spread through the prior by its inverse distribution.

I. M. Sobol, 1967, doi:10.1016/0041-5553(67)90144-9; scrambled after A. B. Owen, 1998,
doi:10.1006/jcom.1998.0487 (scipy's implementation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import qmc

from blackbox.plain import is_whole
from blackbox.protocol import Ask, Brief, Capability, Search

# 2^30 points are what a 30-bit sequence holds.
BITS = 30


@dataclass(frozen=True)
class SobolSearch:
    """Cover the prior evenly with a scrambled Sobol sequence (Sobol 1967, Owen 1998).

    Points `u` in the unit cube become `z` at the prior's quantiles; in a box around a normal prior
    no point would be typical.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    batch: int = 64  # points per ask, a power of two so that each ask is balanced

    def __post_init__(self) -> None:
        """Refuse batches that are not balanced."""
        if not is_whole(self.batch) or self.batch < 1 or self.batch & (self.batch - 1):
            raise ValueError(f"batch must be a whole power of two, not {self.batch!r}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Yield the start, then the sequence."""
        yield Ask(brief.start[:1])
        if brief.space.dim > qmc.Sobol.MAXDIM:
            raise ValueError(
                f"Sobol sequences have at most {qmc.Sobol.MAXDIM} dimensions, the space has "
                f"{brief.space.dim}; use random_search"
            )
        sequence = qmc.Sobol(brief.space.dim, scramble=True, bits=BITS, rng=rng)
        while True:
            yield Ask(brief.space.from_unit(sequence.random(self.batch)))
