"""The searches for sharp digits behind blurred ones, and the digits that are hidden."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import data
from blackbox.objectives.pictures.family import Kind
from blackbox.objectives.pictures.super_resolution import super_resolution

EACH, PICTURES = 3, 30  # hidden test digits of each class, and in all
DECODERS: tuple[Kind, ...] = ("vae", "flow", "autoencoder", "gan", "none")
# PULSE's rate, schedule and steps; four climbs from random points, the best score counts.
STEPS, STARTS = 100, 4
PULSE = (
    "gradient_ascent(learning_rate=0.4, schedule='linear1cycledrop', patience=100000, after='stop')"
)
BUDGET = 2 * STEPS  # units of a climb: a score costs 1, its gradient 1 more
# At equal cost, from one start each.
SEARCHES = {
    PULSE: "Adam",
    "cma_es": "CMA-ES",
    "zeroth_order": "zeroth order",
    "random_search": "random draws",
}
MARKS = (50, 100, 200, 400, STARTS * BUDGET)
# Thickness and style would take three quarters of the time that a run takes.
JUDGES = ("feasible", "digit", "harsh", "psnr")


@cache
def hidden() -> tuple[Tensor, NDArray[np.int64]]:
    """The hidden pictures `[30, 28, 28]`, and what they show: the first test digits of each class.

    Raises NoData where the data set is not at hand, with what to do.
    """
    test = data.test()
    of_class = [np.flatnonzero(test.classes == digit)[:EACH] for digit in range(10)]
    rows = np.transpose(of_class).ravel()
    return torch.tensor(test.images[rows]), test.classes[rows]


FAMILY = replace(mnist.FAMILY, real=hidden)


def behind(instance: int, decoder: Kind) -> bb.Objective:
    """Which decode shrinks to a hidden picture? Behind a decoder searched on PULSE's sphere."""
    objective = super_resolution(
        FAMILY,
        named(instance, decoder),
        instance,
        decoder=decoder,
        domain="prior" if decoder == "none" else "sphere",
        hidden="real",
    )
    objective.judges = {name: objective.judges[name] for name in JUDGES}
    return objective


def named(instance: int, decoder: Kind) -> str:
    """The objective by its name."""
    return f"reports.super_resolution.study:behind(instance={instance}, decoder={decoder!r})"
