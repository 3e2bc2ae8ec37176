"""A compound gear train of four gears."""

from __future__ import annotations

from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Integer, Parameters
from blackbox.scoring.objective import Objective

RATIO = 1 / 6.931
PARAMETERS = Parameters(
    driver_1=Integer(12, 60, unit="teeth"),
    driver_2=Integer(12, 60, unit="teeth"),
    driven_1=Integer(12, 60, unit="teeth"),
    driven_2=Integer(12, 60, unit="teeth"),
)
OPTIMUM = 2.70085714888e-12


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The squared error of the ratio, without a constraint."""
    ratio = p["driver_1"] * p["driver_2"] / (p["driven_1"] * p["driven_2"])
    return (RATIO - ratio) ** 2, {}


@named("classics.gear_train")
def gear_train(name: str) -> Objective:
    """The squared error of a gear train's ratio, which is to be 1/6.931: teeth of four gears.

    E. Sandgren: Nonlinear integer and discrete programming in mechanical design optimization,
    J. Mech. Des. 112, 1990. Of 12 to 60 teeth each, and without a constraint.

    Optimum 2.700857e-12 at 16 and 19 teeth driving 43 and 49 (and at each exchange of two):
    K. Deb and M. Goyal: Optimizing engineering designs using a combined genetic search, ICGA
    1997; by enumeration.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable=False)
