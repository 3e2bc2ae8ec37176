"""The picture that a search is to find again from what little it is told of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blackbox.objectives.pictures.family import Coded, Family, one_of
from blackbox.objectives.pictures.starts import DECIMALS
from blackbox.plain import is_whole

# A held-out digit as the plain autoencoder paints it, or as it is in the data set.
Origin = Literal["decoded", "real"]


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """A picture `x` `[1, h, w]` and the digit that it shows."""

    x: Tensor
    shown: int


def hidden_picture(family: Family, instance: int, origin: Origin) -> GroundTruth:
    """The held-out digit number `instance`, the same for every decoder.

    Data sets are not shipped: "decoded" is what the plain autoencoder makes of its code (the VAE,
    where the family has no other). That one decoder can hit exactly, so it has an advantage; "real"
    needs the data set. Raises ValueError where there is no such instance.
    """
    one_of("hidden", origin, Origin)
    kind: Coded = "autoencoder" if "autoencoder" in family.kinds else "vae"
    if origin == "real":
        pictures, classes = family.part(family.real, "real pictures")()
    else:
        classes = family.codes(kind, "test").classes
    if not is_whole(instance) or instance < 0:
        raise ValueError(f"instance must be a whole number from 0, not {instance!r}")
    if instance >= len(classes):
        raise ValueError(
            f"{family.name} has {len(classes)} held-out digits ({origin}); instance must be at "
            f"most {len(classes) - 1}, not {instance}"
        )
    rows = slice(instance, instance + 1)
    if origin == "real":
        return GroundTruth(pictures[rows], int(classes[instance]))
    return GroundTruth(
        _decoded(family, kind, family.codes(kind, "test").z[rows]), int(classes[instance])
    )


def _decoded(family: Family, kind: Coded, z: NDArray[np.float64]) -> Tensor:
    """In double precision, so that the picture has the same bits on any number of cores."""
    decoder = copy.deepcopy(family.decoder(kind)[0]).double()
    with torch.no_grad():
        x: Tensor = decoder(torch.tensor(z))
    return x.round(decimals=DECIMALS).float()


def squared_error(true: Tensor, x: Tensor) -> Tensor:
    """The mean squared difference `[n]` of pictures `x` `[n, h, w]` to another `[1, h, w]`."""
    return (x - true).square().mean(dim=(1, 2))


def peak_signal_to_noise(true: Tensor, x: Tensor) -> Tensor:
    """The same in decibels, `[n]`: `-10 log10` of it; 20 dB are errors of a tenth of full ink.

    At most 100 dB, which float32 does not exceed.
    """
    return -10 * torch.log10(squared_error(true, x).clamp(min=1e-10))
