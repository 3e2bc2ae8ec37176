"""The Gaussian process of `surrogate.py`, conditioned on gradients as well as on scores.

A derivative of a Gaussian process is jointly Gaussian with it, so that one gradient is worth d more
observations: Solak, Murray-Smith, Leithead, Leith & Rasmussen, "Derivative observations in Gaussian
process models of dynamic systems", 2003 (NIPS 15); in Bayesian optimization Wu, Poloczek, Wilson &
Frazier, 2017 (arXiv 1703.04389). Squared exponential kernel, the same priors, and the same constant
mean; everything is written in `z = x / l`, where the lengthscales are 1, with `s = z_i - z_j`:

    cov(f_i, f_j) = k             cov(f_i, df_j / dz_b) = k s_b
    k = exp(-s.s / 2)             cov(df_i / dz_a, df_j / dz_b) = k (delta_ab - s_a s_b)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg.lapack import dlauum, dtrtri

from blackbox.protocol import Array
from blackbox.strategies.bayesian.fitting import most_probable
from blackbox.strategies.bayesian.hyperpriors import prior_loss
from blackbox.strategies.bayesian.quasi_newton import Curvature
from blackbox.strategies.bayesian.surrogate import Pull, cholesky, correlation, squared_distances


@dataclass(frozen=True, eq=False)
class Observed:
    """Outcomes `y [n]` at `x [n, d]`, and at the rows `at [m]` of them gradients `slope [m, d]`."""

    x: Array
    y: Array
    at: np.ndarray
    slope: Array


@dataclass(frozen=True, eq=False)
class Pieces:
    """Scaled inputs, differences and kernel blocks at some lengthscales."""

    z: Array  # [n, d]
    s: Array  # [n, m, d]: from the points with gradients to all
    k: Array  # [n, n]
    mixed: Array  # [n, m, d]: cov(f_i, df_j / dz_b)
    slopes: Array  # [m, d, m, d]: cov(df_i / dz_a, df_j / dz_b)

    @staticmethod
    def at(theta: Array, data: Observed) -> Pieces:
        """The blocks at log-parameters `theta [d + 1]`."""
        z = (data.x - data.x.mean(axis=0)) * np.exp(-theta[:-1])
        s = z[:, None, :] - z[data.at][None, :, :]
        k, _ = correlation("rbf", squared_distances(z))
        near, between = k[:, data.at], s[data.at]
        outer = -np.einsum("ija,ijb->iajb", between, between)
        outer += np.eye(z.shape[1])[None, :, None, :]
        slopes = outer * near[data.at][:, None, :, None]
        return Pieces(z, s, k, near[:, :, None] * s, slopes)

    def joint(self) -> Array:
        """The covariance `[n + m d, n + m d]` of outcomes and then gradients."""
        n, size = len(self.k), self.slopes.shape[0] * self.slopes.shape[1]
        mixed = self.mixed.reshape(n, size)
        return np.block([[self.k, mixed], [mixed.T, self.slopes.reshape(size, size)]])


def map_loss(theta: Array, data: Observed) -> tuple[float, Array]:
    """`-(log p(y, slope | theta) + log p(theta)) / n` and its gradient in theta `[d + 1]`.

    Without gradients it is the loss of `fitting.map_loss`.
    """
    value, grad = misfit_with_gradients(GradientGP.at(theta, data))
    penalty, penalty_grad = prior_loss(theta)
    return (value + penalty) / len(data.y), (grad + penalty_grad) / len(data.y)


def misfit_with_gradients(gp: GradientGP) -> tuple[float, Array]:
    """`-log p(y, slope | theta)` of a process, and its gradient in theta `[d + 1]`."""
    theta, data, pieces, alpha = gp.theta, gp.data, gp.pieces, gp.alpha
    (n, d), m = data.x.shape, len(data.at)
    seen = _seen(theta, data)
    value = 0.5 * float(seen @ alpha) - float(np.log(gp.root.diagonal()).sum())
    # The gradients were observed in x: the density changes by the lengthscales' volume.
    value += 0.5 * len(seen) * math.log(2 * math.pi) - m * float(theta[:-1].sum())

    weight = dlauum(gp.root, lower=1)[0]
    weight = np.tril(weight) + np.tril(weight, -1).T - np.outer(alpha, alpha)
    by_score = weight[:n, :n] * pieces.k
    by_mixed = weight[:n, n:].reshape(n, m, d)
    by_slope = weight[n:, n:].reshape(m, d, m, d)
    # dk / d ln l_c = k s_c^2 in every block: gather its weights [n, n], then as in surrogate.
    by_score[:, data.at] += 2.0 * (by_mixed * pieces.mixed).sum(axis=2)
    by_score[np.ix_(data.at, data.at)] += (by_slope * pieces.slopes).sum(axis=(1, 3))
    square = pieces.z**2
    grad = np.empty(d + 1)
    grad[:d] = by_score.sum(axis=1) @ square + by_score.sum(axis=0) @ square
    grad[:d] -= 2.0 * (pieces.z * (by_score @ pieces.z)).sum(axis=0)
    # The polynomials beside k: d s_b / d ln l_c = -s_b where b = c.
    near, between = pieces.k[np.ix_(data.at, data.at)], pieces.s[data.at]
    grad[:d] -= 2.0 * (by_mixed * pieces.mixed).sum(axis=(0, 1))
    pulled = np.einsum("icjb,ijb->ijc", by_slope, between)
    grad[:d] += 2.0 * (pulled * between * near[:, :, None]).sum(axis=(0, 1))
    grad[d] = math.exp(theta[-1]) * float(weight.trace())
    grad *= 0.5
    # The scaled gradients move with the lengthscales, and so does their volume.
    grad[:d] += (alpha * seen)[n:].reshape(m, d).sum(axis=0) - m
    return value, grad


def fit_with_gradients(data: Observed, earlier: GradientGP | None = None) -> GradientGP:
    """The process at the MAP parameters, searched as by `fitting.fit`."""
    begin = None
    if earlier is not None and earlier.curvature is not None:
        begin = earlier.theta, earlier.curvature
    gp, curvature = most_probable(
        lambda theta: GradientGP.at(theta, data), misfit_with_gradients, data.x.shape[1], begin
    )
    return replace(gp, curvature=curvature)


@dataclass(frozen=True, eq=False)
class GradientGP:
    """A process conditioned on outcomes and gradients; what `acquisition.py` needs of one."""

    theta: Array
    data: Observed
    pieces: Pieces
    root: Array  # the inverse of the Cholesky factor
    mean: float
    alpha: Array  # [n + m d]
    curvature: Curvature | None = None  # of the posterior of theta, once that was searched

    @staticmethod
    def at(theta: Array, data: Observed) -> GradientGP:
        """The process at given log-parameters."""
        pieces = Pieces.at(theta, data)
        root = dtrtri(cholesky(pieces.joint(), math.exp(theta[-1])), lower=1)[0]
        mean, alpha = _solve(root, _seen(theta, data), len(data.y))
        return GradientGP(theta, data, pieces, root, mean, alpha)

    @property
    def x(self) -> Array:
        """Inputs `[n, d]`."""
        return self.data.x

    @property
    def y(self) -> Array:
        """Outcomes `[n]`."""
        return self.data.y

    @property
    def lengthscales(self) -> Array:
        """One lengthscale for each axis, `[d]`."""
        return np.exp(self.theta[:-1])

    @property
    def fitted(self) -> Array:
        """The mean at its own inputs `[n]`."""
        return self.predict(self.x)[0]

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[q]` of the noiseless outcome at points `[q, d]`."""
        s, k = self._differences(u)
        cross = self._cross(s, k)
        half = cross @ self.root.T
        return self.mean + cross @ self.alpha, _variance(half)

    def predict_with_pull(self, u: Array) -> tuple[Array, Array, Pull]:
        """Mean and variance `[q]` at points `[q, d]`, and how their slopes pull at the points."""
        s, k = self._differences(u)
        cross = self._cross(s, k)
        half = cross @ self.root.T
        # Rows of cov(df / dz_a at u, everything): [q, d, n + m d].
        near, between = k[:, self.data.at], s[:, self.data.at]
        slopes = -np.einsum("qja,qjb->qajb", between, between)
        slopes += np.eye(u.shape[1])[None, :, None, :]
        slopes *= near[:, None, :, None]
        moved = np.concatenate(
            [-(k[:, :, None] * s).transpose(0, 2, 1), slopes.reshape(*u.shape, -1)], axis=2
        )
        rate = np.exp(-self.theta[:-1])
        mean_grad = moved @ self.alpha * rate
        var_grad = -2.0 * np.einsum("qan,qn->qa", moved, half @ self.root) * rate

        def pull(by_mean: Array, by_variance: Array) -> Array:
            grad: Array = by_mean[:, None] * mean_grad + by_variance[:, None] * var_grad
            return grad

        return self.mean + cross @ self.alpha, _variance(half), pull

    def believing(self, u: Array) -> GradientGP:
        """The process that takes its own mean at `[q, d]` for observed."""
        y = np.append(self.y, self.predict(u)[0])
        x = np.vstack([self.x, u])
        return GradientGP.at(self.theta, Observed(x, y, self.data.at, self.data.slope))

    def _differences(self, u: Array) -> tuple[Array, Array]:
        """`s [q, n, d]` and `k [q, n]` between points and inputs."""
        s = (u[:, None, :] - self.x[None, :, :]) * np.exp(-self.theta[:-1])
        return s, np.exp(-0.5 * np.einsum("qnd,qnd->qn", s, s))

    def _cross(self, s: Array, k: Array) -> Array:
        """Covariance `[q, n + m d]` of the outcomes at points with all that was observed."""
        mixed = k[:, self.data.at, None] * s[:, self.data.at]
        return np.concatenate([k, mixed.reshape(len(k), -1)], axis=1)


def _seen(theta: Array, data: Observed) -> Array:
    """Outcomes, then gradients in units of the lengthscales, `[n + m d]`."""
    return np.append(data.y, (data.slope * np.exp(theta[:-1])).ravel())


def _solve(root: Array, seen: Array, n: int) -> tuple[float, Array]:
    """The best constant mean, which gradients do not see, and `K^-1 (seen - mean)`."""
    one = np.append(np.ones(n), np.zeros(len(seen) - n))
    both = root.T @ (root @ np.stack([seen, one], axis=1))
    mean = float(one @ both[:, 0] / (one @ both[:, 1]))
    return mean, both[:, 0] - mean * both[:, 1]


def _variance(half: Array) -> Array:
    variance: Array = 1.0 - np.einsum("ij,ij->i", half, half)
    return variance.clip(1e-12)
