"""Zeroth-order ascent through the decoder: the slope is estimated at x = G(z), and pulled back.

Gaussian smoothing: Y. Nesterov, V. Spokoiny, 2017, doi 10.1007/s10208-015-9296-2, here in data
space; chained with the decoder as in Z. Tang et al., Tuning-free alignment of diffusion models with
direct noise optimization, 2024, arXiv 2405.18881.

With `J` the decoder's Jacobian and `g` the scorer's gradient at x, one estimate from `samples` = q
scores has the relative variance (1 + kappa) / q with kappa = |J|_F^2 |g|^2 / |J^T g|^2, where the
same estimate at z has (d + 1) / q: it pays to look at x where kappa < d.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Decode, PullBack, Search
from blackbox.strategies.estimation.climb import climb
from blackbox.strategies.moves.gradients import Slope
from blackbox.strategies.moves.steps import StepSettings

DIRECTIONS = ("tangent", "isotropic")


@dataclass(frozen=True)
class ChainedZerothOrder:
    """Adam on a gradient estimated at x, then pulled back to z (Nesterov and Spokoiny 2017).

    `directions`: "tangent" to the decoder's image, whose Jacobian is found by differences of 2d
    decoded objects per step (free unless `price.decode` is not), or "isotropic" in data space. A
    step costs `samples` + 1 scores and one pull-back.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DATA, Capability.DECODE, Capability.PULL_BACK}
    )
    # Measured on a picture's log-probability with 200 scores: the tangent, with 2 to 4 directions.
    directions: str = "tangent"
    samples: int = 2
    # Prior sd: an object is moved as far as the decoder moves it for such a step at z.
    radius: float = 0.05
    step: str = "adam"  # or "plain", "normalised", "sign"
    learning_rate: float = 0.1  # prior sd per step, as gradient_ascent
    patience: int = 50  # steps without a better score before a restart

    def __post_init__(self) -> None:
        """Refuse unknown directions and numbers outside their bounds."""
        if self.directions not in DIRECTIONS:
            raise ValueError(f"directions {self.directions!r} are none of {', '.join(DIRECTIONS)}")
        if self.samples < 1 or not self.radius > 0 or self.patience < 1:
            raise ValueError(f"samples, radius and patience must be > 0: {self}")
        StepSettings(self.step, self.learning_rate, "constant")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from each start in turn."""
        steps = StepSettings(self.step, self.learning_rate, "constant")
        for start in brief.starts(rng):
            yield from climb(
                start,
                lambda z, moved: self.slope(z, moved, brief, rng),
                steps.begin(brief.space),
                self.patience,
            )

    def slope(
        self, z: Array, moved: NDArray[np.bool_], brief: Brief, rng: np.random.Generator
    ) -> Slope:
        """The score at `z [1, d]`, and the slope there."""
        here = yield Ask(z, clipped=moved)
        shifts = rng.standard_normal(z.shape)
        if self.directions == "tangent":
            shifts = np.concatenate([np.eye(z.shape[1]), -np.eye(z.shape[1])])
        walked = self.radius * brief.space.scale * brief.space.tangent(z, shifts)
        objects = (yield Decode(np.concatenate([z, brief.space.clip(z + walked)]))).x
        x, secants = objects[:1], (objects[1:] - objects[0]).reshape(len(shifts), -1)
        u, length = self._drawn(secants, rng)
        if not (here.valid[0] and length > 0):
            return float(here.score[0]), np.zeros(z.shape[1])
        near = yield Ask(x + length * u.reshape(-1, *x.shape[1:]), at="data")
        rises = np.where(near.valid, near.score - here.score, 0.0) / length
        pulled: Answer = yield PullBack(z, (rises @ u / len(u)).reshape(x.shape))
        return float(here.score[0]), pulled.pulled[0] * brief.space.scale

    def _drawn(self, secants: Array, rng: np.random.Generator) -> tuple[Array, float]:
        """Directions `[samples, D]`, and the length that moves x as far as a step at z does."""
        if self.directions == "isotropic":
            size = secants.shape[1]
            u = rng.standard_normal((self.samples, size))
            return u, float(np.linalg.norm(secants) / np.sqrt(size))
        half = len(secants) // 2
        jacobian = (secants[:half] - secants[half:]) / 2  # [d, D], times the radius
        basis = np.linalg.qr(jacobian.T)[0]
        u = rng.standard_normal((self.samples, basis.shape[1])) @ basis.T
        return u, float(np.linalg.norm(jacobian) / np.sqrt(basis.shape[1]))
