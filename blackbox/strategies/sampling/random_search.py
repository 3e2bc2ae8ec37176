"""Random search: independent draws of the prior, the baseline that every search has to beat.

J. Bergstra, Y. Bengio: Random Search for Hyper-Parameter Optimization. JMLR 13, 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Ask, Brief, Capability, Search


@dataclass(frozen=True)
class RandomSearch:
    """Draw from the prior and keep the best (Bergstra and Bengio 2012, JMLR 13).

    Best of N stays typical: its divergence from the prior is at most ln N - (N-1)/N nats.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    batch: int = 64  # draws per ask; the points do not depend on it, only the overhead does

    def __post_init__(self) -> None:
        """Refuse a batch of nothing."""
        if self.batch < 1:
            raise ValueError(f"batch must be >= 1, not {self.batch}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Yield the start, then prior draws for ever."""
        yield Ask(brief.start[:1])
        while True:
            yield Ask(brief.space.sample(rng, self.batch))
