"""Which sharp picture shrinks to a blurred one? Many do: a good search finds one that is real."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from torch import Tensor
from torch.nn import functional

from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind, one_of
from blackbox.objectives.pictures.ground_truth import (
    Origin,
    hidden_picture,
    peak_signal_to_noise,
    squared_error,
)
from blackbox.objectives.pictures.judges import judges
from blackbox.scoring.objective import Judge, Objective
from blackbox.space import Space

Domain = Literal["prior", "sphere"]


def super_resolution(
    family: Family,
    name: str,
    /,
    instance: int = 0,
    *,
    decoder: Kind = "vae",
    domain: Domain = "prior",
    hidden: Origin = "decoded",
    differentiable: bool = True,
) -> Objective:
    """Minus the mean squared error of the shrunk decode to a small picture, to be maximised.

    PULSE, Menon et al., 2020 (arXiv 2003.03808). Pixels are averaged, 28 x 28 to 7 x 7 (8 x 8 to
    4 x 4).
    `domain="sphere"` searches their sphere of radius sqrt(d) instead of the whole prior. Unlike
    theirs the score goes on rising within epsilon; the judge `feasible` says where it is reached:
    the 95th percentile of this error when the VAE reconstructs held-out digits.

    The small picture is that of the held-out digit `instance` (see `hidden_picture`). The judges
    `psnr` (in dB, to the hidden picture), `digit` and `harsh` (it shows the hidden digit) tell what
    was found; the truth is minus the mean squared error to the hidden picture. Raises ValueError
    for a setting that the family's networks cannot serve.
    """
    one_of("domain", domain, Domain)
    true, factor = hidden_picture(family, instance, hidden), family.factor
    _, space = family.decoder(family.checked(decoder))
    settings: dict[str, Any] = {}
    if domain == "sphere":
        if space.prior != "normal":
            raise ValueError(f"domain='sphere' needs a normal prior; {decoder!r} has {space}")
        settings = {"space": Space.sphere(space.dim, math.sqrt(space.dim)), "codes": None}
    scorer = partial(_closeness, factor, shrunk(true.x, factor))
    of_this = {
        "feasible": Judge(partial(_feasible, scorer, family.low_resolution_error())),
        "psnr": Judge(partial(peak_signal_to_noise, true.x)),
        "hidden_error": Judge(partial(_closeness, 1, true.x), truth=True),
    }
    return posed(
        family,
        name,
        scorer,
        decoder,
        judges=judges(family, decoder, target=true.shown, also=of_this),
        optimum=0.0,
        differentiable=differentiable,
        **settings,
    )


def _closeness(factor: int, low: Tensor, x: Tensor) -> Tensor:
    return -squared_error(low, shrunk(x, factor))


def _feasible(scorer: Callable[[Tensor], Tensor], epsilon: float, x: Tensor) -> Tensor:
    return (scorer(x) >= -epsilon).float()


def shrunk(x: Tensor, factor: int) -> Tensor:
    """The pictures `x` `[n, h, w]` at a `factor` of the resolution, by means of pixels."""
    return functional.avg_pool2d(x[:, None], factor)[:, 0]
