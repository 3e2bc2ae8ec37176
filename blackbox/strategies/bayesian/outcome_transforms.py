"""Scores as a model likes them: standardised, and drawn in where they spike."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from blackbox.protocol import Array

Outcome = Literal["auto", "standardise", "log", "rank"]

CLEAR = 0.1  # nats per score that a transform must gain; bowls gain 1, smooth networks -0.2 to 0.1


def transformed(score: Array, outcome: Outcome) -> Array:
    """Standardised outcomes `[n]` to model; each transform keeps the order of the scores."""
    if outcome == "rank":
        return standardise(ndtri((rankdata(score) - 0.5) / len(score)))
    plain = standardise(score)
    return standardise(_compressed(plain)[0]) if _draws_in(plain, outcome) else plain


def steepness(score: Array, outcome: Outcome) -> Array:
    """The slope `[n]` of the transform at each score, by which gradients are multiplied."""
    plain = standardise(score)
    rate = np.full(len(score), np.ptp(plain) / max(float(np.ptp(score)), np.finfo(float).tiny))
    if not _draws_in(plain, outcome):
        return rate
    away, jacobian = _compressed(plain)
    return rate * np.exp(jacobian) * np.ptp(standardise(away)) / np.ptp(away)


def _draws_in(plain: Array, outcome: Outcome) -> bool:
    """Whether standardised scores are to be compressed.

    Box & Cox, "An analysis of transformations", 1964, eq. (7): the more Gaussian one wins.
    """
    if outcome == "standardise" or not plain.any():
        return False
    away, jacobian = _compressed(plain)
    return outcome == "log" or float(jacobian.mean()) - math.log(away.std(ddof=1)) > CLEAR


def _compressed(y: Array) -> tuple[Array, Array]:
    """Logarithms of the distance from the median, with its sign, and the log of their slope.

    Linear within one median absolute deviation, so that both a peak and an abyss are drawn in.
    """
    centred = y - np.median(y)
    scale = float(np.median(np.abs(centred))) or 1.0  # 1.0, one sd, where most scores are equal
    size = 1.0 + np.abs(centred) / scale
    return np.sign(centred) * np.log(size), -np.log(scale * size)


def standardise(y: Array) -> Array:
    """Outcomes `[n]` of mean 0 and standard deviation 1 (n - 1); zeros where all are equal.

    Scaled by the range first, so that neither 1e-300 nor 1e300 is lost in the squares.
    """
    centred = y / max(float(np.abs(y).max()), np.finfo(float).tiny)
    centred = centred - centred.mean()
    spread = float(np.ptp(centred))
    if spread <= 4 * np.finfo(float).eps:  # below the rounding of the division itself
        return np.zeros_like(y)
    centred /= spread
    unit: Array = centred / centred.std(ddof=1)
    return unit
