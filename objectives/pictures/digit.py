"""From any digit to any digit: the log-probability of the target."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from torch import Tensor, nn
from torch.nn import functional

from blackbox.objectives.pictures.factory import coded, posed
from blackbox.objectives.pictures.family import Family, Heads, Kind, as_digit, one_of
from blackbox.objectives.pictures.judges import judges
from blackbox.objectives.pictures.starts import Source
from blackbox.scoring.objective import Objective

Reads = Literal["code", "picture"]


def digit(
    family: Family,
    name: str,
    /,
    target: int = 2,
    *,
    source: Source = None,
    reads: Reads = "code",
    decoder: Kind = "vae",
    real: bool = False,
    differentiable: bool = True,
) -> Objective:
    """The log-probability of the digit `target`, to be maximised; that of the judges is the truth.

    `reads="code"`: the head that was trained with the decoder's code says it; "picture": a
    classifier of the decoded picture. With `decoder="none"` the pixels themselves are searched, in
    the box `[0, 1]`. The search starts at draws of the prior, or at held-out digits: `source=7`, or
    "any" (see `starts`; without a decoder, at the pictures that the VAE makes of them), with
    `real=True` at those of the data set. `differentiable=False` hides the gradient.

    After Unit8's blog on model-based optimisation with a multi-head VAE. Raises ValueError where
    `target` is no digit, and for a setting that the family's networks cannot serve.
    """
    as_digit("target", target)
    one_of("reads", reads, Reads)
    return posed(
        family,
        name,
        scorer(family, target, reads, decoder),
        decoder,
        source=source,
        real=real,
        reads="latent" if reads == "code" else "data",
        judges=judges(family, decoder, target=target, truth="log_probability"),
        # The best log-probability is 0, approached and never reached.
        optimum=0.0,
        differentiable=differentiable,
    )


def scorer(family: Family, target: int, reads: Reads, decoder: Kind) -> Callable[..., Any]:
    """The function of codes or pictures that gives the log-probability of `target`, `[n]`."""
    if reads == "picture":
        return partial(_read, family.reader(), target)
    code, heads = coded(family, decoder)
    return partial(_head, code, heads, target)


def _read(reader: nn.Module, target: int, x: Tensor) -> Tensor:
    return functional.log_softmax(reader(x), dim=1)[:, target]


def _head(code: nn.Module, heads: Heads, target: int, z: Tensor) -> Tensor:
    return heads.digit_log_probability(code(z))[:, target]
