"""A cylindrical pressure vessel with hemispherical heads."""

from __future__ import annotations

import math
from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Integer, Parameters, Real
from blackbox.scoring.objective import Objective

SIXTEENTH = 0.0625  # inches: rolled plates come in multiples of it
PARAMETERS = Parameters(
    shell=Integer(1, 99, unit="1/16 in"),
    head=Integer(1, 99, unit="1/16 in"),
    radius=Real(10.0, 200.0, unit="in"),
    length=Real(10.0, 200.0, unit="in"),
)
VOLUME = 1_296_000.0  # cubic inches
OPTIMUM = 6059.7143350484


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The cost of material, forming and welding, and the margins of thickness and volume."""
    shell, head = SIXTEENTH * p["shell"], SIXTEENTH * p["head"]
    radius, length = p["radius"], p["length"]
    cost = (
        0.6224 * shell * radius * length
        + 1.7781 * head * radius**2
        + 3.1661 * shell**2 * length
        + 19.84 * shell**2 * radius
    )
    margins = {
        "shell": shell - 0.0193 * radius,
        "head": head - 0.00954 * radius,
        "volume": math.pi * radius**2 * length + 4 / 3 * math.pi * radius**3 - VOLUME,
    }
    return cost, margins


@named("classics.pressure_vessel")
def pressure_vessel(name: str, *, differentiable: bool = True) -> Objective:
    """The cost of a pressure vessel in dollars, of plates in sixteenths of an inch.

    E. Sandgren: Nonlinear integer and discrete programming in mechanical design optimization,
    J. Mech. Des. 112, 1990; as B. Kannan and S. Kramer state it, 1994. Two thicknesses are
    multiples of 0.0625 in; radius and length lie from 10 to 200 in, by which the usual fourth
    constraint, length <= 240 in, always holds (with lengths up to 240 there is a better design).

    Optimum 6059.714335 at thicknesses of 13 and 7 sixteenths (0.8125 and 0.4375 in), radius
    42.0984456 in, length 176.6365958 in: proved by X.-S. Yang et al.: True global optimality of
    the pressure vessel design problem, 2013, arXiv 1403.7793.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable)
