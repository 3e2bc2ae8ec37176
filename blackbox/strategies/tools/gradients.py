"""Where a slope comes from: the exact gradient, or an estimate from scores.

Slopes are in units of score per prior standard deviation, so that one step size fits every space.
The variances are those of one estimate relative to the squared norm of the slope.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Message

# A conversation that ends with the score near `z` and the slope there, [d].
Slope: TypeAlias = Generator[Message, Answer, tuple[float, Array]]


@dataclass(frozen=True)
class Exact:
    """The gradient itself, one ask of order 1."""

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})

    def at(self, z: Array, brief: Brief, rng: np.random.Generator) -> Slope:
        """Score and slope at `z [1, d]`."""
        answer = yield Ask(z, 1)
        return float(answer.score[0]), answer.grad[0] * brief.space.scale


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


Directions: TypeAlias = Callable[[np.random.Generator, int, int], tuple[Array, float]]
# estimator -> (directions [q, d] with the factor that makes their mean unbiased, two-sided?)
ESTIMATORS: dict[str, tuple[Directions, bool]] = {
    "central": (_axes, True),
    "forward": (_axes, False),
    "spsa": (_signs, True),
    "gaussian": (_gaussian, True),
    "orthogonal": (_orthogonal, True),
}


@dataclass(frozen=True)
class Differences:
    """An estimate from scores alone, by differences along `samples` directions at `radius`."""

    estimator: str
    samples: int
    radius: float

    needs: ClassVar[frozenset[Capability]] = frozenset()

    def at(self, z: Array, brief: Brief, rng: np.random.Generator) -> Slope:
        """Mean score around `z [1, d]` and the estimated slope, in one ask."""
        draw, two_sided = ESTIMATORS[self.estimator]
        directions, factor = draw(rng, self.samples, z.shape[1])
        steps = self.radius * brief.space.scale * directions
        ahead = brief.space.clip(z + steps)
        behind = brief.space.clip(z - steps) if two_sided else z
        answer = yield Ask(np.concatenate([ahead, behind]))
        q = len(directions)
        score, valid = answer.score, answer.valid
        # A bound may have shortened a step: divide by what was really walked.
        walked = np.linalg.norm((ahead - behind) / brief.space.scale, axis=1)
        usable = valid[:q] & valid[q:] & (walked > 0)
        change = np.where(usable, score[:q] - score[q:], 0.0) / np.where(walked > 0, walked, 1.0)
        along = change * np.linalg.norm(directions, axis=1)
        level = float(score[valid].mean()) if valid.any() else -np.inf
        return level, factor * (along @ directions) / q
