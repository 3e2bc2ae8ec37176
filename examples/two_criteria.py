"""
Two criteria
============

A front of compromises, by a search for fronts and by weighted sums.
"""

import numpy as np

import blackbox as bb


def design(x: np.ndarray) -> dict[str, float]:
    """What a beam carries and what it weighs."""
    width, height = 1 + np.abs(x)
    return {"load": width * height**2, "weight": -3 * width * height}


beam = bb.Objective(
    design, space=bb.Space.box([0, 0], [3, 3]), weights={"load": 1, "weight": 1}, name="beam"
)
study = bb.compare(beam, ["random_search", "cma_es", "parego"], budget=30, seeds=3)
print(study.front("beam").groupby("strategy").head(3))
figure = study.plot("pareto")
