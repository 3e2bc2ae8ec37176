"""Gradient ascent in latent space: steps along the gradient of the score, restarted where it ends.

D. P. Kingma, J. Ba: Adam, 2015, arXiv 1412.6980; on the latent of a decoder as in Bora et al.,
Compressed sensing using generative models, 2017, arXiv 1703.03208; on the sphere and with its
schedule as in Menon et al., PULSE, 2020, arXiv 2003.03808.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.moves.gradients import ESTIMATORS, Differences, Slope
from blackbox.strategies.moves.steps import Progress, StepSettings
from blackbox.strategies.moves.stopping import Stopping

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GradientAscent:
    """Adam, or another step, along the gradient at z (Kingma and Ba 2015, arXiv 1412.6980).

    A climb ends on a flat slope (`min_slope`), after `patience` steps without a better score, or
    at its `target`; then the search goes on from the seed's next start, or stops (`after`).
    """

    step: str = "adam"  # or "plain", "normalised", "sign"
    # Prior sd per step: big enough to cross a N(0, I) latent in the 25 to 100 steps of a usual
    # budget; between pix2latent's 0.05 (arXiv 2005.01703) and PULSE's 0.4 (arXiv 2003.03808).
    learning_rate: float = 0.1
    schedule: str = "constant"  # or "cosine", "linear1cycledrop", "exponential", over the budget
    gradient: str = "exact"  # or an estimator: "central", "forward", "spsa", "gaussian", ...
    samples: int = 1  # directions of an estimate, and its radius in prior sd, as zeroth_order
    radius: float = 0.05  # prior sd, of an estimate; as zeroth_order
    patience: int = 50  # steps without a better score
    min_slope: float = 0.0  # score per prior sd; its scale is the objective's, so 0 is the default
    target: float | None = None
    after: str = "restart"  # when a climb has ended; or "stop"

    def __post_init__(self) -> None:
        """Refuse unknown names and numbers outside their bounds."""
        self._steps()
        self._stopping()
        if self.gradient not in ("exact", *ESTIMATORS):
            gradients = ", ".join(("exact", *ESTIMATORS))
            raise ValueError(f"gradient {self.gradient!r} is none of {gradients}")
        if self.samples < 1 or not self.radius > 0:
            raise ValueError(f"samples must be >= 1 and radius > 0: {self}")
        if self.after not in ("restart", "stop"):
            raise ValueError(f"after must be 'restart' or 'stop', not {self.after!r}")

    @property
    def needs(self) -> frozenset[Capability]:
        """Gradients, where they are not estimated."""
        return frozenset({Capability.GRADIENT} if self.gradient == "exact" else ())

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        progress = Progress(brief)
        yield from progress.follow(self._climbs(progress, rng))

    def _climbs(self, progress: Progress, rng: np.random.Generator) -> Search:
        for start in progress.brief.starts(rng):
            if self.gradient != "exact":
                yield Ask(start)  # an estimate looks only around it
            yield from self._climb(start, progress, rng)
            if self.after == "stop":
                return

    def _climb(self, z: Array, progress: Progress, rng: np.random.Generator) -> Search:
        walk, stopping = self._steps().begin(progress.brief.space), self._stopping()
        moved = np.zeros(1, bool)
        while True:
            score, slope = yield from self._slope(z, moved, progress.brief, rng)
            if stopping.over(score, progress.brief.space.tangent(z, slope)):
                return
            z, moved = walk.move(z, slope, progress.share)

    def _slope(self, z: Array, moved: Mask, brief: Brief, rng: np.random.Generator) -> Slope:
        """The score at, or around, `z [1, d]`, and the slope there."""
        if self.gradient == "exact":
            answer = yield Ask(z, 1, clipped=moved)
            return float(answer.score[0]), answer.grad[0] * brief.space.scale
        return (yield from Differences(self.gradient, self.samples, self.radius).at(z, brief, rng))

    def _steps(self) -> StepSettings:
        return StepSettings(self.step, self.learning_rate, self.schedule)

    def _stopping(self) -> Stopping:
        return Stopping(self.patience, self.min_slope, self.target)
