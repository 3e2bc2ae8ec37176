"""BoTorch's test functions of several criteria by their names, in their own boxes; with gradients.

M. Balandat et al.: BoTorch: a framework for efficient Monte-Carlo Bayesian optimization, 2020,
arXiv 1910.06403; the functions are those of `botorch.test_functions.multi_objective`, without
noise. Each criterion `f_1`, `f_2`, ... is a loss and a column of the results, `weights` sum them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from blackbox.errors import ObjectiveError
from blackbox.global_state import IsolatedGlobals
from blackbox.objectives.call_forms import named
from blackbox.optional import require
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective
from blackbox.space import Space

Weights = Mapping[str, float] | Sequence[float]


@dataclass(frozen=True)
class BotorchCriteria:
    """One of BoTorch's functions of several criteria, of a size where that can be chosen."""

    function: str
    dim: int | None = None
    num_objectives: int | None = None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Its losses `[n, k]` at points `[n, d]`."""
        function = criteria_function(self)
        # One rounding may cross a bound, and it refuses what lies outside.
        low, high = function.bounds
        values: torch.Tensor = function(x.clamp(low, high), noise=False)
        return values


@lru_cache(maxsize=64)
def criteria_function(one: BotorchCriteria) -> Any:
    """The function of BoTorch in double precision, made once."""
    sizes = {"dim": one.dim, "num_objectives": one.num_objectives}
    with IsolatedGlobals(None):  # its import warns of what torch will not have for ever
        functions = require("botorch.test_functions.multi_objective", "all", "botorch")
        given = {name: size for name, size in sizes.items() if size is not None}
        return getattr(functions, one.function)(**given).to(torch.double)


def _fixed(function: str, what: str) -> Callable[..., Objective]:
    """What makes the objectives of a function of one size."""

    def made(
        name: str, *, weights: Weights | None = None, differentiable: bool = True
    ) -> Objective:
        return _objective(name, BotorchCriteria(function), weights, differentiable)

    return _finished(function, what, made, {})


def _sized(function: str, what: str, dim: int) -> Callable[..., Objective]:
    """What makes the objectives of a function of any dimension above the number of criteria."""

    def made(
        name: str,
        dim: int = dim,
        *,
        num_objectives: int = 2,
        weights: Weights | None = None,
        differentiable: bool = True,
    ) -> Objective:
        for setting, value, least in (("num_objectives", num_objectives, 2), ("dim", dim, 1)):
            if not is_whole(value) or value < least:
                raise ObjectiveError(
                    f"botorch_functions.{function} needs a whole number {setting} >= {least}, "
                    f"not {value!r}"
                )
        if dim <= num_objectives or (function.startswith("ZDT") and num_objectives != 2):
            most = "2" if function.startswith("ZDT") else "fewer than dim"
            raise ObjectiveError(
                f"botorch_functions.{function} has {most} criteria, not {num_objectives} in "
                f"{dim} dimensions"
            )
        one = BotorchCriteria(function, int(dim), int(num_objectives))
        return _objective(name, one, weights, differentiable)

    return _finished(function, what, made, {"dim": dim})


def _finished(
    function: str, what: str, made: Callable[..., Objective], defaults: Mapping[str, int]
) -> Callable[..., Objective]:
    made.__name__ = function
    made.__doc__ = f"{what}; losses (BoTorch's `{function}`)."
    return named(f"botorch_functions.{function}", defaults=defaults)(made)


def _objective(
    name: str, one: BotorchCriteria, weights: Weights | None, differentiable: bool
) -> Objective:
    function = criteria_function(one)
    low, high = function.bounds.tolist()
    criteria = [f"f_{nth}" for nth in range(1, function.num_objectives + 1)]
    return Objective(
        one,
        space=Space.box(low, high),
        name=name,
        maximize=False,
        weights=_weights(name, weights, criteria),
        batched=True,
        noise=False,
        differentiable=None if differentiable else False,
        dtype=torch.float64,
    )


def _weights(name: str, given: Weights | None, criteria: list[str]) -> dict[str, float]:
    """A weight per criterion; without any they are alike and sum to 1."""
    if given is None:
        return dict.fromkeys(criteria, 1 / len(criteria))
    if isinstance(given, Mapping):
        fits, weights = set(given) == set(criteria), {one: given.get(one, 0) for one in criteria}
    else:
        fits = isinstance(given, list | tuple) and len(given) == len(criteria)
        weights = dict(zip(criteria, given, strict=True)) if fits else {}
    if not fits:
        family, names = name.partition("(")[0], ", ".join(criteria)
        raise ObjectiveError(f"{family} needs a weight for each of {names}, not {given!r}")
    return weights


BraninCurrin = _fixed("BraninCurrin", "Branin's and Currin's functions, of which two optima differ")
CarSideImpact = _fixed("CarSideImpact", "Weight, force, velocity and limits of a car's side")
DTLZ1 = _sized("DTLZ1", "A flat front behind very many local ones", dim=6)
DTLZ2 = _sized("DTLZ2", "A front on a sphere", dim=11)
DTLZ3 = _sized("DTLZ3", "A front on a sphere behind very many local ones", dim=11)
DTLZ4 = _sized("DTLZ4", "A front on a sphere, most of whose points crowd in a corner", dim=11)
DTLZ5 = _sized("DTLZ5", "A front that is a curve", dim=11)
DTLZ7 = _sized("DTLZ7", "A front in several pieces", dim=21)
VehicleSafety = _fixed("VehicleSafety", "Mass, acceleration and intrusion of a crashed car")
ZDT1 = _sized("ZDT1", "A convex front", dim=30)
ZDT2 = _sized("ZDT2", "A concave front", dim=30)
ZDT3 = _sized("ZDT3", "A front in several pieces, convex each", dim=30)
