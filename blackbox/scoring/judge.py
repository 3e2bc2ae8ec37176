"""How a judge is asked: any function of decoded objects, or of objects and the run's start."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

from blackbox.protocol import Array
from blackbox.scoring.door import to_numpy
from blackbox.scoring.scorer import ObjectiveError


def verdict(judge: Callable[..., Any], objects: Any, name: str) -> Array:
    """What a judge says of objects `[p]`, the start first; nan where it refuses.

    Raises ObjectiveError unless it says one number per object, and whatever the judge raises.
    """
    with torch.no_grad():
        said = judge(objects, objects[:1]) if _is_relative(judge) else judge(objects)
    numbers = to_numpy(said)
    if numbers.shape != (len(objects),):
        raise ObjectiveError(
            f"judge {name!r} returned shape {list(numbers.shape)} for {len(objects)} objects; "
            "a judge returns one number per object"
        )
    return numbers


def _is_relative(judge: Callable[..., Any]) -> bool:
    """Whether a judge compares with the run's start: it takes two arguments, `(x, start)`."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(judge).parameters.values()
    wanted = [p for p in parameters if p.kind in positional and p.default is p.empty]
    return len(wanted) > 1
