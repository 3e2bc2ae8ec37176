"""Handwritten 8x8 digits: search the code of a small VAE for a bold stroke, or for a digit.

The heads on the code are the scores, or a reader of the decoded picture; three judges tell whether
that picture holds what they promise. After Unit8's blog on model-based optimisation with a
multi-head VAE.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from blackbox.scoring.objective import Objective
from blackbox.space import Space
from objectives.digits import data, judges, networks


def thickness(*, differentiable: bool = True) -> Objective:
    """The predicted stroke thickness in pixels, to be maximised; `digit` judges whether it is kept.

    `differentiable=False` is the black-box twin: the same landscape, its gradient hidden.
    """
    return Objective(
        predicted_thickness,
        networks.shipped_vae().decoder,
        Space.normal(networks.LATENT),
        name="digits.thickness" if differentiable else "digits.thickness(differentiable=False)",
        reads="latent",
        judges={
            "digit": judges.keeps,
            "thickness": judges.thickness,
            "manifold": judges.distance_to_data,
        },
        differentiable=differentiable,
        codes=codes(),
    )


def digit(
    target: int = 3,
    *,
    reads: Literal["code", "picture"] = "code",
    differentiable: bool = True,
) -> Objective:
    """The log-probability of the digit `target`, to be maximised; `digit` judges who else sees it.

    The head on the code says it, or with `reads="picture"` another network that sees the decoded
    picture. `differentiable=False` is the black-box twin. Raises ValueError where `target` is no
    digit, or `reads` something else.
    """
    if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target <= 9:
        raise ValueError(f"digits.digit searches for a digit, target=0 to 9, not {target!r}")
    if reads not in ("code", "picture"):
        raise ValueError(f"digits.digit reads the 'code' or the 'picture', not {reads!r}")
    chosen = ", reads='picture'" if reads == "picture" else ""
    hidden = "" if differentiable else ", differentiable=False"
    return Objective(
        partial(log_probability if reads == "code" else picture_log_probability, target=target),
        networks.shipped_vae().decoder,
        Space.normal(networks.LATENT),
        name=f"digits.digit(target={target}{chosen}{hidden})",
        reads="latent" if reads == "code" else "data",
        judges={
            "digit": partial(judges.sees, target=target),
            "thickness": judges.thickness,
            "manifold": judges.distance_to_data,
        },
        # The best log-probability is 0, approached and never reached.
        optimum=0.0,
        differentiable=differentiable,
        codes=codes(),
    )


@cache
def codes() -> NDArray[np.float64]:
    """The encoder's means of the training digits, `[1438, 16]`: where real digits lie."""
    with torch.no_grad():
        mean, _ = networks.shipped_vae().encode(torch.tensor(data.train().images))
    # Rounded well above float32's last bit, which depends on how many cores shared a sum.
    return mean.double().numpy().round(4)


def predicted_thickness(z: Tensor) -> Tensor:
    """What the thickness head reads from the codes `z` `[n, 16]`, `[n]` in pixels."""
    return networks.shipped_vae().thickness(z)


def log_probability(z: Tensor, *, target: int) -> Tensor:
    """What the digit head says of `target` at the codes `z` `[n, 16]`, `[n]`."""
    return networks.shipped_vae().digit_log_probability(z)[:, target]


def picture_log_probability(x: Tensor, *, target: int) -> Tensor:
    """What the reader says of `target` where it sees the pictures `x` `[n, 8, 8]`, `[n]`."""
    return functional.log_softmax(networks.shipped_reader()(x), dim=1)[:, target]
