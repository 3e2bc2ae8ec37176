"""What judges saw of a run, outside its budget: its path to the best, and what it made last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class JudgedPath:
    """What judges saw of a run, outside its budget: its start, some improvements, its best.

    `rows [p]` are rows of the trace, the start first; `judged` holds `[p]` numbers per judge (NaN:
    the judge refused); `objects [p, ...]` are the decoded objects, None if they are no arrays, and
    `drawn [p, ...]` the pictures or texts that the objective's own renderer made of them.

    `truth` names the judge that measures what the scorer predicts, and `true [p]` is the score by
    it; `limits` hold the lowest and highest number that a judge gives to real objects.
    """

    rows: Ints
    judged: Mapping[str, Floats] = field(default_factory=dict)
    objects: NDArray[np.generic] | None = None
    drawn: NDArray[np.generic] | None = None
    truth: str = ""
    true: Floats | None = None
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def shown(self, place: int) -> NDArray[np.generic] | str | None:
        """What a reader sees of one of the rows: a picture, a text, the object, or None."""
        seen = self.objects if self.drawn is None else self.drawn
        if seen is None:
            return None
        return str(seen[place]) if seen.dtype.kind == "U" else np.asarray(seen[place])


@dataclass(frozen=True, eq=False)
class LateSample:
    """What judges saw of a run's last tenth of evaluations, outside its budget: what it makes.

    `rows [m]` are rows of the trace, in order; `judged` and `true` are those of a path, `[m]`, and
    `apart [m]` is how far each object lies from the others of the sample: the root mean square of
    the difference of their numbers, or the share of texts that differ, a mean over the others.
    """

    rows: Ints
    judged: Mapping[str, Floats] = field(default_factory=dict)
    true: Floats | None = None
    apart: Floats | None = None
