"""How far is a picture from another, to the eye? By pixels, and by what a network makes of them."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind
from blackbox.objectives.pictures.features import NormalisedError, judged, layers
from blackbox.objectives.pictures.ground_truth import Origin, hidden_picture
from blackbox.scoring.objective import Objective


def perceptual(
    family: Family,
    name: str,
    /,
    instance: int = 0,
    *,
    decoder: Kind = "vae",
    weight: float = 1.0,
    hidden: Origin = "decoded",
    differentiable: bool = True,
) -> Objective:
    """Minus the perceptual distance to a picture, to be maximised: its latent point is looked for.

    The mean absolute difference of pixels, and `weight` times the mean over the reader's layers of
    the normalised squared error of features, after Abdal, Qin and Wonka, Image2StyleGAN, 2019
    (arXiv 1904.03189). The picture is the held-out digit `instance` (see `hidden_picture`). Both
    terms are columns of the results; the truth is the same sum with the features of a judge.

    Raises ValueError for a setting that the family's networks cannot serve.
    """
    true = hidden_picture(family, instance, hidden)
    searched = NormalisedError(layers(family.reader()), true.x)
    weights = {"pixels": -1.0, "features": -weight}

    return posed(
        family,
        name,
        partial(_terms, searched),
        decoder,
        weights=weights,
        judges=judged(family, decoder, true, _terms, weights, truth="perceived"),
        # The distance to itself is 0.
        optimum=0.0,
        differentiable=differentiable,
    )


def _terms(error: NormalisedError, x: Tensor) -> Tensor:
    return torch.stack([(x - error.true).abs().mean(dim=(1, 2)), error(x)], dim=1)
