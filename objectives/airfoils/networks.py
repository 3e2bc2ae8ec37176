"""NeuralFoil's networks, from their shipped weights, in torch: so that slopes flow.

P. Sharpe: NeuralFoil, an airfoil aerodynamics analysis tool using physics-informed machine
learning (arXiv 2503.16323). Eight networks of growing size learned what XFOIL says of some eight
million airfoils. Only the weights are read from its package, which is not imported.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from torch import Tensor

from blackbox.errors import MissingPackage
from blackbox.objectives.airfoils.shape import WEIGHTS, AirFlow

Size = Literal["xxsmall", "xsmall", "small", "medium", "large", "xlarge", "xxlarge", "xxxlarge"]
SIZES: tuple[Size, ...] = get_args(Size)
TRANSITION = 9.0  # the critical amplification of an average wind tunnel
# Rows of an output: confidence, lift, drag, moment, where the two layers turn turbulent.
HEAD = 6


class Forces(NamedTuple):
    """What air does to airfoils, `[k]` each: coefficients, and how sure the network is (0 to 1)."""

    lift: Tensor
    drag: Tensor
    moment: Tensor
    confidence: Tensor


class FoilNetwork(NamedTuple):
    """Layers of weights and biases, and where the airfoils lie that it learned from."""

    layers: tuple[tuple[Tensor, Tensor], ...]
    mean: Tensor
    inverse_covariance: Tensor


@cache
def network(size: Size) -> FoilNetwork:
    """The network of a size, float64. Raises MissingPackage where NeuralFoil is not installed."""
    folder = weights_folder()
    arrays = np.load(folder / f"nn-{size}.npz", allow_pickle=False)
    layers = sorted({int(name.split(".")[1]) for name in arrays})
    spread = np.load(folder / "scaled_input_distribution.npz", allow_pickle=False)
    return FoilNetwork(
        tuple(
            (_tensor(arrays[f"net.{layer}.weight"]), _tensor(arrays[f"net.{layer}.bias"]))
            for layer in layers
        ),
        _tensor(spread["mean_inputs_scaled"]),
        _tensor(spread["inv_cov_inputs_scaled"]),
    )


def weights_folder() -> Path:
    """Where NeuralFoil keeps its weights. Raises MissingPackage where it is not installed."""
    package = find_spec("neuralfoil")
    if package is None or package.origin is None:
        raise MissingPackage(
            "the airfoils' networks are those of the package neuralfoil, which is not installed: "
            'pip install "blackbox[airfoils]"'
        )
    return Path(package.origin).parent / "nn_weights_and_biases"


def forces(shapes: Tensor, flow: AirFlow, size: Size) -> Forces:
    """Of airfoils `[k, 18]` in a flow, by one network.

    Each is also looked at upside down, as in training, and the two answers are averaged.
    """
    net = network(size)
    inputs = _inputs(shapes.double(), flow)
    upright, flipped = _outputs(net, inputs), _outputs(net, _flipped(inputs))
    turned = torch.stack([flipped[:, 0], -flipped[:, 1], flipped[:, 2], -flipped[:, 3]], 1)
    mean = (upright[:, :4] + turned) / 2
    return Forces(
        lift=mean[:, 1] / 2,
        drag=torch.exp((mean[:, 2] - 2) * 2),
        moment=mean[:, 3] / 20,
        confidence=torch.sigmoid(mean[:, 0]),
    )


def _inputs(shapes: Tensor, flow: AirFlow) -> Tensor:
    turn = np.deg2rad(flow.angle)
    air = [
        np.sin(2 * turn),
        np.cos(turn),
        np.sin(turn) ** 2,
        (np.log(flow.reynolds) - 12.5) / 3.5,
        (TRANSITION - 9) / 4.5,
        1.0,  # transition is free on both sides
        1.0,
    ]
    scale = torch.ones(shapes.shape[-1], dtype=shapes.dtype)
    scale[-1] = 50.0  # of the tail's thickness
    return torch.cat([shapes * scale, shapes.new_tensor(air).expand(len(shapes), -1)], 1)


def _flipped(inputs: Tensor) -> Tensor:
    above, below = inputs[:, :WEIGHTS], inputs[:, WEIGHTS : 2 * WEIGHTS]
    nose, tail, slope = (inputs[:, 2 * WEIGHTS + nth, None] for nth in range(3))
    return torch.cat([-below, -above, -nose, tail, -slope, inputs[:, 2 * WEIGHTS + 3 :]], 1)


def _outputs(net: FoilNetwork, inputs: Tensor) -> Tensor:
    """Forward, in float64: a row's value then depends on no other row by more than rounding."""
    x = inputs
    for nth, (weight, bias) in enumerate(net.layers):
        x = x @ weight.T + bias
        if nth < len(net.layers) - 1:
            x = torch.nn.functional.silu(x)
    away = inputs - net.mean
    distance = ((away @ net.inverse_covariance) * away).sum(1)
    doubt = distance / (2 * inputs.shape[1])
    return torch.cat([x[:, :1] - doubt[:, None], x[:, 1:HEAD]], 1)


def _tensor(array: np.ndarray) -> Tensor:
    return torch.tensor(array, dtype=torch.float64)
