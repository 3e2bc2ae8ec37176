"""Log expected improvement of a Gaussian process, and where in a box it is largest.

Ament, Daulton, Eriksson, Balandat & Bakshy, "Unexpected improvements to expected improvement for
Bayesian optimization", 2023 (arXiv 2310.20708). The search is theirs in outline: many raw points,
the best of them refined together. Gradients are written out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr
from scipy.stats import qmc

from blackbox.strategies.bayesian.feasibility import ConstrainedModel
from blackbox.strategies.bayesian.model import Model
from blackbox.strategies.bayesian.quasi_newton import Ascent

Array = NDArray[np.float64]

# Below this, 1 + u R(u) loses eps u^2 = 2e-12 to cancellation; its series is then good to 1e-13.
SERIES_BELOW = -100.0

# A climb ends where a step promises to make EI larger by less than this share of it: to tell which
# climb is best, and at the top of that one.
COARSE, FINE = 1e-2, 1e-4


def log_h(u: Array) -> tuple[Array, Array, Array]:
    """`log h`, `Phi / h` and `phi / h` of `h(u) = phi(u) + u Phi(u)`, the same shape; any u."""
    is_low = u < -1.0
    if not is_low.any():
        return _log_h_above(u)
    if is_low.all():
        return _log_h_below(u)
    low, near = _log_h_below(np.minimum(u, -1.0)), _log_h_above(np.maximum(u, -1.0))
    value, by_mean, by_sd = (np.where(is_low, a, b) for a, b in zip(low, near, strict=True))
    return value, by_mean, by_sd


def _log_h_above(u: Array) -> tuple[Array, Array, Array]:
    """The same for u of -1 and above, as it is written."""
    density = np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)
    cumulative = ndtr(u)
    plain = density + u * cumulative
    return np.log(plain), cumulative / plain, density / plain


def _log_h_below(u: Array) -> tuple[Array, Array, Array]:
    """The same for u of -1 and below.

    With Mills' ratio `R = Phi / phi`, a scaled erfc, `h = phi (1 + u R)` never underflows.
    """
    ratio = math.sqrt(math.pi / 2) * erfcx(-u / math.sqrt(2))
    rest = 1.0 + u * ratio
    is_far = u < SERIES_BELOW
    if is_far.any():
        w = 1.0 / np.square(np.minimum(u, SERIES_BELOW))
        series = w * (1.0 - w * (3.0 - w * (15.0 - 105.0 * w)))  # Abramowitz & Stegun 7.1.23
        rest = np.where(is_far, series, rest)
    tail = -0.5 * u * u - 0.5 * math.log(2 * math.pi) + np.log(rest)
    return tail, ratio / rest, 1.0 / rest


def log_ei(gp: Model, best: float, u: Array) -> Array:
    """Log expected improvement over `best` at points `[m, d]`, `[m]`, as far as it is feasible."""
    mean, variance = gp.predict(u)
    sd = np.sqrt(variance)
    value = log_h((mean - best) / sd)[0] + np.log(sd)
    return value + gp.log_chance(u) if isinstance(gp, ConstrainedModel) else value


def log_ei_with_gradient(gp: Model, best: float, u: Array) -> tuple[Array, Array]:
    """Log expected improvement `[m]` at points `[m, d]`, and its gradient `[m, d]`."""
    mean, variance, pull = gp.predict_with_pull(u)
    sd = np.sqrt(variance)
    value, by_mean, by_sd = log_h((mean - best) / sd)
    # EI = sd h, dEI/dmean = Phi, dEI/dsd = phi; dsd = dvariance / (2 sd).
    value, grad = value + np.log(sd), pull(by_mean / sd, by_sd / (2.0 * variance))
    if isinstance(gp, ConstrainedModel):
        chance, chance_grad = gp.log_chance_with_gradient(u)
        return value + chance, grad + chance_grad
    return value, grad


def climbed(
    gp: Model, best: float, start: Array, box: tuple[Array, Array], most: int
) -> tuple[Array, Array]:
    """Points `[m, d]` moved up in log EI, and its values there `[m]`; the best one to the top.

    Lengths are in units of the lengthscales, in which the process is alike along all axes.
    """
    ascent = Ascent(*box, gp.lengthscales, fine=FINE, coarse=COARSE, most=most)
    ends, tops, _ = ascent.maxima(lambda u: log_ei_with_gradient(gp, best, u), start)
    return ends, tops


def best_known(gp: Model) -> Array:
    """The four best inputs `[4, d]` by the fitted mean, which sees through noise; by what counts
    where there are constraints. Four, against one bad basin.
    """
    level = gp.y if isinstance(gp, ConstrainedModel) else gp.fitted
    return np.asarray(gp.x[np.argsort(-level, kind="stable")[:4]])


@dataclass(frozen=True)
class AcquisitionSearch:
    """The best of many raw points, refined side by side.

    Quasi-random points find the basins; `near` moved copies of good known points find the narrow
    one around the incumbent, which quasi-random points miss when d is large.
    """

    near: int = 64
    restarts: int = 8
    steps: int = 200  # BoTorch's limit; 15 to 25 are usual

    def candidates(
        self, gp: Model, best: float, raw: Array, box: tuple[Array, Array], rng: Generator
    ) -> tuple[Array, Array]:
        """Local maxima and points below them `[2 restarts, d]` between two ends `[d]` of a box, and
        their log EI, the best first.
        """
        start, value = self._starts(gp, best, np.clip(raw, *box), box, rng)
        ends, tops = climbed(gp, best, start, box, self.steps)
        both = np.append(tops, value)
        order = np.argsort(-both, kind="stable")
        return np.vstack([ends, start])[order], both[order]

    def _starts(
        self, gp: Model, best: float, far: Array, box: tuple[Array, Array], rng: Generator
    ) -> tuple[Array, Array]:
        """The best raw points `[restarts, d]`, half of them from all over the box; their log EI."""
        low, high = box
        near = np.clip(self._neighbours(gp, high - low, rng), low, high)
        both = np.vstack([far, near])
        value, half = log_ei(gp, best, both), (self.restarts + 1) // 2
        first = np.argsort(-value[: len(far)], kind="stable")[:half]
        second = np.argsort(-value[len(far) :], kind="stable")[: self.restarts - half]
        rows = np.append(first, len(far) + second)
        return both[rows], value[rows]

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
