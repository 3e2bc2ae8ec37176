"""The distributions of several CMA-ES at once, in arrays whose first axis is the evolution.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772, with the active update
of its appendix B.2. What an evolution does never depends on the others in the arrays: all sums run
over the coordinates or the members of one evolution, in an order that their number fixes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array
from blackbox.strategies.evolution.rates import Rates

Flags: TypeAlias = NDArray[np.bool_]

# The largest step of log sigma in one generation, as in pycma.
MOST_LOG_STEP = 1.0


class Gaussians:
    """`g` evolutions in `d` coordinates: each a mean, a step and a covariance, with two paths."""

    def __init__(self, mean: Array, sigma: Array, rates: Rates) -> None:
        """Isotropic ones around `mean [g, d]` with sd `sigma [g]`."""
        g, d = mean.shape
        self.rates, self.mean, self.sigma = rates, mean, sigma
        self.covariance = np.tile(np.eye(d), (g, 1, 1))
        self.axes, self.lengths = self.covariance.copy(), np.ones((g, d))
        self.path_c, self.path_s = np.zeros((g, d)), np.zeros((g, d))
        self.generation, self.decomposed = np.zeros(g, np.int64), np.zeros(g)

    def drawn(self, z: Array) -> Array:
        """The points of standard normal `z [g, n, d]`, eqs. 38 to 40."""
        self._decompose()
        # A B^T of the tutorial: each z in units of the principal axes, turned, around the mean.
        self._steps = np.matmul(z * self.lengths[:, None], self.axes.transpose(0, 2, 1))
        self._z = z
        drawn: Array = self.mean[:, None] + self.sigma[:, None, None] * self._steps
        return drawn

    def learn(self, score: Array) -> None:
        """Move and shape them by the scores `[g, n]` of what was drawn last."""
        r, d = self.rates, self.mean.shape[1]
        order = np.argsort(-score, axis=1, kind="stable")[:, :, None]
        y, z = (np.take_along_axis(a, order, axis=1) for a in (self._steps, self._z))
        best = r.weights[: r.mu]
        step = np.matmul(best, y[:, : r.mu])  # eq. 41
        self.mean = self.mean + self.sigma[:, None] * step  # eq. 42
        # C^(-1/2) of the mean's step, eq. 43: of what was drawn, z is known.
        white = np.matmul(self.axes, np.matmul(best, z[:, : r.mu])[:, :, None])[:, :, 0]
        gain = np.sqrt(r.cs * (2 - r.cs) * r.mueff)
        self.path_s = (1 - r.cs) * self.path_s + gain * white
        self.generation = self.generation + 1
        square = (self.path_s**2).sum(axis=1)
        settled = 1 - (1 - r.cs) ** (2 * self.generation)
        goes_on = square / settled / d < 2 + 4 / (d + 1)  # h_sigma: the step is not too short yet
        gain = np.sqrt(r.cc * (2 - r.cc) * r.mueff)
        self.path_c = (1 - r.cc) * self.path_c + goes_on[:, None] * gain * step  # eq. 45
        self._shape(y, z, goes_on)
        log_step = r.cs / r.ds * (np.sqrt(square) / r.chi - 1)  # eq. 44
        self.sigma = self.sigma * np.exp(np.minimum(MOST_LOG_STEP, log_step))

    def _shape(self, y: Array, z: Array, goes_on: Flags) -> None:
        """The update of the covariance, eqs. 46 and 47."""
        r, d = self.rates, y.shape[2]
        weights = np.tile(r.cmu * r.weights, (len(y), 1))
        if len(r.weights) > r.mu:
            squares = (z[:, r.mu :] ** 2).sum(axis=2)
            weights[:, r.mu :] *= d / (squares + 1e-9)  # so C stays positive definite
        stalled = np.where(goes_on, 0.0, r.c1 * r.cc * (2 - r.cc))
        decay = 1 + stalled - r.c1 - r.cmu * r.weights.sum()
        rank_one = self.path_c[:, :, None] * self.path_c[:, None]
        rank_mu = np.matmul((weights[:, :, None] * y).transpose(0, 2, 1), y)
        self.covariance = decay[:, None, None] * self.covariance + r.c1 * rank_one + rank_mu

    def _decompose(self) -> None:
        """Principal axes of those covariances that have changed for long enough."""
        (old,) = np.nonzero(self.generation >= self.decomposed + max(1.0, self.rates.gap))
        if not len(old):
            return
        covariance = self.covariance[old]
        covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
        squares, axes = np.linalg.eigh(covariance)
        # What rounding takes below zero is as good as flat: the run ends by its condition.
        self.lengths[old] = np.sqrt(np.maximum(squares, 1e-300))
        self.covariance[old], self.axes[old] = covariance, axes
        self.decomposed[old] = self.generation[old]

    def narrow(self, most: Array) -> None:
        """Hold the sd of each coordinate to `most [d]`."""
        sd = self.sd
        wide = np.nonzero((sd > most).any(axis=1))[0]
        if len(wide):
            factor = np.minimum(1.0, most / sd[wide])
            self.covariance[wide] *= factor[:, :, None] * factor[:, None]
            self.decomposed[wide] = -np.inf

    @property
    def sd(self) -> Array:
        """The standard deviation of each coordinate `[g, d]`."""
        return self.sigma[:, None] * np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    def begin(self, rows: Flags | NDArray[np.intp], mean: Array, sigma: float) -> None:
        """Let some of the evolutions begin anew, isotropic ones around `mean [k, d]`."""
        self._put(rows, Gaussians(mean, np.full(len(mean), sigma), self.rates))

    @contextmanager
    def some(self, rows: NDArray[np.intp]) -> Iterator[Gaussians]:
        """Some of the evolutions, or all as they are, for a while: what they become is kept."""
        if len(rows) == len(self.mean):
            yield self
            return
        few = object.__new__(Gaussians)
        few.__dict__ = {
            name: value[rows] if isinstance(value, np.ndarray) else value
            for name, value in self.__dict__.items()
        }
        yield few
        self._put(rows, few)

    def _put(self, rows: Flags | NDArray[np.intp], few: Gaussians) -> None:
        for name, value in few.__dict__.items():
            if isinstance(value, np.ndarray) and name in self.__dict__:
                self.__dict__[name][rows] = value
