"""Problems behind a decoder of random weights: small, the same everywhere, and of any dimension.

A network of random weights is a map with no holes and no meaning, so that what is found behind it
says something of the search alone. Layers are scaled as by X. Glorot, Y. Bengio: Understanding the
difficulty of training deep feedforward neural networks, AISTATS 2010, but half as large again.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from blackbox.objectives.call_forms import named
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective, ObjectiveError
from blackbox.space import Space

HIDDEN, PIXELS = 64, 100
LEAST = 1e-8  # an error below it counts as it


@named("perceptron.reconstruction")
def reconstruction(name: str, d: int = 24, *, differentiable: bool = True) -> Objective:
    """Find the latent of a given object: minus the log of the mean squared error of its decode."""
    decoder, hidden = _decoder(name, d), np.random.default_rng(d).standard_normal((1, d))
    with torch.no_grad():
        wanted = decoder(torch.tensor(hidden, dtype=torch.float32))

    def closeness(x: Tensor) -> Tensor:
        return -torch.log(((x - wanted) ** 2).sum(-1) / PIXELS + LEAST)

    return _searched(closeness, decoder, d, name, differentiable)


@named("perceptron.likeness")
def likeness(name: str, d: int = 32, *, differentiable: bool = True) -> Objective:
    """Turn the decode towards a direction that no latent reaches: cosine similarity."""
    wanted = torch.randn(PIXELS, generator=torch.Generator().manual_seed(1))

    def cosine(x: Tensor) -> Tensor:
        return torch.nn.functional.cosine_similarity(x, wanted, dim=-1)

    return _searched(cosine, _decoder(name, d), d, name, differentiable)


def _decoder(name: str, d: int) -> torch.nn.Module:
    if not is_whole(d) or d < 1:
        raise ObjectiveError(f"{name} needs a whole number d >= 1, not {d!r}")
    chance = torch.Generator().manual_seed(d)
    first, second = torch.nn.Linear(d, HIDDEN), torch.nn.Linear(HIDDEN, PIXELS)
    for layer in (first, second):
        layer.weight.data.normal_(0, 1.5 / math.sqrt(layer.in_features), generator=chance)
        layer.bias.data.normal_(0, 0.3, generator=chance)
    bent = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Tanh())
    return bent.requires_grad_(False)


def _searched(
    scorer: Callable[[Tensor], Tensor], decoder: torch.nn.Module, d: int, name: str, shown: bool
) -> Objective:
    hides = None if shown else False
    return Objective(scorer, decoder, Space.normal(d), name=name, differentiable=hides)
