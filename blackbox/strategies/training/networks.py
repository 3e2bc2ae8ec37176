"""Small networks that are trained while they search; all chance is the generator handed in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn


def perceptron(rng: np.random.Generator, *widths: int) -> nn.Sequential:
    """A smooth network (SiLU) whose last layer is zero, so that it begins as the zero function."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        # A layer's own first weights would come from torch's global generator.
        linear: nn.Linear = nn.utils.skip_init(  # type: ignore[no-untyped-call]
            nn.Linear, inputs, outputs, dtype=torch.float64
        )
        weight = rng.standard_normal((outputs, inputs)) / math.sqrt(inputs)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight))
            linear.bias.zero_()
        layers += [linear, nn.SiLU()]
    with torch.no_grad():
        linear.weight.zero_()
    return nn.Sequential(*layers[:-1])


class Learner:
    """A network and its Adam (arXiv 1412.6980)."""

    def __init__(self, network: nn.Module, learning_rate: float) -> None:
        """Take all the network's parameters."""
        self.network = network
        self._adam = torch.optim.Adam(network.parameters(), lr=learning_rate)

    def learn(self, loss: Tensor) -> None:
        """One step down the loss."""
        self._adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step()


@contextmanager
def at_work() -> Iterator[None]:
    """With gradients, on one thread: last bits must not depend on how many cores shared a sum."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)
