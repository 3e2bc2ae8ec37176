"""Interval halving and a ridge: an example of a strategy and an objective in their own package."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch

import blackbox as bb


@dataclass(frozen=True)
class Halving:
    """Draws around the best point, in a ball that halves where nothing is found (an example)."""

    radius: float = 2.0  # prior sd: about the size of a normal prior
    patience: int = 8  # draws without a better one: two per axis of a small problem

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> Generator[bb.Ask, bb.Answer]:
        """Halve from each start in turn, down to a thousandth of the radius."""
        start, radius, idle = 0, self.radius, 0
        z = brief.start[:1]
        best = (yield bb.Ask(z)).score[0]
        while True:
            step = radius * brief.space.scale * rng.standard_normal(z.shape)
            score = (yield bb.Ask(other := brief.space.clip(z + step))).score[0]
            z, best, idle = (other, score, 0) if score > best else (z, best, idle + 1)
            if idle >= self.patience:
                radius, idle = radius / 2, 0
            if radius < self.radius / 1000:
                start, radius = start + 1, self.radius
                z = brief.start[start % len(brief.start)][None]
                best = (yield bb.Ask(z)).score[0]


def ridge(d: int = 4) -> bb.Objective:
    """A sharp ridge along the first axis (an example); its best is 0."""
    space = bb.Space.normal(d)
    function = lambda z: -z[:, 0].square() - 10 * torch.linalg.vector_norm(z[:, 1:], dim=1)  # noqa: E731
    return bb.Objective(function, space=space, optimum=0.0, name=f"halving.ridge(d={d})")
