"""The exact Gaussian process that is BoTorch's default model, in closed form through LAPACK.

`SingleTaskGP` of BoTorch 0.18: a kernel of unit variance with one lengthscale per axis, a learned
constant mean, which is solved for, and Gaussian noise. RW: equations of Rasmussen & Williams,
"Gaussian processes for machine learning", 2006. How its parameters are found: `fitting.py`. By
hand, for a step takes a fraction of the time that BoTorch's takes (`reports/speed`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dtrmm
from scipy.linalg.lapack import dpotrf, dtrtri
from threadpoolctl import ThreadpoolController

from blackbox.strategies.bayesian.hyperpriors import SMALLEST_NOISE
from blackbox.strategies.bayesian.quasi_newton import Curvature

Array = NDArray[np.float64]
Kernel = Literal["rbf", "matern"]
# The gradient `[m, d]` of what has the slopes `[m]` in the mean and in the variance at m points.
Pull = Callable[[Array, Array], Array]


def one_thread() -> AbstractContextManager[Any]:
    """Hold BLAS to one thread while a small matrix is at work; never across a `yield`.

    Two threads spin on matrices of this size and cost 5 to 20 times more. The fence costs 11 us.
    """
    held: AbstractContextManager[Any] = _blas().limit(limits=1)
    return held


@cache
def _blas() -> ThreadpoolController:
    # Looking for the libraries takes 3 ms, so it is done once.
    return ThreadpoolController().select(user_api="blas")


def correlation(kind: Kernel, squared: Array) -> tuple[Array, Array]:
    """The kernel `k` and its slope `s` at scaled squared distances, the same shape.

    `s = -2 dk/dD2`, so that `dk/du = s (x - u) / l^2` and `dk/d ln l_k = s (x_k - u_k)^2 / l_k^2`.
    """
    if kind == "rbf":
        k = np.exp(-0.5 * squared)  # RW (5.1)
        return k, k
    r = np.sqrt(5.0 * squared)
    decay = np.exp(-r)
    return (1 + r + r * r / 3) * decay, (5 / 3) * (1 + r) * decay  # RW (4.17), nu = 5/2


@dataclass(frozen=True, eq=False)
class GP:
    """A Gaussian process conditioned on inputs `[n, d]` and outcomes `[n]`; build with `fit`."""

    theta: Array  # [d + 1]: ln lengthscales, ln noise variance
    x: Array
    y: Array
    kind: Kernel
    centre: Array  # [d]: distances from it are short, and lose little in their differences
    scaled: Array  # [n, d]: the inputs from the centre, in units of the lengthscales
    k: Array  # [n, n]: the kernel between the inputs, without noise
    slope: Array  # [n, n]: its slope, see `correlation`
    root: Array  # [n, n]: the inverse of the Cholesky factor of k with noise, column-major
    curvature: Curvature | None = None  # of the posterior of theta, once that was searched

    @staticmethod
    def at(theta: Array, x: Array, y: Array, kind: Kernel = "rbf") -> GP:
        """The process at given log-parameters."""
        centre = x.mean(axis=0)
        scaled = (x - centre) * np.exp(-theta[:-1])
        k, slope = correlation(kind, squared_distances(scaled))
        root = _inverse(cholesky(k, math.exp(theta[-1])))
        return GP(theta, x, y, kind, centre, scaled, k, slope, root)

    def extended(self, u: Array, y: Array) -> GP:
        """The process at the same parameters of `[q, d]` inputs more, and outcomes `[n + q]`.

        The factor is bordered, in n^2 q steps where a new one takes n^3.
        """
        if not len(u):
            return replace(self, y=y)
        a, across, slope_across = self._cross(u)
        among, slope_among = correlation(self.kind, squared_distances(a))
        k = slope = _bordered(self.k, across, among)
        if self.kind != "rbf":
            slope = _bordered(self.slope, slope_across, slope_among)
        half, n = across @ self.root.T, len(self.x)
        corner = _inverse(cholesky(among - half @ half.T, math.exp(self.theta[-1])))
        root = np.zeros(k.shape, order="F")
        root[:n, :n], root[n:, n:] = self.root, corner
        root[n:, :n] = -(corner @ half) @ self.root
        x, scaled = np.vstack([self.x, u]), np.vstack([self.scaled, a])
        return replace(self, x=x, y=y, scaled=scaled, k=k, slope=slope, root=root)

    @property
    def mean(self) -> float:
        """The constant mean that is best for the parameters: RW (2.43)."""
        return self._solved[0]

    @property
    def alpha(self) -> Array:
        """`K^-1 (y - mean)`, `[n]`."""
        return self._solved[1]

    @property
    def lengthscales(self) -> Array:
        """One lengthscale for each axis, `[d]`."""
        return np.exp(self.theta[:-1])

    @property
    def fitted(self) -> Array:
        """The mean at its own inputs `[n]`: what their outcomes are without noise."""
        return self.mean + self.k @ self.alpha

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` of the noiseless outcome at points `[m, d]`. RW (2.25, 2.26)."""
        _, k, _ = self._cross(u)
        mean = self.mean + k @ self.alpha
        # In place, and half the work of a product with a full matrix.
        half = dtrmm(1.0, self.root, k.T, lower=1, overwrite_b=1)
        return mean, _variance(half.T)

    def predict_with_pull(self, u: Array) -> tuple[Array, Array, Pull]:
        """Mean and variance `[m]` at points `[m, d]`, and how their slopes pull at the points."""
        a, k, slope = self._cross(u)
        half = k @ self.root.T
        solved = half @ self.root  # K^-1 k

        def pull(by_mean: Array, by_variance: Array) -> Array:
            weight = by_mean[:, None] * self.alpha - (2.0 * by_variance)[:, None] * solved
            weight *= slope
            pulled: Array = weight @ self.scaled - weight.sum(axis=1)[:, None] * a
            return pulled * self._rate

        return self.mean + k @ self.alpha, _variance(half), pull

    def sample(self, u: Array, rng: np.random.Generator, n: int = 1) -> Array:
        """`n` joint draws `[n, m]` of the noiseless outcomes at points `[m, d]`."""
        _, k, _ = self._cross(u)
        half = k @ self.root.T
        scaled = (u - u.mean(axis=0)) / self.lengthscales
        between, _ = correlation(self.kind, squared_distances(scaled))
        # The covariance of close points is singular; a millionth of the least noise mends it.
        factor = np.tril(cholesky(between - half @ half.T, 1e-6 * SMALLEST_NOISE))
        return self.mean + k @ self.alpha + rng.standard_normal((n, len(u))) @ factor.T

    def believing(self, u: Array) -> GP:
        """The process that takes its own mean at `[m, d]` for observed ("kriging believer").

        The mean stays as it is, the variance falls. Ginsbourger et al., 2010
        (doi 10.1007/978-3-642-10701-6_6).
        """
        return self.extended(u, np.append(self.y, self.predict(u)[0]))

    def _cross(self, u: Array) -> tuple[Array, Array, Array]:
        """Points `[m, d]` in units of the lengthscales, and kernel and slope with the inputs."""
        a = (u - self.centre) * self._rate
        squared = a @ self._doubled.T
        squared += self._norm
        squared += np.einsum("ij,ij->i", a, a)[:, None]
        return a, *correlation(self.kind, np.maximum(squared, 0.0, out=squared))

    @cached_property
    def _rate(self) -> Array:
        """Inverse lengthscales `[d]`."""
        return np.exp(-self.theta[:-1])

    @cached_property
    def _doubled(self) -> Array:
        return -2.0 * self.scaled

    @cached_property
    def _norm(self) -> Array:
        """Squared norms of the scaled inputs `[n]`."""
        norm: Array = np.einsum("ij,ij->i", self.scaled, self.scaled)
        return norm

    @cached_property
    def _solved(self) -> tuple[float, Array]:
        """The best constant mean, `1^T K^-1 y / 1^T K^-1 1` (RW 2.43), and `K^-1 (y - mean)`."""
        sides = np.stack([self.y, np.ones_like(self.y)], axis=1)
        both = self.root.T @ (self.root @ sides)
        mean = float(both[:, 0].sum() / both[:, 1].sum())
        return mean, both[:, 0] - mean * both[:, 1]


def squared_distances(z: Array) -> Array:
    """Squared distances `[n, n]` between the rows of scaled points `[n, d]`."""
    norm = np.einsum("ij,ij->i", z, z)
    squared: Array = z @ z.T
    # |a|^2 + |b|^2 - 2 a.b; rounding may take close points below zero.
    squared *= -2.0
    squared += norm
    squared += norm[:, None]
    np.maximum(squared, 0.0, out=squared)
    squared.flat[:: len(z) + 1] = 0.0
    return squared


def cholesky(k: Array, noise: float) -> Array:
    """The lower factor of `k + noise I`, column-major; jitter grows tenfold until there is one."""
    jitter = 0.0
    while True:
        regular = np.array(k, order="C")
        regular.flat[:: len(k) + 1] += noise + jitter
        # k is symmetric, so its transpose is the column-major matrix that LAPACK wants.
        factor, failed = dpotrf(regular.T, lower=1, overwrite_a=1)
        if not failed:
            return np.asarray(factor)
        jitter = max(10.0 * jitter, 1e-10)


def _inverse(factor: Array) -> Array:
    """The inverse of a lower factor `[n, n]`, column-major."""
    return np.asarray(dtrtri(factor, lower=1, overwrite_c=1)[0])


def _bordered(old: Array, across: Array, among: Array) -> Array:
    """A symmetric matrix `[n, n]` with q rows and columns more."""
    n, q = len(old), len(among)
    larger = np.empty((n + q, n + q))
    larger[:n, :n], larger[n:, :n], larger[:n, n:], larger[n:, n:] = old, across, across.T, among
    return larger


def _variance(half: Array) -> Array:
    variance: Array = 1.0 - np.einsum("ij,ij->i", half, half)
    return variance.clip(1e-12)  # as BoTorch's LogEI
