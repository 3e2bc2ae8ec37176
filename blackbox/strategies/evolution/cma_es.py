"""CMA-ES: a Gaussian whose mean, step size and covariance follow the best of each generation.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772; the algorithm is pycma's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.tools.optional import package


@dataclass(frozen=True)
class CmaEs:
    """Covariance matrix adaptation (Hansen 2016, arXiv 1604.00772), by the package cma.

    Where pycma's own stopping rules end it (converged, flat, ill-conditioned), it starts again
    from the seed's next start. Points outside a box are handled by pycma's transformation; on a
    sphere the asked points are the projections of what was drawn.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    sigma0: float = 0.5  # prior sd: the optimum is expected within about three of them (pycma)
    popsize: int | None = None  # per generation; None: 4 + floor(3 ln d), the tutorial's eq. 48

    def __post_init__(self) -> None:
        """Refuse settings that pycma would refuse later; ask for the package early."""
        if not self.sigma0 > 0 or (self.popsize is not None and self.popsize < 2):
            raise ValueError(f"sigma0 must be > 0 and popsize >= 2: {self}")
        package("cma", "cma")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Score each start in turn, then evolve from it until pycma stops."""
        for start in brief.starts(rng):
            yield Ask(start)
            yield from self._evolve(start[0], brief, rng)

    def _evolve(self, start: Array, brief: Brief, rng: np.random.Generator) -> Search:
        space = brief.space
        evolution = package("cma", "cma").CMAEvolutionStrategy(
            start / space.scale, self.sigma0, self._options(brief, rng)
        )
        while not evolution.stop():
            asked = evolution.ask()
            z = space.clip(np.array(asked) * space.scale)
            answer = yield Ask(z)
            evolution.tell(asked, (-answer.score).tolist())

    def _options(self, brief: Brief, rng: np.random.Generator) -> dict[str, Any]:
        options: dict[str, Any] = {
            # Without these two pycma draws from, and seeds, numpy's global generator.
            "randn": lambda *shape: rng.standard_normal(shape),
            "seed": np.nan,
            "verbose": -9,
            "verb_log": 0,
        }
        if self.popsize is not None:
            options["popsize"] = self.popsize
        if brief.space.prior == "box":
            scale = brief.space.scale
            options["bounds"] = [
                list(np.array(brief.space.lower) / scale),
                list(np.array(brief.space.upper) / scale),
            ]
        return options
