"""CMA-ES in a space: asked for generations and told their scores, in units of the prior's sd.

N. Hansen: The CMA Evolution Strategy, a tutorial, 2016, arXiv 1604.00772.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array, Ask, AskEach, Brief, SearchOfMany
from blackbox.space import Space
from blackbox.strategies.evolution.exhausted import Exhausted, out_of_shape
from blackbox.strategies.evolution.gaussians import Gaussians
from blackbox.strategies.evolution.rates import rates
from blackbox.strategies.evolution.reflection import Reflection

MOST_SD = 1 / 3  # of the width between bounds, as in pycma


class Evolutions:
    """Evolutions of the same population by our own numpy, side by side; mostly a group of one."""

    def __init__(self, starts: Array, space: Space, popsize: int, sigma0: float) -> None:
        """Begin at `starts [g, d]`."""
        lower, upper = space.ends
        self._space, self._popsize, self._sigma0 = space, popsize, sigma0
        self._fold = Reflection(lower / space.scale, upper / space.scale)
        g, mean = len(starts), self._fold.back(starts / space.scale)
        self.gaussians = Gaussians(mean, np.full(g, sigma0), rates(space.dim, popsize))
        self._exhausted = [Exhausted(space.dim, popsize) for _ in range(g)]

    def begin(self, rows: NDArray[np.intp], starts: Array) -> None:
        """Let some begin anew, at `starts [k, d]`."""
        mean = self._fold.back(starts / self._space.scale)
        self.gaussians.begin(rows, mean, self._sigma0)
        for row in rows:
            self._exhausted[row] = Exhausted(self._space.dim, self._popsize)

    def drawn(self, gaussians: Gaussians, rngs: Sequence[np.random.Generator]) -> Ask:
        """The next generation `[k * n, d]` of `k` evolutions, moved into the space."""
        shape = (self._popsize, self._space.dim)
        x = gaussians.drawn(np.stack([rng.standard_normal(shape) for rng in rngs]))
        z = self._fold.into(x).reshape(-1, self._space.dim) * self._space.scale
        return Ask.inside(self._space, z, on_sphere=False)

    def learn(self, gaussians: Gaussians, score: Array) -> None:
        """The scores `[k, n]` of what was drawn."""
        gaussians.learn(score)
        if self._fold.is_bounded:
            gaussians.narrow(MOST_SD * self._fold.width)

    def stopped(
        self, gaussians: Gaussians, score: Array, rows: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Those of the evolutions `rows` of which, by now, a stopping rule holds."""
        shapeless = out_of_shape(gaussians, self._sigma0).tolist()
        for row, one, is_shapeless in zip(rows, score, shapeless, strict=True):
            self._exhausted[row].see(one, is_shapeless)
        return rows[[self._exhausted[row].is_it for row in rows]]

    def means(self) -> Array:
        """The mean of each distribution `[g, d]`, moved into the space."""
        return self._space.clip(self._fold.into(self.gaussians.mean) * self._space.scale)


class Adaptation:
    """One evolution: a group of one."""

    def __init__(
        self, start: Array, space: Space, rng: np.random.Generator, popsize: int, sigma0: float
    ) -> None:
        """Begin at `start [d]`."""
        self._group, self._rngs = Evolutions(start[None], space, popsize, sigma0), [rng]
        self._rows = np.arange(1)
        self.told, self.stopped = 0, False

    def ask(self) -> Ask:
        """The next generation `[n, d]`, moved into the space."""
        return self._group.drawn(self._group.gaussians, self._rngs)

    @property
    def mean(self) -> Array:
        """The mean of its distribution `[1, d]`, moved into the space."""
        return self._group.means()

    def widen(self, factor: float) -> None:
        """Let its step be so much larger."""
        self._group.gaussians.sigma = self._group.gaussians.sigma * factor

    def tell(self, score: Array) -> None:
        """The scores `[n]` of the last generation."""
        self.told += len(score)
        self._group.learn(self._group.gaussians, score[None])
        self.stopped = bool(
            len(self._group.stopped(self._group.gaussians, score[None], self._rows))
        )


def together(
    briefs: Sequence[Brief],
    rngs: Sequence[np.random.Generator],
    popsize: int,
    sigma0: float,
    n: int,
) -> SearchOfMany:
    """Evolutions side by side, each of which begins at the best of its next n where it stopped."""
    g, space = len(briefs), briefs[0].space
    starts = [brief.starts(rng) for brief, rng in zip(briefs, rngs, strict=True)]
    group = Evolutions(np.concatenate([b.start[:1] for b in briefs]), space, popsize, sigma0)
    begins = np.arange(g)
    while True:
        rows = np.full(g, popsize)
        rows[begins] = n
        is_start = np.repeat(np.isin(np.arange(g), begins), rows)
        evolve = np.setdiff1d(np.arange(g), begins) if len(begins) else np.arange(g)
        points, clipped = np.empty((len(is_start), space.dim)), np.zeros(len(is_start), bool)
        if len(begins):
            first = np.stack([np.concatenate(list(islice(starts[row], n))) for row in begins])
            points[is_start] = first.reshape(-1, space.dim)
        if not len(evolve):
            score = yield AskEach(points, rows, clipped)
            group.begin(begins, best_each(first, score))
            begins = begins[:0]
            continue
        with group.gaussians.some(evolve) as gaussians:
            ask = group.drawn(gaussians, [rngs[row] for row in evolve])
            points[~is_start], clipped[~is_start] = ask.points, ask.moved
            all_scores = yield AskEach(points, rows, clipped)
            score = all_scores[~is_start].reshape(-1, popsize)
            group.learn(gaussians, score)
            stopped = group.stopped(gaussians, score, evolve)
        if len(begins):
            group.begin(begins, best_each(first, all_scores[is_start]))
        begins = stopped


def best_each(points: Array, score: Array) -> Array:
    """Of each of `points [k, n, d]` with scores `[k * n]` the first best, `[k, d]`."""
    best = score.reshape(points.shape[:2]).argmax(axis=1)
    return np.asarray(points[np.arange(len(points)), best])
