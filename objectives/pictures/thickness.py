"""How bold is the stroke? By a head on the code, a network on the picture, or the true measure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from torch import Tensor, nn

from blackbox.objectives.pictures.factory import coded, posed
from blackbox.objectives.pictures.family import Family, Heads, Kind, one_of
from blackbox.objectives.pictures.judges import judges
from blackbox.objectives.pictures.judges import thickness as true_thickness
from blackbox.objectives.pictures.starts import Source
from blackbox.scoring.objective import Objective

Reads = Literal["code", "picture", "truth"]
# Seconds of a picture under the ruler: too much to lay it to pictures that only fill a batch.
RULER = 7e-3


def thickness(
    family: Family,
    name: str,
    /,
    *,
    reads: Reads = "code",
    decoder: Kind = "vae",
    target: float | None = None,
    source: Source = None,
    real: bool = False,
    differentiable: bool = True,
) -> Objective:
    """The stroke thickness in pixels, to be maximised or to hit a `target`; the measured is true.

    `reads="code"`: the head that was trained with the decoder's code, as in Unit8's blog on
    model-based optimisation; "picture": a network on the decoded picture; "truth": the measure of
    Morpho-MNIST itself (Castro et al. 2019, arXiv 1809.10780), which has no gradient and refuses
    what measures as no real digit does. With a `target` in pixels the score is
    `-(thickness - target)^2`.

    The search starts at draws of the prior, or at held-out digits: `source=7`, or "any";
    `real=True` takes them from the data set (see `starts`). The judges `digit`, `unanimous` and
    `harsh` say whether the start's digit is kept. `differentiable=False` hides the gradient.

    Raises ValueError for a setting that the family's networks cannot serve.
    """
    one_of("reads", reads, Reads)
    declared: dict[str, Any] = {"seconds": RULER} if reads == "truth" else {}
    return posed(
        family,
        name,
        scorer(family, reads, decoder),
        decoder,
        source=source,
        real=real,
        reads="latent" if reads == "code" else "data",
        judges=judges(family, decoder, truth="thickness", keeps_digit=source is not None),
        target=target,
        # The best distance to a target is 0.
        optimum=None if target is None else 0.0,
        differentiable=None if reads == "truth" and differentiable else differentiable,
        **declared,
    )


def scorer(family: Family, reads: Reads, decoder: Kind) -> Callable[..., Any]:
    """The function of codes or pictures that says how thick they are, `[n]` in pixels."""
    if reads == "truth":
        return partial(true_thickness, family)
    if reads == "picture":
        return family.part(family.thickness_reader, "network that reads thickness")()
    code, heads = coded(family, decoder)
    return partial(_head, code, heads)


def _head(code: nn.Module, heads: Heads, z: Tensor) -> Tensor:
    return heads.thickness(code(z))
