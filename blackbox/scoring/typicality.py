"""Does a long latent still look like noise? A judge of points where norms tell too little."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.scoring.judge import Judge

# As in the authors' code: blocks of four numbers, as they stand and in a hundred other orders.
BLOCK, SHUFFLES = 4, 100
# Below, there are too few blocks for the bounds to mean anything.
FEWEST = 100
# In nats. The 95th percentiles of 500 draws of noise are 0.79, 0.64, 0.58 and 0.69 for 100, 128,
# 784 and 3072 numbers.
LIMIT = 0.8


def noise_judge(dim: int) -> Judge:
    """The judge of latents `[n, dim]` that should be noise, as those of diffusion models.

    A search can leave the noise and keep its norm: by a mean, a pattern, a correlation. It says
    `noise_surprise`; 95 % of real noise lies below `high`. Raises ValueError for fewer than 100
    dimensions.

    >>> noise_judge(784).high
    0.8
    """
    if dim < FEWEST:
        raise ValueError(
            f"latents can be told from noise from 100 dimensions on, not {dim}: judge by their norm"
        )
    return Judge(noise_surprise, high=LIMIT, reads="latent")


def noise_surprise(z: Tensor) -> NDArray[np.float64]:
    """How unlikely the points `[n, *shape]` are as noise N(0, I), in nats, `[n]`; 0 is most usual.

    The numbers are cut into blocks, whose mean and second moments noise can hardly miss by more
    than certain bounds; the surprise is minus the log of both bounds' probabilities, for the order
    of the numbers as it stands and for the mean of a hundred others. Tang et al., DNO, 2024
    (arXiv 2405.18881), the probability regulariser.
    """
    points = z.double().flatten(1)
    orders = _orders(points.shape[1])
    each = [_unlikely(row[orders]) for row in points]
    return np.array([float(one[0] + one[1:].mean()) for one in each])


def _unlikely(z: Tensor) -> Tensor:
    """Minus the log-probability `[k]` that rows `[k, d]` are noise, at least; 0 where likely."""
    n = z.shape[1] // BLOCK
    blocks = z[:, : n * BLOCK].view(len(z), n, BLOCK)
    mean = blocks.mean(dim=1).square().sum(dim=1)
    moments = blocks.mT @ blocks / n - torch.eye(BLOCK, dtype=z.dtype)
    stretch = torch.linalg.eigvalsh(moments).abs().amax(dim=1)
    excess = ((1 + stretch).sqrt() - 1 - math.sqrt(BLOCK / n)).clamp(min=0)
    exponents = torch.stack([n * mean / (2 * BLOCK), n * excess.square() / 2])
    return (exponents - math.log(2)).clamp(min=0).sum(dim=0)


@cache
def _orders(dim: int) -> Tensor:
    rng = np.random.default_rng(dim)
    shuffled = [rng.permutation(dim) for _ in range(SHUFFLES)]
    return torch.from_numpy(np.stack([np.arange(dim), *shuffled]))
