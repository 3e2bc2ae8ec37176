"""Networks that read a picture of 28 x 28 pixels: those that are searched, those that judge."""

from __future__ import annotations

from torch import nn

from blackbox.objectives.mnist.architectures import SIDE
from blackbox.objectives.networks import judges
from blackbox.objectives.networks.text import ImageText

FEATURES = 32


def reader() -> nn.Sequential:
    """The classifier of pictures that is searched, to logits `[n, 10]`; smooth."""
    return nn.Sequential(*_searched(), nn.Linear(32 * 7 * 7, 48), nn.SiLU(), nn.Linear(48, 10))


def thickness_reader() -> nn.Sequential:
    """The network that is searched for thickness in pixels on the picture, to `[n]`."""
    read = nn.Sequential(nn.Linear(32 * 7 * 7, 32), nn.SiLU(), nn.Linear(32, 1), nn.Flatten(0))
    return nn.Sequential(*_searched(), *read)


def _searched() -> tuple[nn.Module, ...]:
    return (
        nn.Unflatten(1, (1, SIDE)),
        nn.Conv2d(1, 16, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.Flatten(),
    )


def pooling_judge() -> nn.Sequential:
    """A judge with pooled convolutions; its last hidden layer of 32 numbers are the features."""
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE)),
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(32 * 7 * 7, FEATURES),
        nn.ReLU(),
        nn.Linear(FEATURES, 10),
    )


def dense_judge() -> nn.Sequential:
    """A judge without convolutions, which looks at all pixels at once."""
    return judges.dense_judge(SIDE, 192, 128, dropout=0.1)


def averaging_judge() -> nn.Sequential:
    """A judge of strided convolutions that averages over places: it sees parts, not their order."""
    return nn.Sequential(
        *_strided(),
        nn.Conv2d(32, 48, 3),
        nn.BatchNorm2d(48),
        nn.GELU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(48, 10),
    )


def _strided() -> tuple[nn.Module, ...]:
    return (
        nn.Unflatten(1, (1, SIDE)),
        nn.Conv2d(1, 16, 5, stride=2, padding=2),
        nn.BatchNorm2d(16),
        nn.GELU(),
        nn.Conv2d(16, 32, 5, stride=2, padding=2),
        nn.BatchNorm2d(32),
        nn.GELU(),
    )


def judge_autoencoder() -> nn.Sequential:
    """A dense autoencoder of pictures `[n, 28, 28]`, whose error tells what is no digit."""
    return judges.judge_autoencoder(SIDE, 128, 20)


def image_text() -> ImageText:
    """The joint encoder of pictures and captions that is searched; smooth."""
    return ImageText(
        nn.Sequential(*_searched(), nn.Linear(32 * 7 * 7, 48), nn.SiLU(), nn.Linear(48, 32))
    )


def image_text_judge() -> ImageText:
    """The joint encoder that judges: larger steps, batch norms, another nonlinearity."""
    return ImageText(
        nn.Sequential(
            *_strided(),
            nn.Conv2d(32, 48, 3, stride=2),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(48 * 3 * 3, 32),
        )
    )
