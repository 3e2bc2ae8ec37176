"""Log expected improvement of a Gaussian process, and where in a box it is largest.

Ament, Daulton, Eriksson, Balandat & Bakshy, "Unexpected improvements to expected improvement for
Bayesian optimization", 2023 (arXiv 2310.20708). The search is theirs in outline: many raw points,
the best of them refined together by L-BFGS-B. Gradients are written out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize
from scipy.special import erfcx, ndtr
from scipy.stats import qmc

from blackbox.strategies.bayesian.feasibility import ConstrainedModel
from blackbox.strategies.bayesian.model import Model

Array = NDArray[np.float64]

# Below this, 1 + u R(u) loses eps u^2 = 2e-12 to cancellation; its series is then good to 1e-13.
SERIES_BELOW = -100.0

# Relative tolerances of a climb: to tell which restart is best, and scipy's default for the top.
COARSE, FINE = 1e-3, 2.2e-9


def log_h(u: Array) -> tuple[Array, Array, Array]:
    """`log h`, `Phi / h` and `phi / h` of `h(u) = phi(u) + u Phi(u)`, the same shape; any u.

    With Mills' ratio `R = Phi / phi`, a scaled erfc, `h = phi (1 + u R)` never underflows.
    """
    near = np.maximum(u, -1.0)
    density = np.exp(-0.5 * near * near) / math.sqrt(2 * math.pi)
    cumulative = ndtr(near)
    plain = density + near * cumulative

    low = np.minimum(u, -1.0)
    ratio = math.sqrt(math.pi / 2) * erfcx(-low / math.sqrt(2))
    w = 1.0 / np.square(np.minimum(low, SERIES_BELOW))
    series = w * (1.0 - w * (3.0 - w * (15.0 - 105.0 * w)))  # Abramowitz & Stegun 7.1.23
    rest = np.where(low < SERIES_BELOW, series, 1.0 + low * ratio)
    tail = -0.5 * low * low - 0.5 * math.log(2 * math.pi) + np.log(rest)

    is_low = u < -1.0
    return (
        np.where(is_low, tail, np.log(plain)),
        np.where(is_low, ratio / rest, cumulative / plain),
        np.where(is_low, 1.0 / rest, density / plain),
    )


def log_ei(gp: Model, best: float, u: Array) -> Array:
    """Log expected improvement over `best` at points `[m, d]`, `[m]`, as far as it is feasible."""
    mean, variance = gp.predict(u)
    sd = np.sqrt(variance)
    value = log_h((mean - best) / sd)[0] + np.log(sd)
    return value + gp.log_chance(u) if isinstance(gp, ConstrainedModel) else value


def log_ei_with_gradient(gp: Model, best: float, u: Array) -> tuple[Array, Array]:
    """Log expected improvement `[m]` at points `[m, d]`, and its gradient `[m, d]`."""
    mean, variance, mean_grad, variance_grad = gp.predict_with_gradient(u)
    sd = np.sqrt(variance)
    value, by_mean, by_sd = log_h((mean - best) / sd)
    # EI = sd h, dEI/dmean = Phi, dEI/dsd = phi; dsd = dvariance / (2 sd).
    grad = (by_mean / sd)[:, None] * mean_grad
    grad += (by_sd / (2.0 * variance))[:, None] * variance_grad
    if isinstance(gp, ConstrainedModel):
        chance, chance_grad = gp.log_chance_with_gradient(u)
        return value + np.log(sd) + chance, grad + chance_grad
    return value + np.log(sd), grad


def best_known(gp: Model) -> Array:
    """The four best inputs `[4, d]` by the fitted mean, which sees through noise; by what counts
    where there are constraints. Four, against one bad basin.
    """
    level = gp.y if isinstance(gp, ConstrainedModel) else gp.predict(gp.x)[0]
    return np.asarray(gp.x[np.argsort(-level, kind="stable")[:4]])


@dataclass(frozen=True)
class AcquisitionSearch:
    """The best of many raw points, refined side by side.

    Quasi-random points find the basins; `near` moved copies of good known points find the narrow
    one around the incumbent, which quasi-random points miss when d is large.
    """

    near: int = 64
    restarts: int = 8
    steps: int = 200  # BoTorch's limit; 30 to 50 are usual

    def candidates(
        self, gp: Model, best: float, raw: Array, box: tuple[Array, Array], rng: Generator
    ) -> Array:
        """Local maxima `[2 restarts + 1, d]` of log EI between two ends `[d]`, the best first."""
        start = self._starts(gp, best, np.clip(raw, *box), box, rng)
        # One search over all restarts side by side: a fifth of the time of one search for each. It
        # need only tell which is best; that one is then climbed to the top alone.
        climbed = self._climbed(gp, best, start, box, COARSE)
        # A joint line search may leave one restart worse than it began: the starts stay eligible.
        both = np.vstack([climbed, start])
        both = both[np.argsort(-log_ei(gp, best, both), kind="stable")]
        top = self._climbed(gp, best, both[:1], box, FINE)
        return np.vstack([top, both])

    def _climbed(
        self, gp: Model, best: float, start: Array, box: tuple[Array, Array], tolerance: float
    ) -> Array:
        """Points `[m, d]` moved up in log EI by L-BFGS-B, until their sum stands still."""

        def loss(flat: Array) -> tuple[float, Array]:
            value, grad = log_ei_with_gradient(gp, best, flat.reshape(start.shape))
            return -float(value.sum()), -grad.ravel()

        low, high = (np.tile(end, len(start)) for end in box)
        optimum = minimize(
            loss,
            start.ravel(),
            jac=True,
            bounds=Bounds(low, high),
            method="L-BFGS-B",
            options={"maxiter": self.steps, "ftol": tolerance},
        )
        climbed: Array = np.clip(optimum.x, low, high).reshape(start.shape)
        return climbed

    def _starts(
        self, gp: Model, best: float, far: Array, box: tuple[Array, Array], rng: Generator
    ) -> Array:
        """The best raw points `[restarts, d]`, half of them from all over the box."""
        low, high = box
        near = np.clip(self._neighbours(gp, high - low, rng), low, high)
        far = far[np.argsort(-log_ei(gp, best, far), kind="stable")]
        near = near[np.argsort(-log_ei(gp, best, near), kind="stable")]
        half = (self.restarts + 1) // 2
        return np.vstack([far[:half], near[: self.restarts - half]])

    def _neighbours(self, gp: Model, width: Array, rng: Generator) -> Array:
        """Copies `[near, d]` of the best known points, moved in about 20 coordinates or all."""
        top = best_known(gp)
        chosen = top[np.arange(self.near) % len(top)]
        size = 10.0 ** rng.uniform(-3.0, -0.5, (self.near, 1))
        moved = rng.random(chosen.shape) < min(1.0, 20 / len(width))  # as Eriksson et al., TuRBO
        return chosen + moved * size * width * rng.standard_normal(chosen.shape)


class QuasiRandom:
    """A scrambled Sobol sequence, drawn piece by piece; plain uniform where it has no table."""

    def __init__(self, dim: int, rng: Generator) -> None:
        """Scramble once: that takes longer than to draw."""
        self.dim, self.rng = dim, rng
        self._sobol = qmc.Sobol(dim, rng=rng) if dim <= qmc.Sobol.MAXDIM else None

    def draw(self, n: int) -> Array:
        """The next `n` points `[n, d]`."""
        if self._sobol is None:
            return self.rng.random((n, self.dim))
        # A power of two is what the sequence is balanced for; another first count would warn.
        return np.asarray(self._sobol.random(1 << max(n - 1, 0).bit_length())[:n])


def quasi_random(rng: Generator, n: int, dim: int) -> Array:
    """`n` points `[n, d]` of a scrambled Sobol sequence of their own."""
    return QuasiRandom(dim, rng).draw(n)
