"""Bayesian optimization in a trust region that grows with success and shrinks without it.

TuRBO-1 of Eriksson, Pearce, Gardner, Turner & Poloczek, "Scalable global optimization via local
Bayesian optimization", 2019 (arXiv 1910.01739), written from the paper. Departures: the default is
log EI, which goes much further than Thompson samples in a few hundred evaluations; the model has
the priors of Hvarfner et al., 2024 (arXiv 2402.02229); spiky scores are compressed first. Thompson
samples are paths of Wilson et al., "Efficiently sampling functions from Gaussian process
posteriors", 2020 (arXiv 2002.09309): right where there are data, and linear in the number of
candidates, where a joint draw at 5000 of them is cubic. Whole numbers and choices are modelled as
what they decode to; the region always holds the next whole numbers, and all options.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from blackbox.protocol import Ask, Brief, Capability, Search, Work
from blackbox.strategies.bayesian.acquisition import AcquisitionSearch, quasi_random
from blackbox.strategies.bayesian.feasibility import ConstrainedModel, constrained
from blackbox.strategies.bayesian.improvement import placed
from blackbox.strategies.bayesian.mixed import Process, fits
from blackbox.strategies.bayesian.mixed_search import MixedSearch
from blackbox.strategies.bayesian.observations import Domain, Observations, design_size, first_new
from blackbox.strategies.bayesian.outcome_transforms import Outcome, transformed
from blackbox.strategies.bayesian.region import SMALLEST, Region, gained
from blackbox.strategies.bayesian.surrogate import GP, Array, Kernel, correlation, one_thread

Searched = Process | ConstrainedModel[Process]
Acquisition = Literal["ts", "ei"]

VERSION = 2  # all restarts climb at once, and a fit stands until another promises more

# The paper's supplement, "TuRBO details".
PERTURBED = 20  # coordinates of a candidate that differ from the centre's, on average
RAW = 256  # quasi-random points among which log EI is first looked for, as BoTorch
WAVES = 512  # of a sample path: its prior correlations are right to 1 / sqrt(512) = 4 %

FRESH = 1.25  # a fit forgets the last one each time the scores have grown by a quarter


@dataclass(frozen=True)
class Turbo:
    """Fit a Gaussian process and look for more around the best point (Eriksson et al., 2019).

    >>> Turbo(q=4, acquisition="ts").kernel
    'matern'
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    uses: ClassVar[frozenset[Capability]] = frozenset({Capability.CONSTRAINTS})
    acquisition: Acquisition = "ei"  # ei: log EI in the region; ts: Thompson samples, as the paper
    initial: int | None = None  # points before a region's model; None: `observations.design_size`
    q: int = 1  # points in each ask
    kernel: Kernel = "matern"  # as the paper
    outcome: Outcome = "auto"  # auto: whichever of standardise and log looks more Gaussian
    domain: Domain = "auto"  # see `observations.searched`
    most: int = 500  # points that the model is conditioned on

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        choices = (
            ("acquisition", Acquisition),
            ("kernel", Kernel),
            ("outcome", Outcome),
            ("domain", Domain),
        )
        for name, choice in choices:
            if getattr(self, name) not in get_args(choice):
                options = ", ".join(get_args(choice))
                raise ValueError(f"{name} must be one of {options}, not {getattr(self, name)!r}")
        if min(self.q, 1 if self.initial is None else self.initial, self.most - 1) < 1:
            raise ValueError(f"q and initial must be >= 1 and most >= 2: {self}")

    def search(self, brief: Brief, rng: Generator) -> Search:
        """Search one region after another, each from the next start of the seed, without end."""
        observed = Observations(brief.space, self.domain, constraints=brief.constraints)
        if observed.recall(brief):
            yield from self._follow(observed, rng)
        for start in brief.starts(rng):
            observed = Observations(brief.space, self.domain, constraints=brief.constraints)
            z = np.vstack([start, observed.draw(self._initial(brief) - 1, rng)])
            observed.add(z, (yield Ask(z)))
            yield from self._follow(observed, rng)

    def _follow(self, observed: Observations, rng: Generator) -> Search:
        """Follow the best point that is known, until the region around it is tiny."""
        region = Region(patience=math.ceil(max(4, observed.space.dim) / self.q))
        gp: Searched | None = None
        cold = 0  # how many scores there were when a fit last began at the prior's mode
        while region.length >= SMALLEST:
            if len(observed.score) >= FRESH * cold:
                cold, gp = len(observed.score), None
            with one_thread():
                rows = observed.conditioning(self.most)
                y = transformed(observed.filled[rows], self.outcome)
                gp = self._model(observed, rows, y, gp)
                z = self._propose(gp, region, observed, rng)
            before = observed.standing
            observed.add(z, (yield Ask(z)))
            region = region.after(improved=gained(before, observed.standing))

    def _model(
        self, observed: Observations, rows: NDArray[np.int64], y: Array, earlier: Searched | None
    ) -> Searched:
        """The process of some of the points that are known."""

        refit = fits(observed.columns, observed.u[rows], self.kernel)
        outcome = refit(y, earlier.outcome if isinstance(earlier, ConstrainedModel) else earlier)
        if not observed.margins.size:
            return outcome
        margins, feasible = observed.margins[rows], observed.feasible[rows]
        return constrained(outcome, margins, feasible, refit, earlier)

    def _initial(self, brief: Brief) -> int:
        size = design_size(brief, brief.space.dim, brief.price.of_work(Work(scores=1)))
        return size if self.initial is None else self.initial

    def _propose(
        self, gp: Searched, region: Region, observed: Observations, rng: Generator
    ) -> Array:
        """The next points `[q, d]`, all of them different and new."""
        centre = gp.x[np.argmax(gp.y)]
        process = gp.outcome if isinstance(gp, ConstrainedModel) else gp
        box = region.box(centre, process.lengthscales, observed.limits)
        if observed.columns is not None:
            box = observed.columns.widened(box, centre)
        earlier, chosen = gp.x, []
        for _ in range(self.q):
            z, value = self._candidates(gp, centre, box, observed, rng)
            z = first_new(z[np.argsort(-value, kind="stable")], earlier, observed, rng)
            if self.acquisition == "ei":  # a path differs from the last one by itself
                gp = gp.believing(observed.unit(z))
            earlier = np.vstack([earlier, observed.unit(z)])
            chosen.append(z)
        return np.vstack(chosen)

    def _candidates(
        self,
        gp: Searched,
        centre: Array,
        box: tuple[Array, Array],
        observed: Observations,
        rng: Generator,
    ) -> tuple[Array, Array]:
        """Points `[m, d]` of the region, and how promising each of them is `[m]`."""
        if self.acquisition == "ts":
            # On a sphere points move when they are placed: they are valued where they come to be.
            z = observed.place(perturbed(centre, box, rng))
            return z, promise(gp, observed.unit(z), rng)
        best = float(gp.y.max())
        raw = box[0] + (box[1] - box[0]) * quasi_random(rng, RAW, len(centre))
        columns = observed.columns
        search = AcquisitionSearch() if columns is None else MixedSearch(columns)
        return placed(gp, best, *search.candidates(gp, best, raw, box, rng), observed)


def promise(gp: Searched, u: Array, rng: Generator) -> Array:
    """A sample path at points `[m, d]`; where paths of constraints are broken, less than any other.

    Eriksson & Poloczek, 2021 (arXiv 2002.08526): where all points break one, the least broken.
    """
    if not isinstance(gp, ConstrainedModel):
        return path_of(gp, rng)(u)
    value = path_of(gp.outcome, rng)(u)
    paths = [path_of(model, rng)(u) for model in gp.constraints]
    short = np.maximum(0.0, gp.limits[:, None] - np.stack(paths)).sum(axis=0)
    return np.where(short > 0, value.min() - 1.0 - short, value)


def perturbed(centre: Array, box: tuple[Array, Array], rng: Generator) -> Array:
    """Quasi-random points `[m, d]` of a box that keep most coordinates of its centre if d > 20."""
    dim = len(centre)
    n = min(100 * dim, 5000)
    u = box[0] + (box[1] - box[0]) * quasi_random(rng, n, dim)
    moved = rng.random((n, dim)) < min(1.0, PERTURBED / dim)
    moved[np.arange(n), rng.integers(dim, size=n)] = True  # each in one coordinate at least
    return np.where(moved, u, np.clip(centre, *box))


def path_of(gp: Process, rng: Generator) -> Callable[[Array], Array]:
    """One draw of the process, as a function of points `[m, d]` of the cube."""
    if isinstance(gp, GP):
        return sample_path(gp, rng)
    path, columns = sample_path(gp.inner, rng), gp.columns
    return lambda u: path(columns.seen(u))


def sample_path(gp: GP, rng: Generator) -> Callable[[Array], Array]:
    """One draw of the process: a function from points `[m, d]` to noiseless outcomes `[m]`.

    A wave's amplitude and phase are those of Gaussian weights on its sine and cosine, so that a
    path has the process's mean and variance at each point, and its covariance over all draws.
    """
    rate = 1.0 / gp.lengthscales
    waves = rng.standard_normal((WAVES, len(rate)))
    if gp.kind == "matern":  # its spectrum is Student's t with 2 nu = 5 degrees, RW (4.15)
        waves /= np.sqrt(rng.chisquare(5, (WAVES, 1)) / 5)
    waves *= rate
    size = rng.rayleigh(size=WAVES) / math.sqrt(WAVES)
    phase = rng.uniform(0.0, 2 * math.pi, WAVES)

    def before(u: Array) -> Array:
        """A draw of the prior at points `[m, d]`: Rahimi & Recht, 2007."""
        drawn: Array = np.cos(u @ waves.T + phase) @ size
        return drawn

    # Matheron's rule, Wilson et al. (13): the draw is moved by what it gets wrong at the data.
    noise = np.exp(0.5 * gp.theta[-1]) * rng.standard_normal(len(gp.y))
    weights = gp.alpha - gp.root.T @ (gp.root @ (before(gp.x) + noise))
    middle = gp.x.mean(axis=0)
    data = (gp.x - middle) * rate

    def after(u: Array) -> Array:
        """The same draw given the data."""
        a = (u - middle) * rate
        squared = (a * a).sum(axis=1)[:, None] + (data * data).sum(axis=1) - 2.0 * (a @ data.T)
        k, _ = correlation(gp.kind, np.maximum(squared, 0.0))
        moved: Array = gp.mean + before(u) + k @ weights
        return moved

    return after
