"""Constraints for CMA-ES: an augmented Lagrangian whose coefficients follow the generations.

A. Atamna, A. Auger, N. Hansen: Linearly convergent evolution strategies via augmented Lagrangian
constraint handling, FOGA 2017, doi:10.1145/3040718.3040732; P. Dufosse, N. Hansen: Augmented
Lagrangian, penalty techniques and surrogate modeling for constrained optimization with CMA-ES,
GECCO 2021, doi:10.1145/3449639.3459340. The algorithm is pycma's.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from blackbox.optional import require
from blackbox.protocol import Answer, Array, Constraints

# A constraint is met where it is >= 0, and iterates lie on both sides of where it just holds: it is
# handed over less this share of the size of its violations, so that the best of them count.
INSIDE = 1e-6


class Lagrangian:
    """Makes one fitness of scores and constraints, generation by generation."""

    def __init__(self, dim: int, constraints: Constraints) -> None:
        """Nothing was seen yet: until something meets all, less violation is fitter."""
        handler = require("cma.constraints_handler", "cma")
        self._coefficients: Any = handler.AugmentedLagrangian(dim)
        self._coefficients.logging = 0  # it would write files
        self._sizes = np.array(constraints.sizes)
        self._has_feasible = False

    def fitness(self, answer: Answer) -> Array:
        """The fitness `[n]` of a generation, higher is better."""
        beyond = INSIDE - answer.constraints / self._sizes  # pycma's: met where <= 0
        beyond = np.where(np.isnan(beyond), 1.0, beyond)  # an invalid point meets nothing
        self._has_feasible |= bool((answer.valid & (beyond <= 0).all(axis=1)).any())
        if not self._has_feasible:
            return np.asarray(-(np.maximum(beyond, 0.0) ** 2).sum(axis=1))
        loss = -answer.score
        if not self._coefficients.is_initialized:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it says where all are alike
                self._coefficients.set_coefficients(loss, beyond)
        penalised = np.array(
            [f + sum(self._coefficients(g)) for f, g in zip(loss, beyond, strict=True)]
        )
        best = int(np.argmin(penalised))
        self._coefficients.update(loss[best], beyond[best])
        return -penalised
