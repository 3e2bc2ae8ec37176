"""What nevergrad is told of a space: an array, or parameters by their kinds; and the way back."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from blackbox.optional import require
from blackbox.parameters import Choice, Integer, NamedSpace, Parameter
from blackbox.protocol import Array, Brief
from blackbox.strategies.libraries.typed import numbers_of, points_of

# With fewer values than these nevergrad's documentation (`set_integer_casting`) has an ordered
# choice for whole numbers, which moves from one to the next, instead of a rounded number.
FEW = 10


class Parametrization(Protocol):
    """A parametrization of nevergrad, whose values are points."""

    parametrization: Any

    def point(self, value: Any) -> Array:
        """The point `[d]` of a value."""
        ...

    def value(self, point: Array) -> Any:
        """The value of a point `[d]`."""
        ...


def form_of(brief: Brief, reach: float | None, typed: bool) -> Parametrization:
    """The form of a brief's space; `reach` is the half width of a space without ends, in sd."""
    if typed and isinstance(brief.space, NamedSpace):
        return TypedForm(brief.space, brief.start[0])
    return ArrayForm(brief, reach)


class ArrayForm:
    """An array `[d]`, bounded where the space has ends or `reach` says where they are to be."""

    def __init__(self, brief: Brief, reach: float | None) -> None:
        """Begin at the seed's start."""
        array = require("nevergrad", "nevergrad").p.Array
        start, scale = brief.start[0].copy(), brief.space.scale
        lower, upper = brief.space.ends
        if np.isfinite(lower).all():
            self.parametrization = array(init=start, lower=lower, upper=upper)
        elif reach is None:
            self.parametrization = array(init=start).set_mutation(sigma=float(scale[0]))
        else:
            ends = np.maximum(reach * scale, np.abs(start))
            self.parametrization = array(init=start, lower=-ends, upper=ends)

    def point(self, value: Any) -> Array:
        """The value itself."""
        return np.array(value, float)

    def value(self, point: Array) -> Any:
        """The point itself."""
        return point


class TypedForm:
    """A tuple of nevergrad's own parameters: bounded scalars, on a log scale or not, and choices.

    Options are numbered, since nevergrad takes 1 and True for the same.
    """

    def __init__(self, space: NamedSpace, start: Array) -> None:
        """Begin at the seed's start."""
        parameters = require("nevergrad", "nevergrad").p
        self._space = space
        kinds = [_parameter(one, parameters) for one in space.named.values()]
        self.parametrization = parameters.Tuple(*kinds)
        # Set afterwards: a bounded parameter that is made with a value draws no uniform samples.
        self.parametrization.value = self.value(start)

    def point(self, value: Any) -> Array:
        """The canonical point of a tuple of numbers."""
        point: Array = points_of(self._space, [value])[0]
        return point

    def value(self, point: Array) -> Any:
        """The numbers of a point."""
        return tuple(numbers_of(self._space, point))


def _parameter(one: Parameter, kinds: Any) -> Any:
    """nevergrad's parameter of the same kind."""
    if isinstance(one, Choice):
        return kinds.Choice(len(one.options))
    if isinstance(one, Integer) and one.upper - one.lower < FEW:
        return kinds.TransitionChoice(range(one.lower, one.upper + 1))
    scale = kinds.Log if one.log else kinds.Scalar
    made = scale(lower=one.lower, upper=one.upper)
    return made.set_integer_casting() if isinstance(one, Integer) else made
