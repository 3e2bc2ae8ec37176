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
from numpy.typing import NDArray

from blackbox.protocol import Array, Brief, Capability, Search
from blackbox.space import Space
from blackbox.strategies.estimation.climb import climb
from blackbox.strategies.moves.adaptive import FIRST, ascend
from blackbox.strategies.moves.gradients import ESTIMATORS, Differences, Slope
from blackbox.strategies.moves.starting import Beginning, best_of, draws, refuse_unknown
from blackbox.strategies.moves.steps import RULES, Progress, StepSettings, Tangent, Walk
from blackbox.strategies.moves.stopping import Stopping

# Spall's section III: the exponent of the gains, and A as a part of the planned steps.
EXPONENT, STABILITY = 0.602, 0.1
# Slopes whose mean size sets the first gain: he averages several at the start.
CALIBRATED = 10
VERSION = 2  # begins at the best of a few scored points, and its steps find their own scale
# Prior sd. The best central step for a float32 score is (3 * 6e-8)^(1/3) = 6e-3; ten times that
# also averages over kinks and plateaus. Under adaptive steps a part of their length, and no less
# than the first.
RADIUS, FINEST, PART = 0.05, 6e-3, 0.2
RATE = 0.1  # prior sd per step, as gradient_ascent


@dataclass(frozen=True)
class ZerothOrder:
    """Steps along a gradient estimated from score differences (Chen et al. 2019, arXiv 1910.06513).

    `estimator`: "central" or "forward" coordinate differences (2d, d+1 scores per step), "spsa",
    "gaussian" or "orthogonal" (two scores for each of `samples` directions), or "aligned"
    (samples + 1: the least-squares slope). `step`: "adaptive" (Adam's direction, at a scale that
    grows and shrinks: `adaptive.py`), "adam", "plain", "sign", "normalised", or "spsa" for Spall's
    decreasing gains. The textbook's form is `zeroth_order(start="first", step="plain")`.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    estimator: str = "gaussian"
    # Directions per step. Averaging is most efficient at one per step (arXiv 2509.15552); measured
    # with 200 scores on eight synthetic landscapes: 1 beats 2 beats 4 in mean normalised score.
    samples: int = 1
    radius: float | None = None  # prior sd; None: 0.05, or a fifth of an adaptive step
    step: str | None = None  # None: adaptive, or Adam's where a learning rate is given
    learning_rate: float | None = None  # prior sd per step; None: 0.1, adaptive steps begin at 0.3
    patience: int = 50  # steps without a better level before a restart
    start: Beginning = "best"  # of a few scored points; or "first", at the next start

    def __post_init__(self) -> None:
        """Refuse an unknown estimator or step, and numbers outside their bounds."""
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator {self.estimator!r} is none of {', '.join(ESTIMATORS)}")
        refuse_unknown(self.start)
        steps = (*RULES, "spsa", "adaptive")
        if self.rule not in steps:
            raise ValueError(f"step {self.step!r} is none of {', '.join(steps)}")
        sizes = (self.samples, self.radius, self.learning_rate)
        if not all(size is None or size > 0 for size in sizes):
            raise ValueError(f"samples, radius and learning_rate must be > 0: {self}")
        if self.patience < 1:
            raise ValueError(f"patience must be >= 1, not {self.patience}")

    @property
    def rule(self) -> str:
        """The step that is taken."""
        return self.step or ("adaptive" if self.learning_rate is None else "adam")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from one start after the other."""
        progress = Progress(brief)
        yield from progress.follow(self._climbs(progress, rng))

    def _climbs(self, progress: Progress, rng: np.random.Generator) -> Search:
        brief, starts = progress.brief, progress.brief.starts(rng)
        n = draws(brief) if self.start == "best" else 1
        while True:
            z, _, _ = yield from best_of(starts, n)
            yield from self._climb(z, progress, rng)

    def _climb(self, z: Array, progress: Progress, rng: np.random.Generator) -> Search:
        brief = progress.brief
        if self.rule == "adaptive":

            def near(z: Array, scale: float, moved: NDArray[np.bool_]) -> Slope:
                radius = max(PART * scale, FINEST) if self.radius is None else self.radius
                return Differences(self.estimator, self.samples, radius).at(z, brief, rng)

            first = FIRST if self.learning_rate is None else self.learning_rate
            yield from ascend(z, near, brief.space, first, Stopping(self.patience))
            return
        source = Differences(self.estimator, self.samples, self.radius or RADIUS)
        yield from climb(
            z,
            lambda z, moved: source.at(z, brief, rng),
            self._walk(brief.space),
            self.patience,
            lambda: progress.share,
        )

    def _walk(self, space: Space) -> Walk:
        rate = self.learning_rate or RATE
        if self.rule == "spsa":
            return Walk(space, Gains(rate), decreasing)
        return StepSettings(self.rule, rate, "constant").begin(space)


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
