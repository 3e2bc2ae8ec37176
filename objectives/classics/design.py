"""What the classics have in common: a design's cost and margins, made an objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from blackbox.constraints import Scored
from blackbox.parameters import Parameters
from blackbox.scoring.objective import Objective

# Of columns of values by name, `[n]` each: the cost `[n]`, and each margin, met where it is >= 0.
Columns = Mapping[str, Any]
Design = Callable[[Columns], tuple[Any, dict[str, Any]]]


@dataclass(frozen=True)
class DesignScorer:
    """The cost of designs, and their margins as constraints."""

    design: Design

    def __call__(self, p: Columns) -> Scored | Any:
        """Of a frame or of tensors by name, `[n]` each."""
        columns = {name: _numbers(p[name]) for name in p}
        with np.errstate(all="ignore"):  # where a design does not exist, a margin is no number
            cost, margins = self.design(columns)
        return Scored(cost, constraints=margins) if margins else cost


def to_be_minimised(
    name: str, design: Design, parameters: Parameters, optimum: float, differentiable: bool
) -> Objective:
    """The objective of a design; `optimum`: its least cost, rounded to the better side."""
    return Objective(
        DesignScorer(design),
        space=parameters,
        name=name,
        maximize=False,
        batched=True,
        noise=False,
        differentiable=None if differentiable else False,
        optimum=optimum,
    )


def _numbers(column: Any) -> Any:
    return column if isinstance(column, torch.Tensor) else np.asarray(column, float)
