"""Networks that read a picture of 8 x 8 pixels: those that are searched, those that judge."""

from __future__ import annotations

from torch import nn

from blackbox.objectives.networks import judges
from blackbox.objectives.networks.autoencoder import perceptron
from blackbox.objectives.networks.text import ImageText

SIDE = 8
PIXELS = SIDE * SIDE


def reader() -> nn.Sequential:
    """The classifier of pictures that is searched, to logits `[n, 10]`; smooth (SiLU)."""
    return nn.Sequential(nn.Flatten(), *perceptron(PIXELS, 128, 128, 10))


def one_number() -> nn.Sequential:
    """A smooth perceptron on the picture, to one number `[n]`."""
    return nn.Sequential(nn.Flatten(), perceptron(PIXELS, 128, 64, 1), nn.Flatten(0))


def judge() -> nn.Sequential:
    """A small convolutional judge: shares neither shape nor code with the VAE."""
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE)),
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


def dense_judge() -> nn.Sequential:
    """A judge without convolutions."""
    return judges.dense_judge(SIDE, 160, 96, dropout=0.2)


def judge_autoencoder() -> nn.Sequential:
    """A smaller autoencoder with kinks, whose error tells what is no digit."""
    return judges.judge_autoencoder(SIDE, 96, 12)


def image_text() -> ImageText:
    """The joint encoder of pictures and captions that is searched; smooth."""
    return ImageText(
        nn.Sequential(
            nn.Unflatten(1, (1, SIDE)),
            nn.Conv2d(1, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.SiLU(),
            nn.Conv2d(16, 24, 3, stride=2, padding=1),
            nn.BatchNorm2d(24),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(24 * 4 * 4, 48),
            nn.SiLU(),
            nn.Linear(48, 32),
        )
    )


def image_text_judge() -> ImageText:
    """The joint encoder that judges: no convolutions, another nonlinearity."""
    layers = perceptron(
        PIXELS, 128, 96, 32, between=lambda width: (nn.BatchNorm1d(width), nn.GELU())
    )
    return ImageText(nn.Sequential(nn.Flatten(), *layers))
