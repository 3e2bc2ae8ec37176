"""The first points of a search that chooses: a cover of the prior, and what it tells of the score.

None of it is wasted: they are the first points of whoever is chosen then. What is seen in them does
not change where all scores become `a score + b`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from blackbox.protocol import Answer, Array, Ask, Brief, Message, Work
from blackbox.strategies.bayesian.acquisition import QuasiRandom
from blackbox.strategies.composed.conversation import Listener, Paid

# One point for each axis or a tenth of the budget, at least 5; at most 20, and a quarter of it.
SHARE, LEAST, MOST, LARGEST_SHARE = 0.1, 5, 20, 0.25
# Where a climb begins next it has no use for more: measured on the problems of
# `tests/campaigns/gradient_problems.py`, 3 to 10 are level, and ahead of up to 20.
MOST_OF_CLIMBS = 10
LARGE = 100  # dimensions from which quadratic models cost too many points
# Beyond them, without gradients, a process that begins with so many finds more; at most half of the
# budget. Measured with 60 scores on ten problems of 128 and 512 dimensions, none of a campaign.
MOST_OF_LARGE, SHARE_OF_LARGE = 32, 0.5
STEPPED = 0.15  # of 20 draws of a continuous score no two are equal but by rounding


@dataclass(frozen=True)
class Probes:
    """What the first points `[n, d]`, best first, tell of the score."""

    z: Array
    ties: float  # share of the valid scores that another one equals

    @property
    def has_steps(self) -> bool:
        """Whether the score stands still in places: no slope and no quadratic leads on there."""
        return self.ties > STEPPED


def smoothness(z: Array, score: Array, at: Array, scale: Array) -> float:
    """How much of the scores `[n]` near a point `[1, d]` a quadratic foretells: 1 all, 0 nothing.

    Each of the nearest points is left out in turn (the PRESS of Allen, 1974, doi:10.2307/1267500),
    of a model with a slope and a curvature for each axis: of the scores, or of their ranks where
    those are foretold better.
    """
    d = z.shape[1]
    x = (z - at) / scale
    nearest = np.argsort((x**2).sum(axis=1), kind="stable")[: 4 * d + 10]
    x, y = x[nearest], score[nearest]
    if len(y) < 2 * d + 4 or len(np.unique(y)) < (1 - STEPPED) * len(y):
        return 0.0
    x = x / np.abs(x).max()
    terms = np.hstack([np.ones((len(y), 1)), x, x**2])
    hat = terms @ np.linalg.pinv(terms, rcond=1e-8)
    left = np.maximum(1 - np.diag(hat), 1e-6)

    def explained(y: Array) -> float:
        y = (y - y.mean()) / y.std()
        return float(1 - (((y - hat @ y) / left) ** 2).mean())

    return max(explained(y), explained(rankdata(y)))


def how_many(brief: Brief) -> int:
    """How many points are scored before a search is chosen, the start included."""
    scores = brief.price.affordable(brief.budget, Work(scores=1))
    climbs = brief.differentiable and brief.constraints is None
    most = min(MOST_OF_CLIMBS if climbs else MOST, LARGEST_SHARE * scores)
    if brief.space.dim > LARGE and not brief.differentiable:
        most = min(MOST_OF_LARGE, SHARE_OF_LARGE * scores)
    return max(1, int(min(most, max(LEAST, brief.space.dim, SHARE * scores))))


def probed(
    brief: Brief, paid: Paid, listener: Listener, rng: np.random.Generator
) -> Generator[Message, Answer, Probes]:
    """Score the start and a quasi-random cover of the prior; with what is known they are judged."""
    space = brief.space
    more = how_many(brief) - 1
    drawn = QuasiRandom(space.dim, rng).draw(more) if more else np.empty((0, space.dim))
    ask = Ask(np.vstack([brief.start[:1], space.clip(space.from_unit(drawn))]))
    answer = yield ask
    listener.hear(ask, answer)
    paid.hear(ask, answer)
    levels = listener.levels(answer)
    scores = answer.score[answer.valid]
    if brief.known is not None:
        scores = np.append(scores, brief.known[1].score[brief.known[1].valid])
    ties = 1 - len(np.unique(scores)) / len(scores) if len(scores) else 0.0
    order = np.argsort(-levels, kind="stable")
    return Probes(ask.points[order], ties)
