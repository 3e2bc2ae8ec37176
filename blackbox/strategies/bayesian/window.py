"""The points that a model of constant cost is conditioned on: the latest, and the best of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array

PRECISE = 1e-8  # the error of a product, in squares of the radius that is looked at


class Window:
    """Up to `most` points `[n, d]` of the unit cube, their scores, and their products."""

    def __init__(self, most: int, dim: int) -> None:
        """Hold nothing yet."""
        self.n, self.seen = 0, 0  # points that are held, and that ever were
        self._u, self._score = np.empty((most, dim)), np.empty(most)
        self._valid, self._age = np.zeros(most, bool), np.zeros(most, np.int64)
        self._gram, self._reference = np.empty((most, most)), np.zeros(dim)

    @property
    def u(self) -> Array:
        """The points `[n, d]`."""
        return self._u[: self.n]

    @property
    def filled(self) -> Array:
        """Scores `[n]`; an invalid point counts as the worst valid one."""
        score, valid = self._score[: self.n], self._valid[: self.n]
        return np.where(valid, score, score[valid].min() if valid.any() else 0.0)

    @property
    def best(self) -> int:
        """The row of the best point."""
        return int(np.argmax(self.filled))

    def add(
        self, u: Array, score: Array, valid: NDArray[np.bool_], spared: int = -1
    ) -> NDArray[np.int64]:
        """Take in points `[k, d]`; their rows `[k]`. The oldest make way, but not row `spared`."""
        room = np.arange(self.n, min(self.n + len(u), len(self._u)))
        aged = np.argsort(self._age[: self.n], kind="stable")
        rows = np.append(room, aged[aged != spared][: len(u) - len(room)])
        if not self.n:
            self._reference = u[0].copy()
        self.n += len(room)
        self._u[rows], self._score[rows], self._valid[rows] = u, score, valid
        self._age[rows] = self.seen + np.arange(len(rows))
        self.seen += len(rows)
        self._multiply(rows)
        return rows

    def products(self, row: int, radius: float) -> Array:
        """The products `[n, n]` of the points as seen from one of them."""
        gram = self._gram[: self.n, : self.n]
        if np.finfo(float).eps * gram[row, row] > PRECISE * radius**2:
            self._reference = self._u[row].copy()
            self._multiply(np.arange(self.n))
        centred: Array = gram - gram[:, [row]]
        centred -= gram[row]
        centred += gram[row, row]
        return centred

    def _multiply(self, rows: NDArray[np.int64]) -> None:
        moved = self._u[rows] - self._reference
        # (u - c).(v - c) without a copy of all points less the reference.
        product = self.u @ moved.T - moved @ self._reference
        self._gram[: self.n, rows] = product
        self._gram[rows, : self.n] = product.T
