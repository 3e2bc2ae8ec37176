"""Sums and differences of scores near the largest float, without an overflow on the way.

A mean of 1e308 and 1.5e308 is a number, their sum is not. So numbers as large as these are first
counted in a larger unit, a power of two: that changes exponents only, so results are the same to
the last bit. All other numbers are left as they are.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Numbers = TypeVar("Numbers", float, NDArray[np.float64], "pd.Series[float]")

LARGEST = float(np.finfo(float).max)
LARGE = 2.0**960  # below it sums of 2**64 numbers are still floats
SMALLER = 2.0**-64
ROUNDING = 1e-9  # how far a mean of the largest floats may come out above them


def shrinking(*numbers: ArrayLike) -> float:
    """By what to multiply all these numbers so that they can be added: 1 unless some are large."""
    sizes = (np.abs(np.asarray(each, float)).ravel() for each in numbers)
    return SMALLER if any(np.fmax.reduce(size, initial=0.0) > LARGE for size in sizes) else 1.0


def restored(numbers: Numbers, by: float) -> Numbers:
    """What came out of numbers that were shrunk `by` so much, in their unit; inf beyond floats."""
    if by == 1:
        return numbers
    most = LARGEST * by
    ends: Any = np.where(np.abs(numbers) <= most * (1 + ROUNDING), most, np.inf)
    with np.errstate(over="ignore"):
        whole: Any = np.clip(numbers, -ends, ends) / by
    return float(whole) if isinstance(numbers, float) else cast("Numbers", whole)


def mean(values: NDArray[np.float64], axis: int | None = None) -> Any:
    """The mean of an array, which is a float wherever the values are."""
    by = shrinking(values)
    with np.errstate(invalid="ignore"):  # of inf and -inf the mean is NaN
        return restored(np.asarray(np.mean(values * by, axis=axis)), by)[()]


def column_mean(column: ArrayLike) -> float:
    """The mean of the numbers in a column `[n]`, leaving out NaN; NaN where none is left."""
    values = np.asarray(column, float)
    numbers = values[~np.isnan(values)]
    return float(mean(numbers)) if len(numbers) else float("nan")


def group_means(table: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    """The means of these columns over the rows of each group, leaving out NaN."""
    scales = {column: shrinking(table[column]) for column in columns}
    large = {column: table[column] * scale for column, scale in scales.items() if scale != 1}
    with np.errstate(invalid="ignore"):
        means = table.assign(**large).groupby(by, sort=False)[columns].mean()
    return means.assign(**{column: restored(means[column], scales[column]) for column in large})
