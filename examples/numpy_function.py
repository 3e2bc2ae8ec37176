"""
A function of numpy
===================

The convention of scipy and optuna: one object in, a loss out.
"""

import numpy as np

import blackbox as bb


def cost(x: np.ndarray) -> float:
    """Rosenbrock's valley."""
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())


valley = bb.Objective(
    cost, space=bb.Space.box([-2] * 4, [2] * 4), maximize=False, optimum=0.0, name="valley"
)
searches = ["random_search", "scipy:nelder_mead", "scipy:cobyqa", "cma_es", "auto"]
study = bb.compare(valley, searches, budget=200, seeds=6)
print(study.summary()[["strategy", "best_mean", "best_low", "best_high"]])
print(study.best()[["strategy", "score"]])
figure = study.plot("curves")
