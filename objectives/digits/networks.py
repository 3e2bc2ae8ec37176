"""The networks of the digits that came first: a VAE with heads, a reader and a judge, frozen.

Pictures are `[n, 8, 8]` in `[0, 1]`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from torch import nn

from objectives import weights
from objectives.digits import readers
from objectives.digits.readers import PIXELS, SIDE
from objectives.networks.autoencoder import MultiHeadAutoencoder, perceptron

LATENT = 16
WIDE, NARROW, HEAD = 256, 128, 64

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights.npz"
READER_WEIGHTS = HERE / "reader.npz"
JUDGE_WEIGHTS = HERE / "judge.npz"
MADE_BY = "python -m objectives.digits.train"


def autoencoder(*, variational: bool) -> MultiHeadAutoencoder:
    """A dense autoencoder with a code of 16 numbers and two heads; smooth throughout."""
    codes = 2 * LATENT if variational else LATENT
    encoder = nn.Sequential(nn.Flatten(), perceptron(PIXELS, WIDE, NARROW, codes))
    return MultiHeadAutoencoder(encoder, generator(), LATENT, variational=variational, head=HEAD)


def generator() -> nn.Sequential:
    """A smooth perceptron from codes `[n, 16]` to pictures."""
    return nn.Sequential(
        perceptron(LATENT, NARROW, WIDE, PIXELS), nn.Unflatten(1, (SIDE, SIDE)), nn.Sigmoid()
    )


@cache
def shipped_vae() -> MultiHeadAutoencoder:
    """The trained VAE of this package, frozen; one for all objectives of a process."""
    return weights.frozen(autoencoder(variational=True), WEIGHTS, made_by=MADE_BY)


@cache
def shipped_reader() -> nn.Sequential:
    """The trained reader, to logits `[n, 10]`, likewise."""
    return weights.frozen(readers.reader(), READER_WEIGHTS, made_by=MADE_BY)


@cache
def shipped_judge() -> nn.Sequential:
    """The trained judge, to logits `[n, 10]`, likewise."""
    return weights.frozen(readers.judge(), JUDGE_WEIGHTS, made_by=MADE_BY)
