"""Which picture does a layer's code stand for? Features inverted, with two regularisers."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind
from blackbox.objectives.pictures.features import NormalisedError, judged
from blackbox.objectives.pictures.features import layer as up_to
from blackbox.objectives.pictures.ground_truth import Origin, hidden_picture
from blackbox.scoring.objective import Objective

# The exponent of the alpha norm, and half of that of total variation, which is 2.
ALPHA = 6


def inversion(
    family: Family,
    name: str,
    /,
    instance: int = 0,
    *,
    layer: int = 3,
    decoder: Kind = "none",
    variation: float = 0.3,
    bulk: float = 0.03,
    hidden: Origin = "decoded",
    differentiable: bool = True,
) -> Objective:
    """Minus the normalised error of a layer's features, regularised, to be maximised: inversion.

    Mahendran and Vedaldi, Understanding Deep Image Representations by Inverting Them, 2014 (arXiv
    1412.0035): `|f(x) - f(x0)|^2 / |f(x0)|^2 + variation TV(x) + bulk |x|_6^6`, where TV sums the
    squared differences of neighbours. Both regularisers are means over pixels, and ink is measured
    from white paper instead of the mean picture. f is `layer` 1, 2, ... of the reader; x0 the
    held-out digit `instance` (see `hidden_picture`). The three terms are columns of the results.

    The truth is the same sum with the features of a judge; `features` is their normalised error.
    With `decoder="none"` pixels are searched, as in the paper. Raises ValueError for a layer that
    the reader does not have, or a setting that the family's networks cannot serve.
    """
    true = hidden_picture(family, instance, hidden)
    searched = NormalisedError([up_to(family.reader(), layer)], true.x)
    weights = {"features": -1.0, "variation": -variation, "bulk": -bulk}

    return posed(
        family,
        name,
        partial(_terms, searched),
        decoder,
        weights=weights,
        judges=judged(family, decoder, true, _terms, weights, truth="inverted"),
        differentiable=differentiable,
    )


def _terms(error: NormalisedError, x: Tensor) -> Tensor:
    bulk = x.abs().pow(ALPHA).mean(dim=(1, 2))
    return torch.stack([error(x), total_variation(x), bulk], dim=1)


def total_variation(x: Tensor) -> Tensor:
    """The squared differences of neighbouring pixels of `x` `[n, h, w]`, per pixel, `[n]`."""
    down, right = x.diff(dim=1).square(), x.diff(dim=2).square()
    return (down.sum(dim=(1, 2)) + right.sum(dim=(1, 2))) / x[0].numel()
