"""Does the value of a row depend on its neighbours, or on chance? What is compared, and how close.

The same rows are asked in several batches, such as {a, b, c}, {c, a} and {b}. Rounding differs from
batch to batch; whatever differs by more is company or noise.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from blackbox.scoring.arrays import REAL, plain, to_numpy
from blackbox.scoring.isolation import precision, training_parts
from blackbox.scoring.pipeline import Pipeline, functions_of

# Rounding in units of the dtype's last place: deep networks lose a few digits on the way.
ROUNDING_UNITS = 32
# Half precision is coarse; a tenth is no rounding any more.
COARSEST = 0.1
# Company that moves scores by less than this share of their spread moves no search.
NEGLIGIBLE = 1e-3
# What takes numbers from a whole batch, as people write it.
OF_BATCH = re.compile(
    r"[\w.]*\.(?:mean|std|var|max|min|amax|amin|median|quantile|argsort|rank|sum)"
    r"\(\s*(?:[A-Za-z_]\w*\s*(?:,\s*|(?=\))))?(?:(?:dim|axis)\s*=\s*)?(?:0|None|\(0,\))?\s*"
    r"(?:,[^()]*)?\)"
)


class Closeness:
    """How far two values of the same row may lie apart, by the dtypes that made them."""

    def __init__(self, pipeline: Pipeline, *seen: Any) -> None:
        """Look at the functions' parameters and at the tensors and arrays that were seen."""
        units = [precision(*functions_of(pipeline).values())]
        units += [eps for values in seen if (eps := _eps(values))]
        self.unit = max(units)

    def rounding(self, values: NDArray[Any]) -> float:
        """The most that rounding may move one of these values."""
        largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
        # What is float64 to us may have been float32 inside; but then not by absolute error.
        hidden = max(self.unit, float(np.finfo(np.float32).eps))
        relative, absolute = (min(ROUNDING_UNITS * u, COARSEST) for u in (hidden, self.unit))
        return relative * largest + absolute

    def repetition(self, values: NDArray[Any]) -> float:
        """The most that asking the same batch again may move one of these values.

        As good as nothing, whatever the dtype: only who added the numbers up may differ.
        """
        finite = values[np.isfinite(values)]
        fine = float(np.finfo(np.float32).eps)
        largest = float(np.abs(finite).max(initial=0.0))
        return ROUNDING_UNITS * (fine * largest + min(self.unit, fine))

    def company(self, values: NDArray[Any]) -> float:
        """The most that company may move one of these values."""
        finite = values[np.isfinite(values)]
        spread = float(finite.max()) - float(finite.min()) if finite.size else 0.0
        return self.rounding(values) + NEGLIGIBLE * spread


def _eps(values: Any) -> float:
    if isinstance(values, torch.Tensor) and values.is_floating_point():
        return float(torch.finfo(values.dtype).eps)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return float(np.finfo(values.dtype).eps)
    return 0.0


def gap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The largest distance between values of the same rows; inf where only one of them is NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(one - other)
    alike = (one == other) | (np.isnan(one) & np.isnan(other))
    return float(
        np.where(alike, 0.0, np.where(np.isnan(distance), np.inf, distance)).max(initial=0)
    )


def comparable(values: Any) -> NDArray[np.float64] | None:
    """Objects as numbers `[n, m]`; None where they are no arrays of real numbers."""
    if isinstance(values, torch.Tensor):
        values = plain(values) if not values.is_complex() else None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in REAL:
        return None
    return to_numpy(values).reshape(len(values), -1)


def unlike(one: Any, other: Any, closeness: Closeness, whole: Any) -> float:
    """How far objects of the same rows lie apart beyond what company may do; 0 where they agree.

    What are no numbers must be equal; inf where they are not, 0 where they cannot be compared.
    """
    numbers, others = comparable(one), comparable(other)
    if numbers is None or others is None:
        return 0.0 if _equal(one, other, closeness) else np.inf
    if numbers.shape != others.shape:
        return np.inf
    distance, reference = gap(numbers, others), comparable(whole)
    assert reference is not None
    return distance if distance > closeness.company(reference) else 0.0


def _equal(one: Any, other: Any, closeness: Closeness) -> bool:
    """Whether lists of objects hold the same: arrays up to rounding, texts and numbers exactly."""
    for mine, theirs in zip(one, other, strict=True):
        numbers = isinstance(mine, torch.Tensor | np.ndarray)
        if numbers and isinstance(theirs, torch.Tensor | np.ndarray):
            if tuple(mine.shape) != tuple(theirs.shape):
                return False
            row, its = (comparable(one_object[None]) for one_object in (mine, theirs))
            if row is not None and its is not None and gap(row, its) > closeness.company(row):
                return False
        elif isinstance(mine, str | bytes | int | float) and mine != theirs:
            return False
    return True


def standard_deviation(repeats: Sequence[NDArray[np.float64]]) -> float:
    """The sd `sqrt(mean of the rows' variances)` of scores `[n]` that were asked repeatedly."""
    scores = np.stack(repeats)
    finite = scores[:, np.isfinite(scores).all(axis=0)]
    if not finite.size:
        return np.nan
    largest = float(np.abs(finite).max()) or 1.0  # squares of large scores overflow
    return float(np.sqrt((finite / largest).var(axis=0, ddof=1).mean())) * largest


def cause_of_company(function: Mapping[str, Any]) -> str:
    """What makes a row of a decoder or a scorer depend on its neighbours, and what to do.

    As far as it shows: modules in training mode, or an expression in its source.
    """
    if training := training_parts(function):
        return f"{training[0]}: call .eval() on it"
    text = _quoted(function)
    shown = f" (perhaps by `{text}`)" if text else ""
    one = " (batched=False for a function of one object)" if "scorer" in function else ""
    return (
        f"it takes numbers from the whole batch{shown}: standardise by constants, or give "
        f"batch_size=1 to call it with one at a time{one}"
    )


def _quoted(functions: Mapping[str, Any]) -> str:
    """What in the source of the functions takes numbers from a whole batch; "" where none shows."""
    for function in functions.values():
        try:
            source = inspect.getsource(inspect.unwrap(function))
        except (OSError, TypeError):
            continue
        if source.count("lambda") > 1:
            continue  # which of them it is does not show
        if match := OF_BATCH.search(source):
            return match[0]
    return ""
