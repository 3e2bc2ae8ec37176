"""The points that a run asked in data space: all of them, or a few where they take much memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

# Bytes of the points of one run that are kept whole, of pictures of 28 x 28 some twenty thousand.
# Beyond them it keeps as many as fit, and so many at least: its start, its best, some between.
MOST_BYTES, FEWEST = 1 << 27, 8


class DataPoints(Mapping[int, NDArray[np.generic]]):
    """Points by their row. Once they take more than `MOST_BYTES`, only those of the path are kept.

    That is the first row and each one that was the best when it was asked; of these every second
    one is left out, never the first nor the best, whenever they have become too many again.
    """

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.is_thinned = False
        self._points: dict[int, NDArray[np.generic]] = {}
        self._bytes = 0

    def add(self, first: int, points: NDArray[np.generic], best: NDArray[np.float64]) -> None:
        """Keep points `[n, ...]` from the row `first` on.

        `best [first + n]` is the best feasible score up to each row of the run, -inf before the
        first of these.
        """
        size = points[0].nbytes if len(points) else 0
        if not self.is_thinned and self._bytes + size * len(points) <= MOST_BYTES:
            self._points.update(zip(range(first, first + len(points)), points.copy(), strict=True))
            self._bytes += size * len(points)
            return
        if not self.is_thinned:
            self.is_thinned = True
            # Copies: a row of a message's points holds all of them in memory.
            path = [row for row in self._points if _is_of_path(row, best)]
            self._points = {row: self._points[row].copy() for row in path}
        for nth, point in enumerate(points):
            if _is_of_path(first + nth, best):
                self._points[first + nth] = point.copy()
                self._thin(max(FEWEST, MOST_BYTES // size))

    def _thin(self, most: int) -> None:
        """Leave every second one out where there are more, but the first and the last."""
        if len(self._points) > most:
            *rows, last = self._points
            self._points = {row: self._points[row] for row in (*rows[::2], last)}

    def __getitem__(self, row: int) -> NDArray[np.generic]:
        """The point of a row. Raises KeyError where it was asked in latent space, or left out."""
        return self._points[row]

    def __iter__(self) -> Iterator[int]:
        """The rows, in order."""
        return iter(self._points)

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._points)


def _is_of_path(row: int, best: NDArray[np.float64]) -> bool:
    """Whether it is the first row, or higher than all before it."""
    return row == 0 or bool(best[row] > best[row - 1])
