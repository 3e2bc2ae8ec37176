"""The exact Gaussian process that is BoTorch's default model, in closed form through LAPACK.

`SingleTaskGP` of BoTorch 0.18: a kernel of unit variance with one lengthscale per axis, a learned
constant mean, Gaussian noise, and the dimension-scaled priors of Hvarfner, Hellsten & Nardi, 2024
(arXiv 2402.02229). RW: equations of Rasmussen & Williams, "Gaussian processes for machine
learning", 2006. The loss is BoTorch's; the way down is not: it runs in log-parameters, gradients
are written out, and the constant mean is solved for.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymm, dsyr
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtrtri
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from blackbox.strategies.bayesian.hyperpriors import (
    SMALLEST_NOISE,
    bounds,
    prior_loss,
    prior_mode,
)

Array = NDArray[np.float64]
Kernel = Literal["rbf", "matern"]

TOLERANCE = 1e-5  # of the loss; 1e-6 takes a sixth more time a run for 1e-5 of it


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


def map_loss(theta: Array, x: Array, y: Array, kind: Kernel = "rbf") -> tuple[float, Array]:
    """`-(log p(y | theta) + log p(theta)) / n`, as BoTorch, and its gradient in theta `[d + 1]`."""
    value, grad = misfit(theta, x, y, kind)
    penalty, penalty_grad = prior_loss(theta)
    return (value + penalty) / len(x), (grad + penalty_grad) / len(x)


def misfit(theta: Array, x: Array, y: Array, kind: Kernel = "rbf") -> tuple[float, Array]:
    """`-log p(y | theta)`, and its gradient in theta `[d + 1]`.

    The constant mean is the one that is best for theta, so the loss is flat in it.
    """
    n, d = x.shape
    noise = math.exp(theta[-1])
    z = np.empty((n, d + 1))
    z[:, :d] = (x - x.mean(axis=0)) * np.exp(-theta[:-1])
    z[:, d] = 1.0
    k, slope = correlation(kind, squared_distances(z[:, :d]))
    factor = cholesky(k, noise)
    mean, alpha = _solve(factor, y)
    value = 0.5 * float((y - mean) @ alpha) + float(np.log(factor.diagonal()).sum())
    value += 0.5 * n * math.log(2 * math.pi)  # RW (5.8)

    # RW (5.9): d/dt = tr(W dK/dt) / 2 with W = K^-1 - alpha alpha^T. Only lower triangles hold.
    weight = dpotri(factor, lower=1, overwrite_c=1)[0]
    weight = dsyr(-1.0, alpha, lower=1, a=weight, overwrite_a=1)
    grad = np.empty(d + 1)
    grad[d] = 0.5 * noise * float(weight.trace())
    # sum_ij M_ij (z_ik - z_jk)^2 = 2 (r . z_k^2 - z_k . M z_k), r = M 1: no n x n x d tensor.
    weight *= slope.T
    product = dsymm(1.0, weight, z, lower=1)
    grad[:d] = (product[:, d:] * (z * z) - z * product)[:, :d].sum(axis=0)
    return value, grad


def fit(x: Array, y: Array, kind: Kernel = "rbf", start: Array | None = None) -> GP:
    """The process at the MAP parameters for inputs `[n, d]` and standardised outcomes `[n]`.

    It starts at the mode of the priors, as BoTorch does, or at `start`, the `theta` of an earlier
    fit, from which fewer steps suffice.
    Raises ValueError where a number is not finite.
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError(f"a model needs finite points and outcomes: {x.shape}, {y.shape}")
    first = prior_mode(x.shape[1]) if start is None else start
    box, data = bounds(x.shape[1]), (x, y, kind)
    optimum = minimize(map_loss, first, data, "L-BFGS-B", jac=True, bounds=box, tol=TOLERANCE)
    return GP.at(optimum.x, x, y, kind)


@dataclass(frozen=True, eq=False)
class GP:
    """A Gaussian process conditioned on inputs `[n, d]` and outcomes `[n]`; build with `fit`."""

    theta: Array  # [d + 1]: ln lengthscales, ln noise variance
    x: Array
    y: Array
    kind: Kernel
    mean: float
    alpha: Array  # [n]: K^-1 (y - mean)
    root: Array  # [n, n]: the inverse of the Cholesky factor of K

    @staticmethod
    def at(theta: Array, x: Array, y: Array, kind: Kernel = "rbf") -> GP:
        """The process at given log-parameters."""
        k, _ = correlation(kind, squared_distances((x - x.mean(axis=0)) * np.exp(-theta[:-1])))
        factor = cholesky(k, math.exp(theta[-1]))
        mean, alpha = _solve(factor, y)
        return GP(theta, x, y, kind, mean, alpha, root=np.tril(dtrtri(factor, lower=1)[0]))

    @property
    def lengthscales(self) -> Array:
        """One lengthscale for each axis, `[d]`."""
        return 1.0 / self._scaled[1]

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` of the noiseless outcome at points `[m, d]`. RW (2.25, 2.26)."""
        k, _ = self._cross(u)
        return self.mean + k @ self.alpha, _variance(k @ self.root.T)

    def predict_with_gradient(self, u: Array) -> tuple[Array, Array, Array, Array]:
        """Mean and variance `[m]` at points `[m, d]`, and their gradients `[m, d]`."""
        k, slope = self._cross(u)
        half = k @ self.root.T
        solved = half @ self.root  # K^-1 k
        mean_grad = self._pull(slope * self.alpha, u)
        var_grad = -2.0 * self._pull(slope * solved, u)
        return self.mean + k @ self.alpha, _variance(half), mean_grad, var_grad

    def sample(self, u: Array, rng: np.random.Generator, n: int = 1) -> Array:
        """`n` joint draws `[n, m]` of the noiseless outcomes at points `[m, d]`."""
        k, _ = self._cross(u)
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
        y = np.append(self.y, self.predict(u)[0])
        return GP.at(self.theta, np.vstack([self.x, u]), y, self.kind)

    def _cross(self, u: Array) -> tuple[Array, Array]:
        """The kernel and its slope `[m, n]` between points `[m, d]` and the inputs."""
        centre, rate, scaled, norm = self._scaled
        a = (u - centre) * rate
        squared = np.einsum("ij,ij->i", a, a)[:, None] + norm - 2.0 * (a @ scaled.T)
        return correlation(self.kind, np.maximum(squared, 0.0, out=squared))

    @cached_property
    def _scaled(self) -> tuple[Array, Array, Array, Array]:
        """Centre and inverse lengthscales `[d]`, inputs in their units, and their squared norms."""
        centre, rate = self.x.mean(axis=0), np.exp(-self.theta[:-1])
        scaled = (self.x - centre) * rate
        return centre, rate, scaled, np.einsum("ij,ij->i", scaled, scaled)

    def _pull(self, weight: Array, u: Array) -> Array:
        """`sum_i w_i (x_i - u) / l^2` for weights `[m, n]` at points `[m, d]`, `[m, d]`."""
        pulled: Array = weight @ self.x - weight.sum(axis=1)[:, None] * u
        return pulled * self._scaled[1] ** 2


def squared_distances(z: Array) -> Array:
    """Squared distances `[n, n]` between the rows of scaled points `[n, d]`."""
    norm, one = np.einsum("ij,ij->i", z, z)[:, None], np.ones((len(z), 1))
    # |a|^2 + |b|^2 - 2 a.b in one product; rounding may take close points below zero.
    squared: Array = np.hstack([-2.0 * z, norm, one]) @ np.hstack([z, one, norm]).T
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
        factor, failed = dpotrf(regular.T, lower=1, clean=0, overwrite_a=1)
        if not failed:
            return np.asarray(factor)
        jitter = max(10.0 * jitter, 1e-10)


def _solve(factor: Array, y: Array) -> tuple[float, Array]:
    """The best constant mean, `1^T K^-1 y / 1^T K^-1 1` (RW 2.43), and `K^-1 (y - mean)`."""
    both, _ = dpotrs(factor, np.stack([y, np.ones_like(y)], axis=1), lower=1)
    mean = float(both[:, 0].sum() / both[:, 1].sum())
    return mean, both[:, 0] - mean * both[:, 1]


def _variance(half: Array) -> Array:
    variance: Array = 1.0 - np.einsum("ij,ij->i", half, half)
    return variance.clip(1e-12)  # as BoTorch's LogEI
