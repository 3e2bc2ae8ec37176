"""How far a picture lies from real digits, and what the judges' networks make of it.

Pictures are `x` `[n, 8, 8]` in `[0, 1]`. The data are at hand, so that limits are not shipped: they
are worked out from the held-out digits once in a process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor

from blackbox.objectives.digits import data
from blackbox.objectives.digits.networks import SHIPPED
from blackbox.objectives.pictures.family import DIGITS, Coded, Detector, Kind
from blackbox.objectives.pictures.super_resolution import shrunk

# LES calls a code typical by its mean distance to the three nearest training codes.
NEIGHBOURS = 3
# Beyond it lie 5 % of held-out digits (see the card): LES puts a detector's threshold at the 95th
# percentile of real data.
FARTHEST = 1.54
PERCENTILE, EXTREME = 95, 99.5
# Well below the distance of two different digits, well above rounding.
ITSELF = 1e-6
# PULSE on 8 x 8 pixels: 4 x 4 are seen.
ENLARGEMENT = 2


@cache
def detectors(kind: Kind) -> dict[str, Detector]:
    """How far pictures lie from real digits, with the limits of held-out digits.

    A class has too few of these for limits of its own. Kinds that make a code have the cycle: how
    far decoding and encoding moves it, in units of sqrt(d).
    """

    def detector(measure: Callable[[Tensor], Tensor], high: float | None = None) -> Detector:
        real = measure(_held_out())
        limit = _percentile(real, PERCENTILE) if high is None else high
        return Detector(
            lambda x, _: measure(x), limit, (limit,) * DIGITS, _percentile(real, EXTREME)
        )

    by_name = {
        "manifold": detector(distance_to_others, FARTHEST),
        "reconstruction": detector(reconstruction_error),
    }
    if kind in ("vae", "autoencoder", "flow"):
        coded: Coded = "autoencoder" if kind == "autoencoder" else "vae"
        by_name["cycle"] = detector(lambda x: cycle_error(coded, SHIPPED.encode(coded, x)))
    return by_name


def distance_to_data(x: Tensor) -> Tensor:
    """The mean Euclidean distance to the three nearest of all 1797 real digits, `[n]`.

    In units of a pixel's full ink.
    """
    return distances_to_data(x, NEIGHBOURS).mean(dim=1)


def distance_to_others(x: Tensor) -> Tensor:
    """The same, `[n]`, where a picture that is one of the real digits does not count itself."""
    nearest = distances_to_data(x, NEIGHBOURS + 1)
    itself = nearest[:, :1] < ITSELF
    return torch.where(itself, nearest[:, 1:], nearest[:, :-1]).mean(dim=1)


def distances_to_data(x: Tensor, count: int) -> Tensor:
    """The distances to the `count` nearest real digits, nearest first, `[n, count]`."""
    # The fast way by matrix products loses the digits of a distance near 0.
    distances = torch.cdist(
        x.float().flatten(1), _real_digits(), compute_mode="donot_use_mm_for_euclid_dist"
    )
    return distances.topk(count, largest=False).values


@torch.no_grad()
def reconstruction_error(x: Tensor) -> Tensor:
    """The mean squared error `[n]` with which the judge's autoencoder gives the pictures back."""
    again: Tensor = SHIPPED.network("judge_autoencoder")(x)
    return (again - x).square().mean(dim=(1, 2))


@torch.no_grad()
def cycle_error(kind: Coded, z: Tensor) -> Tensor:
    """How far decoding and encoding takes the points `z` `[n, 16]`, in units of sqrt(d), `[n]`."""
    decode, space = SHIPPED.decoder(kind)
    distance: Tensor = (SHIPPED.encode(kind, decode(z)) - z).norm(dim=1) / space.dim**0.5
    return distance


@cache
def low_resolution_error() -> float:
    """The 95th percentile of the VAE's own error on held-out digits, shrunk to 4 x 4: epsilon."""
    real = _held_out()
    with torch.no_grad():
        again = SHIPPED.decoder("vae")[0](SHIPPED.encode("vae", real))
    missed = shrunk(again, ENLARGEMENT) - shrunk(real, ENLARGEMENT)
    return _percentile(missed.square().mean(dim=(1, 2)), PERCENTILE)


def features(x: Tensor) -> Tensor:
    """The last hidden layer `[n, 256]` of the first judge."""
    hidden: Tensor = SHIPPED.judge("judge")[:-1](x)
    return hidden


def recognised(x: Tensor) -> Tensor:
    """The digit that the first judge sees in each picture, `[n]`."""
    logits: Tensor = SHIPPED.judge("judge")(x.float())
    return logits.argmax(dim=1)


def _percentile(values: Tensor, percentile: float) -> float:
    # Rounded well above float32's last bit, which depends on how many cores shared a sum.
    return float(f"{np.percentile(values.double().numpy(), percentile):.4g}")


def _held_out() -> Tensor:
    return torch.tensor(data.test().images)


@cache
def _real_digits() -> Tensor:
    return torch.tensor(data.everything().images).flatten(1)
