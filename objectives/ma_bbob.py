"""MA-BBOB: affine mixtures of BBOB's 24 functions, by `ioh`; losses in `[-5, 5]^d`.

D. Vermetten, F. Ye, T. Baeck, C. Doerr: MA-BBOB: a problem generator for black-box optimization
using affine combinations and shifts, 2023, arXiv 2312.11083.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blackbox.errors import ObjectiveError
from blackbox.objectives.bbob import BOUND, NUMBERS, losses, refuse_unfit
from blackbox.objectives.call_forms import named
from blackbox.optional import require
from blackbox.scoring.objective import Objective
from blackbox.space import Space


@dataclass(frozen=True)
class Mixture:
    """A mixture: that of ioh's generator for this instance, or of 24 weights that sum to 1."""

    d: int
    instance: int
    weights: tuple[float, ...] | None

    def __call__(self, x: ArrayLike) -> NDArray[np.float64]:
        """Losses `[n]` of points `[n, d]`."""
        return losses(mixture_problem(self.d, self.instance, self.weights), x)


@lru_cache(maxsize=64)
def mixture_problem(d: int, instance: int, weights: tuple[float, ...] | None) -> Any:
    """The problem of ioh, made once."""
    many_affine = require("ioh", "bbob").problem.ManyAffine
    if weights is None:
        return many_affine(instance, d)
    optimum = np.random.default_rng([instance, d]).uniform(-BOUND, BOUND, d)
    return many_affine(optimum, list(weights), [instance] * len(NUMBERS), d)


@named("ma_bbob.mixed")
def mixed(
    name: str,
    d: int = 10,
    *,
    instance: int = 1,
    weights: Mapping[str, float] | Sequence[float] | None = None,
) -> Objective:
    """A mixture of BBOB's functions with one optimum; a loss (MA-BBOB, Vermetten et al. 2023).

    `weights`: how much of each function, `{"f1": 1, "f8": 3}` or a list of 24, which are divided
    by their sum; `instance` is then that of the functions, and where the optimum lies is drawn for
    it, uniformly in the box. Without them, weights, instances and optimum are those of ioh's
    generator for this `instance`. Raises ObjectiveError for anything else.
    """
    refuse_unfit("ma_bbob.mixed", d, instance)
    shares = None if weights is None else _shares(weights)
    return Objective(
        Mixture(d, instance, shares),
        space=Space.box(-BOUND, BOUND, d),
        name=name,
        maximize=False,
        batched=True,
        differentiable=False,
        noise=False,
        optimum=mixture_problem(d, instance, shares).optimum.y,
    )


def _shares(weights: Mapping[str, float] | Sequence[float]) -> tuple[float, ...]:
    """24 weights that sum to 1."""
    names = [f"f{number}" for number in NUMBERS]
    if isinstance(weights, Mapping):
        if unlisted := [one for one in weights if one not in names]:
            raise ObjectiveError(
                f"weights name the functions 'f1' to 'f{len(names)}', not {unlisted[0]!r}"
            )
        weights = [weights.get(one, 0.0) for one in names]
    is_list = isinstance(weights, Sequence) and not isinstance(weights, str)
    if not is_list or len(weights) != len(names):
        raise ObjectiveError(
            f"weights are one number for each of the {len(names)} functions, or a table such as "
            f"{{'f1': 1, 'f8': 3}}, not {weights!r}"
        )
    unfit = [one for one in weights if isinstance(one, str | bool) or not 0 <= one < math.inf]
    if unfit or not 0 < (total := math.fsum(weights)) < math.inf:
        raise ObjectiveError(
            f"weights are numbers from 0, of which one is larger, not {list(weights)!r}"
        )
    return tuple(float(one) / total for one in weights)
