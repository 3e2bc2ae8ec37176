"""CMA-ES: a Gaussian whose mean, step size and covariance follow the best of each generation.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772; the algorithm is pycma's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Brief, Capability, Search
from blackbox.strategies.evolution import pycma


@dataclass(frozen=True)
class CmaEs:
    """Covariance matrix adaptation (Hansen 2016, arXiv 1604.00772), by the package cma.

    Where pycma's own stopping rules end it (converged, flat, ill-conditioned), it starts again
    from the seed's next start: with the same population, a doubled one (`restarts="ipop"`), or
    large and small ones in turn ("bipop"). Bounds are handled by pycma; on a sphere the asked
    points are the projections of what was drawn. Constraints: an augmented Lagrangian (Atamna et
    al. 2017, doi:10.1145/3040718.3040732). `options` are pycma's own, by their names.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    sigma0: float = 0.5  # prior sd: the optimum is expected within about three of them (pycma)
    popsize: int | None = None  # per generation; None: 4 + floor(3 ln d), the tutorial's eq. 48
    restarts: str = "none"
    options: pycma.Options = ()  # e.g. {"CMA_elitist": True}; see cma.CMAOptions()

    def __post_init__(self) -> None:
        """Refuse settings that pycma would refuse later; ask for the package early."""
        pycma.check(self.sigma0, self.popsize, self.restarts)
        object.__setattr__(self, "options", pycma.settled(self.options))

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Evolve from each start in turn."""
        return pycma.search(brief, rng, self.sigma0, self.popsize, self.restarts, self.options)
