"""A Gaussian process of whole numbers and choices: it sees the decoded object, not the point.

The kernel is evaluated at the decoded value, so that all points of one object are one input, and
the model is flat where the score is: Garrido-Merchan & Hernandez-Lobato, "Dealing with categorical
and integer-valued variables in Bayesian optimization with Gaussian processes", 2020
(arXiv 1805.03463). Two options of a choice are as far apart as any two, one lengthscale for all:
the overlap kernel of Ru et al., CoCaBO, 2020 (arXiv 1906.08878), here as a factor of the product
over the axes. In columns it is a Euclidean distance, so that the algebra is that of `surrogate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from blackbox.parameters import Choice, NamedSpace, Real
from blackbox.protocol import Array
from blackbox.space import Space
from blackbox.strategies.bayesian.hyperpriors import bounds, prior_loss, prior_mode
from blackbox.strategies.bayesian.surrogate import GP, TOLERANCE, Kernel, misfit

FEW = 1024  # objects that are looked through one by one
MOST_OPTIONS = 32  # of an axis that are tried beside a point; of more, as many at random


@dataclass(frozen=True)
class SeenColumns:
    """What a model sees of points `[n, d]` of the unit cube of named parameters.

    A real number is a column, a whole number too, at the middle of its part of the axis; a choice
    is a column for each option, so that two different ones are 1 apart.
    """

    space: NamedSpace

    @staticmethod
    def of(space: Space) -> SeenColumns | None:
        """Those of a space; None where all of it is continuous."""
        if not isinstance(space, NamedSpace):
            return None
        return SeenColumns(space) if any(one.size for one in space.named.values()) else None

    @cached_property
    def widths(self) -> list[int]:
        """How many columns each axis has."""
        return [
            len(one.options) if isinstance(one, Choice) else 1 for one in self.space.named.values()
        ]

    @cached_property
    def axis(self) -> NDArray[np.int64]:
        """The axis of each column `[k]`."""
        return np.repeat(np.arange(len(self.widths)), self.widths)

    @cached_property
    def choices(self) -> NDArray[np.bool_]:
        """Which axes are choices `[d]`."""
        return np.array([isinstance(one, Choice) for one in self.space.named.values()])

    @cached_property
    def real(self) -> NDArray[np.int64]:
        """The axes that are real numbers."""
        kinds = [isinstance(one, Real) for one in self.space.named.values()]
        return np.flatnonzero(kinds)

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """The axes that are not."""
        return np.setdiff1d(np.arange(self.space.dim), self.real)

    @cached_property
    def objects(self) -> Array | None:
        """All objects of a space of few, `[n, d]`; None of another."""
        origin = self.space.canonical(np.zeros((1, self.space.dim)))[0]
        rest = self.space.objects_after(origin, FEW + 1)
        return np.stack(rest) if 0 < len(rest) <= FEW else None

    def seen(self, u: Array) -> Array:
        """The columns `[n, k]` of points `[n, d]`."""
        u = self.space.canonical(u)
        columns, numbers = np.repeat(u, self.widths, axis=1), self.space.numbers(u)
        first = 0
        for nth, width in enumerate(self.widths):
            if self.choices[nth]:
                option = numbers[:, nth].astype(int)
                columns[:, first : first + width] = np.eye(width)[option] / math.sqrt(2)
            first += width
        return columns

    def expanded(self, theta: Array) -> Array:
        """Log-parameters `[k + 1]` of the columns from those of the axes `[d + 1]`."""
        return np.append(theta[:-1][self.axis], theta[-1])

    def gathered(self, grad: Array) -> Array:
        """The gradient `[d + 1]` in the parameters of the axes from that of the columns."""
        by_axis = np.bincount(self.axis, grad[:-1], minlength=self.space.dim)
        return np.append(by_axis, grad[-1])

    def pulled(self, grad: Array) -> Array:
        """The gradient `[n, d]` at points from that at their columns: 0 where steps are flat."""
        pulled = np.zeros((len(grad), self.space.dim))
        pulled[:, self.real] = grad[:, np.isin(self.axis, self.real)]
        return pulled

    def beside(self, u: Array, rng: np.random.Generator) -> Iterator[Array]:
        """The points that differ from a point `[d]` in one whole number or choice, axis by axis."""
        numbers = self.space.numbers(u[None])[0]
        for axis in self.steps:
            options = self.options(int(axis), float(numbers[axis]), rng)
            moved = np.tile(u, (len(options), 1))
            moved[:, axis] = options
            yield moved

    def options(self, axis: int, number: float, rng: np.random.Generator) -> Array:
        """Where else to go on an axis: other options, whole numbers 1, 2, 4 ... steps away."""
        one: Any = [*self.space.named.values()][axis]
        here = int(number) - (0 if self.choices[axis] else one.lower)
        if not self.choices[axis]:
            away = 1 << np.arange(int(one.size).bit_length())
            numbers = np.concatenate([here - away, here + away])
            numbers = numbers[(numbers >= 0) & (numbers < one.size)] + one.lower
        else:
            numbers = np.delete(np.arange(one.size), here)
            if len(numbers) > MOST_OPTIONS:
                numbers = np.sort(rng.choice(numbers, MOST_OPTIONS, replace=False))
        return np.asarray(one.encoded(numbers.astype(float)))

    def widened(self, box: tuple[Array, Array], centre: Array) -> tuple[Array, Array]:
        """A box `[d]` around a centre with the next whole numbers in it, and with all options."""
        low, high, numbers = np.array(box[0]), np.array(box[1]), self.space.numbers(centre[None])[0]
        low[self.choices], high[self.choices] = 0.0, 1.0
        for axis in self.steps[~self.choices[self.steps]]:
            one: Any = [*self.space.named.values()][axis]
            ends = one.encoded(np.clip(numbers[axis] + np.array([-1.0, 1.0]), one.lower, one.upper))
            low[axis], high[axis] = min(low[axis], ends[0]), max(high[axis], ends[1])
        return low, high


@dataclass(frozen=True, eq=False)
class MixedGP:
    """A process of columns, asked at points `[n, d]` of the cube; build with `fit_mixed`."""

    columns: SeenColumns
    theta: Array  # [d + 1]: ln lengthscales of the axes, ln noise variance
    x: Array  # [n, d]
    inner: GP  # of the columns

    @property
    def y(self) -> Array:
        """Outcomes `[n]`."""
        return self.inner.y

    @property
    def lengthscales(self) -> Array:
        """One lengthscale for each axis, `[d]`."""
        return np.exp(self.theta[:-1])

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` of the noiseless outcome at points `[m, d]`."""
        return self.inner.predict(self.columns.seen(u))

    def predict_with_gradient(self, u: Array) -> tuple[Array, Array, Array, Array]:
        """Mean and variance `[m]` at points `[m, d]`, and their gradients `[m, d]`."""
        mean, variance, *slopes = self.inner.predict_with_gradient(self.columns.seen(u))
        mean_grad, variance_grad = map(self.columns.pulled, slopes)
        return mean, variance, mean_grad, variance_grad

    def believing(self, u: Array) -> MixedGP:
        """The process that takes its own mean at `[m, d]` for observed."""
        inner = self.inner.believing(self.columns.seen(u))
        return MixedGP(self.columns, self.theta, np.vstack([self.x, u]), inner)


def fit_mixed(
    columns: SeenColumns, u: Array, y: Array, kind: Kernel, start: Array | None = None
) -> MixedGP:
    """The process at the MAP parameters for points `[n, d]` and standardised outcomes `[n]`.

    The priors are those of `surrogate.fit` in d dimensions, however many options there are.
    """
    x, dim = columns.seen(u), columns.space.dim

    def loss(theta: Array) -> tuple[float, Array]:
        value, grad = misfit(columns.expanded(theta), x, y, kind)
        penalty, penalty_grad = prior_loss(theta)
        return (value + penalty) / len(x), (columns.gathered(grad) + penalty_grad) / len(x)

    first = prior_mode(dim) if start is None else start
    optimum = minimize(loss, first, (), "L-BFGS-B", jac=True, bounds=bounds(dim), tol=TOLERANCE)
    inner = GP.at(columns.expanded(optimum.x), x, y, kind)
    return MixedGP(columns, optimum.x, u, inner)
