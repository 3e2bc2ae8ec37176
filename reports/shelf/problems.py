"""Problems that `auto` was not tuned on: landscapes, a decoder of random weights, a regressor.

Levy, Styblinski-Tang and Griewank as in M. Jamil, X.-S. Yang, 2013, arXiv 1308.4008, shifted like
those of `blackbox.objectives.synthetic`, so that no search gains by looking at the centre.
"""

from __future__ import annotations

import math
import warnings
from functools import cache

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor
from torch import Tensor

import blackbox as bb
from blackbox.objectives.synthetic import landscapes


def _levy(y: Tensor) -> Tensor:
    """A bowl crossed by waves of two kinds."""
    w = 1 + y / 4
    first = torch.sin(math.pi * w[:, 0]) ** 2
    inner = (w[:, :-1] - 1) ** 2 * (1 + 10 * torch.sin(math.pi * w[:, :-1] + 1) ** 2)
    last = (w[:, -1] - 1) ** 2 * (1 + torch.sin(2 * math.pi * w[:, -1]) ** 2)
    return first + inner.sum(-1) + last


def _styblinski_tang(y: Tensor) -> Tensor:
    """Two basins in each coordinate, one deeper: 2^d local optima."""
    w = y - 2.9035340
    value: Tensor = 0.5 * (w**4 - 16 * w**2 + 5 * w).sum(-1) + 39.16616570 * y.shape[1]
    return value


def _griewank(y: Tensor) -> Tensor:
    """A wide bowl under a product of ripples; the domain is scaled to [-100, 100]."""
    w = 20 * y
    roots = torch.arange(1, y.shape[1] + 1, dtype=y.dtype).sqrt()
    return (w**2).sum(-1) / 4000 - torch.cos(w / roots).prod(-1) + 1


levy = landscapes(_levy, least=2)
styblinski_tang = landscapes(_styblinski_tang)
griewank = landscapes(_griewank)


def _decoder(d: int, pixels: int) -> torch.nn.Module:
    """A perceptron of random weights, frozen: what it makes has no holes and no meaning."""
    chance = torch.Generator().manual_seed(d)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in ((d, 64), (64, pixels)):
        layer = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.normal_(0, 1.5 / math.sqrt(inputs), generator=chance)
            layer.bias.normal_(0, 0.3, generator=chance)
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers).requires_grad_(False)


def reconstruction(d: int = 24, *, differentiable: bool = True) -> bb.Objective:
    """Find the latent of a given object: minus the log of the mean squared error of its decode."""
    decoder, pixels = _decoder(d, 100), 100
    hidden = np.random.default_rng(d).standard_normal((1, d))
    with torch.no_grad():
        wanted = decoder(torch.tensor(hidden, dtype=torch.float32))

    def closeness(x: Tensor) -> Tensor:
        return -torch.log(((x - wanted) ** 2).sum(-1) / pixels + 1e-8)

    return bb.Objective(
        closeness,
        decoder,
        bb.Space.normal(d),
        name=_named("reconstruction", d, differentiable),
        differentiable=None if differentiable else False,
    )


def likeness(d: int = 32, *, differentiable: bool = True) -> bb.Objective:
    """Turn the decode towards a direction that no latent reaches: cosine similarity."""
    wanted = torch.randn(100, generator=torch.Generator().manual_seed(1))

    def cosine(x: Tensor) -> Tensor:
        return torch.nn.functional.cosine_similarity(x, wanted, dim=-1)

    return bb.Objective(
        cosine,
        _decoder(d, 100),
        bb.Space.normal(d),
        name=_named("likeness", d, differentiable),
        differentiable=None if differentiable else False,
    )


def regressor(target: float = 340.0, *, differentiable: bool = True) -> bb.Objective:
    """Find standardised features at which a trained regressor of diabetes gives `target`."""
    layers, mean, sd = _regressor()

    def predicted(x: Tensor) -> Tensor:
        for matrix, bias in layers[:-1]:
            x = torch.tanh(x @ matrix + bias)
        return mean + sd * (x @ layers[-1][0] + layers[-1][1])[:, 0]

    return bb.Objective(
        predicted,
        space=bb.Space.normal(10),
        name=_named("regressor", target, differentiable),
        target=target,
        differentiable=None if differentiable else False,
        optimum=0.0,
    )


@cache
def _regressor() -> tuple[list[tuple[Tensor, Tensor]], float, float]:
    features, progression = load_diabetes(return_X_y=True)
    mean, sd = float(progression.mean()), float(progression.std())
    network = MLPRegressor(
        hidden_layer_sizes=(32, 32),
        activation="tanh",
        max_iter=150,
        random_state=0,
        tol=0.0,
        n_iter_no_change=150,
    )
    with warnings.catch_warnings(action="ignore"):  # it is to stop there, not to converge
        network.fit((features - features.mean(0)) / features.std(0), (progression - mean) / sd)
    parts = zip(network.coefs_, network.intercepts_, strict=True)
    return [(torch.tensor(matrix), torch.tensor(bias)) for matrix, bias in parts], mean, sd


def _named(name: str, setting: float, differentiable: bool) -> str:
    return f"{name}({setting:g}{'' if differentiable else ', hidden'})"
