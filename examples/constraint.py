"""
Constraints
===========

One that is known (`where`) is never paid for; one that is measured counts in every table.
"""

import blackbox as bb

parameters = bb.Parameters(heat=bb.Real(20, 90, unit="degC"), tanks=bb.Integer(1, 6))


def score(heat: float, tanks: int) -> dict[str, float]:
    """What it costs, and the stress on the steel."""
    return {"cost": (heat - 80) ** 2 / 100 + tanks, "stress": heat / tanks}


plant = bb.Objective(
    score,
    space=parameters,
    maximize=False,
    constraints={"stress": bb.AtMost(25)},
    where=lambda p: p.heat + p.tanks <= 92,
    name="plant",
)
study = bb.compare(plant, ["random_search", "auto", "cma_es"], budget=30, seeds=5)
print(study.constraints()[["strategy", "constraint", "met"]])
print(study.best()[["strategy", "score", "param_heat", "param_tanks"]])
figure = study.plot("curves")
