"""Networks that read a picture of 8 x 8 pixels: those that are searched, those that judge."""

from __future__ import annotations

from torch import nn

from objectives.networks.autoencoder import perceptron
from objectives.networks.text import ImageText

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
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(PIXELS, 160),
        nn.BatchNorm1d(160),
        nn.LeakyReLU(0.1),
        nn.Dropout(0.2),
        nn.Linear(160, 96),
        nn.BatchNorm1d(96),
        nn.LeakyReLU(0.1),
        nn.Dropout(0.2),
        nn.Linear(96, 10),
    )


def judge_autoencoder() -> nn.Sequential:
    """A smaller autoencoder with kinks, whose error tells what is no digit."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(PIXELS, 96),
        nn.ReLU(),
        nn.Linear(96, 12),
        nn.Linear(12, 96),
        nn.ReLU(),
        nn.Linear(96, PIXELS),
        nn.Unflatten(1, (SIDE, SIDE)),
        nn.Sigmoid(),
    )


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
    return ImageText(
        nn.Sequential(
            nn.Flatten(),
            nn.Linear(PIXELS, 128),
            nn.BatchNorm1d(128),
            nn.GELU(),
            nn.Linear(128, 96),
            nn.BatchNorm1d(96),
            nn.GELU(),
            nn.Linear(96, 32),
        )
    )
