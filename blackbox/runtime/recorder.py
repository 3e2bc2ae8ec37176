"""The growing columns behind a trace: one row per evaluation, copied as it is paid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blackbox.price import Work
from blackbox.protocol import Answer, Array, Ask, Message, Verify
from blackbox.runtime.conversation import Conversation
from blackbox.runtime.data_points import DataPoints
from blackbox.runtime.growing import Growing, Kind
from blackbox.trace import VerifiedPoints

# One row of each per evaluation. What is seldom another is written only where it is.
COLUMNS = {
    "score": Kind(float),
    "valid": Kind(bool, default=True),
    "clipped": Kind(bool),
    "grad_valid": Kind(bool, default=True),
    "n_scores": Kind(np.int64),
    "n_gradients": Kind(np.int64),
    "n_decodes": Kind(np.int64),
    "seconds": Kind(float),
    "incumbent": Kind(np.int64, default=-1),
}
# And of each point that was verified: what is true of it, and how many evaluations preceded it.
VERIFIED = {"true": Kind(float), "after": Kind(np.int64)}


class Recorder:
    """Appends evaluations. A row costs constant time, and makes no object."""

    def __init__(self, dim: int, *, replayable: bool = False) -> None:
        """Start empty, for latent points of `dim` coordinates; `replayable` keeps gradients too."""
        self.conversation = Conversation() if replayable else None
        self._rows = Growing({"z": Kind(float, (dim,)), **COLUMNS})
        self._verified = Growing({"z": Kind(float, (dim,)), **VERIFIED})
        self._several: dict[str, Growing] = {}
        self.x = DataPoints()
        self.complaint = ""
        self.called = 0.0

    @property
    def size(self) -> int:
        """How many evaluations were recorded."""
        return self._rows.size

    def append(
        self, message: Message, answer: Answer, before: tuple[int, int, int], seconds: float
    ) -> None:
        """Record what was paid for; `before` are the counters that preceded it."""
        if self.conversation is not None:
            self.conversation.append(message, answer)
        if isinstance(message, Ask):
            self._append(message, answer, before, seconds)
        if isinstance(message, Verify):
            here, column = self._verified.more(len(answer)), self._verified
            column["z"][here], column["true"][here] = message.points, answer.true
            column["after"][here] = self.size

    def _append(
        self, ask: Ask, answer: Answer, before: tuple[int, int, int], seconds: float
    ) -> None:
        first, rows, column = self._rows.size, len(answer), self._rows
        here = column.more(rows)
        scores, gradients, decodes = before
        column["z"][here] = ask.points if ask.at == "latent" else np.nan
        if rows == 1:  # a number is written in half the time of an array of one
            column["score"][first] = answer.score[0]
            column["n_scores"][first] = scores + 1
            column["seconds"][first] = seconds
        else:
            column["score"][here] = answer.score
            column["n_scores"][here] = np.arange(scores + 1, scores + 1 + rows)
            column["seconds"][here] = seconds / rows
        if ask.order or gradients:
            column["n_gradients"][here] = gradients + ask.order * np.arange(1, rows + 1)
        if decodes:
            column["n_decodes"][here] = decodes
        if "valid" in answer:
            column["valid"][here] = answer.valid
        if ask.clipped is not None:
            column["clipped"][here] = ask.clipped
        if "grad_valid" in answer:
            column["grad_valid"][here] = answer.grad_valid
        if ask.incumbent is not None:
            column["incumbent"][here] = self._row_of(ask.incumbent, first)
        self.called += answer.called
        if answer.criteria is not None:
            self._note("criteria", answer.criteria)
        if "constraints" in answer:
            self._note("constraints", answer.constraints)
        if ask.at == "data":
            self.x.add(first, ask.points, np.maximum.accumulate(self._counting))
            if self.x.is_thinned:
                self.conversation = None  # it needs them all
        if not self.complaint and answer.notes is not None:
            self._complain(first, answer.notes)

    def _note(self, name: str, values: Array) -> None:
        """Keep several values of each evaluation, `[n, k]`."""
        if name not in self._several:
            self._several[name] = Growing({name: Kind(float, values.shape[1:])})
        column = self._several[name]
        here = column.more(len(values))
        column[name][here] = values

    def _row_of(self, point: Array, before: int) -> int:
        """The latest valid row of a point `[d]`; -1 for one that was never asked."""
        is_it = (self._rows["z"][:before] == point).all(axis=1) & self._rows["valid"][:before]
        rows = np.flatnonzero(is_it)
        return int(rows[-1]) if len(rows) else -1

    def _complain(self, first: int, notes: NDArray[np.object_]) -> None:
        # The notes are those of a fused batch's rows: ours may all be fine.
        nth = next((i for i, note in enumerate(notes) if note), None)
        if nth is not None:
            self.complaint = f"row {first + nth}: {notes[nth]}"

    @property
    def verified(self) -> VerifiedPoints:
        """The points of which the truth was asked."""
        column = self._verified
        return VerifiedPoints(*(column.filled(name) for name in ("z", "true", "after")))

    @property
    def criteria(self) -> Array:
        """Each criterion of each evaluation `[n, k]`; `[0, 0]` where the scorer has only one."""
        return self._values("criteria")

    @property
    def constraints(self) -> Array:
        """The value of each constraint of each evaluation `[n, m]`; `[0, 0]` without any."""
        return self._values("constraints")

    def _values(self, name: str) -> Array:
        column = self._several.get(name)
        return np.empty((0, 0)) if column is None else column.filled(name)

    @property
    def work(self) -> Work:
        """What has been answered, of what was granted."""
        if not self.size:
            return Work()
        names = ("n_scores", "n_gradients", "n_decodes")
        return Work(*(int(self._rows[name][self.size - 1]) for name in names))

    @property
    def best(self) -> float:
        """The highest score of a valid row that meets all constraints; NaN without one."""
        highest = np.max(self._counting, initial=-np.inf)
        return float(np.nan if highest == -np.inf else highest)

    @property
    def _counting(self) -> Array:
        """The scores that count `[n]`: -inf where one is invalid or breaks a constraint."""
        score, valid = self._rows["score"][: self.size], self._rows["valid"][: self.size]
        counts = np.asarray(valid, bool)
        if "constraints" in self._several:
            counts = counts & (self.constraints >= 0).all(axis=1)
        return np.where(counts, score, -np.inf)

    def filled(self) -> dict[str, NDArray[np.generic]]:
        """The columns, cut to the rows that were recorded."""
        return {name: self._rows.filled(name) for name in self._rows.names}
