"""A stepped cantilever of five hollow square blocks."""

from __future__ import annotations

from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Parameters, Real
from blackbox.scoring.objective import Objective

# How much each block adds to the deflection of the end, from the wall outwards.
SHARES = {"side_1": 61.0, "side_2": 37.0, "side_3": 19.0, "side_4": 7.0, "side_5": 1.0}
PARAMETERS = Parameters({name: Real(0.01, 100.0, unit="cm") for name in SHARES})
OPTIMUM = 1.3399563605990


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The weight, and the margin of the deflection."""
    weight = 0.0624 * sum(p[name] for name in SHARES)
    return weight, {"deflection": 1 - sum(share / p[name] ** 3 for name, share in SHARES.items())}


@named("classics.cantilever")
def cantilever(name: str, *, differentiable: bool = True) -> Objective:
    """The weight of a stepped cantilever: the sides of five hollow square blocks.

    C. Fleury and V. Braibant: Structural optimization, a new dual method using mixed variables,
    Int. J. Numer. Methods Eng. 23, 1986; as H. Chickermane and H. C. Gea state it, 1996. Sides
    lie from 0.01 to 100 cm, as in A. H. Gandomi, X.-S. Yang, A. H. Alavi: Cuckoo search algorithm,
    Eng. Comput. 29, 2013.

    Optimum 1.339956 at sides 6.0160, 5.3092, 4.4943, 3.5015 and 2.1527 cm, in closed form: with
    weights a of the sides in the deflection, `0.0624 (sum a^(1/4))^(4/3)`.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable)
