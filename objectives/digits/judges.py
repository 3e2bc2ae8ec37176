"""Who tells whether a found digit is real: another network, the true measure, the nearest digits.

Each judge is a function of the decoded pictures `x` `[n, 8, 8]`, where one needs it also of the
picture `start` `[1, 8, 8]` at which the run began, and gives `[n]`; NaN where it refuses.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from objectives.digits import data, networks

# LES calls a code typical by its mean distance to the three nearest training codes.
NEIGHBOURS = 3


def sees(x: Tensor, *, target: int) -> Tensor:
    """1 where the judge network sees the digit `target`, else 0, `[n]`."""
    return _refuse_broken(x, (recognised(x) == target).float())


def keeps(x: Tensor, start: Tensor) -> Tensor:
    """1 where the judge network sees the digit that it saw at the start, else 0, `[n]`."""
    return _refuse_broken(x, (recognised(x) == recognised(start)).float())


def thickness(x: Tensor) -> NDArray[np.float64]:
    """The true stroke thickness in pixels, `[n]`; NaN where there is no stroke to measure."""
    return data.true_thickness(x.numpy())


def distance_to_data(x: Tensor) -> Tensor:
    """The mean Euclidean distance to the three nearest of all 1797 real digits, `[n]`.

    In units of a pixel's full ink.
    """
    return distances_to_data(x, NEIGHBOURS).mean(dim=1)


def distances_to_data(x: Tensor, count: int) -> Tensor:
    """The distances to the `count` nearest real digits, nearest first, `[n, count]`."""
    # The fast way by matrix products loses the digits of a distance near 0.
    distances = torch.cdist(
        x.float().flatten(1), _real_digits(), compute_mode="donot_use_mm_for_euclid_dist"
    )
    return distances.topk(count, largest=False).values


def recognised(x: Tensor) -> Tensor:
    """The digit that the judge network sees in each picture, `[n]`."""
    logits: Tensor = networks.shipped_judge()(x.float())
    return logits.argmax(dim=1)


def _refuse_broken(x: Tensor, verdict: Tensor) -> Tensor:
    """NaN instead of a verdict on a picture that is not finite: argmax would name some digit."""
    return torch.where(torch.isfinite(x).flatten(1).all(dim=1), verdict, torch.nan)


@cache
def _real_digits() -> Tensor:
    return torch.tensor(data.everything().images).flatten(1)
