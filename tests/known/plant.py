"""A small plant with named parameters, and what was measured of it before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.known.data import KnownData
from blackbox.known.sources import known_data

PARAMETERS = bb.Parameters(
    heat=bb.Real(20, 90, unit="degC"),
    stages=bb.Integer(1, 8),
    solvent=bb.Choice("water", "ethanol"),
)


def gain(heat: float, stages: int, solvent: str) -> float:
    """What the plant makes."""
    return -((heat - 60) ** 2) / 100 - (stages - 5) ** 2 + (2.0 if solvent == "ethanol" else 0.0)


def cost(heat: float, stages: int, solvent: str) -> float:
    """The same as a loss."""
    return -gain(heat, stages, solvent)


def plant(**settings: Any) -> bb.Objective:
    """The objective "plant"."""
    return bb.Objective(gain, space=PARAMETERS, name="plant", **settings)


def measured(n: int = 12) -> pd.DataFrame:
    """Rows of named values with their `score`."""
    rng = np.random.default_rng(3)
    rows = PARAMETERS.rows(PARAMETERS.space.sample(rng, n))
    table = pd.DataFrame(rows, columns=list(PARAMETERS))
    return table.assign(score=list(map(gain, table["heat"], table["stages"], table["solvent"])))


def read(given: Any, objective: bb.Objective | None = None) -> KnownData:
    """What is known of the plant, or of another objective, from this."""
    return known_data(given, objective or plant())
