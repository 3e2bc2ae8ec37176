"""How sharp a chain's target prior(z) exp(beta score) is: fixed, or sharpened as the chain settles.

Around a smooth top in d dimensions the scores of such a target spread by sqrt(d/2) / beta, and
shrink by as much as beta grows. S. Kirkpatrick, C. Gelatt, M. Vecchi: Optimization by simulated
annealing, 1983, doi:10.1126/science.220.4598.671; no cooling schedule of theirs is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from blackbox.protocol import Array

# Measured with 200 units on eight objectives: langevin is best at 3 after each 5 of (2, 3, 5, 10)
# and (5, 10, 20); pcn does not care.
WINDOW = 5
SHARPER = 3.0


@dataclass
class Tempering:
    """The inverse temperature of one chain in `dim` dimensions.

    From `scores` of the prior, beta is such that scores that far apart matter. After each window
    of scores the chain is taken to have settled there, and the target is made `SHARPER`.
    """

    dim: int
    fixed: float | None
    beta: float = field(default=1.0, init=False)
    age: int = field(default=0, init=False)  # scores since beta was changed
    window: list[float] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Take a fixed beta as it is."""
        if self.fixed is not None:
            self.beta = self.fixed

    def begin(self, scores: Array) -> None:
        """Take scores of draws of the prior `[n]`."""
        spread = float(np.std(scores)) if len(scores) else 0.0
        if self.fixed is None and spread > 0:
            self.beta = 1 / spread

    def hear(self, score: float) -> None:
        """Take the score at which the chain stands now."""
        self.age += 1
        if self.fixed is None:
            self.window.append(score)
            if len(self.window) == WINDOW:
                self._sharpen()

    def _sharpen(self) -> None:
        spread = float(np.std([score for score in self.window if math.isfinite(score)] or [0.0]))
        if spread > 0 and SHARPER * math.sqrt(self.dim / 2) / spread > self.beta:
            self.beta, self.age = SHARPER * math.sqrt(self.dim / 2) / spread, 0
        self.window.clear()


def adapted(log_step: float, accepted: float, wanted: float, age: int) -> float:
    """Robbins and Monro's step towards the wanted acceptance, with vanishing gain.

    C. Andrieu, J. Thoms: A tutorial on adaptive MCMC, 2008, doi:10.1007/s11222-008-9110-y.
    """
    return log_step + (accepted - wanted) / math.pow(max(age, 1), 0.6)
