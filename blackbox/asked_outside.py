"""What is known of a run beyond what it paid for: judges, and scores asked again."""

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


@dataclass(frozen=True)
class KnownBefore:
    """What a run was told of before it began, which it had not to pay for.

    So many points, the best score of those that meet all constraints, and where they come from.
    """

    n: int = 0
    best: float = np.nan
    source: str = ""


@dataclass(frozen=True, eq=False)
class VerifiedPoints:
    """What a run asked of the truth, outside its budget: points `z [k, d]`, what is true of each.

    `true [k]` is what the scorer would say if it were right (NaN: the truth refuses), `after [k]`
    how many evaluations preceded it.
    """

    z: Floats = field(default_factory=lambda: np.empty((0, 0)))
    true: Floats = field(default_factory=lambda: np.empty(0))
    after: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        """The number of truth calls."""
        return len(self.true)


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


@dataclass(frozen=True, eq=False)
class Confirmations:
    """What a noisy scorer said when it was asked again, outside the budget, of a run's best points.

    One entry per answer: the `row [m]` of the trace, the `score [m]` (NaN: no valid one), and each
    criterion `[m]`. `is_last [m]` marks answers to the best run of several, asked once more: it was
    chosen by the others, which are too good for that.
    """

    row: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    score: Floats = field(default_factory=lambda: np.empty(0))
    is_last: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    criteria: Mapping[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of scores that were asked."""
        return len(self.score)

    def of(self, row: int | None, *, last: bool = False) -> NDArray[np.bool_]:
        """Which of the answers `[m]` are to this row of the trace, asked first or last."""
        is_it = (self.row == (-1 if row is None else row)) & (self.is_last == last)
        return np.asarray(is_it, bool)

    def mean(self, row: int | None, *, last: bool = False) -> float:
        """The mean of the valid answers to this row; NaN without one."""
        answers = self.score[self.of(row, last=last)]
        valid = answers[~np.isnan(answers)]
        return float(valid.mean()) if len(valid) else np.nan

    def joined(self, other: Confirmations) -> Confirmations:
        """These and others."""
        names = dict.fromkeys((*self.criteria, *other.criteria))
        parts = (self, other)
        return Confirmations(
            np.concatenate([self.row, other.row]),
            np.concatenate([self.score, other.score]),
            np.concatenate([self.is_last, other.is_last]),
            {
                name: np.concatenate([p.criteria.get(name, np.full(len(p), np.nan)) for p in parts])
                for name in names
            },
        )
