"""A coil spring under tension or compression."""

from __future__ import annotations

from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Parameters, Real
from blackbox.scoring.objective import Objective

PARAMETERS = Parameters(
    wire=Real(0.05, 2.0, unit="in"),
    coil=Real(0.25, 1.3, unit="in"),
    turns=Real(2.0, 15.0),
)
OPTIMUM = 0.0126652327883


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The weight, and the margins of deflection, shear stress, surge frequency and diameter."""
    wire, coil, turns = (p[name] for name in PARAMETERS)
    shear = (4 * coil**2 - wire * coil) / (12566 * (coil * wire**3 - wire**4))
    margins = {
        "deflection": coil**3 * turns / (71785 * wire**4) - 1,
        "shear": 1 - shear - 1 / (5108 * wire**2),
        "surge": 140.45 * wire / (coil**2 * turns) - 1,
        "diameter": 1 - (wire + coil) / 1.5,
    }
    return (turns + 2) * coil * wire**2, margins


@named("classics.spring")
def spring(name: str, *, differentiable: bool = True) -> Objective:
    """The weight of a coil spring: the diameters of wire and coil, and how many turns it has.

    A. D. Belegundu: A study of mathematical programming methods for structural optimization,
    thesis, Iowa, 1982; J. S. Arora: Introduction to optimum design, 1989. The weight is without
    the density, in cubic inches, and the number of active turns is a real number here.

    Optimum 0.012665232788 at wire 0.051689061 in, coil 0.356717740 in and 11.288965753 turns:
    L. Wang and L. Li: An effective differential evolution with level comparison for constrained
    engineering design, Struct. Multidisc. Optim. 41, 2010.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable)
