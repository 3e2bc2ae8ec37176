"""Bayesian optimization with a linear kernel on the sphere: for latents of many dimensions.

The kernel of C. Doumont, D. Fan, N. Maus, J. R. Gardner, H. Moss, G. Pleiss, 2025 (arXiv
2512.00170), in a region around the best point, which success widens and failure narrows, as in
D. Eriksson et al., 2019 (arXiv 1910.01739).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, get_args

import numpy as np
from numpy.random import Generator

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.bayesian.observations import (
    Domain,
    Observations,
    best_and_latest,
    first_new,
)
from blackbox.strategies.bayesian.stereographic import Models, SphereModel, steps
from blackbox.strategies.bayesian.surrogate import one_thread
from blackbox.strategies.bayesian.window import Window

VERSION = 1
FEW, MANY = 128, 256  # points that the model is conditioned on
DESIGN = 20  # points before the first model, or a quarter of the budget


@dataclass(frozen=True)
class Ball:
    """The region about the best point: its radius in units of `sqrt(d)` sides of the cube.

    Widened by half at a success; eight failures undo that. Measured on random networks of 96
    dimensions: with four, as in evolution strategies, it shrinks too early for so many directions.
    """

    radius: float = 0.15  # a prior draw is 0.24 from another
    smallest: ClassVar[float] = 1e-5
    wider: ClassVar[float] = 1.5
    failures: ClassVar[float] = 8.0

    def after(self, successes: int, q: int) -> Ball:
        """The region after an ask of `q` points, of which so many beat the best."""
        if not q:
            return self
        change = successes - (q - successes) / self.failures
        wider: float = self.wider ** max(-1.0, min(1.0, change))
        return replace(self, radius=min(1.0, self.radius * wider))


@dataclass(frozen=True)
class LinearBo:
    """Thompson samples of a linear model on the sphere (Doumont et al. 2025, arXiv 2512.00170).

    The inverse stereographic map about the best point makes of a linear model one that bends, and
    of its samples functions whose maximum in a ball is a formula. Departures from the paper: the
    region; samples in place of log EI; one lengthscale for all axes; parameters from a grid, not by
    gradients; and what is modelled are the best point and the latest `most`, so that a step costs
    O(most d), however many came before.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    initial: int | None = None  # points before the first model; None: 20, or a quarter of a budget
    q: int = 1  # points in each ask, each the best of its own sample
    most: int | None = None  # points that the model is conditioned on; None: see `held`
    domain: Domain = "auto"  # see `observations.searched`

    def __post_init__(self) -> None:
        """Refuse sizes that mean nothing."""
        if self.domain not in get_args(Domain):
            options = ", ".join(get_args(Domain))
            raise ValueError(f"domain must be one of {options}, not {self.domain!r}")
        if min(self.q, 1 if self.initial is None else self.initial) < 1:
            raise ValueError(f"q and initial must be >= 1: {self}")
        if self.most is not None and self.most < 2 * max(self.q, self.initial or 1):
            raise ValueError(f"most must be at least twice q, and twice initial: {self}")

    def held(self, dim: int) -> int:
        """How many points the model is conditioned on, if the settings do not say.

        Few: what lies far away in a bent landscape misleads a linear model. Measured on networks of
        64 to 1,024 dimensions.
        """
        return self.most or max(FEW, min(MANY, dim // 4), 4 * self.q, 2 * (self.initial or 1))

    def search(self, brief: Brief, rng: Generator) -> Search:
        """Follow one region after another, each from the next start of the seed, without end."""
        is_noisy, dim = brief.noise is not None, brief.space.dim
        most = self.held(dim)
        observed = Observations(brief.space, self.domain, is_noisy=is_noisy)  # of what is known
        if observed.recall(brief):
            rows = best_and_latest(observed.filled, most)
            window = Window(most, dim)
            window.add(observed.u[rows], observed.score[rows], observed.valid[rows])
            yield from self._follow(observed, window, rng)
        for start in brief.starts(rng):
            window = Window(most, dim)
            z = np.vstack([start, observed.draw(self._initial(brief, most) - 1, rng)])
            answer = yield Ask(z)
            window.add(observed.unit(z), answer.score, answer.valid)
            yield from self._follow(observed, window, rng)

    def _initial(self, brief: Brief, most: int) -> int:
        if self.initial is not None:
            return self.initial
        return max(1, min(DESIGN, most // 2, int(brief.budget / 4)))

    def _follow(self, observed: Observations, window: Window, rng: Generator) -> Search:
        """Follow the best point, until the region around it is tiny."""
        ball, models, row = Ball(), Models(window), window.best
        rows = np.empty(0, np.int64)  # of the points that were asked last
        while ball.radius >= Ball.smallest:
            radius = ball.radius * math.sqrt(observed.space.dim)
            with one_thread():
                model = models.seen_from(row, radius)
                # The mean sees through noise: what an improvement is measured from.
                level = model.fitted if observed.is_noisy else window.filled
                ball = ball.after(int((level[rows] > level[row]).sum()), len(rows))
                if level.max() > level[row]:
                    row = int(np.argmax(level))
                    model = models.seen_from(row, radius)
                z = self._propose(model, radius, observed, window, rng)
            incumbent = observed.place(window.u[[row]])[0] if observed.is_noisy else None
            answer = yield Ask(z, incumbent=incumbent)
            rows = window.add(observed.unit(z), answer.score, answer.valid, row)

    def _propose(
        self,
        model: SphereModel,
        radius: float,
        observed: Observations,
        window: Window,
        rng: Generator,
    ) -> Array:
        """The next points `[q, d]`: the best of a sample each, all of them new."""
        low, high = observed.limits
        moved = np.clip(
            window.u[model.row] + steps(model, window.u, radius, self.q, rng), low, high
        )
        z = observed.place(moved)
        return np.vstack([first_new(z[[i]], window.u, observed, rng) for i in range(self.q)])
