"""A generator network: trained against the frozen scorer, then asked for points.

J. Linder, N. Bogard, A. B. Rosenberg, G. Seelig: A generative neural network for maximizing fitness
and diversity of synthetic DNA and protein sequences (deep exploration networks), Cell Systems 11,
2020, doi 10.1016/j.cels.2020.05.007; here its outputs are latent points of a decoder. The prior
term is ReNO's: L. Eyring et al., 2024, arXiv 2406.04312.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from blackbox.protocol import Array, Ask, Brief, Capability, Search
from blackbox.strategies.moves.steps import Progress
from blackbox.strategies.training.networks import Learner, at_work, perceptron

# Of the running mean size of the slopes, to which the terms of the loss are relative.
MEMORY = 0.9


@dataclass(frozen=True)
class GeneratorNetwork:
    """A network that moves prior draws to where the score is high (Linder et al. 2020).

    `z = e + h(e)` for draws e of the prior; h begins as zero, and is trained by Adam along the
    scorer's gradients at its own outputs, all of which are paid for. The rest of the budget, after
    its part `training`, goes to points of the trained network, without gradients.
    """

    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GRADIENT})
    # Outputs per step, and Adam's rate: measured with 200 and 1000 units on digits and synthetic
    # landscapes, 4 beats 8; 3e-3 is slow at 200, and 0.03 rough at 1000.
    batch: int = 4
    hidden: int = 64  # units of a layer
    learning_rate: float = 0.01  # of Adam, measured with `batch`
    training: float = 0.9  # the part of the budget
    # Weights of the other terms where the score's slope, at its usual size, has weight 1:
    diversity: float = 0.2  # of the cosine of two outputs, above the margin
    margin: float = 0.5  # the cosine up to which two outputs differ enough
    prior: float = 0.0  # of the log-density of the norm under a normal prior

    def __post_init__(self) -> None:
        """Refuse settings that train nothing."""
        if self.batch < 2 or self.hidden < 1 or not self.learning_rate > 0:
            raise ValueError(f"batch must be >= 2, hidden and learning_rate > 0: {self}")
        if not 0 < self.training <= 1 or min(self.diversity, self.prior) < 0:
            raise ValueError(f"training must be in (0, 1], diversity and prior >= 0: {self}")

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Train, then emit."""
        progress = Progress(brief)
        yield from progress.follow(self._trained(progress, rng))

    def _trained(self, progress: Progress, rng: np.random.Generator) -> Search:
        space, d = progress.brief.space, progress.brief.space.dim
        centre = space.from_unit(np.full(d, 0.5)) if space.prior == "box" else np.zeros(d)
        learner = Learner(perceptron(rng, d, self.hidden, d), self.learning_rate)
        drawn, size = space.sample(rng, self.batch), 0.0
        drawn[0] = progress.brief.start[0]
        while True:
            order: Literal[0, 1] = 1 if progress.share < self.training else 0
            with at_work():
                inputs = torch.from_numpy((drawn - centre) / space.scale)
                outputs = inputs + learner.network(inputs)
            ahead = centre + space.scale * outputs.detach().numpy()
            answer = yield (ask := Ask.inside(space, ahead, order))
            if order == 1:
                slope = space.tangent(ask.points, answer.grad * space.scale)
                now = float(np.linalg.norm(slope, axis=1).mean())
                size = MEMORY * size + (1 - MEMORY) * now if size > 0 else now
                with at_work():
                    learner.learn(self._loss(outputs, slope / (size or 1.0), space.prior))
            drawn = space.sample(rng, self.batch)

    def _loss(self, outputs: Tensor, slope: Array, prior: str) -> Tensor:
        loss = -(outputs * torch.from_numpy(slope)).sum(dim=1).mean()
        alike = functional.cosine_similarity(outputs, outputs.roll(1, dims=0))
        loss = loss + self.diversity * (alike - self.margin).relu().mean()
        if prior == "normal" and self.prior > 0:
            norm = outputs.norm(dim=1)
            shell = (outputs.shape[1] - 1) * norm.log() - norm**2 / 2
            loss = loss - self.prior * shell.mean()
        return loss
