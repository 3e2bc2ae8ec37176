"""Two tables that scikit-learn ships, cut into what the model, its judge and nobody has seen.

Diabetes: Efron, Hastie, Johnstone and Tibshirani, Least angle regression, 2004,
doi 10.1214/009053604000000067. Cancer: Street, Wolberg and Mangasarian, Nuclear feature extraction
for breast tumor diagnosis, 1993, SPIE 1905, 861-870. Nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.optional import require
from blackbox.scoring.objective import ObjectiveError

Array = NDArray[np.float64]

SPLIT_SEED = 0
SHARES = 0.4, 0.4  # for the model and for its judge; the last fifth is held out


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a table: its inputs `[n, k]`, in units of their own, and the output `[n]`."""

    inputs: pd.DataFrame
    output: Array


@dataclass(frozen=True, eq=False)
class SplitTable:
    """A table in three parts that share no row."""

    model: Part
    judge: Part
    held_out: Part

    @property
    def known(self) -> pd.DataFrame:
        """The inputs that the model or its judge have seen, `[n, k]`."""
        return pd.concat([self.model.inputs, self.judge.inputs])


@cache
def table(name: str) -> SplitTable:
    """The table of a name in `TABLES`. Raises ObjectiveError for any other name."""
    if name not in TABLES:
        raise ObjectiveError(f"there is no table {name!r}; known: {', '.join(TABLES)}")
    inputs, output = TABLES[name]()
    order = np.random.default_rng(SPLIT_SEED).permutation(len(inputs))
    ends = np.round(np.cumsum(SHARES) * len(inputs)).astype(int)
    parts = (
        Part(inputs.iloc[rows], output.iloc[rows].to_numpy(float)) for rows in np.split(order, ends)
    )
    return SplitTable(*parts)


def _diabetes() -> tuple[pd.DataFrame, pd.Series]:
    """Ten measures of 442 patients, and how far the disease went in a year (25 to 346)."""
    raw = require("sklearn.datasets", "digits", "scikit-learn").load_diabetes(
        as_frame=True, scaled=False
    )
    inputs = raw.data.set_axis(
        [
            "age (years)",
            "sex",
            "body mass index",
            "blood pressure",
            "total cholesterol",
            "LDL",
            "HDL",
            "total / HDL",
            "log triglycerides",
            "glucose",
        ],
        axis=1,
    )
    return inputs.astype({"sex": int}), raw.target


def _cancer() -> tuple[pd.DataFrame, pd.Series]:
    """Mean and error of ten measures of the nuclei of 569 cells, and the worst radius (8 to 36)."""
    raw = require("sklearn.datasets", "digits", "scikit-learn").load_breast_cancer(as_frame=True)
    return raw.data.iloc[:, :20], raw.data["worst radius"]


TABLES = {"diabetes": _diabetes, "cancer": _cancer}
