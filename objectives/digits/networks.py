"""The shipped networks of the digits, and codes of real digits.

Pictures are `[n, 8, 8]` in `[0, 1]`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from torch import nn

from blackbox.objectives.digits import classifiers, data
from blackbox.objectives.digits.classifiers import PIXELS, SIDE
from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder, perceptron
from blackbox.objectives.networks.flow import Flow, PerceptronVelocity
from blackbox.objectives.pictures.family import Coded, Codes, Part
from blackbox.objectives.pictures.pretrained import Pretrained

LATENT = 16
WIDE, NARROW, HEAD = 256, 128, 64
TRAIN = "python -m blackbox.objectives.digits.train"
TRAIN_FURTHER = "python -m blackbox.objectives.digits.train_decoders"


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


# What makes each file of weights: those that came first, and the further ones.
FIRST: dict[str, Callable[[], nn.Module]] = {
    "vae": lambda: autoencoder(variational=True),
    "reader": classifiers.reader,
    "judge": classifiers.judge,
}
FURTHER: dict[str, Callable[[], nn.Module]] = {
    "autoencoder": lambda: autoencoder(variational=False),
    "flow": lambda: Flow(PerceptronVelocity(LATENT, 128, 128)),
    "pixel_flow": lambda: Flow(PerceptronVelocity(PIXELS, 256, 256)),
    "gan": generator,
    "discriminator": classifiers.one_number,
    "thickness_reader": classifiers.one_number,
    "dense_judge": classifiers.dense_judge,
    "judge_autoencoder": classifiers.judge_autoencoder,
    "image_text": classifiers.image_text,
    "image_text_judge": classifiers.image_text_judge,
}
SHIPPED = Pretrained(
    "the digits",
    FIRST | FURTHER,
    folder=Path(__file__).parent,
    made_by=lambda name: TRAIN if name in FIRST else TRAIN_FURTHER,
    side=SIDE,
    latent=LATENT,
    noise=LATENT,
    judges=("judge", "dense_judge"),
)


@cache
def codes(kind: Coded = "vae", part: Part = "train") -> Codes:
    """Where real digits lie: the 1438 that taught, or the 359 that are held out."""
    digits = data.train() if part == "train" else data.test()
    # Rounded well above float32's last bit, which depends on how many cores shared a sum.
    z = SHIPPED.encode(kind, torch.tensor(digits.images)).double().numpy().round(4)
    return Codes(z, digits.classes)
