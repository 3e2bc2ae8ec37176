"""Gradient ascent in latent space: Adam along the exact gradient, restarted where it stalls.

D. P. Kingma, J. Ba: Adam, 2015, arXiv 1412.6980; on the latent of a decoder as in Bora et al.,
Compressed sensing using generative models, 2017, arXiv 1703.03208.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from blackbox.protocol import Array, Brief, Capability, Search
from blackbox.strategies.tools.adam import Adam
from blackbox.strategies.tools.gradients import Differences, Exact


@dataclass(frozen=True)
class GradientAscent:
    """Adam on the gradient of the score at z (Kingma and Ba 2015, arXiv 1412.6980).

    An ascent that has not improved for `patience` steps, or stands where the slope is flat, gives
    way to one from the seed's next start, so that the whole budget is used.
    """

    # Prior sd per step: big enough to cross a N(0, I) latent in the 25 to 100 steps of a usual
    # budget; between pix2latent's 0.05 (arXiv 2005.01703) and PULSE's 0.4 (arXiv 2003.03808).
    learning_rate: float = 0.1
    patience: int = 50  # steps without a better score before a restart
    gradient: Exact | Differences = field(default_factory=Exact)

    def __post_init__(self) -> None:
        """Refuse steps that lead nowhere."""
        if not self.learning_rate > 0 or self.patience < 1:
            raise ValueError(f"learning_rate must be > 0 and patience >= 1: {self}")

    @property
    def needs(self) -> frozenset[Capability]:
        """What the gradient source needs."""
        return self.gradient.needs

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        for start in brief.starts(rng):
            yield from self._climb(start, brief, rng)

    def _climb(self, z: Array, brief: Brief, rng: np.random.Generator) -> Search:
        adam = Adam(self.learning_rate)
        best, stale = -np.inf, 0
        while stale < self.patience:
            score, slope = yield from self.gradient.at(z, brief, rng)
            if not slope.any():
                return
            best, stale = (score, 0) if score > best else (best, stale + 1)
            z = brief.space.clip(z + brief.space.scale * adam.step(slope))
