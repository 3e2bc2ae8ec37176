"""The shipped networks of MNIST, and what was taken from its data with them.

Pictures are `[n, 28, 28]` in `[0, 1]` throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blackbox.objectives.mnist import architectures, classifiers
from blackbox.objectives.mnist.architectures import LATENT, NOISE, SIDE
from blackbox.objectives.pictures.family import Coded, Codes, Part
from blackbox.objectives.pictures.pretrained import Pretrained

CARD = Path(__file__).with_name("README.md")
MADE_BY = "python -m blackbox.objectives.mnist.train"
# What makes each file of weights.
MAKERS: dict[str, Callable[[], nn.Module]] = {
    "vae": lambda: architectures.autoencoder(variational=True),
    "autoencoder": lambda: architectures.autoencoder(variational=False),
    "flow": architectures.latent_flow,
    "pixel_flow": architectures.pixel_flow,
    "gan": architectures.generator,
    "discriminator": architectures.discriminator,
    "reader": classifiers.reader,
    "thickness_reader": classifiers.thickness_reader,
    "pooling_judge": classifiers.pooling_judge,
    "dense_judge": classifiers.dense_judge,
    "averaging_judge": classifiers.averaging_judge,
    "judge_autoencoder": classifiers.judge_autoencoder,
    "image_text": classifiers.image_text,
    "image_text_judge": classifiers.image_text_judge,
}


SHIPPED = Pretrained(
    "MNIST",
    MAKERS,
    folder=Path(__file__).parent / "weights",
    made_by=lambda _: MADE_BY,
    side=SIDE,
    latent=LATENT,
    noise=NOISE,
    judges=("pooling_judge", "dense_judge", "averaging_judge"),
    # Empty paper is squeezed hard by the flow on pixels. Undone to the end, the noise of a digit
    # lies far from the shell; after so many iterations it has a norm of 25, where N(0, I) has 28,
    # and decodes to within 0.02 of a pixel. All of the way would diverge.
    repeats=2,
    pace=0.5,
)


@torch.no_grad()
def judge_features(x: Tensor) -> Tensor:
    """The last hidden layer `[n, 32]` of the pooling judge, where real digits of a class meet."""
    features: Tensor = SHIPPED.judge("pooling_judge")[:-1](x)
    return features


@cache
def codes(kind: Coded = "vae", part: Part = "train") -> Codes:
    """Where real digits lie: 3000 training digits, or 2000 test digits whose decodes are starts."""
    arrays = _arrays("codes")
    z, classes = arrays[f"{part}_{kind}"], arrays[f"{part}_classes"]
    return Codes(z.astype(np.float64), classes.astype(np.int64))


def thickness(part: Part) -> NDArray[np.float64]:
    """The true thickness `[n]` in pixels of the digits of `codes`, NaN where there is none."""
    return _arrays("codes")[f"{part}_thickness"].astype(np.float64)


@cache
def reference_features() -> tuple[Tensor, Tensor]:
    """The judge's features `[2000, 32]` of training digits, and their classes `[2000]`."""
    arrays = _arrays("features")
    features = torch.tensor(arrays["features"].astype(np.float32))
    return features, torch.tensor(arrays["classes"].astype(np.int64))


@cache
def calibration() -> dict[str, float]:
    """The 95th percentiles of the detectors on real test digits; the model card says which."""
    return {name: float(value) for name, value in _arrays("calibration").items()}


def _arrays(name: str) -> dict[str, NDArray[np.generic]]:
    path = SHIPPED.path(name)
    if not path.is_file():
        raise FileNotFoundError(f"no {path}; make it with: {MADE_BY}")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
