"""More networks of the digits: other decoders, who is searched on the picture, more judges.

The variational autoencoder, its reader and the first judge stand in `networks`. All are frozen and
loaded once in a process; pictures are `[n, 8, 8]` in `[0, 1]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.space import Space
from objectives import weights
from objectives.digits import data, networks, readers
from objectives.digits.networks import LATENT
from objectives.digits.readers import PIXELS, SIDE
from objectives.networks.autoencoder import MultiHeadAutoencoder
from objectives.networks.flow import Developed, Flow, PerceptronVelocity
from objectives.networks.text import ImageText

Autoencoder = Literal["vae", "autoencoder"]
Kind = Literal["vae", "autoencoder", "gan", "flow", "pixel_flow", "none"]
Part = Literal["train", "test"]
KINDS: tuple[Kind, ...] = get_args(Kind)
JUDGES = ("judge", "dense_judge")
MADE_BY = "python -m objectives.digits.train_decoders"


# What makes each file of weights.
MAKERS: dict[str, Callable[[], nn.Module]] = {
    "autoencoder": lambda: networks.autoencoder(variational=False),
    "flow": lambda: Flow(PerceptronVelocity(LATENT, 128, 128)),
    "pixel_flow": lambda: Flow(PerceptronVelocity(PIXELS, 256, 256)),
    "gan": networks.generator,
    "discriminator": readers.one_number,
    "thickness_reader": readers.one_number,
    "dense_judge": readers.dense_judge,
    "judge_autoencoder": readers.judge_autoencoder,
    "image_text": readers.image_text,
    "image_text_judge": readers.image_text_judge,
}


@cache
def shipped(name: str) -> nn.Module:
    """The trained network `name` of `MAKERS`, frozen; one for all objectives of a process."""
    return weights.frozen(MAKERS[name](), networks.HERE / f"{name}.npz", made_by=MADE_BY)


@cache
def decoder(kind: Kind) -> tuple[nn.Module, Space]:
    """The module from points `[n, d]` to pictures, and the space of its points.

    Raises ValueError where there is no such kind.
    """
    if kind == "vae" or kind == "autoencoder":
        return heads(kind).decoder, Space.normal(LATENT)
    if kind == "flow":
        chain = nn.Sequential(shipped("flow"), networks.shipped_vae().decoder)
        return chain.eval(), Space.normal(LATENT)
    if kind == "gan":
        return shipped("gan"), Space.normal(LATENT)
    if kind == "pixel_flow":
        return nn.Sequential(shipped("pixel_flow"), Developed()).eval(), Space.normal(PIXELS)
    if kind == "none":
        space = Space.box(np.zeros(PIXELS), np.ones(PIXELS))
        return nn.Unflatten(1, (SIDE, SIDE)).eval(), space
    raise ValueError(f"no decoder {kind!r} of the digits; known: {', '.join(KINDS)}")


@torch.no_grad()
def encode(kind: Kind, x: Tensor) -> Tensor:
    """The points `[n, d]` whose decodes come closest to the pictures `x`, as far as `kind` knows.

    Raises ValueError for the GAN, which has no encoder, and where there is no such kind.
    """
    if kind == "vae" or kind == "autoencoder":
        return heads(kind).encode(x)
    if kind == "flow":
        return _flow("flow").inverse(encode("vae", x))
    if kind == "pixel_flow":
        return _flow("pixel_flow").inverse(2 * x.flatten(1) - 1)
    if kind == "none":
        return x.flatten(1)
    if kind == "gan":
        raise ValueError("the GAN has no encoder; take one of: vae, autoencoder, flow, pixel_flow")
    raise ValueError(f"no decoder {kind!r} of the digits; known: {', '.join(KINDS)}")


def heads(kind: Autoencoder) -> MultiHeadAutoencoder:
    """The autoencoder whose heads read digit and thickness from its code."""
    network = networks.shipped_vae() if kind == "vae" else shipped(kind)
    assert isinstance(network, MultiHeadAutoencoder)
    return network


def judge(name: str) -> nn.Module:
    """One of `JUDGES`: a classifier to logits `[n, 10]`. Raises ValueError for another name."""
    if name not in JUDGES:
        raise ValueError(f"no judge {name!r} of the digits; known: {', '.join(JUDGES)}")
    return networks.shipped_judge() if name == "judge" else shipped(name)


def image_text(held_out: bool) -> ImageText:
    """The joint encoder of pictures and captions that is searched, or the judge trained apart."""
    network = shipped("image_text_judge" if held_out else "image_text")
    assert isinstance(network, ImageText)
    return network


@dataclass(frozen=True)
class Codes:
    """Codes `z` `[n, 16]` of real digits, their classes `[n]` and true thickness `[n]`.

    A thickness is in pixels, NaN where there is none.
    """

    z: NDArray[np.float64]
    classes: NDArray[np.int64]
    part: Part

    @property
    def thickness(self) -> NDArray[np.float64]:
        """Measured where it is asked for: it takes seconds."""
        return data.train_thickness() if self.part == "train" else data.test_thickness()


@cache
def codes(kind: Autoencoder = "vae", part: Part = "train") -> Codes:
    """Where real digits lie: the 1438 that taught, or the 359 that are held out."""
    digits = data.train() if part == "train" else data.test()
    # Rounded well above float32's last bit, which depends on how many cores shared a sum.
    z = encode(kind, torch.tensor(digits.images)).double().numpy().round(4)
    z.flags.writeable = False
    return Codes(z, digits.classes, part)


def _flow(name: str) -> Flow:
    network = shipped(name)
    assert isinstance(network, Flow)
    return network
