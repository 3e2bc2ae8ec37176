"""L-BFGS with a line search to the weak Wolfe conditions, each trial of which is paid for.

J. Nocedal, S. Wright: Numerical optimization, 2nd edition, 2006, doi:10.1007/978-0-387-40065-5,
algorithm 7.4; D. Liu, J. Nocedal: On the limited memory BFGS method, 1989, doi:10.1007/BF01589116.
On a sphere pairs are carried along by projection (Absil et al. 2008, section 8.1); in a box the
path is bent at the bounds (Bertsekas 1982, doi:10.1137/0320018).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Array, Ask, Brief, Capability, Message, Search
from blackbox.space import Space
from blackbox.strategies.gradient.wolfe import Line, Trial, weak_wolfe
from blackbox.strategies.moves.starting import best_of

# 3: a line ends at the weak Wolfe conditions, and without curvature at a step of prior scale;
# 2: asks no point of a line twice.
VERSION = 3

Pair: TypeAlias = tuple[Array, Array]  # a step and minus the change of the slope, [1, d] each
# No step goes further in any coordinate, in prior sd: beyond it lies nothing of a prior's mass.
REACH = 10.0
# A pair must show curvature, beyond rounding, to keep the matrix positive definite (eq. 7.15): the
# cosine between its two, which no scale of the score changes.
LEAST_CURVATURE = 1e-10


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS, restarted where it has converged (Liu and Nocedal 1989).

    A climb has converged when its slope is flat, no step along it rises, or the last one rose by
    less than `tolerance` of the whole climb; then comes the best of the next `draws`.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})
    # Pairs. The book finds 3 to 20 satisfactory; measured with 200 units on eight objectives of 6
    # to 20 dimensions, 20 beats 10 (scipy's default) beats 5. A gradient costs more than a pair.
    memory: int = 20
    draws: int = 10  # starts, of which the best is climbed from: measured in starting.py
    first_step: float = 1.0  # prior sd; the length of the first trial, before curvature is known
    tolerance: float = 1e-12  # 1e-9 stops the superlinear end one or two steps short

    def __post_init__(self) -> None:
        """Refuse numbers outside their bounds."""
        if self.memory < 1 or self.draws < 1:
            raise ValueError(f"memory and draws must be >= 1: {self}")
        if not 0 < self.first_step < np.inf or not 0 <= self.tolerance < 1:
            raise ValueError(f"first_step must be > 0 and tolerance in [0, 1): {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Climb from the best of the next starts, for ever."""
        starts = brief.starts(rng)
        while True:
            z = next(starts) if self.draws == 1 else (yield from best_of(starts, self.draws))[0]
            yield from self._climb(z, brief.space)

    def _climb(self, z: Array, space: Space) -> Search:
        answer = yield Ask(z, 1)
        first = here = _trial(*_looked(answer, z, space), 0.0, z, np.zeros_like(z))
        pairs: deque[Pair] = deque(maxlen=self.memory)
        while True:
            free = ~_outward(here.z, here.slope, space)
            slope = here.slope * free
            if not slope.any():
                return
            seen = _curved([[space.tangent(here.z, v) * free for v in pair] for pair in pairs])
            p = _direction(slope, seen) * free
            p[_outward(here.z, p, space)] = 0.0
            here = replace(here, length=0.0, rise=float((slope * p).sum()))
            if not here.rise > 0:
                if not seen:
                    return  # p is the slope itself, and so small that its square is 0
                pairs.clear()
                continue
            length = 1.0 if seen else self.first_step / float(np.linalg.norm(p))
            longest = REACH / float(np.abs(p).max())
            further = yield from weak_wolfe(_line(here, p, space), here, length, longest)
            if further is None:
                return
            pairs.append(((further.z - here.z) / space.scale, here.slope - further.slope))
            if further.score - here.score <= self.tolerance * (further.score - first.score):
                return
            here = further


def _line(here: Trial, p: Array, space: Space) -> Line:
    """From a trial along `p`, bent to stay in the space; a point of the line is asked once."""
    z, looked = here.z, {here.z.tobytes(): (here.score, here.slope)}

    def at(length: float) -> Generator[Message, Answer, Trial]:
        ahead = z + space.scale * length * p
        ask = Ask.inside(space, ahead, 1)
        there = ask.points
        if space.prior == "sphere":
            velocity = space.tangent(there, p) * (space.radius / np.linalg.norm(ahead))
        else:
            velocity = np.where(there == ahead, p, 0.0)
        # A step below the last digit of z leads back to z, and two of them to one point.
        if (key := there.tobytes()) not in looked:
            looked[key] = _looked((yield ask), there, space)
        return _trial(*looked[key], length, there, velocity)

    return at


def _looked(answer: Answer, z: Array, space: Space) -> tuple[float, Array]:
    """The score at a point, -inf where it is invalid, and its slope in score per prior sd."""
    score = float(answer.score[0]) if answer.valid[0] else -np.inf
    return score, space.tangent(z, answer.grad * space.scale)


def _trial(score: float, slope: Array, length: float, z: Array, velocity: Array) -> Trial:
    return Trial(length, z, score, slope, float((slope * velocity).sum()))


def _outward(z: Array, v: Array, space: Space) -> NDArray[np.bool_]:
    """Which coordinates of `v` lead out of the space at once, `[1, d]`."""
    low, high = space.ends
    return ((z <= low) & (v < 0)) | ((z >= high) & (v > 0))


def _curved(pairs: list[list[Array]]) -> list[list[Array]]:
    """Those of which what is left in this tangent space, and at these bounds, shows curvature."""
    return [
        [s, y]
        for s, y in pairs
        if _dot(s, y) > LEAST_CURVATURE * np.sqrt(_dot(s, s)) * np.sqrt(_dot(y, y)) > 0
    ]


def _direction(slope: Array, curved: list[list[Array]]) -> Array:
    """Algorithm 7.4: the slope times the inverse Hessian of minus the score."""
    q, alphas = slope.copy(), []
    for s, y in reversed(curved):
        alphas.append(_dot(s, q) / _dot(s, y))
        q -= alphas[-1] * y
    if curved:
        s, y = curved[-1]
        q *= _dot(s, y) / _dot(y, y)  # eq. 7.20
    for (s, y), alpha in zip(curved, reversed(alphas), strict=True):
        q += s * (alpha - _dot(y, q) / _dot(s, y))
    return q


def _dot(a: Array, b: Array) -> float:
    return float((a * b).sum())
