"""Bold and a seven at once: two criteria, weighed against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from blackbox.objectives.pictures import digit, thickness
from blackbox.objectives.pictures.factory import posed
from blackbox.objectives.pictures.family import Family, Kind, as_digit, one_of
from blackbox.objectives.pictures.judges import Wanted, judges, thickness_and_digit
from blackbox.objectives.pictures.starts import Source
from blackbox.scoring.objective import Judge, Objective

Reads = Literal["code", "picture"]
CRITERIA = ("thickness", "digit")


def bold_digit(
    family: Family,
    name: str,
    /,
    target: int = 7,
    *,
    weights: Mapping[str, float] = {"thickness": 1.0, "digit": 1.0},
    source: Source = None,
    reads: Reads = "code",
    decoder: Kind = "vae",
    real: bool = False,
    differentiable: bool = True,
) -> Objective:
    """A weighted sum of stroke thickness in pixels and log-probability of `target`, both wanted.

    The two criteria are columns of the results, so that a study over `weights` gives a front: how
    much boldness costs how much of the seven. Weighted sums miss what lies in a front's dents. The
    truth is the same sum of the measured thickness and the judges' log-probability. The other
    settings are those of `digit`.

    Raises ValueError where `weights` name other criteria, or for a setting that the family's
    networks cannot serve.
    """
    as_digit("target", target)
    one_of("reads", reads, Reads)
    if not isinstance(weights, Mapping) or set(weights) != set(CRITERIA):
        raise ValueError(f"weights must be a number for each of {CRITERIA}, not {weights!r}")
    criteria = {
        "thickness": thickness.scorer(family, reads, decoder),
        "digit": digit.scorer(family, target, reads, decoder),
    }
    truth = partial(thickness_and_digit, family, Wanted(family, target), weights)

    return posed(
        family,
        name,
        partial(_both, [criteria[name] for name in weights]),
        decoder,
        source=source,
        real=real,
        reads="latent" if reads == "code" else "data",
        weights=weights,
        judges=judges(family, decoder, target=target, also={"weighted": Judge(truth, truth=True)}),
        differentiable=differentiable,
    )


def _both(criteria: Sequence[Callable[..., Any]], inputs: Tensor) -> Tensor:
    return torch.stack([criterion(inputs) for criterion in criteria], dim=1)
