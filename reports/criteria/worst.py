"""The other way to make one number of two criteria: the worse of the two (Chebyshev)."""

from __future__ import annotations

from typing import Any

import torch

import blackbox as bb
from blackbox.objectives import mnist

TARGET = 7
IDEAL = 12.0  # px, beyond what the network on the picture says of any point that was seen


def bold_digit(share: float, source: Any = None, reads: Any = "code") -> bb.Objective:
    """`mnist.bold_digit` without judges, scored by `lacking`; both criteria are still recorded.

    Points in a dent of the front are the best for some share, which they are for no weighted sum.
    V. J. Bowman, 1976 (doi 10.1007/978-3-642-87563-2_5).
    """
    both = mnist.bold_digit(target=TARGET, source=source, reads=reads)

    def scored(inputs: torch.Tensor) -> torch.Tensor:
        values = both.scorer.function(inputs)
        return torch.cat([values, -lacking(values, share)[:, None]], dim=1)

    return bb.Objective(
        scored,
        both.decoder,
        both.space,
        name=f"worst.bold_digit(share={share!r}, source={source!r}, reads={reads!r})",
        reads="latent" if reads == "code" else "data",
        starts=both.starts,
        weights={"thickness": 0.0, "digit": 0.0, "worst": 1.0},
    )


def lacking(values: torch.Tensor, share: float) -> torch.Tensor:
    """What is lacking of the ideal in the worse criterion `[n]`, of px and nats `[n, 2]`.

    >>> lacking(torch.tensor([[10.0, -1.0]]), 0.25).tolist()
    [0.75]
    """
    ideal = values.new_tensor([IDEAL, 0.0])
    return ((ideal - values) * values.new_tensor([share, 1 - share])).max(dim=1).values
