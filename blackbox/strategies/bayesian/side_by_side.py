"""Several Gaussian processes of the same inputs, asked together.

At a few points numpy's calls take longer than what they do: one for all processes costs hardly more
than one for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from blackbox.protocol import Array
from blackbox.strategies.bayesian.mixed import MixedGP, Process, RealColumns, SeenColumns
from blackbox.strategies.bayesian.surrogate import GP, Kernel, Pull, correlation


@dataclass(frozen=True, eq=False)
class Stacked:
    """What p processes hold, in arrays of p; shapes and meanings as in `GP`."""

    kind: Kernel
    centre: Array  # [p, 1, k]: each has that of the points of its last fit
    rate: Array  # [p, 1, k]
    scaled: Array  # [p, n, k]
    norm: Array  # [p, 1, n]
    mean: Array  # [p, 1]
    alpha: Array  # [p, 1, n]
    root: Array  # [p, n, n]

    @staticmethod
    def of(processes: list[GP]) -> Stacked:
        """Those of processes that have the same inputs and kernel."""
        scaled = np.stack([gp.scaled for gp in processes])
        return Stacked(
            processes[0].kind,
            np.stack([gp.centre for gp in processes])[:, None],
            np.stack([1.0 / gp.lengthscales for gp in processes])[:, None],
            scaled,
            np.einsum("pnk,pnk->pn", scaled, scaled)[:, None],
            np.array([[gp.mean] for gp in processes]),
            np.stack([gp.alpha for gp in processes])[:, None],
            np.stack([gp.root for gp in processes]),
        )


@dataclass(frozen=True, eq=False)
class SideBySide:
    """Processes of the same inputs, in one array."""

    processes: tuple[Process, ...]

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Means and variances `[p, m]` of the noiseless outcomes at points `[m, d]`."""
        _, k, _ = self._cross(u)
        return self._mean(k), _variance(k @ self._stacked.root.transpose(0, 2, 1))

    def predict_with_pull(self, u: Array) -> tuple[Array, Array, Pull]:
        """Means and variances `[p, m]`, and how slopes `[p, m]` in them pull at the points."""
        a, k, slope = self._cross(u)
        stacked = self._stacked
        half = k @ stacked.root.transpose(0, 2, 1)
        solved = half @ stacked.root

        def pull(by_mean: Array, by_variance: Array) -> Array:
            weight = by_mean[:, :, None] * stacked.alpha - 2.0 * by_variance[:, :, None] * solved
            weight *= slope
            pulled = weight @ stacked.scaled - weight.sum(axis=2)[:, :, None] * a
            grad: Array = (pulled * stacked.rate).sum(axis=0)
            return grad if self._columns is None else self._columns.pulled(grad)

        return self._mean(k), _variance(half), pull

    def _cross(self, u: Array) -> tuple[Array, Array, Array]:
        """Scaled points `[p, m, k]`, and the kernel and its slope `[p, m, n]`: as `GP._cross`."""
        x, stacked = u if self._columns is None else self._columns.seen(u), self._stacked
        a = (x - stacked.centre) * stacked.rate
        squared = a @ (-2.0 * stacked.scaled.transpose(0, 2, 1))
        squared += stacked.norm
        squared += np.einsum("pmk,pmk->pm", a, a)[:, :, None]
        return a, *correlation(stacked.kind, np.maximum(squared, 0.0, out=squared))

    def _mean(self, k: Array) -> Array:
        weighted: Array = (k @ self._stacked.alpha.transpose(0, 2, 1))[:, :, 0]
        return self._stacked.mean + weighted

    @cached_property
    def _columns(self) -> SeenColumns | RealColumns | None:
        first = self.processes[0]
        return first.columns if isinstance(first, MixedGP) else None

    @cached_property
    def _stacked(self) -> Stacked:
        inner = [one.inner if isinstance(one, MixedGP) else one for one in self.processes]
        return Stacked.of(inner)


def _variance(half: Array) -> Array:
    variance: Array = 1.0 - np.einsum("pmn,pmn->pm", half, half)
    return variance.clip(1e-12)
