"""What a model-based search knows: its points in the searched unit cube, and their scores."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from blackbox.protocol import Answer, Array, Brief, Constraints, Criteria
from blackbox.space import Space
from blackbox.strategies.bayesian.acquisition import QuasiRandom
from blackbox.strategies.bayesian.mixed import SeenColumns

Domain = Literal["auto", "prior", "box", "sphere"]

DRAWS = 64  # at most, to find a point that is new
FIRST = 8  # coordinates that are compared before the others
SAME = 1e-6  # points that are no further apart than this in [0, 1]^d are one point
REACH = 3.0  # prior standard deviations that are searched where the prior has no bounds


class Observations:
    """The points that were asked, as they lie in the searched unit cube, and their scores."""

    def __init__(
        self,
        brief_space: Space,
        domain: Domain,
        *,
        is_noisy: bool = False,
        constraints: Constraints | None = None,
        criteria: Criteria | None = None,
    ) -> None:
        """Know nothing yet of a space that is searched on this domain."""
        self.space, self.is_noisy = brief_space, is_noisy
        self._sizes = np.empty(0) if constraints is None else np.array(constraints.sizes)
        self.margins = np.empty((0, len(self._sizes)))  # of constraints, in units of their sizes
        self._criteria = criteria
        self.gains = np.empty((0, 0 if criteria is None else len(criteria.wanted)))  # high is good
        self.source, self.cube = searched(domain, brief_space)
        self.columns = SeenColumns.of(brief_space)  # None: all of it is continuous
        self._raw: QuasiRandom | None = None  # made at the first draw, whose chance it takes
        self.u = np.empty((0, brief_space.dim))
        self.asked = np.empty((0, brief_space.dim))  # the same as they were asked
        self.slope = np.empty((0, brief_space.dim))  # d score / du, where gradients were asked
        self.score = np.empty(0)
        self.valid = np.empty(0, bool)

    @property
    def limits(self) -> tuple[Array, Array]:
        """The lower and upper end of the search `[d]`: all of a box, 3 sd of an endless prior."""
        edge = 0.0 if self.cube.prior == "box" else float(ndtr(-REACH))
        return np.full(self.space.dim, edge), np.full(self.space.dim, 1.0 - edge)

    def draw(self, n: int, rng: np.random.Generator) -> Array:
        """The next quasi-random points of the source `[n, d]`."""
        self._raw = self._raw or QuasiRandom(self.space.dim, rng)
        return self.space.clip(self.source.from_unit(self._raw.draw(n)))

    def place(self, u: Array) -> Array:
        """The points of the space `[n, d]` at coordinates `[n, d]` of the unit cube."""
        z = self.space.clip(self.source.clip(self.cube.from_unit(u)))
        return self.space.canonical(z)

    def unit(self, z: Array) -> Array:
        """The coordinates `[n, d]` of points; one object has one place, on a sphere too."""
        return self.cube.to_unit(self.space.canonical(z))

    def add(self, z: Array, answer: Answer) -> None:
        """Take in what was answered."""
        self.u, self.asked = np.vstack([self.u, self.unit(z)]), np.vstack([self.asked, z])
        if "grad" in answer:
            self.slope = np.vstack([self.slope, answer.grad * self._stretch(z)])
        self.score = np.append(self.score, answer.score)
        self.valid = np.append(self.valid, answer.valid)
        if self._criteria is not None and answer.criteria is not None:
            self.gains = np.vstack([self.gains, self._criteria.gains(answer.criteria)])
        if len(self._sizes):  # an invalid point meets none
            margins = np.where(answer.valid[:, None], answer.constraints / self._sizes, -1.0)
            self.margins = np.vstack([self.margins, margins])

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """Whether each point has a score and meets all constraints `[n]`."""
        if not len(self._sizes):
            return self.valid
        return np.asarray(self.valid & (self.margins >= 0).all(axis=1), bool)

    @property
    def standing(self) -> tuple[bool, float]:
        """Whether a point meets all constraints, and the best score of those; else the least that
        one lacks, as a number below 0. The lowest float where nothing is valid.
        """
        lowest = float(np.finfo(float).min)
        if self.feasible.any() or not self.margins.size:
            return True, float(self.score[self.feasible].max(initial=lowest))
        return False, float(np.minimum(self.margins, 0.0).sum(axis=1).max(initial=lowest))

    def recall(self, brief: Brief) -> bool:
        """Take in what the brief knows already of the searched cube; whether that is anything."""
        if brief.known is None:
            return False
        z, answer = brief.known
        u = self.unit(z)
        inside = np.asarray(((u >= 0) & (u <= 1)).all(axis=1))
        self.add(z[inside], answer[inside])
        return bool(inside.any())

    @property
    def filled(self) -> Array:
        """Scores `[n]` to model: an invalid point counts as the worst valid one, so that the model
        turns away from it without being bent by a floor such as -1e15.
        """
        worst = self.score[self.valid].min() if self.valid.any() else 0.0
        return np.where(self.valid, self.score, worst)

    def conditioning(self, most: int) -> NDArray[np.int64]:
        """Rows of the points to model, at most so many: the best and the latest."""
        return best_and_latest(self.filled, most)

    def _stretch(self, z: Array) -> Array:
        """`dz / du` of each coordinate at points `[n, d]`."""
        if self.cube.prior == "box":
            return np.broadcast_to(np.subtract(self.cube.upper, self.cube.lower), z.shape)
        w = z / self.cube.scale
        return self.cube.scale * math.sqrt(2 * math.pi) * np.exp(0.5 * w * w)


def design_size(brief: Brief, axes: int, unit: float) -> int:
    """How many points come before the first model, the start included; each costs so many units.

    One per axis, as long as that leaves three quarters of the budget to the model, and no more
    than 32: its priors carry it from then on, however many axes there are.
    """
    return max(1, int(min(max(5, axes), brief.budget / unit / 4, 32)))


def first_new(z: Array, earlier: Array, observed: Observations, rng: np.random.Generator) -> Array:
    """The first of points `[m, d]` that was not asked yet, `[1, d]`; a random one if all were."""
    for row, u in enumerate(observed.unit(z)):
        if not is_among(u, earlier):
            return z[row : row + 1]
    for _ in range(DRAWS - 1):  # of a space with an end of objects most may be known
        drawn = observed.draw(1, rng)
        if not is_among(observed.unit(drawn)[0], earlier):
            return drawn
    return observed.draw(1, rng)


def is_among(u: Array, earlier: Array) -> bool:
    """Whether a point `[d]` is one of the earlier ones `[n, d]`."""
    # Few are alike in the first coordinates: the others are looked at only in these.
    near = np.flatnonzero((np.abs(earlier[:, :FIRST] - u[:FIRST]) <= SAME).all(axis=1))
    return len(near) > 0 and bool((np.abs(earlier[near] - u) <= SAME).all(axis=1).any())


def best_and_latest(score: Array, most: int) -> NDArray[np.int64]:
    """At most so many rows of scores `[n]`, at least one: half the best, half the latest."""
    most = max(1, most)
    if len(score) <= most:
        return np.arange(len(score))
    latest = len(score) - most // 2
    best = np.argsort(-score[:latest], kind="stable")[: most - most // 2]
    return np.append(np.sort(best), np.arange(latest, len(score)))


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
