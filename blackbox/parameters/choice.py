"""A choice: one of several values, in no order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import torch

from blackbox.errors import ParameterError
from blackbox.parameters.priors import weights_of
from blackbox.space import Array

Value: TypeAlias = float | int | str | bool
MOST_OPTIONS = 1_000


@dataclass(frozen=True, init=False)
class Choice:
    """One of several values, in no order: texts, numbers or truth values.

    With `weights`, one above 0 for each, an option is drawn as often as its weight says.
    """

    options: tuple[Value, ...]
    default: Value | None = None
    unit: str = field(default="", init=False)
    weights: tuple[float, ...] | None = None

    def __init__(
        self,
        *options: Value,
        default: Value | None = None,
        weights: Sequence[float] | None = None,
    ) -> None:
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
        object.__setattr__(self, "weights", weights_of(weights, options))
        if default is not None:
            self.number(default)

    @property
    def scale(self) -> Literal["straight", "prior"]:
        """Whether each option has the same part of its axis, or that of its weight."""
        return "straight" if self.weights is None else "prior"

    @property
    def size(self) -> int:
        """How many values it has."""
        return len(self.options)

    def decoded(self, u: torch.Tensor) -> torch.Tensor:
        """Which option is chosen at `u [n]` of its axis, as whole floats from 0."""
        if self.weights is not None:
            edges = torch.as_tensor(np.cumsum(self.weights)[:-1], dtype=u.dtype, device=u.device)
            return torch.bucketize(u.detach().contiguous(), edges, right=True).to(u.dtype)
        cells = torch.floor(u.detach() * len(self.options))
        return cells.clamp(0, len(self.options) - 1)

    def encoded(self, values: Array) -> Array:
        """The middle of where its axis stands for these options `[n]`."""
        if self.weights is not None:
            middles = np.cumsum(self.weights) - np.array(self.weights) / 2
            return np.asarray(middles[np.asarray(values).astype(int)])
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
