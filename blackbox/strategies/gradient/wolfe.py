"""A line search to the weak Wolfe conditions, of which every trial is asked and paid for.

J. Nocedal, S. Wright: Numerical optimization, 2nd edition, 2006, doi:10.1007/978-0-387-40065-5,
algorithms 3.5 and 3.6, turned to ascent. A trial beyond the top is taken if it has risen enough,
however steeply it falls there: at a ridge with an edge no slope is flat (A. S. Lewis, M. Overton:
Nonsmooth optimization via quasi-Newton methods, 2013, doi:10.1007/s10107-012-0514-2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias

from blackbox.protocol import Answer, Array, Message

# Sufficient rise and curvature, as the book has them for quasi-Newton directions (p. 62).
C1, C2 = 1e-4, 0.9
# A good direction takes one or two trials; ten have shrunk a bracket a thousandfold.
MOST_TRIALS = 10


@dataclass(frozen=True, eq=False)
class Trial:
    """A point of the path, `length` along it, and what is known there."""

    length: float
    z: Array  # [1, d]
    score: float  # -inf where the point is invalid
    slope: Array  # [1, d], in score per prior sd
    rise: float  # the derivative of the score along the path


Asked: TypeAlias = Generator[Message, Answer, Trial | None]
Line: TypeAlias = Callable[[float], Generator[Message, Answer, Trial]]


def weak_wolfe(line: Line, start: Trial, first: float, longest: float) -> Asked:
    """A trial that satisfies both conditions, else the best that has risen enough, else None."""
    low, high, length = start, None, min(first, longest)
    for _ in range(MOST_TRIALS):
        trial = yield from line(length)
        enough = trial.score >= start.score + C1 * length * start.rise
        if not enough:
            high = trial
        elif trial.rise <= C2 * start.rise or length == longest:
            return trial
        else:
            low = trial
        length = min(2 * length, longest) if high is None else _between(low, high)
    return None if low is start else low


def _between(low: Trial, high: Trial) -> float:
    """The top of the cubic through both ends (eq. 3.59, minus the score), kept away from them."""
    width, part = high.length - low.length, 0.5
    if math.isfinite(high.score):
        d1 = 3 * (high.score - low.score) / width - low.rise - high.rise
        d2 = math.copysign(math.sqrt(max(d1 * d1 - low.rise * high.rise, 0.0)), width)
        across = low.rise - high.rise + 2 * d2
        part = 1 - (d2 - d1 - high.rise) / across if across != 0 else part
    return low.length + min(max(part, 0.1), 0.9) * width
