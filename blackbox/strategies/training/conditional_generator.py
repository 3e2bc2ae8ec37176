"""Learn p(z | score) from what was scored, and ask it for a wanted score, or one beyond the best.

A. Kumar, S. Levine: Model inversion networks for model-based optimization, 2020, arXiv 1912.13464;
with a flow for the conditional generator as in S. Krishnamoorthy, S. M. Mashkaria, A. Grover:
Diffusion models for black-box optimization (DDOM), 2023, arXiv 2306.07180, but trained by flow
matching: Y. Lipman et al., 2022, arXiv 2210.02747. Weights by rank: A. Tripp et al., 2020, arXiv
2006.09191. Points are smoothed by a kernel that leaves the prior as it is: B. W. Silverman, G. A.
Young: The bootstrap: to smooth or not to smooth?, Biometrika 74, 1987, doi 10.1093/biomet/74.3.469.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.space import EDGE
from blackbox.strategies.training.networks import Learner, at_work, perceptron

VERSION = 2  # points are smoothed, and any score can be asked for
# Euler steps from noise to a point, and points per step of training.
EULER, MINIBATCH = 12, 64
# Smoothing draws scores to the middle. Where most of what was made lies to one side of a wanted
# score, the next are asked for a little more of the other side, up to so many sd in all.
GAIN, MOST_LEAD = 0.1, 1.0


@dataclass(frozen=True)
class ConditionalGenerator:
    """A flow from noise to points of a wanted score (Kumar and Levine 2020, arXiv 1912.13464).

    It works in quantiles of the prior, so that every point lies in the space. Scores are told to it
    as normal quantiles of their ranks. It is asked for that of `score`; where none is given, or
    none so high was seen, for that of the best, plus `beyond`.

    A flow that learns few points by heart makes these again, learns them, and ends with one point:
    on 8x8 digits its density was e^100 times the prior's where one draw in fifty would do. So it
    learns points blurred by draws of the prior, and by how much as another condition, and each
    batch holds sharp points and blurred ones.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    first: int = 10  # draws of the prior before the first training
    # Points and steps of training per round, and the units of a layer. With 300 scores on five
    # landscapes as good as 10 and 50, and as 20 and 150 of 128 units, at a third of the time.
    batch: int = 5
    steps: int = 25  # of training per round, measured with `batch`
    hidden: int = 64  # units of a layer, measured with `batch`
    score: float | None = None  # the score to be generated
    beyond: float = 0.3  # of the best (or worst), in sd of the ranks' normal quantiles
    # The largest part of a point that is a new draw of the prior, in sd; the points of a batch are
    # blurred up to it, from hardly at all. On the digits with 200 scores, a wanted score of log
    # 0.9999, and 0.6, 0.75 and 0.9: 0.93, 0.90, 0.83 of them hit, two lie 0.11, 0.12, 0.15 apart.
    smoothing: float = 0.8
    # The sd of the noise that points are made of. Above 1 they differ more, and hit less often: on
    # the digits of 8x8 and of MNIST with 200 scores, 1 and 1.25: two lie 0.09 and 0.12, 0.18 and
    # 0.21 apart, 0.97 and 0.95, 0.98 and 0.99 of them hit. Where one point is wanted, it costs
    # score: on a sphere of ten dimensions the best of 300 is -3.4 at 1, and -7.0 at 1.25.
    temperature: float = 1.0
    learning_rate: float = 3e-3  # of Adam
    sharpness: float = 0.1  # the best of n weighs (1 + 1/sharpness) times as much as the worst

    def __post_init__(self) -> None:
        """Refuse settings that learn nothing."""
        if min(self.first, self.batch, self.hidden, self.steps) < 1:
            raise ValueError(f"first, batch, hidden and steps must be >= 1: {self}")
        if not (min(self.learning_rate, self.sharpness, self.temperature) > 0 <= self.beyond):
            what = "learning_rate, sharpness and temperature must be > 0, beyond >= 0"
            raise ValueError(f"{what}: {self}")
        if not 0 <= self.smoothing < 1:
            raise ValueError(f"smoothing must be in [0, 1): {self}")
        if self.score is not None and not _is_a_number(self.score):
            raise ValueError(f"score must be a finite number: {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Draw from the prior, then in turns learn and ask."""
        space = brief.space
        flow = ConditionalFlow(rng, space.dim, self.hidden, self.learning_rate)
        z = space.sample(rng, self.first)
        z[0] = brief.start[0]
        points, score, lead = np.empty((0, space.dim)), np.empty(0), 0.0
        while True:
            answer = yield Ask(z)
            points = np.concatenate([points, z[answer.valid]])
            score = np.concatenate([score, answer.score[answer.valid]])
            if not len(score):
                z = space.sample(rng, self.batch)
                continue
            if self.score is not None and answer.valid.any():
                lead += GAIN * float(np.sign(self.score - answer.score[answer.valid]).mean())
                lead = min(max(lead, -MOST_LEAD), MOST_LEAD)
            ranks = ndtri((rankdata(score) - 0.5) / len(score))
            wanted = self.wanted(score, ranks)
            noise = ndtri(np.clip(space.to_unit(points), EDGE, 1 - EDGE))
            weights = self.weights(-np.abs(ranks - wanted))
            flow.learn(noise, ranks, weights, self.steps, self.smoothing)
            made = flow.sample(self.batch, wanted + lead, self.smoothing, self.temperature)
            z = space.from_unit(ndtr(made))

    def wanted(self, score: Array, ranks: Array) -> float:
        """What to ask for, on the scale of `ranks` `[n]`: normal quantiles of scores `[n]`."""
        if self.score is None or self.score > score.max():
            return float(ranks.max()) + self.beyond
        if self.score < score.min():
            return float(ranks.min()) - self.beyond
        return float(np.interp(self.score, np.sort(score), np.sort(ranks)))

    def weights(self, score: Array) -> Array:
        """Weights `[n]` that fall with the rank of a score, and sum to 1 (Tripp's section 3)."""
        heavy = 1 / (self.sharpness * len(score) + rankdata(-score) - 1)
        shares: Array = heavy / heavy.sum()
        return shares


class ConditionalFlow:
    """A velocity `v(y, t, s, b)` that carries noise, as t goes from 0 to 1, to points of a score s.

    Points are blurred by b: a new draw of the prior is added, of b sd, and draws of the prior stay
    such.
    """

    def __init__(
        self, rng: np.random.Generator, dim: int, hidden: int, learning_rate: float
    ) -> None:
        """Begin as the identity: noise is a draw of the prior."""
        self._rng, self._dim = rng, dim
        self._learner = Learner(perceptron(rng, dim + 3, hidden, hidden, dim), learning_rate)

    def learn(
        self, points: Array, score: Array, weight: Array, steps: int, blur: float = 0.0
    ) -> None:
        """Match the straight way from noise to each point `[n, d]`, drawn by its weight `[n]`."""
        with at_work():
            for _ in range(steps):
                rows = self._rng.choice(len(points), MINIBATCH, p=weight)
                noise, more = self._rng.standard_normal((2, MINIBATCH, self._dim))
                t, b = self._rng.random((2, MINIBATCH, 1))
                b *= blur
                ends = np.sqrt(1 - b * b) * points[rows] + b * more
                y = (1 - t) * noise + t * ends
                way = torch.from_numpy(ends - noise)
                miss = self._velocity(y, t, score[rows, None], b) - way
                self._learner.learn(miss.square().sum(dim=1).mean())

    def sample(self, n: int, score: float, blur: float = 0.0, temperature: float = 1.0) -> Array:
        """Points `[n, d]` for a score, blurred from not at all to `blur`, by Euler's steps."""
        y = temperature * self._rng.standard_normal((n, self._dim))
        b = blur * (np.arange(n)[:, None] + self._rng.random((n, 1))) / n
        with at_work(), torch.no_grad():
            for step in range(EULER):
                t = np.full((n, 1), step / EULER)
                y = y + self._velocity(y, t, np.full((n, 1), score), b).numpy() / EULER
        return y

    def _velocity(self, y: Array, t: Array, score: Array, blur: Array) -> torch.Tensor:
        v: torch.Tensor = self._learner.network(torch.from_numpy(np.hstack([y, t, score, blur])))
        return v


def _is_a_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
