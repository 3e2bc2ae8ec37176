"""How a flow learns: the velocity of straight lines from noise to data, at random times.

Noise and data of a batch are paired so that the lines are short and cross little (Tong et al.,
2024, arXiv 2302.00482): the paths that are learned bend less, and few steps follow them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from blackbox.objectives.networks.flow import Flow
from blackbox.objectives.training.learning import Recipe, learn, own_chance


def train_flow(make: Callable[[], Flow], data: Tensor, recipe: Recipe) -> Flow:
    """The flow of `make`, trained to reach the rows of `data` `[n, d]` from N(0, I)."""
    with own_chance(recipe.seed):
        flow = make()
        learn(flow, lambda rows: matching_loss(flow, data[rows]), len(data), recipe)
    return flow


def matching_loss(flow: Flow, x: Tensor) -> Tensor:
    """How far the velocity is from `x - noise` between them, squared, a mean over `[n, d]`.

    Lipman et al. 2023, equation 23 without the remaining noise (sigma_min = 0).
    """
    noise, t = paired(torch.randn_like(x), x), torch.rand(len(x))
    between = (1 - t[:, None]) * noise + t[:, None] * x
    missed: Tensor = flow.velocity(between, t) - (x - noise)
    return missed.square().mean()


def paired(noise: Tensor, x: Tensor) -> Tensor:
    """The rows of `noise` `[n, d]` in the order that brings them closest to those of `x`."""
    return noise[linear_sum_assignment(torch.cdist(noise, x).T.square())[1]]
