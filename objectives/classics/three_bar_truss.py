"""A truss of three bars, of which the outer two are alike."""

from __future__ import annotations

from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Parameters, Real
from blackbox.scoring.objective import Objective

PARAMETERS = Parameters(outer=Real(0.0, 1.0, unit="cm^2"), inner=Real(0.0, 1.0, unit="cm^2"))
LENGTH, LOAD, MOST_STRESS = 100.0, 2.0, 2.0  # cm, kN/cm^2, kN/cm^2
ROOT = 2**0.5
OPTIMUM = 263.89584337646


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The volume, and the margins of three stresses."""
    outer, inner = p["outer"], p["inner"]
    both = ROOT * outer**2 + 2 * outer * inner
    stresses = {
        "stress 1": (ROOT * outer + inner) / both * LOAD,
        "stress 2": inner / both * LOAD,
        "stress 3": LOAD / (ROOT * inner + outer),
    }
    volume = (2 * ROOT * outer + inner) * LENGTH
    return volume, {name: MOST_STRESS - stress for name, stress in stresses.items()}


@named("classics.three_bar_truss")
def three_bar_truss(name: str, *, differentiable: bool = True) -> Objective:
    """The volume of a three-bar truss in cubic centimetres: the sections of outer and inner bars.

    H. Nowacki: Optimization in pre-contract ship design, 1974; as T. Ray and P. Saini state it:
    Engineering design optimization using a swarm with an intelligent information sharing among
    individuals, Eng. Optim. 33, 2001. Where both sections are 0 there is no truss, and no score.

    Optimum 263.895843 at outer (1 + 1/sqrt(3))/2 = 0.78867513, inner 1/sqrt(6) = 0.40824829:
    M. Zhang, W. Luo, X. Wang: Differential evolution with dynamic stochastic selection for
    constrained optimization, Inf. Sci. 178, 2008.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable)
