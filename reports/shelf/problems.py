"""Problems that `auto` was not tuned on, and that stand nowhere else: a landscape, a regressor.

Styblinski-Tang as in M. Jamil, X.-S. Yang, 2013, arXiv 1308.4008, shifted like the landscapes of
`blackbox.objectives.synthetic`, so that no search gains by looking at the centre.
"""

import warnings

import torch
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor
from torch import Tensor

import blackbox as bb
from blackbox.objectives.call_forms import named
from blackbox.objectives.synthetic import landscapes


def _styblinski_tang(y: Tensor) -> Tensor:
    """Two basins in each coordinate, one deeper: 2^d local optima."""
    w = y - 2.9035340
    value: Tensor = 0.5 * (w**4 - 16 * w**2 + 5 * w).sum(-1) + 39.16616570 * y.shape[1]
    return value


styblinski_tang = landscapes(_styblinski_tang)


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
