"""Nested subspaces of a cube, in which each axis follows, or mirrors, one of a few target axes.

The sparse embedding of L. Papenmeier, L. Nardi, M. Poloczek: Increasing the scope as you learn:
adaptive Bayesian optimization in nested subspaces, NeurIPS 2022, arXiv 2304.11468. A bin holds the
axes of the cube that one target axis moves; where bins are split, what was asked before lies in the
larger subspace too, at coordinates that are copied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array
from blackbox.strategies.bayesian.region import FIRST, SMALLEST

# How often a region that only fails halves before it is too small: section 3.2 of the paper.
HALVINGS = math.floor(math.log2(FIRST / SMALLEST))


@dataclass(frozen=True, eq=False)
class Embedding:
    """The target axis that each axis of the cube follows `[d]`, and in which direction `[d]`."""

    bins: NDArray[np.int64]
    signs: Array

    @staticmethod
    def drawn(dim: int, target: int, rng: Generator) -> Embedding:
        """Axes at random in bins of one size, or one more, each with a random sign."""
        bins = np.empty(dim, np.int64)
        bins[rng.permutation(dim)] = np.arange(dim) % target
        return Embedding(bins, np.where(rng.random(dim) < 0.5, -1.0, 1.0))

    @property
    def target(self) -> int:
        """How many target axes there are."""
        return int(self.bins.max()) + 1

    @property
    def is_whole(self) -> bool:
        """Whether each axis has a target axis of its own."""
        return self.target == len(self.bins)

    def raised(self, t: Array) -> Array:
        """The points of the unit cube `[n, d]` at points `[n, k]` of the target's."""
        points: Array = 0.5 + self.signs * (t[:, self.bins] - 0.5)
        return points

    def split(self, more: int, rng: Generator) -> tuple[Embedding, NDArray[np.int64]]:
        """Each bin with up to so many more beside it, and of each target axis the one it was in.

        `t[:, parents]` are the same points of the cube as `t` was, to the last bit.
        """
        bins, parents = self.bins.copy(), list(range(self.target))
        for parent in range(self.target):
            axes = rng.permutation(np.flatnonzero(self.bins == parent))
            for part in np.array_split(axes, min(more + 1, len(axes)))[1:]:
                bins[part] = len(parents)
                parents.append(parent)
        return Embedding(bins, self.signs), np.array(parents)


@dataclass(frozen=True)
class SplitPlan:
    """How many target axes come first, and how long each subspace may fail: section 3.2.

    >>> plan = SplitPlan(dim=500, more=3, evaluations=500)
    >>> plan.first, [plan.patience(k) for k in (2, 8, 32, 128, 500)]
    (2, [1, 1, 3, 15, 500])
    """

    dim: int
    more: int  # bins beside each one at a split
    evaluations: float  # in which all axes would come apart, if nothing but failures came

    @property
    def splits(self) -> int:
        """After how many splits the axes are apart, or nearly."""
        return round(math.log(self.dim, self.more + 1))

    @property
    def first(self) -> int:
        """The first number of target axes, from which splits come closest to all axes."""
        ends = np.arange(1, self.more + 1) * (self.more + 1) ** self.splits
        return min(self.dim, 1 + int(np.argmin(np.abs(ends - self.dim))))

    def patience(self, target: int) -> int:
        """Failures in a row after which the region halves, of so many target axes.

        A subspace gets a part of the evaluations that is in proportion to its axes.
        """
        if target >= self.dim:
            return max(4, target)  # as TuRBO
        all_of_them: float = self.first * ((self.more + 1) ** (self.splits + 1) - 1) / self.more
        share = self.evaluations * target / all_of_them
        return max(1, min(target, math.floor(share / HALVINGS)))


class Nest:
    """The points `[n, k]` of the target cube that were asked, and their scores, as it splits."""

    def __init__(self, embedding: Embedding) -> None:
        """Know nothing yet."""
        self.embedding = embedding
        self.t = np.empty((0, embedding.target))
        self._score, self._valid = np.empty(0), np.empty(0, bool)

    def add(self, t: Array, answer: Answer) -> None:
        """Take in what was answered at points `[q, k]`."""
        self.t = np.vstack([self.t, t])
        self._score = np.append(self._score, answer.score)
        self._valid = np.append(self._valid, answer.valid)

    def split(self, more: int, rng: Generator) -> None:
        """Go on in a larger subspace, with all that is known."""
        self.embedding, parents = self.embedding.split(more, rng)
        self.t = self.t[:, parents]

    @property
    def filled(self) -> Array:
        """Scores `[n]`; an invalid point counts as the worst valid one."""
        worst = self._score[self._valid].min() if self._valid.any() else 0.0
        return np.where(self._valid, self._score, worst)

    @property
    def best(self) -> tuple[bool, float]:
        """Whether a point is valid, and the best score of those; else the lowest float."""
        lowest = float(np.finfo(float).min)
        return bool(self._valid.any()), float(self._score[self._valid].max(initial=lowest))
