"""Estimates of a slope from scores alone.

Slopes are in units of score per prior standard deviation, so that one step size fits every space.
The variances are those of one estimate relative to the squared norm of the slope.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief, Message

# A conversation that ends with the score near `z` and the slope there, [d].
Slope: TypeAlias = Generator[Message, Answer, tuple[float, Array]]
Directions: TypeAlias = Callable[[np.random.Generator, int, int], tuple[Array, float]]


def _axes(rng: np.random.Generator, q: int, d: int) -> tuple[Array, float]:
    """Every coordinate once, whatever `q`: no variance, only the error of the difference."""
    return np.eye(d), d


def _signs(rng: np.random.Generator, q: int, d: int) -> tuple[Array, float]:
    """SPSA: Rademacher directions (Spall 1992, doi:10.1109/9.119632). Variance (d-1)/q."""
    return rng.choice([-1.0, 1.0], (q, d)), 1


def _gaussian(rng: np.random.Generator, q: int, d: int) -> tuple[Array, float]:
    """Gaussian smoothing (Nesterov, Spokoiny 2017, doi:10.1007/s10208-015-9296-2). (d+1)/q."""
    return rng.standard_normal((q, d)), 1


def _orthogonal(rng: np.random.Generator, q: int, d: int) -> tuple[Array, float]:
    """Random orthonormal directions (Choromanski et al. 2018, arXiv 1804.02395). d/q - 1."""
    q = min(q, d)
    basis, upper = np.linalg.qr(rng.standard_normal((d, q)))
    # Fixing the signs makes the basis uniform (Haar), whatever LAPACK's convention is.
    return (basis * np.sign(np.diag(upper))).T, d


def _aligned(rng: np.random.Generator, q: int, d: int) -> tuple[Array, float]:
    """The smallest slope that explains all differences: the least squares of arXiv 2509.15552.

    In the span of `q` random directions it is the projection of the gradient, never longer than it:
    relative error 1 - q/d, where the unbiased means above have that of their variance.
    """
    q = min(q, d)
    return _orthogonal(rng, q, d)[0], q


# estimator -> (directions [q, d] with the factor that makes their mean unbiased, two-sided?)
ESTIMATORS: dict[str, tuple[Directions, bool]] = {
    "central": (_axes, True),
    "forward": (_axes, False),
    "spsa": (_signs, True),
    "gaussian": (_gaussian, True),
    "orthogonal": (_orthogonal, True),
    "aligned": (_aligned, False),
}


@dataclass(frozen=True)
class Differences:
    """An estimate from scores alone, by differences along `samples` directions at `radius`."""

    estimator: str
    samples: int
    radius: float

    def at(self, z: Array, brief: Brief, rng: np.random.Generator) -> Slope:
        """Mean score around `z [1, d]` and the estimated slope, in one ask."""
        draw, two_sided = ESTIMATORS[self.estimator]
        directions, factor = draw(rng, self.samples, z.shape[1])
        directions = brief.space.tangent(z, directions)
        level, rises = yield from along(z, directions, self.radius, brief, two_sided)
        return level, factor * (rises @ directions) / len(directions)


def along(
    z: Array, directions: Array, radius: float, brief: Brief, two_sided: bool = True
) -> Slope:
    """Mean score around `z [1, d]`, and the rise of the score along each of `directions [q, d]`.

    Directions are in units of the prior's sd, and are walked for `radius` times their length. A
    direction along which a point is invalid, or which a bound closes, rises by nothing.
    """
    steps = radius * brief.space.scale * directions
    ahead = brief.space.clip(z + steps)
    behind = brief.space.clip(z - steps) if two_sided else z
    answer = yield Ask(np.concatenate([ahead, behind]))
    q = len(directions)
    score, valid = answer.score, answer.valid
    # A bound may have shortened a step: divide by what was really walked.
    walked = np.linalg.norm((ahead - behind) / brief.space.scale, axis=1)
    usable = valid[:q] & valid[q:] & (walked > 0)
    change = np.where(usable, score[:q] - score[q:], 0.0) / np.where(walked > 0, walked, 1.0)
    level = float(score[valid].mean()) if valid.any() else -np.inf
    return level, change * np.linalg.norm(directions, axis=1)
