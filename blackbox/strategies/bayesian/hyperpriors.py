"""The priors of a process's parameters: those of BoTorch, which grow with the dimensions.

Hvarfner, Hellsten & Nardi, "Vanilla Bayesian optimization performs great in high dimensions", 2024
(arXiv 2402.02229).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from blackbox.protocol import Array

SMALLEST_LENGTHSCALE = 0.025  # BoTorch's constraint, "for numerical stability"
SMALLEST_NOISE = 1e-4  # BoTorch's constraint, for outcomes of variance 1
REACH = 5.0  # upper bounds, in sd of the prior: no mode lies there, and exp stays finite


@cache
def prior(dim: int) -> tuple[Array, Array]:
    """Location and sd `[d + 1]` of the normal priors of `theta = (ln l_1 .. ln l_d, ln s2)`."""
    lengths = np.full(dim, math.sqrt(2) + 0.5 * math.log(dim))
    location, sd = np.append(lengths, -4.0), np.append(np.full(dim, math.sqrt(3)), 1.0)
    location.flags.writeable = sd.flags.writeable = False
    return location, sd


def bounds(dim: int) -> Array:
    """Limits `[d + 1, 2]` of theta: BoTorch's below, far out in the prior above."""
    location, sd = prior(dim)
    lowest = np.append(np.full(dim, math.log(SMALLEST_LENGTHSCALE)), math.log(SMALLEST_NOISE))
    return np.stack([lowest, location + REACH * sd], axis=1)


def prior_mode(dim: int) -> Array:
    """The theta `[d + 1]` where a cold fit starts, as BoTorch: the mode of each log-normal."""
    location, sd = prior(dim)
    mode: Array = np.clip(location - sd**2, *bounds(dim).T)
    return mode


def prior_loss(theta: Array) -> tuple[float, Array]:
    """`-log p(l, s2)` of the log-normal priors, a density in l and s2, and its theta gradient."""
    location, sd = prior(len(theta) - 1)
    away = (theta - location) / sd
    value = theta.sum() + 0.5 * (away @ away) + np.log(math.sqrt(2 * math.pi) * sd).sum()
    return float(value), 1.0 + away / sd
