"""Answers of several calls, one below the other; those of points without a score; and no answer."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.protocol import Array

Columns: TypeAlias = dict[str, NDArray[Any]]
# What a call that has nothing to say of a column says in it.
SILENT = {"notes": "", "called": 1.0, "valid": True, "grad_valid": True, "lost": 0.0}
SILENT |= {"exceeded": False}
# Words in what torch says where two types of numbers meet.
DTYPES = ("dtype", "scalar type", "half", "bfloat16", "double", "float", "same type")
# What torch, numpy and drivers write where memory is out and the class of the error is a plain one.
OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


class Constrained(Protocol):
    """What is asked of a scorer here: its name, and its constraints."""

    @property
    def name(self) -> str:
        """What errors call it."""
        ...

    constraints: tuple[str, ...]


def stacked(parts: list[Columns]) -> Columns:
    """Columns of several calls, one below the other."""
    for name, nothing in SILENT.items():
        if any(name in part for part in parts):
            kind = object if name == "notes" else type(nothing)
            for part in parts:
                part.setdefault(name, np.full(len(next(iter(part.values()))), nothing, kind))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def refused(points: Array, order: int, widths: tuple[int, int], note: str) -> Columns:
    """Columns of points that have no score, with the reason; `widths`: criteria, constraints."""
    rows = len(points)
    columns: Columns = {
        "score": np.full(rows, np.nan),
        "notes": np.full(rows, note, object),
        "called": np.ones(rows),
    }
    if order:
        columns["grad"] = np.zeros(points.shape)
    criteria, constraints = widths
    if criteria:
        columns["criteria"] = np.full((rows, criteria), np.nan)
    if constraints:
        columns["constraints"] = np.full((rows, constraints), np.nan)
        if order:
            columns["constraint_grads"] = np.zeros((rows, constraints, *points.shape[1:]))
    return columns


def finished(columns: Columns, scorer: Constrained) -> Columns:
    """NaN and the reason where a point is invalid, and zero where a gradient is none."""
    score = columns["score"]
    valid = np.isfinite(score)
    if not valid.all():
        _note(columns, ~valid, f"scorer {scorer.name} returned nan or infinity")
    for nth, name in enumerate(scorer.constraints):
        broken = valid & ~np.isfinite(columns["constraints"][:, nth])
        if broken.any():
            what = f"scorer {scorer.name} returned nan or infinity for constraint {name}"
            _note(columns, broken, what)
            valid &= ~broken
    if not (all_valid := bool(valid.all())):
        columns["score"], columns["valid"] = np.where(valid, score, np.nan), valid
    for name in ("grad", "constraint_grads"):
        if name in columns:
            grad = columns[name]
            finite = np.isfinite(grad)
            if all_valid and finite.all():
                continue
            counts = valid.reshape(-1, *[1] * (grad.ndim - 1))
            columns[name] = np.where(counts & finite, grad, 0.0)
            if not finite.all():
                whole = finite.reshape(len(finite), -1).all(axis=1)
                columns["grad_valid"] = columns.get("grad_valid", True) & (whole | ~valid)
    return columns


def _note(columns: Columns, rows: NDArray[np.bool_], text: str) -> None:
    """Say why these rows are invalid, where nothing was said before."""
    notes = columns.get("notes", np.full(len(rows), "", object))
    columns["notes"] = np.where(rows & (notes == ""), text, notes)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a smaller call may do what this one could not."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(mark in text for mark in OUT_OF_MEMORY)


def mentions_dtype(error: BaseException | None) -> bool:
    """Whether an error is about the type of numbers, so that another type may help."""
    text = str(error or "").lower()
    return any(word in text for word in DTYPES)
