"""Bayesian optimization: a Gaussian process of the score, and log expected improvement on it.

Jones, Schonlau & Welch, "Efficient global optimization of expensive black-box functions", 1998
(doi 10.1023/A:1008306431147), with the model of Hvarfner et al., 2024 (arXiv 2402.02229) and the
acquisition of Ament et al., 2023 (arXiv 2310.20708): BoTorch's defaults. Departures: raw points
are prior draws, spiky scores are compressed first, and a known point is not asked twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from blackbox.protocol import Answer, Ask, Brief, Capability, Search
from blackbox.space import Space
from blackbox.strategies.acquisition import MultiStart, log_ei, quasi_random
from blackbox.strategies.surrogate import GP, Array, Kernel, fit, one_thread

Outcome = Literal["auto", "standardise", "log", "rank"]
Domain = Literal["auto", "prior", "box", "sphere"]

REACH = 3.0  # prior standard deviations that are searched where the prior has no bounds
FRESH = 1.25  # a fit forgets the last one each time the scores have grown by a quarter
CLEAR = 0.1  # nats per score that a transform must gain; bowls gain 1, smooth networks -0.2 to 0.1
SAME = 1e-6  # points that are no further apart than this in [0, 1]^d are one point


@dataclass(frozen=True)
class BayesOpt:
    """Fit a Gaussian process and ask where log EI is largest (Jones 1998, Ament 2023).

    >>> BayesOpt(q=4, outcome="rank").kernel
    'rbf'
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    initial: int | None = None  # points before the first model; None: see `_initial`
    q: int = 1  # points in each ask; more than one is worse per point and faster per batch
    kernel: Kernel = "rbf"
    outcome: Outcome = "auto"  # auto: whichever of standardise and log looks more Gaussian
    domain: Domain = "auto"  # see `searched`
    most: int = 500  # points that the model is conditioned on: some 0.2 s an iteration
    raw: int = 256  # quasi-random points among which log EI is first looked for, as BoTorch
    restarts: int = 8  # of the search for its maximum

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for name, known in (("kernel", Kernel), ("outcome", Outcome), ("domain", Domain)):
            if getattr(self, name) not in get_args(known):
                options = ", ".join(get_args(known))
                raise ValueError(f"{name} must be one of {options}, not {getattr(self, name)!r}")
        if min(self.q, self.raw, self.restarts, self.initial or 1, self.most - 1) < 1:
            raise ValueError(f"q, initial, raw and restarts must be >= 1 and most >= 2: {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the start and a quasi-random design, then the maxima of log EI without end."""
        known = Known(brief.space, self.domain)
        z = np.vstack([brief.start[:1], known.draw(self._initial(brief) - 1, rng)])
        theta: Array | None = None
        cold = 0  # how many scores there were when a fit last began at the prior's mode
        while True:
            known.add(z, (yield Ask(z)))
            if len(known.score) >= FRESH * cold:
                cold, theta = len(known.score), None
            with one_thread():
                gp = self._model(known, theta)
                z = self._propose(gp, known, rng)
            theta = gp.theta

    def _initial(self, brief: Brief) -> int:
        """How many points come before the first model, the start included.

        One per axis, as long as that leaves three quarters of the budget to the model, and no
        more than 32: its priors carry it from then on, however large d is.
        """
        if self.initial is not None:
            return self.initial
        quarter = brief.budget / brief.price.score / 4
        return max(1, int(min(max(5, brief.space.dim), quarter, 32)))

    def _model(self, known: Known, theta: Array | None) -> GP:
        """The model of the points that are known, fitted from the parameters of the last one."""
        u, score = known.conditioning(self.most)
        return fit(u, transformed(score, self.outcome), self.kernel, theta)

    def _propose(self, gp: GP, known: Known, rng: np.random.Generator) -> Array:
        """The next points `[q, d]`: maxima of log EI, each believing the mean at those before.

        Ginsbourger, Le Riche & Carraro, 2010 (doi 10.1007/978-3-642-10701-6_6).
        """
        chosen = []
        for _ in range(self.q):
            z = self._best_new(gp, known, rng)
            chosen.append(z)
            gp = gp.believing(known.unit(z))
        return np.vstack(chosen)

    def _best_new(self, gp: GP, known: Known, rng: np.random.Generator) -> Array:
        """The best candidate `[1, d]` that is not yet known, else a random one."""
        best = float(gp.y.max())
        raw = known.unit(known.draw(self.raw, rng))
        search = MultiStart(restarts=self.restarts)
        z = known.place(search.candidates(gp, best, raw, known.limits, rng))
        u = known.unit(z)
        # On a sphere the candidates moved when they were placed, and their order with them.
        for row in np.argsort(-log_ei(gp, best, u), kind="stable"):
            if np.abs(gp.x - u[row]).max(axis=1).min() > SAME:
                return z[row : row + 1]
        return known.draw(1, rng)


class Known:
    """The points that were asked, as they lie in the searched unit cube, and their scores."""

    def __init__(self, brief_space: Space, domain: Domain) -> None:
        """Know nothing yet of a space that is searched on this domain."""
        self.space = brief_space
        self.source, self.cube = searched(domain, brief_space)
        self.u = np.empty((0, brief_space.dim))
        self.score = np.empty(0)
        self.valid = np.empty(0, bool)

    @property
    def limits(self) -> tuple[Array, Array]:
        """The lower and upper end of the search `[d]`: all of a box, 3 sd of an endless prior."""
        edge = 0.0 if self.cube.prior == "box" else float(ndtr(-REACH))
        return np.full(self.space.dim, edge), np.full(self.space.dim, 1.0 - edge)

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """Quasi-random points of the source `[n, d]`."""
        return self.space.clip(self.source.from_unit(quasi_random(rng, n, self.space.dim)))

    def place(self, u: Array) -> Array:
        """The points of the space `[n, d]` at coordinates `[n, d]` of the unit cube."""
        return self.space.clip(self.source.clip(self.cube.from_unit(u)))

    def unit(self, z: Array) -> Array:
        """The coordinates `[n, d]` of points; one point has one place, on a sphere too."""
        return self.cube.to_unit(z)

    def add(self, z: Array, answer: Answer) -> None:
        """Take in what was answered."""
        self.u = np.vstack([self.u, self.unit(z)])
        self.score = np.append(self.score, answer.score)
        self.valid = np.append(self.valid, answer.valid)

    def conditioning(self, most: int) -> tuple[Array, Array]:
        """Points `[n, d]` and scores `[n]` to model, at most so many: the best and the latest.

        An invalid point counts as the worst valid one, so that the model turns away from it
        without being bent by a floor such as -1e15.
        """
        worst = self.score[self.valid].min() if self.valid.any() else 0.0
        score = np.where(self.valid, self.score, worst)
        if len(score) <= most:
            return self.u, score
        latest = len(score) - most // 2
        best = np.argsort(-score[:latest], kind="stable")[: most - most // 2]
        kept = np.append(np.sort(best), np.arange(latest, len(score)))
        return self.u[kept], score[kept]


def searched(domain: Domain, space: Space) -> tuple[Space, Space]:
    """The space that raw points come from, and the one whose unit cube the model sees.

    On "auto" raw points are prior draws and the model sees `z` itself, to scale, within 3 sd: in
    quantiles, a bowl in `z` has cliffs at the edge of the cube, which no stationary model follows.
    Raises ValueError where a sphere is asked for in a box, which has no radius to prefer.
    """
    if space.prior == "box":
        if domain == "sphere":
            raise ValueError(f"domain='sphere' needs a normal or sphere space, not {space}")
        return space, space
    linear = Space.box(-REACH * space.scale, REACH * space.scale)
    if domain == "sphere":
        return Space.sphere(space.dim, space.radius if space.prior == "sphere" else None), linear
    return (linear if domain == "box" else space), (space if domain == "prior" else linear)


def transformed(score: Array, outcome: Outcome) -> Array:
    """Standardised outcomes `[n]` to model; each transform keeps the order of the scores."""
    plain = standardise(score)
    if outcome == "rank":
        return standardise(ndtri((rankdata(score) - 0.5) / len(score)))
    if outcome == "standardise" or not plain.any():
        return plain
    away, jacobian = _compressed(plain)
    if outcome == "log":
        return standardise(away)
    # Box & Cox, "An analysis of transformations", 1964, eq. (7): the more Gaussian one wins.
    gain = float(jacobian.mean()) - math.log(away.std(ddof=1))
    return standardise(away) if gain > CLEAR else plain


def _compressed(y: Array) -> tuple[Array, Array]:
    """Logarithms of the distance from the median, with its sign, and the log of their slope.

    Linear within one median absolute deviation, so that both a peak and an abyss are drawn in.
    """
    centred = y - np.median(y)
    scale = float(np.median(np.abs(centred))) or 1.0  # 1.0, one sd, where most scores are equal
    size = 1.0 + np.abs(centred) / scale
    return np.sign(centred) * np.log(size), -np.log(scale * size)


def standardise(y: Array) -> Array:
    """Outcomes `[n]` of mean 0 and standard deviation 1 (n - 1); zeros where all are equal.

    Scaled by the range first, so that neither 1e-300 nor 1e300 is lost in the squares.
    """
    centred = y / max(float(np.abs(y).max()), np.finfo(float).tiny)
    centred = centred - centred.mean()
    spread = float(np.ptp(centred))
    if spread <= 4 * np.finfo(float).eps:  # below the rounding of the division itself
        return np.zeros_like(y)
    centred /= spread
    unit: Array = centred / centred.std(ddof=1)
    return unit
