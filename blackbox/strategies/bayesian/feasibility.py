"""Constraints as models beside that of the score: improvement counts as far as it is feasible.

M. Schonlau, W. Welch, D. Jones: Global versus local search in constrained optimization of computer
models, 1998, doi:10.1214/lnms/1215456182; in logs as S. Ament et al., 2023 (arXiv 2310.20708). The
values of constraints are compressed as in D. Eriksson, M. Poloczek: Scalable constrained Bayesian
optimization, 2021 (arXiv 2002.08526), which says more of where they change their sign.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from blackbox.protocol import Array
from blackbox.strategies.bayesian.mixed import Process
from blackbox.strategies.bayesian.model import Model
from blackbox.strategies.bayesian.side_by_side import SideBySide
from blackbox.strategies.bayesian.surrogate import Pull

# A constraint is to be met by this share of the size of its violations.
INSIDE = 1e-6
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, eq=False)
class ConstrainedModel(Generic[M]):
    """The model of the score, and one of each constraint, which is met at `limits [m]` or more.

    `y [n]` are outcomes where all are met, and below all of these where one is not, the lower the
    more is broken: its highest is the point to improve on.
    """

    outcome: M
    constraints: tuple[Process, ...]
    limits: Array
    y: Array

    @property
    def lengthscales(self) -> Array:
        """Those of the score `[d]`."""
        return self.outcome.lengthscales

    @property
    def fitted(self) -> Array:
        """The mean outcome at its own inputs `[n]`."""
        return self.outcome.fitted

    @property
    def x(self) -> Array:
        """Inputs `[n, d]`."""
        return self.outcome.x

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` of the outcome at points `[m, d]`."""
        return self.outcome.predict(u)

    def predict_with_pull(self, u: Array) -> tuple[Array, Array, Pull]:
        """Mean and variance `[m]` of the outcome, and how their slopes pull at the points."""
        return self.outcome.predict_with_pull(u)

    def believing(self, u: Array) -> ConstrainedModel[M]:
        """The models that take their own means at points `[m, d]` for observed."""
        is_met = (self.all.predict(u)[0] >= self.limits[:, None]).all(axis=0)
        believed = np.where(is_met, self.outcome.predict(u)[0], self.y.min())
        constraints = tuple(model.believing(u) for model in self.constraints)
        y = np.append(self.y, believed)
        return ConstrainedModel(self.outcome.believing(u), constraints, self.limits, y)

    @cached_property
    def all(self) -> SideBySide:
        """The models of the constraints, asked together."""
        return SideBySide(self.constraints)

    def log_chance(self, u: Array) -> Array:
        """The logarithm of how probably all constraints are met at points `[m, d]`, `[m]`."""
        mean, variance = self.all.predict(u)
        total: Array = log_ndtr((mean - self.limits[:, None]) / np.sqrt(variance)).sum(axis=0)
        return total

    def log_chance_with_gradient(self, u: Array) -> tuple[Array, Array]:
        """The same `[m]`, and its gradient `[m, d]`."""
        mean, variance, pull = self.all.predict_with_pull(u)
        sd = np.sqrt(variance)
        t = (mean - self.limits[:, None]) / sd
        chance = log_ndtr(t)
        # d log Phi / dt = phi / Phi, in logs: both underflow.
        ratio = np.exp(-0.5 * t * t - 0.5 * math.log(2 * math.pi) - chance)
        return chance.sum(axis=0), pull(ratio / sd, -ratio * t / (2.0 * variance))


def constrained(
    outcome: M,
    margins: Array,
    feasible: NDArray[np.bool_],
    refit: Callable[[Array, Model | None], Process],
    earlier: Model | None,
) -> ConstrainedModel[M]:
    """The model of the score with those of constraints, in units of their sizes `[n, m]`.

    `refit` makes a model of outcomes `[n]`, from an earlier one if there is one. `feasible [n]`:
    which points meet all.
    """
    before: Sequence[Model | None] = [None] * margins.shape[1]
    if isinstance(earlier, ConstrainedModel):
        before = earlier.constraints
    compressed, least = bilog(margins), bilog(np.array(INSIDE))
    mean, sd = compressed.mean(axis=0), compressed.std(axis=0)
    sd = np.where(sd > 0, sd, 1.0)
    models = [
        refit(column, one) for column, one in zip(((compressed - mean) / sd).T, before, strict=True)
    ]
    short = np.maximum(0.0, -margins).sum(axis=1)
    below = outcome.y.min() - 1.0 - short / (1.0 + short)
    y = np.where(feasible, outcome.y, below)
    return ConstrainedModel(outcome, tuple(models), (least - mean) / sd, y)


def bilog(values: Array) -> Array:
    """`sign(v) ln(1 + |v|)`: near 0 as it is, far from it compressed."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))
