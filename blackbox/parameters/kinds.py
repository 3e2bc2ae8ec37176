"""The kinds of parameters: a real number, a whole number, a choice; each decodes its axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ParameterError
from blackbox.parameters.choice import Choice as Choice
from blackbox.parameters.choice import Value as Value
from blackbox.parameters.priors import (
    Kind,
    Quantiles,
    distribution_of,
    drawn,
)

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Real:
    """A real number from `lower` to `upper`; with `log`, decades count alike (bounds above 0).

    With a `prior`, a frozen continuous distribution of scipy.stats, draws are draws of it, cut to
    the bounds: `Real(0, 1, prior=scipy.stats.beta(2, 5))`.
    """

    lower: float
    upper: float
    log: bool = False
    unit: str = ""
    default: float | None = None
    prior: Any = None

    def __post_init__(self) -> None:
        """Refuse bounds between which there is nothing. Raises ParameterError."""
        _refuse_bounds(self, float)
        _take_prior(self, "continuous")

    @property
    def scale(self) -> Literal["straight", "log", "prior"]:
        """On what scale its axis is: straight, in decades, or in quantiles of its prior."""
        return "prior" if self.prior is not None else "log" if self.log else "straight"

    @property
    def size(self) -> int | None:
        """How many values it has: no end of them."""
        return None

    @property
    def ends(self) -> tuple[float, float]:
        """What 0 and 1 of its axis stand for, on its own scale."""
        return (
            (math.log(self.lower), math.log(self.upper)) if self.log else (self.lower, self.upper)
        )

    def decoded(self, u: torch.Tensor) -> torch.Tensor:
        """Its values at `u [n]` of its axis."""
        if self.prior is not None:
            return drawn(quantiles_of(self), u)
        low, high = self.ends
        straight = low + u * (high - low)
        return (straight.exp() if self.log else straight).clamp(self.lower, self.upper)

    def encoded(self, values: Array) -> Array:
        """Where its axis stands for these values `[n]`."""
        if self.prior is not None:
            return quantiles_of(self).quantiles(values)
        low, high = self.ends
        return ((np.log(values) if self.log else values) - low) / (high - low)

    def value(self, number: float) -> float:
        """A number as the scorer gets it."""
        return float(number)

    def number(self, value: object) -> float:
        """A value as a number. Raises ParameterError for one that it cannot have."""
        return _inside(self, value)


@dataclass(frozen=True)
class Integer:
    """A whole number from `lower` to `upper`, both included; with `log`, decades count alike.

    With a `prior`, a frozen distribution of scipy.stats, draws are draws of it, cut to the bounds;
    those of a continuous one are rounded.
    """

    lower: int
    upper: int
    log: bool = False
    unit: str = ""
    default: int | None = None
    prior: Any = None

    def __post_init__(self) -> None:
        """Refuse bounds between which there is nothing. Raises ParameterError."""
        _refuse_bounds(self, int)
        _take_prior(self, "one-dimensional")

    @property
    def scale(self) -> Literal["straight", "log", "prior"]:
        """On what scale its axis is: straight, in decades, or in quantiles of its prior."""
        return "prior" if self.prior is not None else "log" if self.log else "straight"

    @property
    def size(self) -> int:
        """How many values it has."""
        return self.upper - self.lower + 1

    @property
    def ends(self) -> tuple[float, float]:
        """What 0 and 1 of its axis stand for, on its own scale: half a step beyond the bounds."""
        low, high = self.lower - 0.5, self.upper + 0.5
        return (math.log(low), math.log(high)) if self.log else (low, high)

    def decoded(self, u: torch.Tensor) -> torch.Tensor:
        """Its values at `u [n]` of its axis, as whole floats."""
        if self.prior is not None:
            values = drawn(quantiles_of(self), u.detach())
            whole = values if self.prior.is_discrete else torch.floor(values + 0.5)
            return whole.clamp(self.lower, self.upper)
        low, high = self.ends
        straight = low + u.detach() * (high - low)
        near = torch.floor((straight.exp() if self.log else straight) + 0.5)
        return near.clamp(self.lower, self.upper)

    def encoded(self, values: Array) -> Array:
        """The middle of where its axis stands for these values `[n]`."""
        if self.prior is not None:
            quantiles, half = quantiles_of(self), 0.0 if self.prior.is_discrete else 0.5
            below = values - 1 if self.prior.is_discrete else values - half
            return (quantiles.quantiles(below) + quantiles.quantiles(values + half)) / 2
        low, high = self.ends
        return ((np.log(values) if self.log else values) - low) / (high - low)

    def value(self, number: float) -> int:
        """A number as the scorer gets it."""
        return int(number)

    def number(self, value: object) -> float:
        """A value as a number. Raises ParameterError for one that it cannot have."""
        number = _inside(self, value)
        if number != int(number):
            raise ParameterError(f"{value!r} is no whole number")
        return number


def quantiles_of(one: Real | Integer) -> Quantiles:
    """The prior of a parameter between its bounds; half a step beyond where it is rounded."""
    if isinstance(one, Real):
        return Quantiles(one.prior, one.lower, one.upper)
    if one.prior.is_discrete:
        return Quantiles(one.prior, one.lower - 1.0, float(one.upper))
    return Quantiles(one.prior, one.lower - 0.5, one.upper + 0.5)


Parameter: TypeAlias = Real | Integer | Choice
KINDS: dict[str, type[Real] | type[Integer] | type[Choice]] = {
    "real": Real,
    "integer": Integer,
    "choice": Choice,
}


def _refuse_bounds(one: Real | Integer, kind: type[float] | type[int]) -> None:
    """Raise ParameterError for bounds that are no numbers, or between which there is nothing."""
    for what in ("lower", "upper"):
        bound = getattr(one, what)
        is_number = isinstance(bound, int | float | np.number) and not isinstance(bound, bool)
        if not is_number or not math.isfinite(bound) or (kind is int and bound != int(bound)):
            raise ParameterError(
                f"the {what} bound is {bound!r}, where a {'whole' if kind is int else 'finite'} "
                "number is expected"
            )
        object.__setattr__(one, what, kind(bound))
    if not one.lower < one.upper:
        raise ParameterError(
            f"the lower bound {one.lower!r} is not below the upper one, {one.upper!r}"
        )
    if one.log and not one.lower > 0:
        raise ParameterError(
            f"a log scale from {one.lower!r} to {one.upper!r} holds 0 or less; give bounds above 0"
        )
    if one.default is not None:
        one.number(one.default)


def _take_prior(one: Real | Integer, kind: Kind) -> None:
    """Take a prior as it was given. Raises ParameterError for one that draws nothing inside."""
    if one.prior is None:
        return
    if one.log:
        raise ParameterError(
            "log=True and a prior are two scales of one axis: scipy.stats.loguniform is the prior "
            "that log=True stands for"
        )
    object.__setattr__(one, "prior", distribution_of(one.prior, kind))
    quantiles_of(one).refuse_empty()


def _inside(one: Real | Integer, value: object) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise ParameterError(f"{value!r} is no number")
    number = float(value)
    slack = 1e-9 * (one.upper - one.lower)
    if not one.lower - slack <= number <= one.upper + slack:
        raise ParameterError(f"{value!r} does not lie from {one.lower!r} to {one.upper!r}")
    return min(max(number, one.lower), one.upper)
