"""Numbers of what a scorer returned, and what to say where it returned something else."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import as_numbers, to_numpy
from blackbox.scoring.returned import call_of, described, remedy


class Named(Protocol):
    """What is asked of a scorer here."""

    @property
    def name(self) -> str:
        """What errors call it."""
        ...


class Called(Named, Protocol):
    """The same, and whether it takes batches."""

    batched: bool | None


def numbers_of(returned: Any, rows: int | None, scorer: Named) -> Any:
    """Real numbers as a tensor or an array, of so many rows or (None) of one object.

    Raises ObjectiveError for anything else.
    """
    if type(returned) is np.ndarray and returned.dtype == np.float64:
        return returned
    values = returned if isinstance(returned, torch.Tensor) else as_numbers(returned)
    if values is None:
        raise ObjectiveError(_not_numbers(returned, rows, scorer.name))
    is_tensor = isinstance(values, torch.Tensor)
    if values.is_complex() if is_tensor else np.iscomplexobj(values):
        raise ObjectiveError(
            f"scorer {scorer.name} returned {described(returned)}; a score is a real number: "
            "write .real, or abs(...), in the scorer"
        )
    if not isinstance(values, torch.Tensor):
        return to_numpy(values)
    return values if values.is_floating_point() else values.to(torch.float64)


def _not_numbers(returned: Any, rows: int | None, scorer: str) -> str:
    called_with = "one object" if rows is None else f"{rows} objects"
    wanted = "one number" if rows is None else f"numbers [{rows}]"
    text = f"scorer {scorer} returned {described(returned)} for {called_with}, where {wanted} "
    if returned is None:
        return f"{text}was expected; does it lack a `return`?"
    code = remedy(returned, 1 if rows is None else rows)
    return f"{text}was expected; write scorer=lambda x: {call_of(scorer)}(x){code or '[...]'}"


def misshapen(
    returned: Any, shape: tuple[int, ...], wanted: tuple[int, ...], scorer: Called
) -> ObjectiveError:
    """What to raise where the numbers of a batch have another shape than is wanted."""
    (rows, *width), hint = wanted, "return one number per object"
    if isinstance(returned, tuple) and not width and (code := remedy(returned, rows)):
        hint = f"it is a tuple: write scorer=lambda x: {call_of(scorer.name)}(x){code}"
    elif len(shape) == 2 and shape[0] == rows and not width:
        hint = "give `weights` for several criteria"
    elif shape == (*width, rows) and width:
        hint = "stack the criteria along the last axis, [n, k]"
    elif scorer.batched:
        hint += ", or give batched=False if it is a function of one object"
    return ObjectiveError(
        f"scorer {scorer.name} returned shape {list(shape)} for {rows} objects, "
        f"where {[rows, *width]} was expected; {hint}"
    )
