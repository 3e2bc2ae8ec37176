"""The layers that fit a picture of 28 x 28 pixels: autoencoders, flows and the GAN."""

from __future__ import annotations

from torch import nn

from blackbox.objectives.networks.autoencoder import MultiHeadAutoencoder
from blackbox.objectives.networks.flow import Flow, PerceptronVelocity
from blackbox.objectives.networks.u_net import PictureVelocity

SIDE = 28
LATENT = 16
NOISE = 32
HEAD = 64


def autoencoder(*, variational: bool) -> MultiHeadAutoencoder:
    """A convolutional autoencoder with a code of 16 numbers and two heads; smooth throughout."""
    codes = 2 * LATENT if variational else LATENT
    encoder = nn.Sequential(
        nn.Unflatten(1, (1, SIDE)),
        nn.Conv2d(1, 16, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.SiLU(),
        nn.Flatten(),
        nn.Linear(1024, 128),
        nn.SiLU(),
        nn.Linear(128, codes),
    )
    return MultiHeadAutoencoder(
        encoder, _decoder(LATENT), LATENT, variational=variational, head=HEAD
    )


def _decoder(latent: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(latent, 128),
        nn.SiLU(),
        nn.Linear(128, 32 * 7 * 7),
        nn.SiLU(),
        nn.Unflatten(1, (32, 7, 7)),
        nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        nn.Flatten(1, 2),
        nn.Sigmoid(),
    )


def latent_flow() -> Flow:
    """The flow from noise `[n, 16]` to codes `[n, 16]` of the variational autoencoder."""
    return Flow(PerceptronVelocity(LATENT, 256, 256, 256))


def generator() -> nn.Sequential:
    """The generator of the GAN, `[n, 32]` to pictures; smooth."""
    return _decoder(NOISE)


def discriminator() -> nn.Sequential:
    """Who tells the GAN's pictures from real ones, to `[n]`; smooth, for it is searched too."""
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE)),
        nn.Conv2d(1, 24, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.Conv2d(24, 48, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.Conv2d(48, 96, 3, stride=2, padding=1),
        nn.SiLU(),
        nn.Flatten(),
        # Without a layer that sees the whole picture, strokes are judged and digits are not.
        nn.Linear(96 * 4 * 4, 64),
        nn.SiLU(),
        nn.Linear(64, 1),
        nn.Flatten(0),
    )


def pixel_flow() -> Flow:
    """The flow from noise `[n, 784]` to pictures as rows `[n, 784]` from -1 (paper) to 1 (ink)."""
    return Flow(PictureVelocity(SIDE, wide=32, deep=64))
