"""Points that exceeded a limit, asked again: each try is a row of the run, and paid for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blackbox.protocol import Answer, Ask, Message


@dataclass(frozen=True)
class _Retry:
    """A message with the answer so far; `rows [k]` of it are being asked again."""

    message: Message
    answer: Answer
    rows: NDArray[np.intp]
    left: int  # further tries of these points, after this one


class Retries:
    """The further tries of one run: `most` for each point."""

    def __init__(self, most: int) -> None:
        """Nothing is being tried again yet."""
        self._most = most
        self._retry: _Retry | None = None

    def heard(
        self, message: Message, answer: Answer, *, last: bool
    ) -> tuple[Message, Answer, Ask | None]:
        """The message of the strategy, its answer so far, and what is to be asked for it first.

        `message` and `answer` may be those of a try. `last`: the run ends with it.
        """
        retry, self._retry = self._retry, None
        if last or (retry is None and "exceeded" not in answer):
            return message, answer, None
        left = self._most
        if retry is not None:
            message, answer, left = retry.message, _completed(retry, answer), retry.left
        rows = np.flatnonzero(answer.exceeded)
        if left == 0 or not len(rows) or not isinstance(message, Ask):
            return message, answer, None
        self._retry = _Retry(message, answer, rows, left - 1)
        return message, answer, message.some(rows)


def _completed(retry: _Retry, answer: Answer) -> Answer:
    """The whole answer with what is known now of the rows that were asked again."""
    rows = retry.rows
    place = np.arange(len(retry.answer))
    place[rows] = len(place) + np.arange(len(rows))
    # The mark of a first try does not outlive the second.
    both = Answer.joined([retry.answer, Answer(**{"exceeded": answer.exceeded, **answer.columns})])
    return Answer(**{name: column[place] for name, column in both.columns.items()})
