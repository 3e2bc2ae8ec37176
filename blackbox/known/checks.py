"""Known data held against the objective: inside its space, each point once, no contradiction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import StudyError
from blackbox.known.data import KnownData
from blackbox.known.tables import Columns
from blackbox.protocol import Answer, Array
from blackbox.scoring.objective import Objective

# Two scores of one point that differ by less are one: a csv may round the last digits.
SAME = 1e-9


def checked_data(z: Array, columns: Columns, objective: Objective, source: str) -> KnownData:
    """The data, each point once unless scores are noisy.

    Raises StudyError for points outside the space or against its `where`, and where one point has
    two scores.
    """
    space = objective.space
    inside = space.contains(z)
    if not inside.all():
        row = int(np.argmin(inside))
        raise StudyError(
            f"row {row} lies outside of {space}: {np.array2string(z[row], threshold=12)} "
            f"({int((~inside).sum())} of {len(z)} rows do): leave such rows out, or widen the space"
        )
    if space.where is not None and not (allowed := space.where(z)).all():
        raise StudyError(
            f"row {int(np.argmin(allowed))} breaks where={space.where.name} "
            f"({int((~allowed).sum())} of {len(z)} rows do): leave such rows out"
        )
    points = np.add(space.canonical(space.clip(z)), 0.0, order="C")  # no -0.0
    is_noisy = objective.facts.is_noisy
    rows = np.arange(len(points)) if is_noisy else _once(points, columns)
    answer = Answer(**{name: np.ascontiguousarray(c[rows]) for name, c in columns.items()})
    return KnownData(points[rows], answer, source)


def _once(points: Array, columns: Columns) -> NDArray[np.int64]:
    """The first row of each point. Raises StudyError where another row says something else."""
    first_of: dict[bytes, int] = {}
    for row, point in enumerate(points):
        first = first_of.setdefault(point.tobytes(), row)
        for name, column in columns.items():
            before, now = column[first].astype(float), column[row].astype(float)
            if not np.allclose(before, now, rtol=SAME, atol=0.0, equal_nan=True):
                raise StudyError(
                    f"rows {first} and {row} are one point with two values of {name}: {before} and "
                    f"{now}; leave one out, or declare the objective noisy (noise=True)"
                )
    return np.array(list(first_of.values()), np.int64)
