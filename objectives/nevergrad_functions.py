"""nevergrad's artificial functions by its names: losses that are shifted, and rotated or not.

J. Rapin and O. Teytaud: Nevergrad, a gradient-free optimization platform, 2018,
https://github.com/facebookresearch/nevergrad. They are those of its `ArtificialFunction`: a core
function of each block of coordinates, whose shift (and rotation) `instance` draws, and the worst
block. Its `st1`, `st10` and `st100`, which add noise of a global generator, are not among them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.errors import ObjectiveError
from blackbox.global_state import IsolatedGlobals
from blackbox.objectives.call_forms import named
from blackbox.optional import require
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective
from blackbox.space import Space

BOUND = 5.0  # of nevergrad's `bounded` functions
LEAST_BLOCK = 2  # coordinates, without which some of the core functions divide by 0


@dataclass(frozen=True)
class Artificial:
    """One of nevergrad's artificial functions, shifted as `instance` says."""

    function: str
    block_dimension: int
    num_blocks: int
    useless_variables: int
    rotation: bool
    translation_factor: float
    instance: int

    def __call__(self, x: ArrayLike) -> NDArray[np.float64]:
        """Losses `[n]` of points `[n, d]`."""
        function = artificial_function(self)
        with IsolatedGlobals(0), np.errstate(all="ignore"):
            return np.array([function(row) for row in np.asarray(x, float)], float)


@lru_cache(maxsize=64)
def artificial_function(one: Artificial) -> Any:
    """The function of nevergrad, made once."""
    with IsolatedGlobals(0):
        functions = require("nevergrad.functions", "all", "nevergrad")
        made = functions.ArtificialFunction(
            one.function,
            block_dimension=one.block_dimension,
            num_blocks=one.num_blocks,
            useless_variables=one.useless_variables,
            rotation=one.rotation,
            translation_factor=one.translation_factor,
        )
        # Shifts and rotations are drawn from it at the first call.
        made.parametrization.random_state.seed(one.instance)
        made(np.zeros(made.dimension))
    return made


def _function(function: str, what: str, optimum: float | None = None) -> Callable[..., Objective]:
    """What makes the objectives of one core function.

    `what` it is, and its least value, or what it comes arbitrarily near to, where that is known.
    """
    family = f"nevergrad_functions.{function}"

    def made(
        name: str,
        d: int = 10,
        *,
        instance: int = 0,
        rotation: bool = False,
        translation_factor: float = 1.0,
        num_blocks: int = 1,
        useless_variables: int = 0,
        bounded: bool = False,
    ) -> Objective:
        block = _block(family, d, num_blocks, useless_variables)
        _refuse_unfit(family, instance, rotation, bounded, translation_factor)
        of_blocks = block, num_blocks, useless_variables
        return Objective(
            Artificial(function, *of_blocks, rotation, float(translation_factor), instance),
            # Where it is not bounded, nevergrad's scale is 1, and 0 its start.
            space=Space.box(-BOUND, BOUND, d) if bounded else Space.normal(d),
            name=name,
            maximize=False,
            batched=True,
            differentiable=False,
            noise=False,
            optimum=optimum,
        )

    made.__name__ = function
    made.__doc__ = f"{what}; a loss (nevergrad's `{function}`)."
    return named(family)(made)


def _block(family: str, d: object, num_blocks: object, useless_variables: object) -> int:
    """The coordinates of one block, of which `d` in all leave no rest."""
    settings = (
        ("d", d, 1),
        ("num_blocks", num_blocks, 1),
        ("useless_variables", useless_variables, 0),
    )
    for setting, value, least in settings:
        if not is_whole(value) or value < least:
            raise ObjectiveError(
                f"{family} needs a whole number {setting} >= {least}, not {value!r}"
            )
    block, rest = divmod(d - useless_variables, num_blocks)  # type: ignore[operator]
    if rest or block < LEAST_BLOCK:
        raise ObjectiveError(
            f"{family} needs d = num_blocks * block + useless_variables with blocks of "
            f"{LEAST_BLOCK} coordinates or more, not d={d}, num_blocks={num_blocks} and "
            f"useless_variables={useless_variables}"
        )
    return int(block)


def _refuse_unfit(
    family: str, instance: object, rotation: object, bounded: object, factor: object
) -> None:
    if not is_whole(instance) or not 0 <= instance < 2**32:
        raise ObjectiveError(f"{family} needs a whole number instance >= 0, not {instance!r}")
    for setting, value in (("rotation", rotation), ("bounded", bounded)):
        if not isinstance(value, bool):
            raise ObjectiveError(f"{family} needs {setting}=True or False, not {value!r}")
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not math.isfinite(factor):
        raise ObjectiveError(f"{family} needs a finite translation_factor, not {factor!r}")


ackley = _function("ackley", "A nearly flat, rippled plain around one deep funnel", 0.0)
altcigar = _function("altcigar", "A cigar whose insensitive coordinate is the last one", 0.0)
altellipsoid = _function("altellipsoid", "An ellipsoid whose coordinates stand in reverse", 0.0)
bentcigar = _function("bentcigar", "A cigar that is bent on one side", 0.0)
bucherastrigin = _function("bucherastrigin", "Bueche and Rastrigin's function", 0.0)
cigar = _function("cigar", "All coordinates but the first are a million times as sensitive", 0.0)
deceptiveillcond = _function(
    "deceptiveillcond", "A condition that grows without bound towards the optimum", 0.0
)
deceptivemultimodal = _function(
    "deceptivemultimodal", "Ever more local optima towards the optimum", 0.0
)
deceptivepath = _function("deceptivepath", "A long path that narrows towards the optimum", 0.0)
discus = _function(
    "discus", "The first coordinate is a million times as sensitive as the others", 0.0
)
doublelinearslope = _function("doublelinearslope", "The size of the sum of all coordinates", 0.0)
ellipsoid = _function("ellipsoid", "A bowl of condition a million", 0.0)
genzcornerpeak = _function("genzcornerpeak", "Genz's corner peak, which is to be left")
genzgaussianpeakintegral = _function(
    "genzgaussianpeakintegral", "Genz's Gaussian peak, which is to be left", 0.0
)
griewank = _function("griewank", "Griewank's function, a bowl with regular ripples", 0.0)
hm = _function("hm", "A bowl that ripples ever faster towards the optimum", 0.0)
linear = _function("linear", "The hyperbolic tangent of the first coordinate", -1.0)
lunacek = _function("lunacek", "Lunacek's two Rastrigin funnels", 0.0)
maxdeceptive = _function(
    "maxdeceptive", "The worst coordinate of a bowl with a lure beside its centre"
)
minusgenzcornerpeak = _function(
    "minusgenzcornerpeak", "Genz's corner peak, which grows without bound"
)
minusgenzgaussianpeakintegral = _function(
    "minusgenzgaussianpeakintegral", "Genz's Gaussian peak, a needle in many dimensions", -1.0
)
multipeak = _function("multipeak", "A hundred and one Gaussian peaks", 1.0)
rastrigin = _function("rastrigin", "A bowl with a regular grid of local optima", 0.0)
rosenbrock = _function("rosenbrock", "Rosenbrock's bent valley", 0.0)
schwefel_1_2 = _function("schwefel_1_2", "The sum of squares of partial sums", 0.0)
slope = _function("slope", "The sum of all coordinates, which falls without bound")
sphere = _function("sphere", "The squared distance to the optimum", 0.0)
sphere1 = _function("sphere1", "A sphere that is shifted by 1 more", 0.0)
sphere2 = _function("sphere2", "A sphere that is shifted by 2 more", 0.0)
sphere4 = _function("sphere4", "A sphere that is shifted by 4 more", 0.0)
st0 = _function("st0", "Styblinski and Tang's function without noise")
stepdoublelinearslope = _function(
    "stepdoublelinearslope", "A double slope of infinitely many steps", 0.0
)
stepellipsoid = _function("stepellipsoid", "An ellipsoid of infinitely many steps", 0.0)
sumdeceptive = _function("sumdeceptive", "A bowl with a lure beside its centre in each coordinate")
