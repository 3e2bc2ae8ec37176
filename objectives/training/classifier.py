"""How networks learn to read pictures: a class, a number, or the picture itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.training.learning import Recipe, learn, own_chance

Network = TypeVar("Network", bound=nn.Module)


def train_classifier(
    make: Callable[[], Network],
    images: Tensor,
    classes: Tensor,
    recipe: Recipe,
    *,
    vary: Callable[[Tensor], Tensor] = lambda x: x,
) -> Network:
    """The network of `make`, trained to name `classes` `[n]` of `images` `[n, h, w]` by logits.

    Each batch is varied by what leaves its classes true.
    """
    return _trained(
        make,
        lambda network, rows: functional.cross_entropy(network(vary(images[rows])), classes[rows]),
        len(images),
        recipe,
    )


def train_regressor(
    make: Callable[[], Network], images: Tensor, values: Tensor, recipe: Recipe, *, shift: int = 0
) -> Network:
    """The network of `make`, trained to predict finite `values` `[n]` from `images` `[n, h, w]`.

    The values are those of any shifted or mirrored picture too.
    """
    return _trained(
        make,
        lambda network, rows: functional.mse_loss(
            network(mirrored(moved(images[rows], shift))), values[rows]
        ),
        len(images),
        recipe,
    )


def train_copier(make: Callable[[], Network], images: Tensor, recipe: Recipe) -> Network:
    """The network of `make`, trained to give back `images` `[n, h, w]` (summed squared error)."""

    def loss(network: nn.Module, rows: Tensor) -> Tensor:
        missed: Tensor = network(images[rows]) - images[rows]
        return missed.square().sum(dim=(1, 2)).mean()

    return _trained(make, loss, len(images), recipe)


def moved(x: Tensor, most: int) -> Tensor:
    """The pictures `x` `[n, h, w]`, all moved by the same whole pixels; what leaves comes back."""
    if not most:
        return x
    down, right = torch.randint(-most, most + 1, (2,)).tolist()
    return x.roll((down, right), dims=(1, 2))


A_PIXEL_AWAY = partial(moved, most=1)


def mirrored(x: Tensor) -> Tensor:
    """The pictures `x` `[n, h, w]`, all turned over by the same choice of the two axes."""
    flips = torch.rand(2) < 0.5
    return x.flip([axis for axis, flip in zip((1, 2), flips.tolist(), strict=True) if flip])


def _trained(
    make: Callable[[], Network],
    loss: Callable[[nn.Module, Tensor], Tensor],
    n: int,
    recipe: Recipe,
) -> Network:
    with own_chance(recipe.seed):
        network = make()
        learn(network, lambda rows: loss(network, rows), n, recipe)
    return network
