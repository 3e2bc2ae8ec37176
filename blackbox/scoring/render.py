"""How objects are drawn for people where they are no pictures themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import copied, plain, to_numpy

# A function of objects, or the names of the numbers that one object holds.
Renderer: TypeAlias = Callable[[Any], Any] | Sequence[str]

LARGEST_SIDE = 320  # pixels; every run keeps several pictures, and rdkit draws 300 x 300
MOST_LETTERS = 2000  # of a text, which stands in the cell of a table


def checked(render: Renderer | None) -> Renderer | None:
    """The renderer. Raises ObjectiveError unless it is a function or a list of names."""
    named = isinstance(render, Sequence) and not isinstance(render, str)
    names = list(render) if isinstance(render, Sequence) else []
    if render is None or callable(render) or (named and names and all(map(_is_text, names))):
        return render
    raise ObjectiveError(
        f"render must be a function of objects, or the names of an object's numbers, not {render!r}"
    )


def drawn(render: Renderer, objects: Any) -> NDArray[Any]:
    """Pictures `[n, h, w]` or `[n, 3, h, w]`, or texts `[n]`, of objects `[n, ...]`.

    Raises ObjectiveError for anything else, and whatever the renderer raises.
    """
    if not callable(render):
        return _rows_as_text(render, to_numpy(objects))
    with torch.no_grad():
        made = render(copied(objects))
    array = plain(made) if isinstance(made, torch.Tensor) else np.asarray(made)
    if array.shape == (len(objects),) and all(map(_is_text, array)):
        return np.array([_cut(text) for text in array])
    pictured = array.ndim == 3 or (array.ndim == 4 and array.shape[1] in (1, 3))
    small = pictured and len(array) == len(objects) and max(array.shape[-2:]) <= LARGEST_SIDE
    if small and array.dtype.kind in "fiub":
        return array if array.dtype == np.uint8 else array.astype(np.float32)
    raise ObjectiveError(
        f"render returned {list(array.shape)} of {array.dtype} for {len(objects)} objects; it "
        f"returns texts [n], or pictures [n, h, w] or [n, 3, h, w] of at most {LARGEST_SIDE} pixels"
    )


def _rows_as_text(names: Sequence[str], rows: NDArray[np.float64]) -> NDArray[np.str_]:
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise ObjectiveError(
            f"render names {len(names)} numbers, but an object has shape {list(rows.shape[1:])}"
        )
    texts = [
        [f"{name} {value:.4g}" for name, value in zip(names, row, strict=True)] for row in rows
    ]
    return np.array([_cut(", ".join(row)) for row in texts])


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def _is_text(one: object) -> bool:
    return isinstance(one, str)
