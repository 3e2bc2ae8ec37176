"""Bayesian linear regression on the sphere: the linear kernel behind the inverse stereographic map.

C. Doumont, D. Fan, N. Maus, J. R. Gardner, H. Moss, G. Pleiss: We still don't understand
high-dimensional Bayesian optimization, 2025, arXiv 2512.00170. With `t = |v| / s` for a point v off
the centre, `P(v) = [2 v / s, t^2 - 1] / (1 + t^2)` is a unit vector in d + 1 dimensions, and
`k(v, v') = b0 + b1 P(v)'P(v')` with `b0 + b1 = 1`. What lies far beyond `s` falls on one pole, so
that the centre and the scale say where the model is to be right.

Of n points all that is needed of their coordinates are products, so a new centre or scale costs
what is quadratic in n and nothing in d. RW: Rasmussen & Williams, Gaussian processes for machine
learning, 2006.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.random import Generator
from scipy.linalg.lapack import dpotrf, dpotrs

from blackbox.protocol import Array
from blackbox.strategies.bayesian.outcome_transforms import transformed
from blackbox.strategies.bayesian.window import Window

# The parameters that are tried: the scale in parts of the distances, the part of the constant, and
# the noise in parts of the outcomes' variance, above the paper's least.
SCALES, CONSTANTS, NOISES = 6, (0.1, 0.5), (1e-4, 1e-3, 1e-2, 1e-1)
RATIO = 1.6  # of two scales next to each other, once one is known
OLD = 32  # new points after which parameters are looked for again, at the latest
LEAST = 1e-12


@dataclass(frozen=True)
class SphereKernel:
    """The parameters of the kernel: scale, part of the constant, noise variance."""

    scale: float
    constant: float
    noise: float

    def parts(self, squared: Array) -> tuple[Array, Array]:
        """`1 / (1 + t^2)` and the coordinate towards the pole, of squared distances `[n]`."""
        t2 = squared / self.scale**2
        return 1.0 / (1.0 + t2), (t2 - 1.0) / (1.0 + t2)

    def matrix(self, gram: Array) -> Array:
        """The kernel `[n, n]` of points with these products, noise on the diagonal."""
        near, polar = self.parts(np.diag(gram))
        k = gram * ((4.0 / self.scale**2) * near)
        k *= near[:, None]
        k += np.outer(polar, polar)
        k *= 1.0 - self.constant
        k += self.constant
        k[np.diag_indices_from(k)] += self.noise
        return k

    def neighbours(self) -> Iterator[SphereKernel]:
        """Itself, and those that differ in one parameter by one step of the grid."""
        yield self
        for factor in (1 / RATIO, RATIO):
            yield replace(self, scale=self.scale * factor)
        for noise in NOISES:
            if 0.0 < abs(math.log(noise / self.noise)) < 3.0:
                yield replace(self, noise=noise)
        yield replace(self, constant=sum(CONSTANTS) - self.constant)


@dataclass(frozen=True, eq=False)
class SphereModel:
    """The regression of outcomes `y [n]`, with their mean and variance solved for."""

    kernel: SphereKernel
    row: int  # of the point about which the map is
    squared: Array  # squared distances from there, [n]
    y: Array
    root: Array  # lower Cholesky factor [n, n] of the kernel with noise
    alpha: Array  # [n]: RW (2.25)
    mean: float
    variance: float
    evidence: float  # log marginal likelihood, RW (2.30), with the prior of the noise

    def solve(self, v: Array) -> Array:
        """The inverse of the kernel times vectors `[n, k]`."""
        solved: Array = dpotrs(self.root, v, lower=1)[0]
        return solved

    @property
    def fitted(self) -> Array:
        """The posterior mean `[n]` at the points themselves, RW (2.25)."""
        return self.y - self.kernel.noise * self.alpha


def regress(kernel: SphereKernel, row: int, gram: Array, y: Array) -> SphereModel:
    """The model of outcomes `y [n]` at points of products `gram [n, n]` about one of them."""
    root, info = dpotrf(kernel.matrix(gram), lower=1, clean=1)
    assert not info, "the noise keeps the matrix from being singular"
    both = dpotrs(root, np.stack([np.ones(len(y)), y], axis=1), lower=1)[0]
    mean = float(both[:, 1].sum() / both[:, 0].sum())  # generalised least squares
    alpha = both[:, 1] - mean * both[:, 0]
    variance = max(float((y - mean) @ alpha) / len(y), LEAST)
    away = math.log(kernel.noise) + 4.0  # the noise is log-normal(-4, 1), as the paper's
    evidence = -0.5 * len(y) * math.log(variance) - float(np.log(np.diag(root)).sum())
    return SphereModel(
        kernel, row, np.diag(gram), y, root, alpha, mean, variance, evidence - 0.5 * away**2
    )


def grid(gram: Array) -> Iterator[SphereKernel]:
    """Scales from half the nearest distance to thrice the farthest, with all that goes with them.

    From the widest on, so that of models that say the same the smoothest is taken.
    """
    distances = np.sqrt(np.maximum(np.sort(np.diag(gram)), 0.0))
    far = max(float(distances[-1]), LEAST)
    near = max(float(distances[1:4].mean()), LEAST * far) if len(distances) > 1 else far
    for scale, constant, noise in product(
        np.geomspace(3.0 * far, 0.5 * near, SCALES).tolist(), CONSTANTS, NOISES
    ):
        yield SphereKernel(scale, constant, noise)


class Models:
    """The models of a window, whose parameters are looked for again as its points change."""

    def __init__(self, window: Window) -> None:
        """Know no parameters yet."""
        self.window, self._when = window, 0
        self._kernel: SphereKernel | None = None

    def seen_from(self, row: int, radius: float) -> SphereModel:
        """The model of all points about one of them, for use within so small a radius."""
        gram, y = self.window.products(row, radius), transformed(self.window.filled, "auto")
        due = max(1, min(self.window.n // 10, OLD))
        if self._kernel is not None and self.window.seen < self._when + due:
            return regress(self._kernel, row, gram, y)
        kernels = grid(gram) if self._kernel is None else self._kernel.neighbours()
        models = (regress(kernel, row, gram, y) for kernel in kernels)
        best = max(models, key=lambda model: model.evidence)
        self._kernel, self._when = best.kernel, self.window.seen
        return best


def steps(model: SphereModel, u: Array, radius: float, q: int, rng: Generator) -> Array:
    """From the centre to the maximum of a sample in a ball, for each of q samples `[q, d]`.

    A linear function of the sphere is largest where its weights point to, at an angle of which t is
    the tangent of the half; within the ball it grows as long as t does.
    """
    flat, pole = sampled(model, u, q, rng)
    along = np.linalg.norm(flat, axis=1)
    top = model.kernel.scale * along / np.maximum(np.hypot(along, pole) - pole, LEAST)
    ends: Array = flat * (np.minimum(radius, top) / np.maximum(along, LEAST))[:, None]
    return ends


def sampled(model: SphereModel, u: Array, q: int, rng: Generator) -> tuple[Array, Array]:
    """Posterior draws of the weights: of the axes `[q, d]`, and of the pole `[q]`.

    In units of their prior's sd. A draw of the prior is moved by what it gets wrong at the data
    `u [n, d]`: Wilson et al., 2020 (arXiv 2002.09309).
    """
    kernel, centre = model.kernel, u[model.row]
    near, polar = kernel.parts(model.squared)
    linear, size = math.sqrt(1.0 - kernel.constant), 2.0 / kernel.scale
    flat, pole = rng.standard_normal((q, u.shape[1])), rng.standard_normal((q, 1))
    drawn = linear * (size * near * (flat @ u.T - (flat @ centre)[:, None]) + pole * polar)
    drawn += math.sqrt(kernel.constant) * rng.standard_normal((q, 1))
    drawn += math.sqrt(kernel.noise) * rng.standard_normal((q, len(u)))
    wrong = (model.y - model.mean) / math.sqrt(model.variance) - drawn
    weights = linear * model.solve(wrong.T).T
    flat += size * ((weights * near) @ u - (weights @ near)[:, None] * centre)
    return flat, pole[:, 0] + weights @ polar
