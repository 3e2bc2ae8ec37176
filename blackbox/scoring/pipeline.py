"""An objective's functions in a row: from a tensor of points to objects, and on to the scorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import SHORT, plain, shaped
from blackbox.scoring.returned import call_of, described, name_of, remedy
from blackbox.scoring.scorer import Scorer
from blackbox.space import Space

Reads = Literal["data", "latent"]


@dataclass(frozen=True, eq=False)
class Pipeline:
    """What is called: an objective's functions, its space, and what the user fixed."""

    scorer: Scorer
    decoder: Callable[[torch.Tensor], Any] | None
    reads: Reads
    space: Space
    dtype: torch.dtype | None = None
    device: torch.device | str | None = None
    batch_size: int | None = None
    seconds: float | None = None

    def decoded(self, points: torch.Tensor) -> Any:
        """The objects of searched points `[n, d]`. Raises ObjectiveError for what are none."""
        z = shaped(points, self.space)
        if self.decoder is None:
            return z
        return checked(self.decoder(z), len(points), self.decoder)

    def seen(self, points: torch.Tensor, objects: Any) -> Any:
        """What the scorer reads: the objects, or the latents themselves."""
        return shaped(points, self.space) if self.reads == "latent" else objects


def checked(returned: Any, rows: int, decoder: Callable[..., Any]) -> Any:
    """The objects that a decoder returned, one per row: a tensor, an array or a list.

    Raises ObjectiveError for anything else, with what it is and the line to write.
    """
    if isinstance(returned, torch.Tensor | np.ndarray):
        if returned.ndim and len(returned) == rows:
            if isinstance(returned, torch.Tensor) and returned.is_inference():
                return returned.clone()  # what was made in inference mode serves no gradient
            return returned
        shape = list(returned.shape)
        amount = f"{shape[0]} objects" if shape else "shape []"
        raise ObjectiveError(
            f"decoder {name_of(decoder)} returned {amount} ({described(returned)}) for {rows} "
            "points; a decoder must keep the first axis"
        )
    one_each = isinstance(returned, Sequence) and not isinstance(returned, str | bytes)
    if one_each and len(returned) == rows and not _is_outputs(returned):
        return list(returned)
    text = f"decoder {name_of(decoder)} returned {described(returned)} for {rows} points, where "
    text += "a tensor or an array [n, ...], or a list of n objects, was expected; "
    if returned is None:
        raise ObjectiveError(f"{text}does it lack a `return`?")
    call, code = call_of(name_of(decoder)), remedy(returned, rows)
    raise ObjectiveError(f"{text}write decoder=lambda z: {call}(z){code or '[...]'}")


def _is_outputs(returned: Sequence[Any]) -> bool:
    """Whether a sequence holds several outputs of a network, rather than one object per point."""
    arrays = [isinstance(part, torch.Tensor | np.ndarray | None) for part in returned]
    return isinstance(returned, tuple) and any(arrays)


def handed(objects: Any, kind: str, cast: str) -> Any:
    """Objects in the form that the scorer likes: tensors, or arrays; of another dtype if `cast`."""
    if not isinstance(objects, torch.Tensor):
        return objects
    if kind == "numpy":
        return plain(objects)
    return objects.to(getattr(torch, cast)) if cast else objects


def casts(objects: Any) -> tuple[str, ...]:
    """The dtypes in which objects may be handed to a scorer: their own, then full precision."""
    short = isinstance(objects, torch.Tensor) and objects.dtype in SHORT
    return ("", "float32") if short else ("",)


def object_shape(objects: Any) -> tuple[int, ...]:
    """The shape of one object; () where they are no arrays."""
    return tuple(objects.shape[1:]) if isinstance(objects, torch.Tensor | np.ndarray) else ()


def functions_of(pipeline: Pipeline) -> Mapping[str, Callable[..., Any] | None]:
    """The user's functions by what they are."""
    named = {"decoder": pipeline.decoder, "scorer": pipeline.scorer.function}
    return {name: function for name, function in named.items() if function is not None}
