"""A beam that is welded to a wall and bears a load at its end."""

from __future__ import annotations

from typing import Any

from blackbox.objectives.call_forms import named
from blackbox.objectives.classics.design import Columns, to_be_minimised
from blackbox.parameters import Parameters, Real
from blackbox.scoring.objective import Objective

PARAMETERS = Parameters(
    weld=Real(0.1, 2.0, unit="in"),
    weld_length=Real(0.1, 10.0, unit="in"),
    height=Real(0.1, 10.0, unit="in"),
    thickness=Real(0.1, 2.0, unit="in"),
)
LOAD, BEAM = 6000.0, 14.0  # pounds, inches
YOUNG, SHEAR = 30e6, 12e6  # moduli in psi
MOST_SHEAR, MOST_STRESS, MOST_DEFLECTION, MOST_COST = 13_600.0, 30_000.0, 0.25, 5.0
OPTIMUM = 1.7248523085973


def design(p: Columns) -> tuple[Any, dict[str, Any]]:
    """The cost of beam and weld, and the margins of stresses, deflection, buckling and sizes."""
    weld, length, height, thickness = (p[name] for name in PARAMETERS)
    bar = 0.04811 * height * thickness * (BEAM + length)
    buckling = 4.013 * YOUNG * height * thickness**3 / (6 * BEAM**2)
    buckling = buckling * (1 - height / (2 * BEAM) * (YOUNG / (4 * SHEAR)) ** 0.5)
    margins = {
        "shear": MOST_SHEAR - _shear(weld, length, height),
        "stress": MOST_STRESS - 6 * LOAD * BEAM / (thickness * height**2),
        "weld": thickness - weld,
        "cost": MOST_COST - 0.10471 * weld**2 - bar,
        "least weld": weld - 0.125,
        "deflection": MOST_DEFLECTION - 4 * LOAD * BEAM**3 / (YOUNG * thickness * height**3),
        "buckling": buckling - LOAD,
    }
    return 1.10471 * weld**2 * length + bar, margins


def _shear(weld: Any, length: Any, height: Any) -> Any:
    """The shear stress in the weld: of the load itself, and of its moment."""
    radius_2 = length**2 / 4 + ((weld + height) / 2) ** 2
    polar = 2 * 2**0.5 * weld * length * (length**2 / 12 + ((weld + height) / 2) ** 2)
    direct = LOAD / (2**0.5 * weld * length)
    turning = LOAD * (BEAM + length / 2) * radius_2**0.5 / polar
    return (direct**2 + direct * turning * length / radius_2**0.5 + turning**2) ** 0.5


@named("classics.welded_beam")
def welded_beam(name: str, *, differentiable: bool = True) -> Objective:
    """The cost of a welded beam in dollars, under limits of stress, deflection and buckling.

    K. M. Ragsdell and D. T. Phillips: Optimal design of a class of welded structures using
    geometric programming, J. Eng. Ind. 98, 1976; in the variant with seven constraints of
    C. A. Coello Coello: Use of a self-adaptive penalty approach for engineering optimization
    problems, Computers in Industry 41, 2000. (With the polar moment of the older variant the
    optimum is 2.38.)

    Optimum 1.724852308597 at weld 0.20572964, weld_length 3.47048867, height 9.03662391 and
    thickness 0.20572964 in: L. C. Cagnina, S. C. Esquivel, C. A. Coello Coello, Informatica 32,
    2008, to six digits; shear, stress, weld and buckling are at their limits there.
    """
    return to_be_minimised(name, design, PARAMETERS, OPTIMUM, differentiable)
