"""Zeroth-order ascent: steps along a slope that is estimated from scores alone.

ZO-AdaMM: X. Chen et al., NeurIPS 2019, arXiv 1910.06513. ZO-signSGD: S. Liu et al., ICLR 2019,
https://openreview.net/forum?id=BJe-DsC5Fm. SPSA's gains: J. C. Spall, Implementation of the
simultaneous perturbation algorithm, 1998, doi 10.1109/7.705889. The estimators' sources stand in
`gradients.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.space import Space
from blackbox.strategies.estimation.climb import climb
from blackbox.strategies.moves.gradients import ESTIMATORS, Differences
from blackbox.strategies.moves.steps import RULES, Progress, StepSettings, Tangent, Walk

# Spall's section III: the exponent of the gains, and A as a part of the planned steps.
EXPONENT, STABILITY = 0.602, 0.1
# Slopes whose mean size sets the first gain: he averages several at the start.
CALIBRATED = 10


@dataclass(frozen=True)
class ZerothOrder:
    """Steps along a gradient estimated from score differences (Chen et al. 2019, arXiv 1910.06513).

    `estimator`: "central" or "forward" coordinate differences (2d, d+1 scores per step), "spsa",
    "gaussian" or "orthogonal" (two scores for each of `samples` directions), or "aligned"
    (samples + 1: the least-squares slope). `step`: Adam, "sign", "normalised", or "spsa" for
    Spall's decreasing gains.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    estimator: str = "gaussian"
    # Directions per step. Averaging is most efficient at one per step (arXiv 2509.15552); measured
    # with 200 scores on eight synthetic landscapes: 1 beats 2 beats 4 in mean normalised score.
    samples: int = 1
    # Prior sd. The best central step for a float32 score is (3 * 6e-8)^(1/3) = 6e-3; ten times that
    # also averages over kinks and plateaus.
    radius: float = 0.05
    step: str = "adam"
    learning_rate: float = 0.1  # prior sd per step, as gradient_ascent
    patience: int = 50  # steps without a better level before a restart

    def __post_init__(self) -> None:
        """Refuse an unknown estimator or step, and numbers outside their bounds."""
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator {self.estimator!r} is none of {', '.join(ESTIMATORS)}")
        if self.step not in (*RULES, "spsa"):
            raise ValueError(f"step {self.step!r} is none of {', '.join((*RULES, 'spsa'))}")
        if self.samples < 1 or not self.radius > 0 or not self.learning_rate > 0:
            raise ValueError(f"samples, radius and learning_rate must be > 0: {self}")
        if self.patience < 1:
            raise ValueError(f"patience must be >= 1, not {self.patience}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        progress = Progress(brief)
        yield from progress.follow(self._climbs(progress, rng))

    def _climbs(self, progress: Progress, rng: np.random.Generator) -> Search:
        brief, source = progress.brief, Differences(self.estimator, self.samples, self.radius)
        for start in brief.starts(rng):
            yield Ask(start)
            yield from climb(
                start,
                lambda z, moved: source.at(z, brief, rng),
                self._walk(brief.space),
                self.patience,
                lambda: progress.share,
            )

    def _walk(self, space: Space) -> Walk:
        if self.step == "spsa":
            return Walk(space, Gains(self.learning_rate), decreasing)
        return StepSettings(self.step, self.learning_rate, "constant").begin(space)


@dataclass
class Gains:
    """Spall's plain step `a g`; `a` lets the first steps walk the learning rate, on average.

    His radius, which falls by a third within 50 steps, stays as it is: scores here have no noise.
    """

    learning_rate: float
    size: float = 0.0
    seen: int = 0

    def step(self, slope: Array, tangent: Tangent | None = None) -> Array:
        """The displacement for the next slope, which is not flat, before the gains decrease."""
        if self.seen < CALIBRATED:
            self.seen += 1
            self.size += (float(np.abs(slope).mean()) - self.size) / self.seen
        return self.learning_rate / self.size * slope


def decreasing(share: float) -> float:
    """`((A + 1) / (A + k + 1))^0.602`, in parts of the planned steps."""
    return float((STABILITY / (STABILITY + share)) ** EXPONENT)
