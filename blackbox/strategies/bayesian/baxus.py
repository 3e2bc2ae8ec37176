"""Bayesian optimization in nested subspaces, which split as it learns: many axes, few that matter.

BAxUS of L. Papenmeier, L. Nardi, M. Poloczek: Increasing the scope as you learn: adaptive Bayesian
optimization in nested subspaces, NeurIPS 2022, arXiv 2304.11468, written from the paper, on the
trust region of D. Eriksson et al., 2019 (arXiv 1910.01739).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np
from numpy.random import Generator

from blackbox.protocol import Array, Ask, Brief, Capability, Search, Work
from blackbox.strategies.bayesian.acquisition import AcquisitionSearch, quasi_random
from blackbox.strategies.bayesian.fitting import fit
from blackbox.strategies.bayesian.nested import Embedding, Nest, SplitPlan
from blackbox.strategies.bayesian.observations import (
    DRAWS,
    Domain,
    Observations,
    best_and_latest,
    is_among,
)
from blackbox.strategies.bayesian.outcome_transforms import Outcome, transformed
from blackbox.strategies.bayesian.region import SMALLEST, Region, gained
from blackbox.strategies.bayesian.surrogate import GP, Kernel, one_thread

VERSION = 1
DESIGN = 10  # points before the first model, or a quarter of the budget
RAW = 256  # quasi-random points among which log EI is first looked for, as BoTorch
FRESH = 1.25  # a fit forgets the last one each time the scores have grown by a quarter


@dataclass(frozen=True)
class Baxus:
    """Trust regions in ever larger subspaces (BAxUS; Papenmeier et al. 2022, arXiv 2304.11468).

    Each axis follows one of a few target axes, at random and with a random sign. Where the region
    has shrunk to nothing, each target axis is split into `more + 1`, what was asked is carried over
    exactly, and the region begins anew, until every axis is on its own; a region that ends there
    begins another embedding. How soon a region halves depends on the evaluations that are left, so
    that all axes come apart within them if nothing succeeds.

    Departures: log EI in place of Thompson samples, and the model and outcomes of `turbo`; the
    first points are prior draws in the target's axes. The seed's start, and known data, lie in no
    subspace: the start is scored, and nothing is learned from it. Whole numbers and choices are
    modelled by their place in the cube.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    more: int = 3  # bins beside each one at a split, as the paper
    evaluations: int | None = None  # until all axes are apart, after failures; None: the budget
    initial: int | None = None  # points before a model; None: 10, or a quarter of the budget
    q: int = 1  # points in each ask
    kernel: Kernel = "matern"  # as the paper
    outcome: Outcome = "auto"  # auto: whichever of standardise and log looks more Gaussian
    domain: Domain = "auto"  # see `observations.searched`
    most: int = 500  # points that the model is conditioned on, as turbo

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for name, choice in (("kernel", Kernel), ("outcome", Outcome), ("domain", Domain)):
            if getattr(self, name) not in get_args(choice):
                options = ", ".join(get_args(choice))
                raise ValueError(f"{name} must be one of {options}, not {getattr(self, name)!r}")
        counts = (self.more, self.q, self.initial, self.evaluations, self.most - 1)
        if not all(count is None or count >= 1 for count in counts):
            raise ValueError(f"more, q, initial and evaluations must be >= 1 and most >= 2: {self}")

    def search(self, brief: Brief, rng: Generator) -> Search:
        """Score a start of the seed and follow an embedding to its end, one after another."""
        cube = Observations(brief.space, self.domain)  # it knows where points of the cube lie
        affordable = brief.budget / brief.price.of_work(Work(scores=1))
        asked = 0
        for start in brief.starts(rng):
            yield Ask(start)
            left = max(1.0, affordable - asked - 1)
            plan = SplitPlan(brief.space.dim, self.more, self.evaluations or left)
            nest = Nest(Embedding.drawn(brief.space.dim, plan.first, rng))
            n = max(1, min(DESIGN, int(left / 4))) if self.initial is None else self.initial
            t = cube.unit(cube.draw(n, rng))[:, : plan.first]
            nest.add(t, (yield Ask(cube.place(nest.embedding.raised(t)))))
            yield from self._follow(nest, plan, cube, rng)
            asked += 1 + len(nest.t)

    def _follow(self, nest: Nest, plan: SplitPlan, cube: Observations, rng: Generator) -> Search:
        """Follow the best point from one subspace to the next, until the region of all is tiny."""
        while True:
            patience = math.ceil(plan.patience(nest.embedding.target) / self.q)
            region, cold = Region(patience), 0
            gp: GP | None = None
            while region.length >= SMALLEST:
                if len(nest.t) >= FRESH * cold:
                    cold, gp = len(nest.t), None
                with one_thread():
                    rows = best_and_latest(nest.filled, self.most)
                    y = transformed(nest.filled[rows], self.outcome)
                    gp = fit(nest.t[rows], y, self.kernel, gp)
                    t = self._propose(gp, region, nest, cube, rng)
                    z = cube.place(nest.embedding.raised(t))
                before = nest.best
                nest.add(t, (yield Ask(z)))
                region = region.after(improved=gained(before, nest.best))
            if nest.embedding.is_whole:
                return
            nest.split(self.more, rng)

    def _propose(
        self, gp: GP, region: Region, nest: Nest, cube: Observations, rng: Generator
    ) -> Array:
        """The next points `[q, k]` of the target cube, all of them different and new."""
        target = nest.embedding.target
        limits = cube.limits[0][:target], cube.limits[1][:target]
        centre = gp.x[np.argmax(gp.y)]
        box = region.box(centre, gp.lengthscales, limits)
        search, best, n = AcquisitionSearch(), float(gp.y.max()), len(nest.t)
        earlier = nest.t
        for _ in range(self.q):
            raw = box[0] + (box[1] - box[0]) * quasi_random(rng, RAW, target)
            candidates, _ = search.candidates(gp, best, raw, box, rng)
            others = box[0] + (box[1] - box[0]) * rng.random((DRAWS, target))
            fresh = (t for t in (*candidates, *others) if not is_among(t, earlier))
            chosen = next(fresh, others[-1])[None]
            gp = gp.believing(chosen)
            earlier = np.vstack([earlier, chosen])
        return earlier[n:]
