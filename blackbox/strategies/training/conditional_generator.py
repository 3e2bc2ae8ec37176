"""Learn p(z | score) from what was scored, ask it for a score beyond the best seen, and repeat.

A. Kumar, S. Levine: Model inversion networks for model-based optimization, 2020, arXiv 1912.13464;
with a flow for the conditional generator as in S. Krishnamoorthy, S. M. Mashkaria, A. Grover:
Diffusion models for black-box optimization (DDOM), 2023, arXiv 2306.07180, but trained by flow
matching: Y. Lipman et al., 2022, arXiv 2210.02747. Weights by rank: A. Tripp et al., 2020, arXiv
2006.09191.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.space import EDGE
from blackbox.strategies.training.networks import Learner, at_work, perceptron

# Euler steps from noise to a point, and points per step of training.
EULER, MINIBATCH = 12, 64


@dataclass(frozen=True)
class ConditionalGenerator:
    """A flow from noise to points of a wanted score (Kumar and Levine 2020, arXiv 1912.13464).

    It works in quantiles of the prior, so that every point lies in the space. Scores are told to it
    as normal quantiles of their ranks; it is asked for that of the best, plus `beyond`.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset()
    first: int = 10  # draws of the prior before the first training
    # Points and steps of training per round, and the units of a layer. With 300 scores on five
    # landscapes as good as 10 and 50, and as 20 and 150 of 128 units, at a third of the time.
    batch: int = 5
    steps: int = 25
    hidden: int = 64
    # Sd of the ranks' normal quantiles: with 300 scores, 0 and 0.1 were alike, 0.2 overshot.
    beyond: float = 0.1
    learning_rate: float = 3e-3
    sharpness: float = 0.1  # the best of n weighs (1 + 1/sharpness) times as much as the worst

    def __post_init__(self) -> None:
        """Refuse settings that learn nothing."""
        if min(self.first, self.batch, self.hidden, self.steps) < 1:
            raise ValueError(f"first, batch, hidden and steps must be >= 1: {self}")
        if not (self.learning_rate > 0 and self.sharpness > 0 and self.beyond >= 0):
            raise ValueError(f"learning_rate and sharpness must be > 0, beyond >= 0: {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Draw from the prior, then in turns learn and ask."""
        space = brief.space
        flow = ConditionalFlow(rng, space.dim, self.hidden, self.learning_rate)
        z = space.sample(rng, self.first)
        z[0] = brief.start[0]
        points, score = np.empty((0, space.dim)), np.empty(0)
        while True:
            answer = yield Ask(z)
            points = np.concatenate([points, z[answer.valid]])
            score = np.concatenate([score, answer.score[answer.valid]])
            if not len(score):
                z = space.sample(rng, self.batch)
                continue
            wanted = ndtri((rankdata(score) - 0.5) / len(score))
            noise = ndtri(np.clip(space.to_unit(points), EDGE, 1 - EDGE))
            flow.learn(noise, wanted, self.weights(score), self.steps)
            z = space.from_unit(ndtr(flow.sample(self.batch, float(wanted.max()) + self.beyond)))

    def weights(self, score: Array) -> Array:
        """Weights `[n]` that fall with the rank of the score, and sum to 1 (Tripp's section 3)."""
        heavy = 1 / (self.sharpness * len(score) + rankdata(-score) - 1)
        shares: Array = heavy / heavy.sum()
        return shares


class ConditionalFlow:
    """A velocity `v(y, t, s)` that carries noise to points of a score s as t goes from 0 to 1."""

    def __init__(
        self, rng: np.random.Generator, dim: int, hidden: int, learning_rate: float
    ) -> None:
        """Begin as the identity: noise is a draw of the prior."""
        self._rng, self._dim = rng, dim
        self._learner = Learner(perceptron(rng, dim + 2, hidden, hidden, dim), learning_rate)

    def learn(self, points: Array, score: Array, weight: Array, steps: int) -> None:
        """Match the straight way from noise to each point `[n, d]`, drawn by its weight `[n]`."""
        with at_work():
            for _ in range(steps):
                rows = self._rng.choice(len(points), MINIBATCH, p=weight)
                noise = self._rng.standard_normal((MINIBATCH, self._dim))
                t = self._rng.random((MINIBATCH, 1))
                y = (1 - t) * noise + t * points[rows]
                way = torch.from_numpy(points[rows] - noise)
                miss = self._velocity(y, t, score[rows, None]) - way
                self._learner.learn(miss.square().sum(dim=1).mean())

    def sample(self, n: int, score: float) -> Array:
        """Points `[n, d]` for a score, by Euler's steps."""
        y = self._rng.standard_normal((n, self._dim))
        with at_work(), torch.no_grad():
            for step in range(EULER):
                t = np.full((n, 1), step / EULER)
                y = y + self._velocity(y, t, np.full((n, 1), score)).numpy() / EULER
        return y

    def _velocity(self, y: Array, t: Array, score: Array) -> torch.Tensor:
        v: torch.Tensor = self._learner.network(torch.from_numpy(np.hstack([y, t, score])))
        return v
