"""Between what users' functions return and float64 numpy: tensors of any dtype, arrays, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.space import Space

# What numpy calls real numbers: floats, integers with and without sign, truth values.
REAL = "fiub"
# Dtypes that numpy does not have, or in which its sums lose their digits.
SHORT = (torch.bfloat16, torch.float16)
NUMBER = (int, float, np.number)


def to_numpy(values: object) -> NDArray[np.float64]:
    """Float64 numbers from a tensor of any device, an array or a list; NaN where masked."""
    if type(values) is np.ndarray and values.dtype == np.float64:
        return values
    if isinstance(values, torch.Tensor):
        values = plain(values)
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(values.astype(float), np.nan))
    return np.asarray(values, float)


def plain(values: torch.Tensor) -> NDArray[Any]:
    """A tensor as an array of its own dtype; half precision as float32."""
    return (values.float() if values.dtype in SHORT else values).numpy(force=True)


def as_numbers(values: Any) -> Any:
    """Numbers, or a list of them, as an array (a tensor of tensors); None for anything else."""
    if isinstance(values, list | tuple) and any(_is_tensor(v) for v in values):
        tensor = next(filter(_is_tensor, values))
        single = [v.numel() == 1 if _is_tensor(v) else isinstance(v, NUMBER) for v in values]
        if not all(single):
            return None
        return torch.stack([torch.as_tensor(v).to(tensor).reshape(()) for v in values])
    if isinstance(values, np.ndarray):
        array = values
    elif values is None or isinstance(values, str | bytes | Mapping):
        return None
    else:
        try:
            array = np.asarray(values)
        except (TypeError, ValueError, RuntimeError):
            return None
    if array.dtype.kind == "O":
        try:
            return np.asarray(array, float)
        except (TypeError, ValueError):
            return None
    return array if array.dtype.kind in f"{REAL}c" else None


def as_rows(objects: Any) -> NDArray[Any]:
    """Objects as an array with one row each: float64 where they are real numbers."""
    if isinstance(objects, torch.Tensor):
        objects = plain(objects)
    if isinstance(objects, np.ndarray) and objects.dtype.kind in REAL:
        return to_numpy(objects)
    if isinstance(objects, np.ndarray):
        return objects
    rows = np.empty(len(objects), object)
    rows[:] = objects
    return rows


def taken(objects: Any, rows: Sequence[int]) -> Any:
    """Some of the objects, in that order: rows of a tensor or an array, items of a list."""
    if isinstance(objects, torch.Tensor | np.ndarray):
        return objects[list(rows)]
    return [objects[row] for row in rows]


def stretched(objects: Any, size: int) -> Any:
    """The objects with the last one repeated up to `size`: padding that any function digests."""
    missing = size - len(objects)
    if missing <= 0:
        return objects
    if isinstance(objects, torch.Tensor):
        return torch.cat([objects, objects[-1:].expand(missing, *objects.shape[1:])])
    if isinstance(objects, np.ndarray):
        return np.concatenate([objects, np.repeat(objects[-1:], missing, axis=0)])
    return [*objects, *[objects[-1]] * missing]


def copied(objects: Any) -> Any:
    """The same objects in memory of their own, for functions that change what they are handed."""
    if isinstance(objects, torch.Tensor):
        return objects.clone()
    if isinstance(objects, np.ndarray):
        return objects.copy()
    return [copied(one) if isinstance(one, torch.Tensor | np.ndarray) else one for one in objects]


def joined(parts: Sequence[Any]) -> Any:
    """Objects of several calls, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], torch.Tensor):
        return torch.cat(list(parts))
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(list(parts))
    return [one for part in parts for one in part]


def interleaved(
    decoded: Any, is_decoded: NDArray[np.bool_], given: Mapping[int, Any], dtype: torch.dtype
) -> Any:
    """Objects `[p]`: decoded ones in their places, between those that are given by their row."""
    places = np.cumsum(is_decoded) - 1
    if decoded is not None and not isinstance(decoded, torch.Tensor):
        return [decoded[places[i]] if here else given[i] for i, here in enumerate(is_decoded)]
    pool = torch.empty(0, dtype=dtype) if decoded is None else decoded
    rows = [
        pool[places[i]] if here else torch.tensor(given[i]).to(pool)
        for i, here in enumerate(is_decoded)
    ]
    return torch.stack(rows)


def shaped(points: torch.Tensor, space: Space) -> torch.Tensor:
    """Latents as the user's functions see them `[n, *shape]`, of searched points `[n, d]`."""
    if space.is_plain:
        return points
    if space.fixed:
        whole = torch.from_numpy(space.template).to(points).repeat(len(points), 1)
        whole[:, torch.from_numpy(space.free).to(points.device)] = points
        points = whole
    return points.reshape(len(points), *space.shape)


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)
