"""A scorer's values of objects: of a batch or one by one, and in halves where it raises."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import ObjectiveError
from blackbox.scoring.arrays import stretched
from blackbox.scoring.columns import is_out_of_memory
from blackbox.scoring.scorer import Scorer

# Values of `n` objects and perhaps of some more that pad them, why some have none (None: all have
# one), and with how many objects the scorer was called.
Values: TypeAlias = tuple[Any, NDArray[Any] | None, int]


def values_of(scorer: Scorer, x: Any, n: int, multiple: int | None) -> Values:
    """The values of `n` objects in batches of a `multiple` of rows, or (None) of one at a time."""
    if multiple is not None:
        return _of_batch(scorer, stretched(x, -(-n // multiple) * multiple), n, multiple)
    values, notes = [], np.full(n, "", object)
    for row in range(n):
        try:
            values.append(scorer.of_one(x[row]))
        except ObjectiveError:
            raise
        except Exception as error:
            values.append(np.full(scorer.width, np.nan))
            notes[row] = f"{type(error).__name__}: {error}"
    return scorer.together(values), notes if (notes != "").any() else None, n


def _of_batch(scorer: Scorer, x: Any, n: int, multiple: int) -> Values:
    """The values of a batch; where it raises, halves are asked: nothing is decoded again."""
    try:
        return scorer.of_batch(x), None, len(x)
    except ObjectiveError:
        raise
    except Exception as error:
        if is_out_of_memory(error) and len(x) > 1:
            raise
        if n == 1:
            note = np.array([f"{type(error).__name__}: {error}"], object)
            return np.full((1, *scorer.width), np.nan), note, len(x)
    half, parts = -(-n // 2), []
    for first, last in ((0, half), (half, n)):
        rows = last - first
        part = stretched(x[first:last], -(-rows // multiple) * multiple)
        values, notes, calls = _of_batch(scorer, part, rows, multiple)
        parts.append((values[:rows], notes, calls))
    raw = scorer.together([value for values, _, _ in parts for value in values])
    silent = [np.full(len(values), "", object) for values, _, _ in parts]
    whole = np.concatenate(
        [part[1] if part[1] is not None else s for part, s in zip(parts, silent, strict=True)]
    )
    calls = len(x) + sum(part[2] for part in parts)
    return raw, whole if (whole != "").any() else None, calls
