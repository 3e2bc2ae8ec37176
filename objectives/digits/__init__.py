"""Handwritten 8x8 digits: search the code of a small VAE for a bold stroke, or for a digit.

The heads on the code are the scores; three judges tell whether the decoded picture holds what they
promise. After Unit8's blog on model-based optimisation with a multi-head VAE.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from blackbox.scoring.objective import Objective
from blackbox.space import Space
from objectives.digits import judges, networks


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
    )


def digit(target: int = 3, *, differentiable: bool = True) -> Objective:
    """The log-probability of the digit `target`, to be maximised; `digit` judges who else sees it.

    `differentiable=False` is the black-box twin. Raises ValueError where `target` is no digit.
    """
    if isinstance(target, bool) or not isinstance(target, int) or not 0 <= target <= 9:
        raise ValueError(f"digits.digit searches for a digit, target=0 to 9, not {target!r}")
    hidden = "" if differentiable else ", differentiable=False"
    return Objective(
        partial(log_probability, target=target),
        networks.shipped_vae().decoder,
        Space.normal(networks.LATENT),
        name=f"digits.digit(target={target}{hidden})",
        reads="latent",
        judges={
            "digit": partial(judges.sees, target=target),
            "thickness": judges.thickness,
            "manifold": judges.distance_to_data,
        },
        # The best log-probability is 0, approached and never reached.
        optimum=0.0,
        differentiable=differentiable,
    )


def predicted_thickness(z: Tensor) -> Tensor:
    """What the thickness head reads from the codes `z` `[n, 16]`, `[n]` in pixels."""
    return networks.shipped_vae().thickness(z)


def log_probability(z: Tensor, *, target: int) -> Tensor:
    """What the digit head says of `target` at the codes `z` `[n, 16]`, `[n]`."""
    return networks.shipped_vae().digit_log_probability(z)[:, target]
