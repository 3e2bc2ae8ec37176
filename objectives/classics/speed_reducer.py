"""A gear box between an engine and a propeller."""

from __future__ import annotations

from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Integer, Parameters, Real
from blackbox.scoring.objective import Objective

PARAMETERS = Parameters(
    face=Real(2.6, 3.6, unit="cm"),
    module=Real(0.7, 0.8, unit="cm"),
    teeth=Integer(17, 28),
    length_1=Real(7.3, 8.3, unit="cm"),
    length_2=Real(7.3, 8.3, unit="cm"),
    shaft_1=Real(2.9, 3.9, unit="cm"),
    shaft_2=Real(5.0, 5.5, unit="cm"),
)
OPTIMUM = 2994.4710661468


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The weight, and the margins of eleven ratios to their limits."""
    face, module, teeth, length_1, length_2, shaft_1, shaft_2 = (p[name] for name in PARAMETERS)
    weight = (
        0.7854 * face * module**2 * (3.3333 * teeth**2 + 14.9334 * teeth - 43.0934)
        - 1.508 * face * (shaft_1**2 + shaft_2**2)
        + 7.4777 * (shaft_1**3 + shaft_2**3)
        + 0.7854 * (length_1 * shaft_1**2 + length_2 * shaft_2**2)
    )
    pitch = module * teeth
    ratios = {
        "bending of teeth": 27 / (face * module * pitch),
        "contact of teeth": 397.5 / (face * pitch**2),
        "deflection 1": 1.93 * length_1**3 / (pitch * shaft_1**4),
        "deflection 2": 1.93 * length_2**3 / (pitch * shaft_2**4),
        "stress 1": ((745 * length_1 / pitch) ** 2 + 16.9e6) ** 0.5 / (110 * shaft_1**3),
        "stress 2": ((745 * length_2 / pitch) ** 2 + 157.5e6) ** 0.5 / (85 * shaft_2**3),
        "space": pitch / 40,
        "least face": 5 * module / face,
        "most face": face / (12 * module),
        "length 1": (1.5 * shaft_1 + 1.9) / length_1,
        "length 2": (1.1 * shaft_2 + 1.9) / length_2,
    }
    return weight, {name: 1 - ratio for name, ratio in ratios.items()}


@named("classics.speed_reducer")
def speed_reducer(name: str, *, differentiable: bool = True) -> Objective:
    """The weight of a speed reducer: face width, module, teeth of the pinion, and two shafts.

    J. Golinski: Optimal synthesis problems solved by means of nonlinear programming and random
    methods, J. Mechanisms 5, 1970. The second length may be 7.3 cm and more; where literature
    has 7.8 and more, the optimum is 2996.348165.

    Optimum 2994.471066 at face 3.5, module 0.7, 17 teeth, lengths 7.3 and 7.715319911, shafts
    3.350214666 and 5.286654465 cm: L. Wang and L. Li: An effective differential evolution with
    level comparison for constrained engineering design, Struct. Multidisc. Optim. 41, 2010.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable)
