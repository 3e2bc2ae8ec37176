"""BoTorch's synthetic test functions by its names, in their own boxes; with gradients.

M. Balandat et al.: BoTorch: a framework for efficient Monte-Carlo Bayesian optimization, 2020,
arXiv 1910.06403; the functions are those of `botorch.test_functions.synthetic`, without noise.
They are losses, but for Cosine8, so there is nothing to negate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import torch

from blackbox.errors import ObjectiveError
from blackbox.global_state import IsolatedGlobals
from blackbox.objectives.call_forms import named
from blackbox.optional import require
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective
from blackbox.space import Space

# What each is, and the default of its setting, where it has one.
FUNCTIONS: dict[str, tuple[str, dict[str, int]]] = {
    "Ackley": ("A nearly flat, rippled plain around one deep funnel", {"dim": 2}),
    "Beale": ("Four steep corners around a flat valley", {}),
    "Branin": ("Three equal optima", {}),
    "Bukin": ("Bukin's function N. 6, a sharp bent ridge", {}),
    "Cosine8": ("Waves on a dome in eight dimensions, of which the top is sought", {}),
    "DixonPrice": ("Dixon and Price's bent valley", {"dim": 2}),
    "DropWave": ("Rings of waves around the optimum", {}),
    "EggHolder": ("Many deep holes, the best of them in the border", {}),
    "Griewank": ("A bowl with regular ripples", {"dim": 2}),
    "Hartmann": ("A few Gaussian wells in 3, 4 or 6 dimensions", {"dim": 6}),
    "HolderTable": ("Four equal optima in the corners", {}),
    "Levy": ("Levy's waves on a bowl", {"dim": 2}),
    "Michalewicz": ("Steep ditches, of which the more there are the more dimensions", {"dim": 2}),
    "Powell": ("Powell's singular valley; dim is a multiple of 4", {"dim": 4}),
    "Rastrigin": ("A bowl with a regular grid of local optima", {"dim": 2}),
    "Rosenbrock": ("Rosenbrock's bent valley", {"dim": 2}),
    "Shekel": ("5, 7 or 10 narrow foxholes in four dimensions", {"m": 10}),
    "SixHumpCamel": ("Six local optima, two of them best", {}),
    "StyblinskiTang": ("A separable double well", {"dim": 2}),
    "ThreeHumpCamel": ("Three local optima on a bowl", {}),
}
# What the dimension can be: the least one, and what it is a multiple of, or one of a few.
LEAST = {"Rosenbrock": 2, "DixonPrice": 2}
MULTIPLE = {"Powell": 4}
ONE_OF = {"Hartmann": (3, 4, 6), "Shekel": (5, 7, 10)}
MAXIMISED = ("Cosine8",)
# Best values to twelve digits, rounded to the better side; BoTorch has some to fewer digits, which
# a search would beat. Of those not named here they are exact there, or not known.
OPTIMA: dict[tuple[str, int | None], float] = {
    ("Branin", None): 0.397887357729,
    ("EggHolder", None): -959.640662720852,
    ("HolderTable", None): -19.2085025678868,
    ("Michalewicz", 2): -1.80130341009856,
    ("Shekel", 5): -10.1531996790583,
    ("Shekel", 7): -10.4029153367778,
    ("Shekel", 10): -10.5364431530529,
    ("SixHumpCamel", None): -1.03162845348988,
    ("Hartmann", 3): -3.86277986097431,
    ("Hartmann", 6): -3.32236800444019,
}
STYBLINSKI_TANG = -39.1661657037715  # in each dimension
EXACT = (
    *("Ackley", "Beale", "Bukin", "Cosine8", "DixonPrice", "DropWave", "Griewank", "Levy"),
    *("Powell", "Rastrigin", "Rosenbrock", "ThreeHumpCamel"),
)


@dataclass(frozen=True)
class BotorchFunction:
    """One of BoTorch's functions; `size`: its setting `dim` or `m`, where it has one."""

    function: str
    size: int | None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Its values `[n]` at points `[n, d]`."""
        function = test_function(self)
        # One rounding may cross a bound, and it refuses what lies outside.
        low, high = function.bounds
        values: torch.Tensor = function(x.clamp(low, high), noise=False)
        return values


@lru_cache(maxsize=64)
def test_function(one: BotorchFunction) -> Any:
    """The function of BoTorch in double precision, made once."""
    settings = FUNCTIONS[one.function][1]
    with IsolatedGlobals(None):  # its import warns of what torch will not have for ever
        synthetic = require("botorch.test_functions.synthetic", "all", "botorch")
    made = getattr(synthetic, one.function)(**dict.fromkeys(settings, one.size))
    return made.to(torch.double)


@cache
def __getattr__(function: str) -> Callable[..., Objective]:
    """What makes the objectives of one of the functions."""
    if function not in FUNCTIONS:
        raise AttributeError(f"module {__name__} has no attribute {function!r}")
    family = f"botorch_functions.{function}"
    what, settings = FUNCTIONS[function]

    def of_one_size(name: str, *, differentiable: bool = True) -> Objective:
        return _objective(name, function, None, differentiable)

    def of_dimension(name: str, dim: int = 2, *, differentiable: bool = True) -> Objective:
        return _objective(name, function, _size(family, function, "dim", dim), differentiable)

    def of_holes(name: str, m: int = 10, *, differentiable: bool = True) -> Objective:
        return _objective(name, function, _size(family, function, "m", m), differentiable)

    makers: dict[str, Callable[..., Objective]] = {"dim": of_dimension, "m": of_holes}
    made = makers[next(iter(settings))] if settings else of_one_size
    made.__name__ = function
    kind = "score" if function in MAXIMISED else "loss"
    made.__doc__ = f"{what}; a {kind} (BoTorch's `{function}`)."
    return named(family, defaults=settings)(made)


def _objective(name: str, function: str, size: int | None, differentiable: bool) -> Objective:
    one = BotorchFunction(function, size)
    low, high = test_function(one).bounds.tolist()
    return Objective(
        one,
        space=Space.box(low, high),
        name=name,
        maximize=function in MAXIMISED,
        batched=True,
        noise=False,
        differentiable=None if differentiable else False,
        dtype=torch.float64,
        optimum=_optimum(one),
    )


def _optimum(one: BotorchFunction) -> float | None:
    if one.function in EXACT:
        return float(test_function(one).optimal_value)
    if one.function == "StyblinskiTang":
        assert one.size is not None
        return STYBLINSKI_TANG * one.size
    return OPTIMA.get((one.function, one.size))


def _size(family: str, function: str, setting: str, size: object) -> int:
    """A size that there is. Raises ObjectiveError for another one."""
    least, multiple = LEAST.get(function, 1), MULTIPLE.get(function, 1)
    if not is_whole(size) or size < least or size % multiple:
        of = f", a multiple of {multiple}" if multiple > 1 else ""
        raise ObjectiveError(
            f"{family} needs a whole number {setting} >= {max(least, multiple)}{of}, not {size!r}"
        )
    if function in ONE_OF and size not in ONE_OF[function]:
        *sizes, last = map(str, ONE_OF[function])
        raise ObjectiveError(f"{family} needs {setting}={', '.join(sizes)} or {last}, not {size!r}")
    return int(size)
