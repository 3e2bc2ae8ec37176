"""Steps of Adam on a loss over rows of the data, from a seed of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to learn; the learning rate follows one cycle of Adam."""

    seed: int
    epochs: float
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    # Whether what is left of an epoch makes a short batch too.
    rest: bool = False

    def steps(self, n: int) -> int:
        """How many batches the epochs over `n` rows make."""
        return max(2, math.ceil(self.epochs * n / self.batch))


def learn(network: nn.Module, loss: Callable[[Tensor], Tensor], n: int, recipe: Recipe) -> None:
    """Train `network` on `loss`, which is given rows out of `n`; end in eval mode."""
    network.train()
    adam = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        adam, max_lr=recipe.learning_rate, total_steps=recipe.steps(n)
    )
    for _, rows in zip(range(recipe.steps(n)), batches(n, recipe.batch, recipe.rest), strict=False):
        adam.zero_grad()
        loss(rows).backward()  # type: ignore[no-untyped-call]
        adam.step()
        cycle.step()
    network.eval()


def batches(n: int, size: int, rest: bool = False) -> Iterator[Tensor]:
    """Rows `[size]` out of `n` for ever, each epoch in another order; a short `rest` is dropped."""
    n_used = n if rest or n < size else n - n % size
    while True:
        yield from torch.split(torch.randperm(n)[:n_used], size)


@contextmanager
def own_chance(seed: int) -> Iterator[None]:
    """Layers and dropout insist on torch's global generator: fence it, restore it afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
