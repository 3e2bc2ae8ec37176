"""What a user's function returned, in words, and the line that makes numbers of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

# Where libraries keep what is meant: diffusers, transformers, torchvision, home-made classes.
LIKELY = (
    "sample",
    "images",
    "x",
    "recon",
    "reconstruction",
    "logits",
    "scores",
    "score",
    "prediction",
    "mean",
    "last_hidden_state",
    "value",
)
MOST_PARTS = 6  # of a tuple or a dict that are told


def described(value: object) -> str:
    """A value in a few words: its type, its shape, and of a container what it holds.

    >>> described((np.zeros((3, 2)), None))
    'a tuple of 2 (array [3, 2] of float64, None)'
    """
    if value is None:
        return "None"
    if isinstance(value, torch.Tensor):
        return f"tensor {list(value.shape)} of {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, np.ndarray):
        return f"array {list(value.shape)} of {value.dtype}"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{k!r}: {described(v)}" for k, v in list(value.items())[:MOST_PARTS])
        return f"a {type(value).__name__} {{{inside}}}"
    if isinstance(value, list | tuple):
        inside = ", ".join(described(part) for part in value[:MOST_PARTS])
        more = ", ..." if len(value) > MOST_PARTS else ""
        return f"a {type(value).__name__} of {len(value)} ({inside}{more})"
    if isinstance(value, str | int | float | complex | np.generic):
        return f"{type(value).__name__} {str(value)[:40]!r}"
    parts = [name for name in _attributes(value) if _is_numeric(getattr(value, name, None))]
    held = "".join(f", .{name}: {described(getattr(value, name))}" for name in parts[:MOST_PARTS])
    return f"an object of {type(value).__qualname__}{held}"


def remedy(value: object, rows: int) -> str:
    """The code to write behind the call, such as `[0]` or `.sample`; "" where none is obvious."""
    if isinstance(value, Mapping):
        names = [name for name in LIKELY if name in value] + list(value)
        picked = next((name for name in names if _has_rows(value[name], rows)), None)
        return "" if picked is None else f"[{picked!r}]"
    if isinstance(value, list | tuple):
        places = [i for i, part in enumerate(value) if _has_rows(part, rows)]
        return f"[{places[0]}]" if places else ""
    if isinstance(value, torch.Tensor | np.ndarray):
        return ""
    return next(
        (f".{name}" for name in _attributes(value) if _has_rows(getattr(value, name, None), rows)),
        "",
    )


def name_of(function: object) -> str:
    """What to call a function in an error."""
    inner = getattr(function, "func", function)  # of functools.partial
    return f"`{getattr(inner, '__name__', type(inner).__name__)}`"


def call_of(name: str) -> str:
    """A name that can be written down, of a function that may have none."""
    plain = name.strip("`")
    return plain if plain.isidentifier() else "f"


def _attributes(value: object) -> list[str]:
    attributes = [name for name in getattr(value, "__dict__", {}) if not name.startswith("_")]
    likely = [name for name in LIKELY if name not in attributes and _readable(value, name)]
    return (
        [name for name in LIKELY if name in attributes]
        + likely
        + [n for n in attributes if n not in LIKELY]
    )


def _readable(value: object, name: str) -> bool:
    try:
        return hasattr(value, name)
    except Exception:
        return False  # a property that raises holds nothing that could be suggested


def _is_numeric(value: Any) -> bool:
    return isinstance(value, torch.Tensor | np.ndarray)


def _has_rows(value: Any, rows: int) -> bool:
    return _is_numeric(value) and value.ndim > 0 and len(value) == rows
