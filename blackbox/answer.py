"""What is known of the points of a message: scores, gradients, objects, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import NoGradient, ProtocolError
from blackbox.messages import Array


class Answer:
    """What is known of `n` points after a message; read-only, and sliced by rows.

    `score [n]` and `valid [n]` answer an Ask, `grad` (shaped like the points) and `grad_valid [n]`
    one of order 1; `x [n, ...]` answers a Decode, `pulled [n, d]` a PullBack; `trust [n]`,
    `worth [n]` and `trusted [n]` a Believe, `true [n]` a Verify. Where there are constraints,
    `constraints [n, m]` are their values, each met where it is >= 0, and
    `constraint_grads [n, m, ...]` their gradients.

    >>> answer = Answer(score=np.array([1.0, 2.0]))
    >>> answer[1:].score
    array([2.])
    """

    __slots__ = ("_columns", "_rows")

    def __init__(self, **columns: NDArray[np.generic]) -> None:
        """Take columns by name; all must have the same number of rows."""
        self._rows = 0
        for column in columns.values():
            column.setflags(write=False)
            self._rows = len(column)
        self._columns = columns

    def __len__(self) -> int:
        """The number of points."""
        return self._rows

    def __getitem__(self, rows: slice | NDArray[Any]) -> Answer:
        """The same answer for some of the points: a slice, a mask `[n]`, or their numbers."""
        return Answer(**{name: column[rows] for name, column in self._columns.items()})

    def __contains__(self, name: str) -> bool:
        """Whether a column was answered."""
        return name in self._columns

    @property
    def score(self) -> Array:
        """Scores `[n]`, higher is better; of an invalid point NaN, or what a run tells of it."""
        return self._column("score")

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Whether each point has a score of its own `[n]`."""
        if "valid" not in self._columns:
            return np.ones(len(self), bool)
        return self._columns["valid"]  # type: ignore[return-value]

    @property
    def constraints(self) -> Array:
        """The value of each constraint `[n, m]`, met where it is >= 0; `[n, 0]` without any."""
        if "constraints" not in self._columns:
            return np.empty((len(self), 0))
        return self._column("constraints")

    @property
    def violations(self) -> Array:
        """How far each constraint is from being met, `[n, m]`: `max(0, -value)`, NaN if invalid."""
        return np.maximum(0.0, -self.constraints)

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """Whether each point has a score and meets all constraints `[n]`."""
        return np.asarray(self.valid & (self.constraints >= 0).all(axis=1), bool)

    @property
    def constraint_grads(self) -> Array:
        """The gradient of each constraint's value, `[n, m, ...]`, zero where it is not finite."""
        return self._column("constraint_grads")

    @property
    def grad(self) -> Array:
        """Gradients of the score, shaped like the points; zero where they are no finite numbers.

        Raises NoGradient if the ask was of order 0.
        """
        if "grad" not in self._columns:
            raise NoGradient("this answer has no gradient: ask with order=1 (and declare the need)")
        return self._column("grad")

    @property
    def grad_valid(self) -> NDArray[np.bool_]:
        """Whether each valid point's gradient was finite `[n]`; True where none was asked."""
        if "grad_valid" not in self._columns:
            return np.ones(len(self), bool)
        return self._columns["grad_valid"]  # type: ignore[return-value]

    @property
    def called(self) -> float:
        """How many objects the objective called for these points; as many, unless it is told."""
        return float(self._column("called").sum()) if "called" in self else float(len(self))

    @property
    def exceeded(self) -> NDArray[np.bool_]:
        """Whether each point exceeded a limit of the user's and is to be tried again `[n]`."""
        if "exceeded" not in self._columns:
            return np.zeros(len(self), bool)
        return self._columns["exceeded"]  # type: ignore[return-value]

    @property
    def free(self) -> NDArray[np.bool_]:
        """Whether each row was known to the run already, and cost nothing `[n]`."""
        if "free" not in self._columns:
            return np.zeros(len(self), bool)
        return self._columns["free"]  # type: ignore[return-value]

    @classmethod
    def joined(cls, parts: Sequence[Answer]) -> Answer:
        """One answer of several, row after row; a column that some lack is filled in.

        >>> Answer.joined([Answer(score=np.ones(1)), Answer(score=np.zeros(2))]).score
        array([1., 0., 0.])
        """
        if len(parts) == 1:
            return parts[0]
        names = dict.fromkeys(name for part in parts for name in part._columns)
        columns = {name: [part._filled(name) for part in parts] for name in names}
        return cls(**{name: np.concatenate(filled) for name, filled in columns.items()})

    @property
    def columns(self) -> Mapping[str, NDArray[np.generic]]:
        """All that is known, by name."""
        return dict(self._columns)

    def told(self, score: Array) -> Answer:
        """The same with other scores `[n]`: what a strategy is told of invalid points."""
        return Answer(**(self._columns | {"score": score}))

    @property
    def x(self) -> Array:
        """Decoded objects `[n, ...]`."""
        return self._column("x")

    @property
    def pulled(self) -> Array:
        """Vectors pulled back to latent space `[n, d]`."""
        return self._column("pulled")

    @property
    def trust(self) -> Array:
        """How far each point is to be believed `[n]`: the share of real points that are as odd."""
        return self._column("trust")

    @property
    def worth(self) -> Array:
        """Each score `[n]`, or less where other scorers fall short of it."""
        return self._column("worth")

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Whether trust has not ended at each point `[n]`."""
        return np.asarray(self._column("trusted"), bool)

    @property
    def true(self) -> Array:
        """What each score would be if the scorer were right `[n]`; NaN where the truth refuses."""
        return self._column("true")

    @property
    def criteria(self) -> Array | None:
        """Each criterion of a weighted score `[n, k]`; None where the scorer has only one."""
        return self._column("criteria") if "criteria" in self._columns else None

    @property
    def notes(self) -> NDArray[np.object_] | None:
        """Why each invalid point is invalid `[n]`, "" elsewhere; None where all are valid."""
        return self._columns.get("notes")  # type: ignore[return-value]

    def _filled(self, name: str) -> NDArray[np.generic]:
        """A column, or what it would hold: only what is out of the ordinary need be answered."""
        if name in self._columns:
            return self._columns[name]
        match name:
            case "valid" | "grad_valid":
                return np.ones(len(self), bool)
            case "exceeded" | "free":
                return np.zeros(len(self), bool)
            case "notes":
                return np.full(len(self), "", object)
            case "called":
                return np.ones(len(self))
        return self._column(name)

    def _column(self, name: str) -> Array:
        if name not in self._columns:
            raise ProtocolError(f"this answer holds {', '.join(self._columns)}, not {name}")
        return self._columns[name]  # type: ignore[return-value]
