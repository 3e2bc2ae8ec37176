"""A prior over a parameter's values: its axis of the cube is then the scale of its quantiles.

Uniform draws `u` of the axis are draws of the prior, cut to the bounds, by the inverse of its
distribution: L. Devroye, Non-uniform random variate generation, 1986, section II.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import torch

from blackbox.errors import ParameterError
from blackbox.late import stats
from blackbox.space import Array

LEAST = 1e-12  # of a prior that must lie between the bounds: less is lost in rounding
Kind: TypeAlias = Literal["continuous", "one-dimensional"]


@cache
def names_of(kind: Kind) -> frozenset[str]:
    """The distributions of scipy.stats that draw real numbers, or whole ones too."""
    kinds = (stats.rv_continuous, stats.rv_discrete)[: 1 if kind == "continuous" else 2]
    return frozenset(name for name in dir(stats.distributions) if _is_a(name, kinds))


def _is_a(name: str, kinds: tuple[type, ...]) -> bool:
    return isinstance(getattr(stats, name, None), kinds)


@dataclass(frozen=True)
class Distribution:
    """A distribution of scipy.stats by its name, with its arguments by theirs."""

    name: str
    arguments: tuple[tuple[str, float], ...]

    @cached_property
    def frozen(self) -> Any:
        """The distribution itself. Raises ParameterError for arguments that it does not take."""
        try:
            made = getattr(stats, self.name)(**dict(self.arguments))
            is_one = np.isfinite(made.ppf(0.5))
        except TypeError as error:
            raise ParameterError(f"the prior {self}: {error}") from None
        if not is_one:
            raise ParameterError(f"the prior {self} has arguments for which there is none")
        return made

    @property
    def is_discrete(self) -> bool:
        """Whether it draws whole numbers."""
        return self.name not in names_of("continuous")

    @property
    def table(self) -> dict[str, Any]:
        """As plain values: `{"name": "beta", "a": 2.0, "b": 5.0}`."""
        return {"name": self.name, **dict(self.arguments)}

    def __repr__(self) -> str:
        """As it is written."""
        inside = ", ".join(f"{name}={value!r}" for name, value in self.arguments)
        return f"scipy.stats.{self.name}({inside})"

    __str__ = __repr__


@dataclass(frozen=True)
class Quantiles:
    """The quantiles of a distribution between two ends: `u` in [0, 1] and values, to and fro."""

    distribution: Distribution
    low: float
    high: float

    @cached_property
    def _ends(self) -> tuple[bool, float, float]:
        """Whether it counts from above, and the probabilities of the two ends."""
        one = self.distribution.frozen
        # In the upper tail only what is left above has digits.
        above = bool(one.cdf(self.low) > 0.5)
        part = one.sf if above else one.cdf
        ends = float(part(self.low)), float(part(self.high))
        if not abs(ends[1] - ends[0]) > LEAST:
            raise ParameterError(
                f"the prior {self.distribution} has next to no mass between the bounds, "
                f"{self.low!r} and {self.high!r}"
            )
        return above, *ends

    def refuse_empty(self) -> None:
        """Raise ParameterError where the prior has no mass between the ends."""
        _ = self._ends

    def values(self, u: Array) -> Array:
        """The values at quantiles `u [n]`."""
        above, first, last = self._ends
        inverse = self.distribution.frozen.isf if above else self.distribution.frozen.ppf
        return np.asarray(np.clip(inverse(first + u * (last - first)), self.low, self.high))

    def quantiles(self, values: Array) -> Array:
        """Where `u [n]` values lie."""
        above, first, last = self._ends
        part = self.distribution.frozen.sf if above else self.distribution.frozen.cdf
        return np.asarray((part(values) - first) / (last - first))

    def slope(self, values: Array) -> Array:
        """`d value / du` at values `[n]`: the mass over the density; 0 where that is no number."""
        _, first, last = self._ends
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = abs(last - first) / self.distribution.frozen.pdf(values)
        return np.where(np.isfinite(slope), slope, 0.0)


class _Drawn(torch.autograd.Function):
    """Values at quantiles, as torch sees them."""

    @staticmethod
    def forward(context: Any, u: torch.Tensor, quantiles: Quantiles) -> torch.Tensor:
        values = quantiles.values(u.detach().cpu().double().numpy())
        context.slope = torch.as_tensor(quantiles.slope(values), dtype=u.dtype, device=u.device)
        return torch.as_tensor(values, dtype=u.dtype, device=u.device)

    @staticmethod
    def backward(context: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return grad * context.slope, None


def drawn(quantiles: Quantiles, u: torch.Tensor) -> torch.Tensor:
    """The values at `u [n]`, with their slope in it where one is asked for."""
    if not u.requires_grad:
        plain = quantiles.values(u.cpu().double().numpy())
        return torch.as_tensor(plain, dtype=u.dtype, device=u.device)
    values: torch.Tensor = _Drawn.apply(u, quantiles)  # type: ignore[no-untyped-call]
    return values


def distribution_of(given: Any, kind: Kind) -> Distribution:
    """A prior as it is given: frozen by scipy.stats, or a table of its name and arguments.

    Raises ParameterError for anything else, and for a distribution that is none of this kind.
    """
    arguments: dict[str, Any]
    if isinstance(given, Distribution):
        name, arguments = given.name, dict(given.arguments)
    elif isinstance(given, Mapping):
        arguments = dict(given)
        name = arguments.pop("name", "")
    elif isinstance(given, stats.rv_continuous | stats.rv_discrete):
        raise ParameterError(
            f"scipy.stats.{given.name} is not frozen: give it its arguments, as in "
            "scipy.stats.beta(2, 5)"
        )
    elif isinstance(getattr(given, "dist", None), stats.rv_continuous | stats.rv_discrete):
        name, shapes = given.dist.name, given.dist.shapes
        names = [part.strip() for part in (shapes or "").split(",") if part.strip()]
        positional = [*names, "loc", "scale"][: len(given.args)]
        arguments = dict(zip(positional, given.args, strict=True)) | given.kwds
    else:
        raise ParameterError(
            f"a prior is a frozen distribution, as scipy.stats.beta(2, 5), or a table of its name "
            f"and arguments, not {given!r}"
        )
    if name not in names_of(kind):
        raise ParameterError(f"{name!r} is no {kind} distribution of scipy.stats")
    try:
        plain = tuple((key, float(value)) for key, value in sorted(arguments.items()))
    except (TypeError, ValueError):
        raise ParameterError(f"the arguments of a prior are numbers, not {arguments!r}") from None
    made = Distribution(str(name), plain)
    _ = made.frozen
    return made


def weights_of(
    given: Sequence[float] | None, options: Sequence[object]
) -> tuple[float, ...] | None:
    """The share `[n]` of each option, summing to 1. Raises ParameterError unless all are > 0."""
    if given is None:
        return None
    try:
        weights = np.array([float(one) for one in given])
    except (TypeError, ValueError):
        weights = np.zeros(0)
    if len(weights) != len(options) or not (np.isfinite(weights) & (weights > 0)).all():
        raise ParameterError(
            f"weights are a number above 0 for each of {len(options)} options, not {given!r}"
        )
    return tuple((weights / weights.sum()).tolist())
