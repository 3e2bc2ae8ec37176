"""How far a picture lies from real digits: what judges measure, with limits from real test digits.

Pictures are `x` `[n, 28, 28]` in `[0, 1]`; nothing here was trained together with what is searched.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from blackbox.objectives.mnist import networks
from blackbox.objectives.mnist.networks import SHIPPED
from blackbox.objectives.pictures.family import Kind

# LES calls a code typical by its mean distance to the three nearest training codes.
NEIGHBOURS = 3
# The enlargement of PULSE on 28 x 28 pixels: 7 x 7 are seen.
ENLARGEMENT = 4


@torch.no_grad()
def believed(x: Tensor) -> Tensor:
    """The probability `[3, n, 10]` that each of the three judges gives to each digit."""
    return torch.stack([judge(x).softmax(dim=1) for judge in SHIPPED.classifiers()])


@torch.no_grad()
def reconstruction_error(x: Tensor) -> Tensor:
    """The mean squared error `[n]` with which the judge's autoencoder gives the pictures back."""
    missed: Tensor = SHIPPED.network("judge_autoencoder")(x) - x
    return missed.square().mean(dim=(1, 2))


def neighbour_distance(x: Tensor, classes: Tensor) -> Tensor:
    """The mean distance `[n]` to the three nearest training digits of `classes` `[n]`.

    It is Euclidean in the features of the pooling judge.
    """
    references, shown = networks.reference_features()
    # The fast way by matrix products loses the digits of a distance near 0.
    distances = torch.cdist(
        networks.judge_features(x), references, compute_mode="donot_use_mm_for_euclid_dist"
    )
    distances = distances.masked_fill(classes[:, None] != shown, torch.inf)
    return distances.topk(NEIGHBOURS, largest=False).values.mean(dim=1)


@torch.no_grad()
def cycle_error(kind: Kind, z: Tensor) -> Tensor:
    """How far decoding and encoding takes the points `z` `[n, d]`, in units of sqrt(d), `[n]`."""
    decode, _ = SHIPPED.decoder(kind)
    missed = SHIPPED.encode(kind, decode(z)) - z
    return missed.square().mean(dim=1).sqrt()


def low_resolution(x: Tensor) -> Tensor:
    """The pictures at a quarter of the resolution, `[n, 7, 7]`, by means of 4 x 4 pixels."""
    return functional.avg_pool2d(x[:, None], ENLARGEMENT)[:, 0]


def passes_all(x: Tensor, target: Tensor) -> Tensor:
    """1 where all judges see `target` `[n]` and both distances are those of real digits, `[n]`.

    The limits are the 95th percentiles of real test digits of that class, so that about one real
    digit in ten fails; the model card says how many.
    """
    seen = (believed(x).argmax(dim=2) == target).all(dim=0)
    near = neighbour_distance(x, target) <= limits("neighbour", target)
    copied = reconstruction_error(x) <= limits("reconstruction", target)
    return (seen & near & copied).float()


def limits(detector: str, classes: Tensor) -> Tensor:
    """The 95th percentile of `detector` on real test digits of each of `classes` `[n]`, `[n]`."""
    limits = networks.calibration()
    return torch.tensor([limits[f"{detector}_{shown}"] for shown in range(10)])[classes]
