"""The 24 noiseless functions of BBOB, by `ioh`: losses in `[-5, 5]^d` whose optimum is known.

N. Hansen et al.: Real-parameter black-box optimization benchmarking 2009, noiseless functions
definitions, INRIA RR-6829; the code is that of C. Doerr et al.: IOHprofiler, arXiv 1810.05281. An
`instance` shifts and rotates a function and moves its best value, as COCO's of that number does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.errors import ObjectiveError
from blackbox.objectives.call_forms import named
from blackbox.optional import require
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective
from blackbox.space import Space

BOUND = 5.0
LEAST_DIMENSION = 2
NUMBERS = range(1, 25)


@dataclass(frozen=True)
class BbobFunction:
    """A function of BBOB as COCO numbers them, in `d` dimensions."""

    number: int
    d: int
    instance: int

    def __call__(self, x: ArrayLike) -> NDArray[np.float64]:
        """Losses `[n]` of points `[n, d]`."""
        return losses(bbob_problem(self.number, self.d, self.instance), x)


def losses(problem: Any, x: ArrayLike) -> NDArray[np.float64]:
    """What a problem of ioh says of points `[n, d]`, `[n]`."""
    points = np.ascontiguousarray(x, float)
    return np.array(problem(points), float) if len(points) else np.empty(0)


@lru_cache(maxsize=64)
def bbob_problem(number: int, d: int, instance: int) -> Any:
    """The problem of ioh, made once: in a hundred dimensions that takes 0.02 s."""
    ioh = require("ioh", "bbob")
    return ioh.get_problem(
        number, instance=instance, dimension=d, problem_class=ioh.ProblemClass.BBOB
    )


def refuse_unfit(family: str, d: object, instance: object) -> None:
    """Raise ObjectiveError for a dimension or an instance that there is not."""
    for setting, value, least in (("d", d, LEAST_DIMENSION), ("instance", instance, 1)):
        if not is_whole(value) or value < least:
            raise ObjectiveError(
                f"{family} needs a whole number {setting} >= {least}, not {value!r}"
            )


def _family(number: int, what: str) -> Callable[..., Objective]:
    """All instances of one function, in any dimension; `what` it is."""
    family = f"bbob.f{number}"

    def made(name: str, d: int = 10, *, instance: int = 1) -> Objective:
        refuse_unfit(family, d, instance)
        return Objective(
            BbobFunction(number, d, instance),
            space=Space.box(-BOUND, BOUND, d),
            name=name,
            maximize=False,
            batched=True,
            differentiable=False,
            noise=False,
            optimum=bbob_problem(number, d, instance).optimum.y,
        )

    made.__name__ = f"f{number}"
    made.__doc__ = f"{what}; a loss (BBOB f{number})."
    return named(family)(made)


f1 = _family(1, "The sphere")
f2 = _family(2, "A separable ellipsoid of condition a million, slightly bumped")
f3 = _family(3, "Rastrigin's function, separable and not symmetric")
f4 = _family(4, "Bueche and Rastrigin's function, separable and with a wrong slope on one side")
f5 = _family(5, "A linear slope with its best point in a corner of the box")
f6 = _family(6, "The attractive sector: steep everywhere but towards the optimum")
f7 = _family(7, "An ellipsoid of steps, flat between them")
f8 = _family(8, "Rosenbrock's bent valley")
f9 = _family(9, "Rosenbrock's bent valley, rotated")
f10 = _family(10, "A rotated ellipsoid of condition a million, slightly bumped")
f11 = _family(11, "The discus: one direction a thousand times as sensitive as all others")
f12 = _family(12, "The bent cigar: a narrow ridge that must be followed")
f13 = _family(13, "A sharp ridge without a gradient along it")
f14 = _family(14, "A sum of different powers, ever more ill-conditioned near the optimum")
f15 = _family(15, "Rastrigin's function, rotated and not symmetric")
f16 = _family(16, "Weierstrass's rugged function, with several best points")
f17 = _family(17, "Schaffers's function F7, ill-conditioned (10)")
f18 = _family(18, "Schaffers's function F7, more ill-conditioned (1000)")
f19 = _family(19, "Griewank and Rosenbrock's function F8F2, highly multimodal")
f20 = _family(20, "Schwefel's function, whose best peaks lie in corners")
f21 = _family(21, "Gallagher's 101 peaks of middling condition")
f22 = _family(22, "Gallagher's 21 peaks of high condition")
f23 = _family(23, "Katsuura's function, rugged at each scale")
f24 = _family(24, "Lunacek's two Rastrigin funnels, of which the wider one is wrong")
