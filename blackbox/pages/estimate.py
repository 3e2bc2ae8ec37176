"""A number with its interval, and how numbers are written in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from blackbox.errors import PageError
from blackbox.late import stats
from blackbox.results.statistics.intervals import mean_interval

# What is asked of columns of a frame: a number, or an estimate, of each.
Numbers: TypeAlias = Mapping[str, Callable[[Any], Any]]


class Estimate(NamedTuple):
    """A number and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, row: pd.Series, name: str) -> Estimate:
        """The one of a frame's row: its columns are `gain`, `gain_low` and `gain_high`."""
        return cls(*row[[name, f"{name}_low", f"{name}_high"]])

    def columns(self, name: str) -> dict[str, float]:
        """The same as columns of a row, for a frame."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


def estimates(row: pd.Series) -> dict[str, Any]:
    """What a frame's row has, by column: a number whose ends stand beside it is an Estimate.

    >>> estimates(pd.Series({"n": 3, "gain": 2.0, "gain_low": 1.0, "gain_high": 4.0}))["gain"]
    Estimate(value=2.0, low=1.0, high=4.0)
    """
    with_ends = [name for name in row.index if f"{name}_low" in row.index]
    return dict(row) | {name: Estimate.of(row, name) for name in with_ends}


def share(hits: Iterable[float]) -> Estimate:
    """The share of `hits` (0 or 1; NaN is a miss) and its Wilson interval.

    Unlike a bootstrap it does not shrink to a point where all hit, or none. Wilson, 1927 (doi
    10.1080/01621459.1927.10502953).

    >>> [round(end, 3) for end in share([1.0] * 20)]
    [1.0, 0.839, 1.0]
    """
    counted = np.asarray(list(hits), float) == 1
    if not len(counted):
        return Estimate(math.nan, math.nan, math.nan)
    return _share(int(counted.sum()), len(counted))


@cache  # a page counts the same hits in many sentences
def _share(hits: int, n: int) -> Estimate:
    low, high = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return Estimate(hits / n, float(low), float(high))


def mean(values: ArrayLike) -> Estimate:
    """The mean of `values [n]` and its interval over them, as in a study's tables.

    >>> mean(np.ones(3))
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    numbers = np.asarray(values, float)
    return Estimate(float(numbers.mean()), *mean_interval(numbers))


def cells(runs: pd.DataFrame, by: list[str], numbers: Numbers) -> pd.DataFrame:
    """A row per cell: how many runs there are, and what is asked of some of their columns.

    >>> runs = pd.DataFrame({"step": [1, 1], "kept": [1.0, 1.0], "gain": [0.0, 2.0]})
    >>> cells(runs, ["step"], {"kept": share, "gain": np.mean}).round(2).to_dict("records")
    [{'step': 1, 'n': 2, 'kept': 1.0, 'kept_low': 0.34, 'kept_high': 1.0, 'gain': 1.0}]
    """
    rows = []
    for key, cell in runs.groupby(by, sort=False):
        row = dict(zip(by, key, strict=True)) | {"n": len(cell)}
        for name, number_of in numbers.items():
            number = number_of(cell[name])
            row |= number.columns(name) if isinstance(number, Estimate) else {name: number}
        rows.append(row)
    return pd.DataFrame(rows)


def digits(number: float | Estimate, places: int | None = None) -> str:
    """A number to so many places (None: three significant digits), with its interval.

    >>> digits(0.12345), digits(2000), digits(Estimate(2.2, 2.104, 2.31), 2)
    ('0.123', '2,000', '2.20 [2.10, 2.31]')
    """
    return _written(number, lambda end: _rounded(end, places), "")


def written(table: pd.DataFrame, *columns: str, **places: int | None) -> pd.DataFrame:
    """The named columns of a frame as a table: some as they are, others to so many `places`.

    Numbers have the intervals that stand beside them.

    >>> gains = pd.DataFrame({"n": [3], "gain": [2.0], "gain_low": [1.0], "gain_high": [4.0]})
    >>> written(gains, "n", gain=1).to_dict("records")
    [{'n': 3, 'gain': '2.0 [1.0, 4.0]'}]
    """
    rows = [estimates(row) for _, row in table.iterrows()]
    return table[[*columns, *places]].assign(
        **{name: [digits(row[name], to) for row in rows] for name, to in places.items()}
    )


def signed(number: float | Estimate, places: int | None = None) -> str:
    """The same with its sign.

    >>> signed(2.5), signed(-0.25)
    ('+2.5', '-0.25')
    """
    return _written(number, lambda end: ("+" if end > 0 else "") + _rounded(end, places), "")


def percent(number: float | Estimate, places: int = 0) -> str:
    """A share in percent; what is not quite all, or not quite nothing, is not rounded to it.

    >>> percent(0.979, 1), percent(0.999), percent(Estimate(1.0, 0.84, 1.0))
    ('97.9 %', '99.9 %', '100 % [84, 100]')
    """
    return _written(number, lambda end: _percent(end, places), " %")


def _written(number: float | Estimate, write: object, unit: str) -> str:
    assert callable(write)
    if isinstance(number, Estimate):
        value, low, high = (write(_finite(end)) for end in number)
        return f"{value}{unit} [{low}, {high}]"
    return f"{write(_finite(number))}{unit}"


def _finite(number: float) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise PageError(f"a number of this sentence is {value}")
    return value


def _rounded(number: float, places: int | None) -> str:
    if places is not None:
        return f"{round(number, places) + 0.0:,.{places}f}"
    lead = math.floor(math.log10(abs(number))) if number else 0
    if not -4 <= lead < 15:
        return f"{number:.3g}"
    places = max(2 - lead, 0)
    text = f"{round(number, places):,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def _percent(number: float, places: int) -> str:
    shown = f"{100 * number:.{places}f}"
    while float(shown) in (0.0, 100.0) and number not in (0.0, 1.0) and places < 6:
        places += 1
        shown = f"{100 * number:.{places}f}"
    return shown
