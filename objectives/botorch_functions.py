"""BoTorch's synthetic test functions by its names, in their own boxes; with gradients.

M. Balandat et al.: BoTorch: a framework for efficient Monte-Carlo Bayesian optimization, 2020,
arXiv 1910.06403; the functions are those of `botorch.test_functions.synthetic`, without noise.
They are losses, but for Cosine8, so there is nothing to negate. Of constrained ones each slack is a
constraint, met where it is >= 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from blackbox.constraints import Scored
from blackbox.errors import ObjectiveError
from blackbox.global_state import IsolatedGlobals
from blackbox.objectives.call_forms import named
from blackbox.optional import require
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective
from blackbox.space import Space

# What the dimension can be: the least one, and what it is a multiple of, or one of a few.
LEAST = {"Rosenbrock": 2, "DixonPrice": 2}
MULTIPLE = {"Powell": 4}
HARTMANN = (3, 4, 6)
ONE_OF = {
    "Hartmann": HARTMANN,
    "ConstrainedHartmann": HARTMANN,
    "ConstrainedHartmannSmooth": HARTMANN,
    "Shekel": (5, 7, 10),
}
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
    ("ConstrainedGramacy", None): 0.59978805201,
    ("ConstrainedHartmann", 6): -3.32236800444019,  # where Hartmann has it, which is feasible
    ("ConstrainedHartmannSmooth", 6): -3.32236800444019,
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
    """One of BoTorch's functions; `size` is its `setting`, `dim` or `m`, where it has one."""

    function: str
    setting: str = ""
    size: int | None = None

    def __call__(self, x: torch.Tensor) -> torch.Tensor | Scored:
        """Its values `[n]` at points `[n, d]`, and its slacks where it is constrained."""
        function = test_function(self)
        # One rounding may cross a bound, and it refuses what lies outside.
        low, high = function.bounds
        inside = x.clamp(low, high)
        values: torch.Tensor = function(inside, noise=False)
        if not self.function.startswith("Constrained"):
            return values
        slacks = function.evaluate_slack(inside, noise=False).unbind(-1)
        return Scored(values, {f"slack_{nth}": one for nth, one in enumerate(slacks, start=1)})


@lru_cache(maxsize=64)
def test_function(one: BotorchFunction) -> Any:
    """The function of BoTorch in double precision, made once."""
    with IsolatedGlobals(None):  # its import warns of what torch will not have for ever
        synthetic = require("botorch.test_functions.synthetic", "all", "botorch")
    made = getattr(synthetic, one.function)(**({one.setting: one.size} if one.setting else {}))
    return made.to(torch.double)


def _function(function: str, what: str, **setting: int) -> Callable[..., Objective]:
    """What makes the objectives of one function: `what` it is, and the default of its setting."""
    family = f"botorch_functions.{function}"

    def of_one_size(name: str, *, differentiable: bool = True) -> Objective:
        return _objective(name, BotorchFunction(function), differentiable)

    def of_dimension(name: str, dim: int = 2, *, differentiable: bool = True) -> Objective:
        size = _size(family, function, "dim", dim)
        return _objective(name, BotorchFunction(function, "dim", size), differentiable)

    def of_holes(name: str, m: int = 10, *, differentiable: bool = True) -> Objective:
        size = _size(family, function, "m", m)
        return _objective(name, BotorchFunction(function, "m", size), differentiable)

    makers: dict[str, Callable[..., Objective]] = {"dim": of_dimension, "m": of_holes}
    made = makers[next(iter(setting))] if setting else of_one_size
    made.__name__ = function
    kind = "score" if function in MAXIMISED else "loss"
    made.__doc__ = f"{what}; a {kind} (BoTorch's `{function}`)."
    return named(family, defaults=setting)(made)


def _objective(name: str, one: BotorchFunction, differentiable: bool) -> Objective:
    low, high = test_function(one).bounds.tolist()
    return Objective(
        one,
        space=Space.box(low, high),
        name=name,
        maximize=one.function in MAXIMISED,
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


Ackley = _function("Ackley", "A nearly flat, rippled plain around one deep funnel", dim=2)
Beale = _function("Beale", "Four steep corners around a flat valley")
Branin = _function("Branin", "Three equal optima")
Bukin = _function("Bukin", "Bukin's function N. 6, a sharp bent ridge")
ConstrainedGramacy = _function("ConstrainedGramacy", "A slope down to two bent limits")
ConstrainedHartmann = _function(
    "ConstrainedHartmann", "Hartmann's wells, within a distance of 1 from the corner", dim=6
)
ConstrainedHartmannSmooth = _function(
    "ConstrainedHartmannSmooth", "The same, of which the constraint is the squared distance", dim=6
)
Cosine8 = _function("Cosine8", "Waves on a dome in eight dimensions, of which the top is sought")
DixonPrice = _function("DixonPrice", "Dixon and Price's bent valley", dim=2)
DropWave = _function("DropWave", "Rings of waves around the optimum")
EggHolder = _function("EggHolder", "Many deep holes, the best of them in the border")
Griewank = _function("Griewank", "A bowl with regular ripples", dim=2)
Hartmann = _function("Hartmann", "A few Gaussian wells in 3, 4 or 6 dimensions", dim=6)
HolderTable = _function("HolderTable", "Four equal optima in the corners")
Levy = _function("Levy", "Levy's waves on a bowl", dim=2)
Michalewicz = _function(
    "Michalewicz", "Steep ditches, of which the more there are the more dimensions", dim=2
)
Powell = _function("Powell", "Powell's singular valley; dim is a multiple of 4", dim=4)
Rastrigin = _function("Rastrigin", "A bowl with a regular grid of local optima", dim=2)
Rosenbrock = _function("Rosenbrock", "Rosenbrock's bent valley", dim=2)
Shekel = _function("Shekel", "5, 7 or 10 narrow foxholes in four dimensions", m=10)
SixHumpCamel = _function("SixHumpCamel", "Six local optima, two of them best")
StyblinskiTang = _function("StyblinskiTang", "A separable double well", dim=2)
ThreeHumpCamel = _function("ThreeHumpCamel", "Three local optima on a bowl")
