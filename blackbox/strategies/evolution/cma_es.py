"""CMA-ES: a Gaussian whose mean, step size and covariance follow the best of each generation.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from blackbox.protocol import Array, Brief, Capability, Search, SearchOfMany
from blackbox.strategies.evolution import adaptation, evolving, pycma
from blackbox.strategies.evolution.rates import usual_popsize
from blackbox.strategies.moves.starting import Beginning

VERSION = 4  # begins at the best of ten scored points; 3: points near bounds; 2: our own numpy


@dataclass(frozen=True)
class CmaEs:
    """Covariance matrix adaptation (Hansen 2016, arXiv 1604.00772), with active weights.

    Our own numpy, several times faster than the package cma, and over six landscapes as good, if a
    little worse on rastrigin and better on an ellipsoid: `tests/campaigns/cma_es.md`.
    `backend="pycma"` takes the package, and so do `options`, which are the package's by their
    names.

    Where a stopping rule ends it (converged, flat, ill-conditioned), it starts again from the
    seed's next start: with the same population, a doubled one (`restarts="ipop"`), or large and
    small ones in turn ("bipop"). At bounds proposals are folded back inside; on a sphere the asked
    points are the projections of what was drawn. Constraints: an augmented Lagrangian (Atamna et
    al. 2017, doi:10.1145/3040718.3040732).
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    sigma0: float = 0.5  # prior sd: the optimum is expected within about three of them (pycma)
    popsize: int | None = None  # per generation; None: 4 + floor(3 ln d), the tutorial's eq. 48
    restarts: str = "none"
    options: pycma.Options = ()  # of pycma, e.g. {"CMA_elitist": True}; see cma.CMAOptions()
    backend: Literal["own", "pycma"] | None = None  # None: "own", unless there are options
    # Of ten scored points (see evolving.DRAWS); or "first", at the next start, as in the tutorial.
    start: Beginning = "best"

    def __post_init__(self) -> None:
        """Refuse settings that cannot be; ask for the package early where it is wanted."""
        evolving.check(self.sigma0, self.popsize, self.restarts, self.start)
        if self.backend not in (None, "own", "pycma"):
            raise ValueError(f"backend is 'own' or 'pycma', not {self.backend!r}")
        options = pycma.settled(self.options) if self.uses_package else ()
        object.__setattr__(self, "options", options)
        if options and self.backend == "own":
            raise ValueError(
                f"options are those of the package cma, not of backend='own': {dict(options)}"
            )

    @property
    def uses_package(self) -> bool:
        """Whether the package cma searches."""
        return self.backend == "pycma" or bool(dict(self.options))

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Evolve from each start in turn."""
        settings = self.popsize, self.sigma0, self.restarts
        if self.uses_package:
            return pycma.search(brief, rng, *settings, self.options, self.start)

        def begin(start: Array, popsize: int, sigma0: float) -> adaptation.Adaptation:
            return adaptation.Adaptation(start, brief.space, rng, popsize, sigma0)

        return evolving.search(brief, rng, begin, *settings, self.start)

    def together(
        self, briefs: Sequence[Brief], rngs: Sequence[np.random.Generator]
    ) -> SearchOfMany | None:
        """Evolve side by side, where all populations stay as large as the first."""
        if self.uses_package or self.restarts != "none":
            return None
        popsize = self.popsize or usual_popsize(briefs[0].space.dim)
        n, *others = {evolving.draws(brief, self.start) for brief in briefs}
        return None if others else adaptation.together(briefs, rngs, popsize, self.sigma0, n)
