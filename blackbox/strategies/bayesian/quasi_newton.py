"""Maxima in a box, many climbs side by side: projected BFGS, each climb with a history of its own.

C. Broyden, R. Fletcher, D. Goldfarb, D. Shanno, 1970, as in J. Nocedal & S. Wright, "Numerical
optimization", 2nd ed., 2006 (NW); bounds as D. Bertsekas, "Projected Newton methods for
optimization problems with simple constraints", 1982 (doi 10.1137/0320018). All climbs share each
evaluation, one shortens its step while another takes its next one, and only the one that is ahead
is followed to its top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Array

ENOUGH = 1e-4  # of what the slope promises must be gained by a step: NW (3.4)
CURVED = 1e-3  # a step tells of the curvature where the slope falls by this share: NW (3.6b)
PAIRS = 40  # steps that are remembered; more than most climbs take
LEAST = 1e-3  # of a tolerance: a line that promises less is given up
FIRST = 0.1  # the longest first step where nothing is known of the curvature, in units of the scale
HOPELESS = 0.1  # a climb goes on while a step promises this share of what it is behind

Evaluate = Callable[[Array], tuple[Array, Array]]  # points [m, d]: values [m], gradients [m, d]


class Curvature:
    """The inverse of minus the Hessian `[d, d]` of each of m climbs, as a sum of outer products.

    BFGS, NW (6.17), with `w = H y`: `H + a r r^T - w w^T / (s.y + y.w)`, where `a = (s.y + y.w) /
    (s.y)^2` and `r = s - w / (a s.y)`. So a step costs what is linear in d.
    """

    def __init__(self, diagonal: Array, *, is_known: bool) -> None:
        """The diagonals `[m, d]` to begin with; known, or only up to a factor."""
        self.diagonal = diagonal
        self.is_known = np.full(len(diagonal), is_known)
        self._vectors = np.empty((len(diagonal), 2 * PAIRS, diagonal.shape[1]))
        self._weights = np.empty((len(diagonal), 2 * PAIRS, 1))
        self._all_known, self._n = is_known, 0

    def times(self, v: Array) -> Array:
        """The products `[m, d]` with vectors `[m, d]`."""
        product: Array = self.diagonal * v
        if self._n:
            vectors = self._vectors[:, : self._n]
            weighted = self._weights[:, : self._n] * (vectors @ v[:, :, None])
            product += (vectors.transpose(0, 2, 1) @ weighted)[:, :, 0]
        return product

    def learn(self, s: Array, y: Array, sy: Array) -> None:
        """Take in that gradients fell by `y [m, d]` along steps `s`; not where `sy [m]` is 0."""
        use = sy > 0
        if not self._all_known:
            first = use & ~self.is_known
            yy = _dot(y * self.diagonal, y)
            size = np.where(first, sy, 1.0) / np.where(first, yy, 1.0)  # NW (6.20)
            self.diagonal = size[:, None] * self.diagonal
            self.is_known = self.is_known | first
            self._all_known = bool(self.is_known.all())
        if self._n == 2 * PAIRS:  # begin again, with what the diagonal has learned
            self._n = 0
        w, n = self.times(y), self._n
        both = np.where(use, sy + _dot(y, w), 1.0)
        self._vectors[:, n] = s - (sy / both)[:, None] * w
        self._vectors[:, n + 1] = w
        self._weights[:, n, 0] = np.where(use, both, 0.0) / np.where(use, sy * sy, 1.0)
        self._weights[:, n + 1, 0] = np.where(use, -1.0, 0.0) / both
        self._n += 2

    def only(self, rows: NDArray[np.bool_] | slice) -> Curvature:
        """That of some of the climbs, of `rows [m]`, as a copy."""
        some = Curvature(self.diagonal[rows], is_known=True)
        some.is_known, some._n = self.is_known[rows], self._n
        some._all_known = self._all_known
        some._vectors[:, : self._n] = self._vectors[rows, : self._n]
        some._weights[:, : self._n] = self._weights[rows, : self._n]
        return some


@dataclass(frozen=True)
class Ascent:
    """How to climb in a box.

    A climb ends where a step promises less than `fine` in units of the values; if another is ahead
    of it, less than `coarse`, or than a share of what it is behind. One that promises no more than
    `fine` where it starts does not begin.
    """

    low: Array  # [d]
    high: Array  # [d]
    scale: Array  # [d]: lengths over which the function changes
    fine: float
    coarse: float
    reach: float = 0.5  # the longest step, in units of the scale
    most: int = 200  # evaluations

    def maxima(
        self, evaluate: Evaluate, start: Array, curvature: Curvature | None = None
    ) -> tuple[Array, Array, Curvature]:
        """Local maxima `[m, d]` above points `[m, d]`, their values `[m]`, and the curvature.

        What is handed in of it is learned further; what is returned is of the climbs that ended
        last.
        """
        if curvature is None:
            curvature = Curvature(np.tile(self.scale**2, (len(start), 1)), is_known=False)
        climbs = _Climbs(self, np.clip(start, self.low, self.high), evaluate, curvature)
        ends, tops, rows = climbs.x.copy(), climbs.value.copy(), np.arange(len(start))
        go = climbs.promise > self.fine
        for _ in range(self.most - 1):
            if not go.all():
                rows = rows[go]
                if not len(rows):
                    break
                climbs.keep_only(go)
            is_up = climbs.move(evaluate)
            ends[rows], tops[rows] = climbs.x, climbs.value
            go = climbs.promise > self._least(is_up, tops.max() - climbs.value)
        return ends, tops, climbs.curvature

    def _least(self, is_up: NDArray[np.bool_], behind: Array) -> Array | float:
        """What next steps have to promise `[m]`, of climbs that are behind the best by so much."""
        if len(behind) == 1 and behind[0] == 0:
            return self.fine if is_up[0] else LEAST * self.fine
        least = np.where(behind > 0, np.maximum(self.coarse, HOPELESS * behind), self.fine)
        return least if is_up.all() else np.where(is_up, least, LEAST * least)


class _Climbs:
    """Where the climbs are that go on, and where each will go next."""

    def __init__(self, how: Ascent, x: Array, evaluate: Evaluate, curvature: Curvature) -> None:
        self.how, self.x, self.curvature = how, x, curvature
        self.value, self.grad = evaluate(x)
        self.length = np.ones(len(x))  # of the next step, in units of `step`
        self.step, self.slope = self._aim(np.where(curvature.is_known, how.reach, FIRST))

    @property
    def promise(self) -> Array:
        """What each would gain by its next step `[m]`, were the curvature right."""
        return 0.5 * self.length * self.slope

    def move(self, evaluate: Evaluate) -> NDArray[np.bool_]:
        """Try a step of each climb; which of them went up, `[m]`."""
        trial = self.x + self.length[:, None] * self.step
        np.maximum(np.minimum(trial, self.how.high, out=trial), self.how.low, out=trial)
        s = trial - self.x
        rise = _dot(s, self.grad)
        value, grad = evaluate(trial)
        gain = value - self.value
        is_up = (gain >= ENOUGH * rise) & (rise > 0)
        y = (self.grad - grad) * (s != 0)
        if is_up.all():
            self.x, self.value, self.grad = trial, value, grad
            self._learn(s, y, rise)
            self.length = np.ones(len(s))
            self.step, self.slope = self._aim(self.how.reach)
            return is_up
        # Else to the top of the parabola through both, within limits.
        shorter = 0.5 * rise / np.where(rise > gain, rise - gain, 1.0)
        self.length = np.where(is_up, 1.0, self.length * shorter.clip(0.1, 0.5))
        if is_up.any():
            up = is_up[:, None]
            self.x, self.grad = np.where(up, trial, self.x), np.where(up, grad, self.grad)
            self.value = np.where(is_up, value, self.value)
            self._learn(s, np.where(up, y, 0.0), rise)
            step, slope = self._aim(self.how.reach)
            self.step = np.where(up, step, self.step)
            self.slope = np.where(is_up, slope, self.slope)
        return is_up

    def _learn(self, s: Array, y: Array, rise: Array) -> None:
        """Take in that gradients fell by `y [m, d]` along steps `s`, if that is clear."""
        sy = _dot(s, y)
        self.curvature.learn(s, y, np.where(sy > CURVED * rise, sy, 0.0))

    def keep_only(self, rows: NDArray[np.bool_]) -> None:
        """Leave out the climbs that are not in `rows [m]`."""
        self.x, self.value, self.grad = self.x[rows], self.value[rows], self.grad[rows]
        self.length, self.slope, self.step = self.length[rows], self.slope[rows], self.step[rows]
        self.curvature = self.curvature.only(rows)

    def _aim(self, reach: Array | float) -> tuple[Array, Array]:
        """The next steps `[m, d]`, along the curvature's product with the gradients, none longer
        than a reach in any coordinate in units of the scale; and how steep they are `[m]`.
        """
        above, below = self.x < self.how.high, self.x > self.how.low  # where there is room
        uphill = self.grad * np.where(self.grad > 0, above, below)
        product = self.curvature.times(uphill)
        step = np.where((uphill != 0) & np.where(product > 0, above, below), product, 0.0)
        slope = _dot(step, uphill)
        if not (slope > 0).all():  # without what would leave the box it may lead down
            plain = self.curvature.diagonal * uphill
            step = np.where((slope > 0)[:, None], step, plain)
            slope = _dot(step, uphill)
        longest = (np.abs(step) / self.how.scale).max(axis=1)
        share = reach / np.maximum(longest, reach)
        return step * share[:, None], slope * share


def _dot(a: Array, b: Array) -> Array:
    product: Array = np.einsum("ij,ij->i", a, b)
    return product
