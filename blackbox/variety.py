"""How far objects lie from each other: whether many were made, or one many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def apart(objects: Any) -> Floats | None:
    """How far each of the objects `[m, ...]` lies from the others, `[m]`; None where none can tell.

    The root mean square of the difference of their numbers, or whether texts differ, as a mean over
    the others; NaN where there is no other.

    >>> apart(np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]])).round(2)
    array([1. , 0.5, 0.5])
    >>> apart(["to", "to", "be"])
    array([0.5, 0.5, 1. ])
    """
    differences = _differences(objects)
    if differences is None:
        return None
    others = len(differences) - 1
    if not others:
        return np.full(len(differences), np.nan)
    mean: Floats = differences.sum(axis=1) / others
    return mean


def _differences(objects: Any) -> Floats | None:
    """The difference of each object to each, `[m, m]`."""
    if isinstance(objects, Sequence) and len({(type(o), np.shape(o)) for o in objects}) > 1:
        return None
    array: NDArray[Any] = np.asarray(objects)
    if array.dtype.kind == "U":
        differs: Floats = np.not_equal(array[:, None], array[None]).astype(float)
        return differs
    if array.dtype.kind not in "fiub":
        return None
    rows = array.reshape(len(array), -1).astype(float)
    return np.stack([np.sqrt(((rows - row) ** 2).mean(axis=1)) for row in rows])
