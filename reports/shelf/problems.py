"""Problems that `auto` was not tuned on: a landscape, a decoder of random weights, a regressor.

Styblinski-Tang as in M. Jamil, X.-S. Yang, 2013, arXiv 1308.4008, shifted like the landscapes of
`blackbox.objectives.synthetic`, so that no search gains by looking at the centre.
"""

import math
import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor
from torch import Tensor

import blackbox as bb
from blackbox.objectives.call_forms import named
from blackbox.objectives.synthetic import landscapes

PIXELS = 100


def _styblinski_tang(y: Tensor) -> Tensor:
    """Two basins in each coordinate, one deeper: 2^d local optima."""
    w = y - 2.9035340
    value: Tensor = 0.5 * (w**4 - 16 * w**2 + 5 * w).sum(-1) + 39.16616570 * y.shape[1]
    return value


styblinski_tang = landscapes(_styblinski_tang)


def _decoder(d: int) -> torch.nn.Module:
    """A perceptron of random weights, frozen: what it makes has no holes and no meaning."""
    chance = torch.Generator().manual_seed(d)
    first, second = torch.nn.Linear(d, 64), torch.nn.Linear(64, PIXELS)
    for layer in (first, second):
        layer.weight.data.normal_(0, 1.5 / math.sqrt(layer.in_features), generator=chance)
        layer.bias.data.normal_(0, 0.3, generator=chance)
    bent = torch.nn.Sequential(first, torch.nn.Tanh(), second, torch.nn.Tanh())
    return bent.requires_grad_(False)


def _searched(scorer: Callable[[Tensor], Tensor], d: int, name: str, shown: bool) -> bb.Objective:
    """A scorer behind the decoder, its gradient shown or hidden."""
    hidden = None if shown else False
    return bb.Objective(scorer, _decoder(d), bb.Space.normal(d), name=name, differentiable=hidden)


@named("shelf.reconstruction")
def reconstruction(name: str, d: int = 24, *, differentiable: bool = True) -> bb.Objective:
    """Find the latent of a given object: minus the log of the mean squared error of its decode."""
    hidden = np.random.default_rng(d).standard_normal((1, d))
    with torch.no_grad():
        wanted = _decoder(d)(torch.tensor(hidden, dtype=torch.float32))

    def closeness(x: Tensor) -> Tensor:
        return -torch.log(((x - wanted) ** 2).sum(-1) / PIXELS + 1e-8)

    return _searched(closeness, d, name, differentiable)


@named("shelf.likeness")
def likeness(name: str, d: int = 32, *, differentiable: bool = True) -> bb.Objective:
    """Turn the decode towards a direction that no latent reaches: cosine similarity."""
    wanted = torch.randn(PIXELS, generator=torch.Generator().manual_seed(1))

    def cosine(x: Tensor) -> Tensor:
        return torch.nn.functional.cosine_similarity(x, wanted, dim=-1)

    return _searched(cosine, d, name, differentiable)


@named("shelf.regressor")
def regressor(name: str, target: float = 340.0, *, differentiable: bool = True) -> bb.Objective:
    """Find standardised features at which a trained regressor of diabetes gives `target`."""
    features, progression = load_diabetes(return_X_y=True)
    mean, sd = float(progression.mean()), float(progression.std())
    lasting = {"max_iter": 150, "n_iter_no_change": 150, "tol": 0.0}
    shape = {"hidden_layer_sizes": (32, 32), "activation": "tanh"}
    network = MLPRegressor(random_state=0, **shape, **lasting)
    with warnings.catch_warnings(action="ignore"):  # it is to stop there, not to converge
        network.fit((features - features.mean(0)) / features.std(0), (progression - mean) / sd)
    *matrices, last = map(torch.tensor, network.coefs_)
    *biases, shift = map(torch.tensor, network.intercepts_)

    def predicted(x: Tensor) -> Tensor:
        for matrix, bias in zip(matrices, biases, strict=True):
            x = torch.tanh(x @ matrix + bias)
        return mean + sd * (x @ last + shift)[:, 0]

    shown, space = None if differentiable else False, bb.Space.normal(10)
    return bb.Objective(
        predicted, space=space, name=name, target=target, differentiable=shown, optimum=0.0
    )
