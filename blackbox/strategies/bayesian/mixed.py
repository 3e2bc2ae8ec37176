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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.parameters import Choice, NamedSpace, Real
from blackbox.protocol import Array
from blackbox.space import Space
from blackbox.strategies.bayesian.fitting import fit
from blackbox.strategies.bayesian.model import Model
from blackbox.strategies.bayesian.surrogate import GP, Kernel, Pull

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
    def real_columns(self) -> NDArray[np.bool_]:
        """Which columns are real numbers `[k]`."""
        return np.isin(self.axis, self.real)

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

    def pulled(self, grad: Array) -> Array:
        """The gradient `[n, d]` at points from that at their columns: 0 where steps are flat."""
        pulled = np.zeros((len(grad), self.space.dim))
        pulled[:, self.real] = grad[:, self.real_columns]
        return pulled

    def beside(self, u: Array, rng: np.random.Generator) -> Iterator[Array]:
        """The points that differ from a point `[d]` in one whole number or choice, axis by axis."""
        numbers = self.space.numbers(u[None])[0]
        for axis in self.steps:
            options = self.options(int(axis), float(numbers[axis]), rng)
            moved = np.tile(u, (len(options), 1))
            moved[:, axis] = options
            yield moved

    @cached_property
    def _options(self) -> dict[tuple[int, float], Array]:
        """What `options` has answered that is not by chance."""
        return {}

    def options(self, axis: int, number: float, rng: np.random.Generator) -> Array:
        """Where else to go on an axis: other options, whole numbers 1, 2, 4 ... steps away."""
        if (axis, number) in self._options:
            return self._options[axis, number]
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
        self._options[axis, number] = np.asarray(one.encoded(numbers.astype(float)))
        return self._options[axis, number]

    def widened(self, box: tuple[Array, Array], centre: Array) -> tuple[Array, Array]:
        """A box `[d]` around a centre with the next whole numbers in it, and with all options."""
        low, high, numbers = np.array(box[0]), np.array(box[1]), self.space.numbers(centre[None])[0]
        low[self.choices], high[self.choices] = 0.0, 1.0
        for axis in self.steps[~self.choices[self.steps]]:
            one: Any = [*self.space.named.values()][axis]
            ends = one.encoded(np.clip(numbers[axis] + np.array([-1.0, 1.0]), one.lower, one.upper))
            low[axis], high[axis] = min(low[axis], ends[0]), max(high[axis], ends[1])
        return low, high


@dataclass(frozen=True)
class RealColumns:
    """Columns that are points themselves, where whole numbers and choices stand still.

    To look them up takes longer than a process does, and a climb in real numbers moves none.
    """

    moving: NDArray[np.bool_]  # [k]

    @cached_property
    def axis(self) -> NDArray[np.int64]:
        """The axis of each column `[k]`: itself."""
        return np.arange(len(self.moving))

    def seen(self, x: Array) -> Array:
        """The columns `[n, k]` of columns."""
        return x

    def pulled(self, grad: Array) -> Array:
        """The gradient `[n, k]` in those that move."""
        return np.where(self.moving, grad, 0.0)


@dataclass(frozen=True, eq=False)
class MixedGP:
    """A process of columns, asked at points `[n, d]` of the cube; build with `fit_mixed`."""

    columns: SeenColumns | RealColumns
    x: Array  # [n, d]
    inner: GP  # of the columns

    @property
    def y(self) -> Array:
        """Outcomes `[n]`."""
        return self.inner.y

    @property
    def lengthscales(self) -> Array:
        """One lengthscale for each axis, `[d]`."""
        axis = self.columns.axis
        return self.inner.lengthscales[np.searchsorted(axis, np.arange(axis[-1] + 1))]

    @property
    def fitted(self) -> Array:
        """The mean at its own inputs `[n]`."""
        return self.inner.fitted

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and variance `[m]` of the noiseless outcome at points `[m, d]`."""
        return self.inner.predict(self.columns.seen(u))

    def predict_with_pull(self, u: Array) -> tuple[Array, Array, Pull]:
        """Mean and variance `[m]` at points `[m, d]`, and how their slopes pull at the points."""
        mean, variance, pull = self.inner.predict_with_pull(self.columns.seen(u))
        return (
            mean,
            variance,
            lambda by_mean, by_variance: self.columns.pulled(pull(by_mean, by_variance)),
        )

    def believing(self, u: Array) -> MixedGP:
        """The process that takes its own mean at `[m, d]` for observed."""
        inner = self.inner.believing(self.columns.seen(u))
        return MixedGP(self.columns, np.vstack([self.x, u]), inner)


Process = GP | MixedGP


def fits(
    columns: SeenColumns | None, u: Array, kind: Kernel
) -> Callable[[Array, Model | None], Process]:
    """What fits processes of points `[n, d]` to outcomes `[n]`, from an earlier process or None.

    The priors are those of `fitting.fit` in d dimensions, however many options there are.
    """
    if columns is None:
        return lambda y, earlier: fit(u, y, kind, earlier if isinstance(earlier, GP) else None)
    x = columns.seen(u)  # once for all of them

    def refit(y: Array, earlier: Model | None) -> MixedGP:
        before = earlier.inner if isinstance(earlier, MixedGP) else None
        return MixedGP(columns, u, fit(x, y, kind, before, columns.axis))

    return refit
