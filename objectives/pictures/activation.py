"""What excites one unit of a network most? Deep Dream, in pixels or behind a decoder."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind
from blackbox.objectives.pictures.features import layer as up_to
from blackbox.objectives.pictures.judges import judges
from blackbox.plain import is_whole
from blackbox.scoring.objective import Objective


def activation(
    family: Family,
    name: str,
    /,
    unit: int = 0,
    *,
    layer: int = 3,
    decoder: Kind = "vae",
    differentiable: bool = True,
) -> Objective:
    """The mean activation of one unit of the reader over all its places, to be maximised.

    `layer` 1, 2, ... counts the reader's activations, `unit` its channels from 0. With
    `decoder="none"` pixels are searched (Mordvintsev et al., Inceptionism, 2015), else the points
    of a decoder (Nguyen et al., DGN-AM, 2016, arXiv 1605.09304). A unit has no like in another
    network, so no judge is the truth; they say whether what excites it is a digit. Raises
    ValueError for a layer or unit that the reader does not have, or a decoder that is not there.
    """
    features = up_to(family.reader(), layer)
    decode, space = family.decoder(family.checked(decoder))
    with torch.no_grad():
        units = features(decode(torch.zeros(1, space.dim))).shape[1]
    if not is_whole(unit) or not 0 <= unit < units:
        raise ValueError(
            f"unit must be a whole number from 0 to {units - 1} in layer {layer}, not {unit!r}"
        )
    return posed(
        family,
        name,
        partial(_excited, features, unit),
        decoder,
        judges=judges(family, decoder, target="own"),
        differentiable=differentiable,
    )


def _excited(features: nn.Module, unit: int, x: Tensor) -> Tensor:
    response: Tensor = features(x)[:, unit, ..., None].flatten(1).mean(dim=1)
    return response
