"""The shipped networks of MNIST, frozen: decoders and encoders, who is searched, who judges.

Each is loaded once in a process. Pictures are `[n, 28, 28]` in `[0, 1]` throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.space import Space
from objectives import weights
from objectives.mnist import architectures, readers
from objectives.mnist.architectures import LATENT, NOISE, SIDE
from objectives.networks.autoencoder import MultiHeadAutoencoder
from objectives.networks.flow import Developed, Flow
from objectives.networks.text import ImageText

Autoencoder = Literal["vae", "autoencoder"]
Kind = Literal["vae", "autoencoder", "gan", "flow", "pixel_flow", "none"]
KINDS: tuple[Kind, ...] = get_args(Kind)
JUDGES = ("pooling_judge", "dense_judge", "averaging_judge")
PIXELS = SIDE * SIDE
# Empty paper is squeezed hard by the flow on pixels. Undone to the end, the noise of a digit has a
# norm of 300; after so many iterations it has 27, as N(0, I) has 28, and decodes as closely.
PIXEL_REPEATS = 4

WEIGHTS = Path(__file__).parent / "weights"
CARD = WEIGHTS.parent / "README.md"
MADE_BY = "python -m objectives.mnist.train"
# What makes each file of weights.
MAKERS: dict[str, Callable[[], nn.Module]] = {
    "vae": lambda: architectures.autoencoder(variational=True),
    "autoencoder": lambda: architectures.autoencoder(variational=False),
    "flow": architectures.latent_flow,
    "pixel_flow": architectures.pixel_flow,
    "gan": architectures.generator,
    "discriminator": architectures.discriminator,
    "reader": readers.reader,
    "thickness_reader": readers.thickness_reader,
    "pooling_judge": readers.pooling_judge,
    "dense_judge": readers.dense_judge,
    "averaging_judge": readers.averaging_judge,
    "judge_autoencoder": readers.judge_autoencoder,
    "image_text": readers.image_text,
    "image_text_judge": readers.image_text_judge,
}


@cache
def shipped(name: str) -> nn.Module:
    """The trained network `name` of `MAKERS`, frozen; one for all objectives of a process."""
    return weights.frozen(MAKERS[name](), WEIGHTS / f"{name}.npz", made_by=MADE_BY)


@cache
def decoder(kind: Kind) -> tuple[nn.Module, Space]:
    """The module from points `[n, d]` to pictures, and the space of its points.

    Raises ValueError where there is no such kind.

    >>> decode, space = decoder("none")
    >>> space.dim, decode(torch.zeros(2, 784)).shape
    (784, torch.Size([2, 28, 28]))
    """
    if kind == "vae" or kind == "autoencoder":
        return shipped_autoencoder(kind).decoder, Space.normal(LATENT)
    if kind == "flow":
        chain = nn.Sequential(shipped("flow"), shipped_autoencoder("vae").decoder)
        return chain.eval(), Space.normal(LATENT)
    if kind == "gan":
        return shipped("gan"), Space.normal(NOISE)
    if kind == "pixel_flow":
        return nn.Sequential(shipped("pixel_flow"), Developed()).eval(), Space.normal(PIXELS)
    if kind == "none":
        box = Space.box(np.zeros(PIXELS), np.ones(PIXELS))
        return nn.Unflatten(1, (SIDE, SIDE)).eval(), box
    raise ValueError(f"no decoder {kind!r} of MNIST; known: {', '.join(KINDS)}")


@torch.no_grad()
def encode(kind: Kind, x: Tensor) -> Tensor:
    """The points `[n, d]` whose decodes come closest to the pictures `x`, as far as `kind` knows.

    Raises ValueError for the GAN, which has no encoder, and where there is no such kind.
    """
    if kind == "vae" or kind == "autoencoder":
        return shipped_autoencoder(kind).encode(x)
    if kind == "flow":
        return _flow("flow").inverse(shipped_autoencoder("vae").encode(x))
    if kind == "pixel_flow":
        return _flow("pixel_flow").inverse(2 * x.flatten(1) - 1, repeats=PIXEL_REPEATS)
    if kind == "none":
        return x.flatten(1)
    if kind == "gan":
        raise ValueError("the GAN has no encoder; take one of: vae, autoencoder, flow, pixel_flow")
    raise ValueError(f"no decoder {kind!r} of MNIST; known: {', '.join(KINDS)}")


def shipped_autoencoder(kind: Autoencoder) -> MultiHeadAutoencoder:
    """The variational or the plain autoencoder with its two heads."""
    network = shipped(kind)
    assert isinstance(network, MultiHeadAutoencoder)
    return network


def reader() -> nn.Sequential:
    """The classifier of pictures that is searched, to logits `[n, 10]`."""
    network = shipped("reader")
    assert isinstance(network, nn.Sequential)
    return network


def thickness_reader() -> nn.Module:
    """The network that is searched for thickness on the picture, to `[n]` in pixels."""
    return shipped("thickness_reader")


def discriminator() -> nn.Module:
    """The GAN's other half, to `[n]`: the log-odds that a picture is real."""
    return shipped("discriminator")


def image_text(*, held_out: bool = False) -> ImageText:
    """The joint encoder of pictures and captions that is searched, or the judge trained apart."""
    network = shipped("image_text_judge" if held_out else "image_text")
    assert isinstance(network, ImageText)
    return network


def judge(name: str) -> nn.Module:
    """One of `JUDGES`: a classifier to logits `[n, 10]` that shares nothing with the searched."""
    if name not in JUDGES:
        raise ValueError(f"no judge {name!r} of MNIST; known: {', '.join(JUDGES)}")
    return shipped(name)


def judge_autoencoder() -> nn.Module:
    """A dense autoencoder of pictures that shares nothing with the searched ones."""
    return shipped("judge_autoencoder")


@torch.no_grad()
def judge_features(x: Tensor) -> Tensor:
    """The last hidden layer `[n, 32]` of the pooling judge, where real digits of a class meet."""
    network = judge("pooling_judge")
    assert isinstance(network, nn.Sequential)
    features: Tensor = network[:-1](x)
    return features


@dataclass(frozen=True)
class Codes:
    """Codes `z` `[n, 16]` of real digits, their classes `[n]` and true thickness `[n]`; read-only.

    A thickness is in pixels, NaN where there is none.
    """

    z: NDArray[np.float64]
    classes: NDArray[np.int64]
    thickness: NDArray[np.float64]


@cache
def codes(kind: Autoencoder = "vae", part: Literal["train", "test"] = "train") -> Codes:
    """Where real digits lie: 3000 training digits, or 2000 test digits whose decodes are starts."""
    arrays = _arrays("codes.npz")
    known = Codes(
        arrays[f"{part}_{kind}"].astype(np.float64),
        arrays[f"{part}_classes"].astype(np.int64),
        arrays[f"{part}_thickness"].astype(np.float64),
    )
    for array in (known.z, known.classes, known.thickness):
        array.flags.writeable = False
    return known


@cache
def reference_features() -> tuple[Tensor, Tensor]:
    """The judge's features `[2000, 32]` of training digits, and their classes `[2000]`."""
    arrays = _arrays("features.npz")
    features = torch.tensor(arrays["features"].astype(np.float32))
    return features, torch.tensor(arrays["classes"].astype(np.int64))


@cache
def calibration() -> dict[str, float]:
    """The 95th percentiles of the detectors on real test digits; the model card says which."""
    return {name: float(value) for name, value in _arrays("calibration.npz").items()}


def _flow(name: str) -> Flow:
    network = shipped(name)
    assert isinstance(network, Flow)
    return network


def _arrays(name: str) -> dict[str, NDArray[np.generic]]:
    path = WEIGHTS / name
    if not path.is_file():
        raise FileNotFoundError(f"no {path}; make it with: {MADE_BY}")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
