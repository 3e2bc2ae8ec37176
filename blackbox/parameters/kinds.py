"""The kinds of parameters: a real number, a whole number, a choice; each decodes its axis."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ParameterError

Array: TypeAlias = NDArray[np.float64]
Value: TypeAlias = float | int | str | bool
MOST_OPTIONS = 1_000


@dataclass(frozen=True)
class Real:
    """A real number from `lower` to `upper`; with `log`, decades count alike (bounds above 0)."""

    lower: float
    upper: float
    log: bool = False
    unit: str = ""
    default: float | None = None

    def __post_init__(self) -> None:
        """Refuse bounds between which there is nothing. Raises ParameterError."""
        _refuse_bounds(self, float)

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
        low, high = self.ends
        straight = low + u * (high - low)
        return (straight.exp() if self.log else straight).clamp(self.lower, self.upper)

    def encoded(self, values: Array) -> Array:
        """Where its axis stands for these values `[n]`."""
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
    """A whole number from `lower` to `upper`, both included; with `log`, decades count alike."""

    lower: int
    upper: int
    log: bool = False
    unit: str = ""
    default: int | None = None

    def __post_init__(self) -> None:
        """Refuse bounds between which there is nothing. Raises ParameterError."""
        _refuse_bounds(self, int)

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
        low, high = self.ends
        straight = low + u.detach() * (high - low)
        near = torch.floor((straight.exp() if self.log else straight) + 0.5)
        return near.clamp(self.lower, self.upper)

    def encoded(self, values: Array) -> Array:
        """The middle of where its axis stands for these values `[n]`."""
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


@dataclass(frozen=True, init=False)
class Choice:
    """One of several values, in no order: texts, numbers or truth values."""

    options: tuple[Value, ...]
    default: Value | None = None
    unit: str = field(default="", init=False)

    def __init__(self, *options: Value, default: Value | None = None) -> None:
        """Of two or more options, each once. Raises ParameterError for anything else."""
        if len(options) == 1 and isinstance(options[0], list | tuple | set):
            raise ParameterError(f"name the options themselves: Choice(*{options[0]!r})")
        plain = all(isinstance(one, str | bool | int | float) for one in options)
        if not plain or any(one != one for one in options):
            raise ParameterError(f"options are texts, numbers or truth values, not {options!r}")
        if len(options) < 2:
            raise ParameterError(
                f"a choice needs two options or more, not {options!r}; what never changes belongs "
                "into the scorer"
            )
        if len(options) > MOST_OPTIONS:
            raise ParameterError(f"{len(options)} options are more than {MOST_OPTIONS}")
        texts = [f"{type(one).__name__} {one}" for one in options]
        if len(set(texts)) < len(texts):
            twice = next(one for one in options if options.count(one) > 1)
            raise ParameterError(f"the option {twice!r} is there twice")
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "default", default)
        object.__setattr__(self, "unit", "")
        if default is not None:
            self.number(default)

    @property
    def size(self) -> int:
        """How many values it has."""
        return len(self.options)

    def decoded(self, u: torch.Tensor) -> torch.Tensor:
        """Which option is chosen at `u [n]` of its axis, as whole floats from 0."""
        cells = torch.floor(u.detach() * len(self.options))
        return cells.clamp(0, len(self.options) - 1)

    def encoded(self, values: Array) -> Array:
        """The middle of where its axis stands for these options `[n]`."""
        return (values + 0.5) / len(self.options)

    def value(self, number: float) -> Value:
        """The option of this number."""
        return self.options[int(number)]

    def number(self, value: object) -> float:
        """The number of an option. Raises ParameterError where it is none."""
        for nth, option in enumerate(self.options):
            if option == value and isinstance(option, bool) == isinstance(value, bool | np.bool_):
                return float(nth)
        raise ParameterError(
            f"{value!r} is none of the options {', '.join(map(repr, self.options))}"
        )


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


def _inside(one: Real | Integer, value: object) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise ParameterError(f"{value!r} is no number")
    number = float(value)
    slack = 1e-9 * (one.upper - one.lower)
    if not one.lower - slack <= number <= one.upper + slack:
        raise ParameterError(f"{value!r} does not lie from {one.lower!r} to {one.upper!r}")
    return min(max(number, one.lower), one.upper)
