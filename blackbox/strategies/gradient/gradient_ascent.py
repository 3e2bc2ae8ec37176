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
from blackbox.strategies.moves.adaptive import FIRST, ascend
from blackbox.strategies.moves.gradients import ESTIMATORS, Differences, Slope
from blackbox.strategies.moves.starting import Beginning, best_of, draws, refuse_unknown
from blackbox.strategies.moves.steps import Progress, StepSettings
from blackbox.strategies.moves.stopping import Stopping

Mask = NDArray[np.bool_]
VERSION = 2  # begins at the best of a few scored points, and its steps find their own scale
RATE = 0.1  # of other steps, prior sd


@dataclass(frozen=True)
class GradientAscent:
    """Adam, or another step, along the gradient at z (Kingma and Ba 2015, arXiv 1412.6980).

    Adaptive steps have Adam's direction and a scale that grows and shrinks (`adaptive.py`). A climb
    ends where they have shrunk to nothing, on a flat slope (`min_slope`), after `patience` steps
    without a better score, or at its `target`; then the search goes on from another start, or stops
    (`after`). The textbook's form is `gradient_ascent(start="first", step="plain")`.
    """

    # Or "adam", "plain", "normalised", "sign". None: adaptive, or Adam's where a rate or a schedule
    # is given.
    step: str | None = None
    # Prior sd per step; None: 0.1, and adaptive steps begin at 0.3. 0.1 crosses a N(0, I) latent in
    # the 25 to 100 steps of a usual budget; it lies between pix2latent's 0.05 (arXiv 2005.01703)
    # and PULSE's 0.4 (arXiv 2003.03808).
    learning_rate: float | None = None
    # Or "cosine", "linear1cycledrop", "exponential", over the budget; not of adaptive steps.
    schedule: str = "constant"
    gradient: str = "exact"  # or an estimator: "central", "forward", "spsa", "gaussian", ...
    samples: int = 1  # directions of an estimate, as zeroth_order
    radius: float = 0.05  # prior sd, of an estimate; as zeroth_order
    patience: int = 50  # steps without a better score
    min_slope: float = 0.0  # score per prior sd; its scale is the objective's, so 0 is the default
    target: float | None = None
    after: str = "restart"  # when a climb has ended; or "stop"
    start: Beginning = "best"  # of a few scored points; or "first", at the next start

    def __post_init__(self) -> None:
        """Refuse unknown names and numbers outside their bounds."""
        refuse_unknown(self.start)
        if self.rule != "adaptive":
            self._steps()
        elif self.schedule != "constant" or (self.learning_rate or 1.0) <= 0:
            raise ValueError(f"adaptive steps have no schedule, and a learning_rate > 0: {self}")
        self._stopping()
        if self.gradient not in ("exact", *ESTIMATORS):
            gradients = ", ".join(("exact", *ESTIMATORS))
            raise ValueError(f"gradient {self.gradient!r} is none of {gradients}")
        if self.samples < 1 or not self.radius > 0:
            raise ValueError(f"samples must be >= 1 and radius > 0: {self}")
        if self.after not in ("restart", "stop"):
            raise ValueError(f"after must be 'restart' or 'stop', not {self.after!r}")

    @property
    def rule(self) -> str:
        """The step that is taken."""
        is_plain = self.learning_rate is None and self.schedule == "constant"
        return self.step or ("adaptive" if is_plain else "adam")

    @property
    def needs(self) -> frozenset[Capability]:
        """Gradients, where they are not estimated."""
        return frozenset({Capability.GRADIENT} if self.gradient == "exact" else ())

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        progress = Progress(brief)
        yield from progress.follow(self._climbs(progress, rng))

    def _climbs(self, progress: Progress, rng: np.random.Generator) -> Search:
        brief, starts = progress.brief, progress.brief.starts(rng)
        while True:
            if self.start == "best":
                z, _, _ = yield from best_of(starts, draws(brief))
            else:
                z = next(starts)
                if self.gradient != "exact":
                    yield Ask(z)  # an estimate looks only around it
            yield from self._climb(z, progress, rng)
            if self.after == "stop":
                return

    def _climb(self, z: Array, progress: Progress, rng: np.random.Generator) -> Search:
        brief, stopping = progress.brief, self._stopping()
        if self.rule == "adaptive":
            first = FIRST if self.learning_rate is None else self.learning_rate
            yield from ascend(
                z,
                lambda z, scale, moved: self._slope(z, moved, brief, rng),
                brief.space,
                first,
                stopping,
            )
            return
        walk, moved = self._steps().begin(brief.space), np.zeros(1, bool)
        while True:
            score, slope = yield from self._slope(z, moved, brief, rng)
            if stopping.over(score, brief.space.tangent(z, slope)):
                return
            z, moved = walk.move(z, slope, progress.share)

    def _slope(self, z: Array, moved: Mask, brief: Brief, rng: np.random.Generator) -> Slope:
        """The score at, or around, `z [1, d]`, and the slope there."""
        if self.gradient == "exact":
            answer = yield Ask(z, 1, clipped=moved)
            return float(answer.score[0]), answer.grad[0] * brief.space.scale
        return (yield from Differences(self.gradient, self.samples, self.radius).at(z, brief, rng))

    def _steps(self) -> StepSettings:
        rate = RATE if self.learning_rate is None else self.learning_rate
        return StepSettings(self.rule, rate, self.schedule)

    def _stopping(self) -> Stopping:
        return Stopping(self.patience, self.min_slope, self.target)
