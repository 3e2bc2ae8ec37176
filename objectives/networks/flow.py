"""A flow from noise to data along a learned velocity, integrated by Euler steps: deterministic.

Lipman, Chen, Ben-Hamu, Nickel and Le, Flow Matching for Generative Modeling, 2023 (arXiv
2210.02747); straight paths as in Liu, Gong and Liu, Rectified Flow, 2023 (arXiv 2209.03003).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from blackbox.objectives.networks.autoencoder import perceptron

# Few: the paths are nearly straight, and each step of a decode costs one network.
STEPS = 10
# The time in [0, 1] as sines and cosines of these many octaves.
OCTAVES = 4
# Enough to undo a step, where data is not squeezed hard; and what an undone one may miss in single
# precision, in others as many roundings.
REPEATS, CLOSE = 32, 1e-6


class Flow(nn.Module):
    """Noise `z` `[n, d]` to data `[n, d]` by Euler steps along `velocity(x, t)`, t from 0 to 1."""

    def __init__(self, velocity: nn.Module, steps: int = STEPS) -> None:
        """Follow `velocity`, a module of points `[n, d]` and times `[n]` to velocities `[n, d]`."""
        super().__init__()
        self.velocity, self.steps = velocity, steps

    def forward(self, z: Tensor) -> Tensor:
        """Where the flow takes the noise `z` `[n, d]`."""
        x = z
        for step in range(self.steps):
            x = x + self.velocity(x, self._time(step, x)) / self.steps
        return x

    def inverse(self, x: Tensor, repeats: int = REPEATS, pace: float = 1.0) -> Tensor:
        """The noise `[n, d]` that the flow takes to the data `x` `[n, d]`, nearly.

        Each Euler step is undone by at most `repeats` fixed-point iterations, which go a part
        `pace` of the way: all of it overshoots where a step squeezes hard, and diverges. What the
        steps squeeze together comes apart slowly: the way from data and back is closer than that
        from noise.
        """
        close = CLOSE * (torch.finfo(x.dtype).eps / torch.finfo(torch.float32).eps)
        for step in reversed(range(self.steps)):
            after, x = x, x - self.velocity(x, self._time(step, x)) / self.steps
            for _ in range(repeats):
                missed = x + self.velocity(x, self._time(step, x)) / self.steps - after
                x = x - pace * missed
                if missed.abs().max() < close:
                    break
        return x

    def _time(self, step: int, x: Tensor) -> Tensor:
        return torch.full((len(x),), step / self.steps, dtype=x.dtype)


class PerceptronVelocity(nn.Module):
    """The velocity of points `[n, d]` by a perceptron that also sees the time."""

    def __init__(self, dim: int, *hidden: int) -> None:
        """A perceptron from `dim` numbers and the time through the `hidden` widths."""
        super().__init__()
        self.layers = perceptron(dim + 2 * OCTAVES, *hidden, dim)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The velocity `[n, d]` at the points `x` `[n, d]` and times `t` `[n]`."""
        v: Tensor = self.layers(torch.cat([x, waves(t)], dim=1))
        return v


def waves(t: Tensor) -> Tensor:
    """The times `t` `[n]` as sines and cosines `[n, 8]` of doubling frequency."""
    angles = t[:, None] * torch.pi * 2.0 ** torch.arange(OCTAVES, dtype=t.dtype) / 2
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Developed(nn.Module):
    """Rows `[n, d]` from -1 (paper) to 1 (ink) as square pictures, clipped to `[0, 1]`."""

    def forward(self, rows: Tensor) -> Tensor:
        """The pictures `[n, h, h]`."""
        side = math.isqrt(rows.shape[1])
        return ((rows + 1) / 2).clamp(0, 1).view(-1, side, side)
