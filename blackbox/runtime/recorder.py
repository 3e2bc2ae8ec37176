"""The growing columns behind a trace: one row per evaluation, copied as it is paid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blackbox.price import Work
from blackbox.protocol import Answer, Ask, Message
from blackbox.runtime.conversation import Conversation

FIRST_CAPACITY = 64


class Recorder:
    """Appends evaluations; its memory doubles when it is full, so a row costs constant time."""

    def __init__(self, dim: int, *, replayable: bool = False) -> None:
        """Start empty, for latent points of `dim` coordinates; `replayable` keeps gradients too."""
        self.conversation = Conversation() if replayable else None
        self.size = 0
        self.columns: dict[str, NDArray[np.generic]] = {
            "z": np.empty((FIRST_CAPACITY, dim)),
            "score": np.empty(FIRST_CAPACITY),
            "valid": np.empty(FIRST_CAPACITY, bool),
            "clipped": np.empty(FIRST_CAPACITY, bool),
            "grad_valid": np.empty(FIRST_CAPACITY, bool),
            "n_scores": np.empty(FIRST_CAPACITY, np.int64),
            "n_gradients": np.empty(FIRST_CAPACITY, np.int64),
            "n_decodes": np.empty(FIRST_CAPACITY, np.int64),
            "seconds": np.empty(FIRST_CAPACITY),
            "incumbent": np.empty(FIRST_CAPACITY, np.int64),
        }
        self.x: dict[int, NDArray[np.generic]] = {}
        self.criteria: list[NDArray[np.float64]] = []
        self.constraints: list[NDArray[np.float64]] = []
        self.complaint = ""
        self.called = 0.0

    def append(
        self, message: Message, answer: Answer, before: tuple[int, int, int], seconds: float
    ) -> None:
        """Record what was paid for; `before` are the counters that preceded it."""
        if self.conversation is not None:
            self.conversation.append(message, answer)
        if isinstance(message, Ask):
            self._append(message, answer, before, seconds)

    def _append(
        self, ask: Ask, answer: Answer, before: tuple[int, int, int], seconds: float
    ) -> None:
        first, rows = self.size, len(ask.points)
        self.size += rows
        while self.size > len(self.columns["score"]):
            self.columns = {
                k: np.concatenate([v, np.empty_like(v)]) for k, v in self.columns.items()
            }
        here = slice(first, self.size)
        nth = np.arange(1, rows + 1)
        column = self.columns
        column["z"][here] = ask.points if ask.at == "latent" else np.nan
        column["score"][here] = answer.score
        column["valid"][here] = answer.valid
        column["clipped"][here] = False if ask.clipped is None else ask.clipped
        column["grad_valid"][here] = answer.grad_valid
        self.called += answer.called
        column["n_scores"][here] = before[0] + nth
        column["n_gradients"][here] = before[1] + ask.order * nth
        column["n_decodes"][here] = before[2]
        column["seconds"][here] = seconds / rows
        column["incumbent"][here] = self._row_of(ask.incumbent, first)
        if ask.at == "data":
            self.x.update(zip(range(first, self.size), np.array(ask.points), strict=True))
        if answer.criteria is not None:
            self.criteria.append(answer.criteria)
        if "constraints" in answer:
            self.constraints.append(answer.constraints)
        if not self.complaint and answer.notes is not None:
            self._complain(first, answer.notes)

    def _row_of(self, point: NDArray[np.float64] | None, before: int) -> int:
        """The latest valid row of a point `[d]`; -1 for None, and for one that was never asked."""
        if point is None:
            return -1
        is_it = (self.columns["z"][:before] == point).all(axis=1) & self.columns["valid"][:before]
        rows = np.flatnonzero(is_it)
        return int(rows[-1]) if len(rows) else -1

    def _complain(self, first: int, notes: NDArray[np.object_]) -> None:
        # The notes are those of a fused batch's rows: ours may all be fine.
        nth = next((i for i, note in enumerate(notes) if note), None)
        if nth is not None:
            self.complaint = f"row {first + nth}: {notes[nth]}"

    @property
    def work(self) -> Work:
        """What has been answered, of what was granted."""
        if not self.size:
            return Work()
        names = ("n_scores", "n_gradients", "n_decodes")
        return Work(*(int(self.columns[name][self.size - 1]) for name in names))

    @property
    def best(self) -> float:
        """The highest score of a valid row that meets all constraints; NaN without one."""
        score, valid = self.columns["score"][: self.size], self.columns["valid"][: self.size]
        counts = np.asarray(valid, bool)
        if self.constraints:
            counts = counts & np.asarray(np.concatenate(self.constraints) >= 0).all(axis=1)
        return float(np.fmax.reduce(score[counts], initial=np.nan))

    def filled(self) -> dict[str, NDArray[np.generic]]:
        """The columns, cut to the rows that were recorded."""
        return {name: column[: self.size].copy() for name, column in self.columns.items()}
