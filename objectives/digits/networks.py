"""The networks of the digits and how their weights are stored: a VAE with heads, reader, judge.

Kingma and Welling, Auto-Encoding Variational Bayes, 2013 (arXiv 1312.6114); heads on the code that
are trained jointly with it as in Gomez-Bombarelli et al., 2018 (doi 10.1021/acscentsci.7b00572).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

Network = TypeVar("Network", bound=nn.Module)

LATENT = 16
SIDE = 8
PIXELS = SIDE * SIDE
WIDE, NARROW, HEAD, READER = 256, 128, 64, 128

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights.npz"
READER_WEIGHTS = HERE / "reader.npz"
JUDGE_WEIGHTS = HERE / "judge.npz"


class MultiHeadVAE(nn.Module):
    """An encoder, a decoder, and two heads that read digit and thickness from the code `z`.

    Its activations are smooth (SiLU), so that the landscape over `z` has no kinks.
    """

    thickness_mean: Tensor
    thickness_scale: Tensor

    def __init__(self) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        self.encoder = _perceptron(PIXELS, WIDE, NARROW, 2 * LATENT)
        self.decoder = nn.Sequential(
            _perceptron(LATENT, NARROW, WIDE, PIXELS), nn.Unflatten(1, (SIDE, SIDE)), nn.Sigmoid()
        )
        self.digit_head = _perceptron(LATENT, HEAD, 10)
        self.thickness_head = _perceptron(LATENT, HEAD, 1)
        # The head works in standard deviations of the training data; these take it to pixels.
        self.register_buffer("thickness_mean", torch.zeros(()))
        self.register_buffer("thickness_scale", torch.ones(()))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance `[n, 16]` of the codes of the pictures `x` `[n, 8, 8]`."""
        mean, log_variance = self.encoder(x.flatten(1)).chunk(2, dim=1)
        return mean, log_variance

    def decode(self, z: Tensor) -> Tensor:
        """The pictures `[n, 8, 8]` in `[0, 1]` of the codes `z` `[n, 16]`."""
        x: Tensor = self.decoder(z)
        return x

    def digit_log_probability(self, z: Tensor) -> Tensor:
        """The log-probability `[n, 10]` of each digit at `z` `[n, 16]`."""
        return functional.log_softmax(self.digit_head(z), dim=1)

    def thickness(self, z: Tensor) -> Tensor:
        """The predicted stroke thickness `[n]` in pixels at `z` `[n, 16]`."""
        deviation: Tensor = self.thickness_head(z)[:, 0]
        return self.thickness_mean + self.thickness_scale * deviation


class ReaderNetwork(nn.Module):
    """A small classifier of pictures, to be searched: smooth (SiLU), and not the judge."""

    def __init__(self) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        self.layers = _perceptron(PIXELS, READER, READER, 10)

    def forward(self, x: Tensor) -> Tensor:
        """The logits `[n, 10]` of the pictures `x` `[n, 8, 8]`."""
        logits: Tensor = self.layers(x.flatten(1))
        return logits


class JudgeNetwork(nn.Module):
    """A small convolutional classifier of pictures: shares neither shape nor code with the VAE."""

    def __init__(self) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(24, 48, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(48, 64, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(256, 10),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The logits `[n, 10]` of the pictures `x` `[n, 8, 8]`."""
        logits: Tensor = self.layers(x.unsqueeze(1))
        return logits


@cache
def shipped_vae() -> MultiHeadVAE:
    """The trained VAE of this package, frozen; one for all objectives of a process."""
    return _frozen(MultiHeadVAE(), WEIGHTS)


@cache
def shipped_reader() -> ReaderNetwork:
    """The trained reader of this package, frozen; one for all objectives of a process."""
    return _frozen(ReaderNetwork(), READER_WEIGHTS)


@cache
def shipped_judge() -> JudgeNetwork:
    """The trained judge of this package, frozen; one for all objectives of a process."""
    return _frozen(JudgeNetwork(), JUDGE_WEIGHTS)


def save(network: nn.Module, path: Path) -> None:
    """Write the weights of `network` as float16 arrays, without pickle."""
    arrays = {
        name: value.numpy().astype(np.float16) for name, value in network.state_dict().items()
    }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load(network: nn.Module, path: Path) -> None:
    """Fill `network` with the weights that `save` wrote.

    Raises FileNotFoundError where they have not been trained yet.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"no weights at {path}; train them with: python -m objectives.digits.train"
        )
    with np.load(path, allow_pickle=False) as arrays:
        network.load_state_dict(
            {name: torch.tensor(value.astype(np.float32)) for name, value in arrays.items()}
        )


def _frozen(network: Network, path: Path) -> Network:
    load(network, path)
    return network.eval().requires_grad_(False)


def _perceptron(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.SiLU()]
    return nn.Sequential(*layers[:-1])
