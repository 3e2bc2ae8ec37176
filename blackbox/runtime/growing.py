"""Columns that grow row by row: a row costs constant time, and hardly more memory than it holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FIRST_ROWS = 64
# Columns double until they hold so many bytes, then grow by as many, or by this share of what they
# hold where that is more: the system moves large blocks without copying them.
STEP, SHARE = 4 << 20, 1 / 32


class Kind(NamedTuple):
    """A column's dtype, the shape of a row of it, and what a row holds at first."""

    dtype: Any
    shape: tuple[int, ...] = ()
    default: float = 0


class Growing:
    """Columns of the same number of rows, by name; what is taken out of them never changes.

    >>> scores = Growing({"score": Kind(float)})
    >>> scores["score"][scores.more(2)] = [3.0, 4.0]
    >>> scores.filled("score")
    array([3., 4.])
    """

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        """Begin without a row."""
        self.size, self._capacity, self._kinds = 0, 0, dict(kinds)
        self._is_seen = False  # whether somebody outside holds a view of the columns
        self._columns = {name: np.empty((0, *k.shape), k.dtype) for name, k in kinds.items()}
        self._row_bytes = sum(
            math.prod(k.shape) * np.dtype(k.dtype).itemsize for k in kinds.values()
        )

    def more(self, rows: int) -> slice:
        """Make so many rows more; where they are, and hold what rows hold at first."""
        first, self.size = self.size, self.size + rows
        if self.size > self._capacity:
            self._grow()
        return slice(first, self.size)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column to write to, with rows to come; to be let go before there are more rows."""
        return self._columns[name]

    def filled(self, name: str) -> NDArray[Any]:
        """A column, cut to its rows, read-only: rows to come are no part of it."""
        self._is_seen = True
        column = self._columns[name][: self.size]
        column.setflags(write=False)
        return column

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._kinds)

    def _grow(self) -> None:
        before, step = self._capacity, STEP // max(self._row_bytes, 1)
        more = max(FIRST_ROWS, min(before, max(step, int(before * SHARE))))
        self._capacity = max(self.size, before + more)
        for name, kind in self._kinds.items():
            if self._is_seen:
                self._columns[name] = self._columns[name].copy()
            # In place: a copy would need the memory of both.
            self._columns[name].resize((self._capacity, *kind.shape), refcheck=False)
            if kind.default:
                self._columns[name][before:] = kind.default
        self._is_seen = False
