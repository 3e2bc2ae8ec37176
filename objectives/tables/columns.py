"""The columns of a table as coordinates of a search, and its points as rows again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pandas.api import types
from torch import Tensor

from blackbox.scoring.objective import ObjectiveError
from blackbox.space import Space

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Columns:
    """Names, types and ranges of columns. A row `x` `[k]` holds a number for each.

    A column of floats is searched as it is. One of whole numbers or booleans is rounded, within
    its range: a step changes nothing until it crosses a half, and no gradient leads along it. One
    of texts or categories is searched by the position of its levels, and rounded likewise. A
    column of one value keeps it.
    """

    dtypes: Mapping[Hashable, Any]
    levels: Mapping[Hashable, pd.Index]  # of texts and categories
    center: Tensor  # [k]
    scale: Tensor  # [k], 0 where a column has one value only
    lower: Tensor  # [k]
    upper: Tensor  # [k]
    whole: Tensor  # [k] of bool

    @staticmethod
    def of(frame: pd.DataFrame) -> Columns:
        """The columns of `frame`. Raises ObjectiveError for one that cannot be searched."""
        if frame.size == 0 or not frame.columns.is_unique:
            raise ObjectiveError(
                f"a table needs rows, and columns of different names, not {frame.shape} "
                f"with {list(frame.columns)}"
            )
        levels = {n: _levels(column) for n, column in frame.items() if not _is_number(column)}
        x = _numbers(frame, levels)
        whole = [name in levels or not types.is_float_dtype(frame[name]) for name in frame]
        constant = x.min(axis=0) == x.max(axis=0)
        return Columns(
            dtypes={name: column.dtype for name, column in frame.items()},
            levels=levels,
            center=torch.tensor(np.where(constant, x[0], x.mean(axis=0))),
            scale=torch.tensor(np.where(constant, 0.0, x.std(axis=0))),
            lower=torch.tensor(x.min(axis=0)),
            upper=torch.tensor(x.max(axis=0)),
            whole=torch.tensor(whole),
        )

    def space(self, prior: Literal["box", "normal"]) -> Space:
        """Standardised columns: uniform over their ranges, or normal without an end.

        Raises ObjectiveError for another prior.
        """
        if prior not in ("box", "normal"):
            raise ObjectiveError(f"space must be 'box' or 'normal', not {prior!r}")
        if prior == "normal":
            return Space.normal(len(self.dtypes))
        # Each whole number has the same share: half a unit beyond the ends belongs to them.
        margin = torch.where(self.whole | (self.scale == 0), 0.5, 0.0)
        low, high = (self.standardised(x) for x in (self.lower - margin, self.upper + margin))
        return Space.box(low.numpy(), high.numpy())

    def decode(self, z: Tensor) -> Tensor:
        """The rows `[n, k]` of points `z` `[n, k]`, in the table's own units."""
        x = self.center + self.scale * z
        return torch.where(self.whole, x.round().clamp(self.lower, self.upper), x)

    def standardised(self, x: Tensor) -> Tensor:
        """The points of rows `x` `[n, k]`, in standard deviations of each column."""
        return (x - self.center) / torch.where(self.scale > 0, self.scale, 1.0)

    def points(self, frame: pd.DataFrame) -> Array:
        """The points `[n, k]` of the rows of a frame."""
        points: Array = self.standardised(torch.tensor(_numbers(frame, self.levels))).numpy()
        return points

    def frame(self, x: Array) -> pd.DataFrame:
        """The rows `x` `[n, k]` as a frame of the same names and types as the table's."""
        made = {}
        for i, (name, dtype) in enumerate(self.dtypes.items()):
            held = np.clip(np.rint(x[:, i]), *self._ends(i)) if self.whole[i] else x[:, i]
            column = self.levels[name].take(held.astype(int)) if name in self.levels else held
            made[name] = pd.Series(column).astype(dtype)
        return pd.DataFrame(made)

    def outside(self, x: Tensor) -> Tensor:
        """The share of each row's columns that lie outside their range, `[n]`."""
        slack = 1e-9 * (self.upper - self.lower)  # one rounding of a scaled number may cross
        beyond = (x < self.lower - slack) | (x > self.upper + slack)
        return beyond.double().mean(dim=1)

    def texts(self, x: Tensor) -> list[str]:
        """Each row `[n, k]` as a text: the names of its columns and what they hold."""
        rows = self.frame(x.double().numpy()).itertuples(index=False)
        return [", ".join(map(_said, self.dtypes, row)) for row in rows]

    def _ends(self, i: int) -> tuple[float, float]:
        return float(self.lower[i]), float(self.upper[i])


def _is_number(column: pd.Series) -> bool:
    real = types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype)
    return real or types.is_bool_dtype(column.dtype)


def _levels(column: pd.Series) -> pd.Index:
    """What a column of texts or categories holds, in their order."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels: pd.Index = column.dtype.categories.intersection(pd.Index(column))
        return levels
    held = column.dropna().unique()
    if not all(isinstance(one, str) for one in held):
        raise ObjectiveError(
            f"column {column.name!r} holds {column.dtype}; numbers, booleans, texts and categories "
            "can be searched"
        )
    texts: pd.Index = pd.Index(sorted(held))
    return texts


def _numbers(frame: pd.DataFrame, levels: Mapping[Hashable, pd.Index]) -> Array:
    """A frame as numbers `[n, k]`. Raises ObjectiveError where one is missing."""
    x = np.empty(frame.shape)
    for i, (name, column) in enumerate(frame.items()):
        if name in levels:
            x[:, i] = levels[name].get_indexer(pd.Index(column))
            x[x[:, i] < 0, i] = np.nan
        else:
            x[:, i] = column.to_numpy(float, na_value=np.nan)
        missing = int((~np.isfinite(x[:, i])).sum())
        if missing:
            raise ObjectiveError(
                f"column {name!r} has {missing} missing values among {len(frame)}; "
                "leave these rows out, or fill them"
            )
    return x


def _said(name: object, value: object) -> str:
    real = isinstance(value, float | np.floating)
    return f"{name} {value:.4g}" if real else f"{name} {value}"
