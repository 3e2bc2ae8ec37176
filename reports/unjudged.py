"""Objectives without their judges, and these: asked once, about all runs together."""

from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives import airfoils, mnist

BATCH = 64  # pictures that are judged together
# Most of them see the digit; all do; all do, and no detector objects.
CLASSIFIERS = ("digit", "unanimous", "harsh")


def _unjudged(question: Callable[..., bb.Objective]) -> Callable[..., bb.Objective]:
    @wraps(question)
    def without_judges(**settings: object) -> bb.Objective:
        objective = question(**settings)
        objective.judges = {}
        return objective

    return without_judges


digit = _unjudged(mnist.digit)
thickness = _unjudged(mnist.thickness)
bold_digit = _unjudged(mnist.bold_digit)
super_resolution = _unjudged(mnist.super_resolution)
lift_to_drag = _unjudged(airfoils.lift_to_drag)


def judged(
    x: torch.Tensor, objective: bb.Objective, judges: Sequence[str] = CLASSIFIERS
) -> pd.DataFrame:
    """A row per picture `[n, h, w]`, a column for each of an objective's judges."""
    rows = [
        pd.DataFrame({name: objective.judges[name].verdict(part, name) for name in judges})
        for part in torch.split(x, BATCH)
    ]
    return pd.concat(rows, ignore_index=True)


def start(objective: bb.Objective, seed: int) -> NDArray[np.float64]:
    """Where the runs of a seed begin, `[d]`."""
    return np.asarray(objective.starts(np.random.default_rng([seed, 0]), 8)[0], np.float64)


def distinct(objective: bb.Objective, most: int) -> list[int]:
    """The first seeds with starts of their own: from the same start a climb would count twice."""
    starts = [start(objective, seed).tobytes() for seed in range(8 * most)]
    return sorted(starts.index(one) for one in set(starts))[:most]
