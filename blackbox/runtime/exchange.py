"""A message, its answer and its seconds: what is kept of a run so that nothing is paid twice."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np

from blackbox.protocol import Answer, Array, Ask, Decode, Message, PullBack, Verify

Exchange: TypeAlias = tuple[Message, Answer, float]

# Messages by their number in files; these numbers never change.
ASKS = (
    ("latent", 0),
    ("latent", 1),
    ("data", 0),
    ("data", 1),
)
PULL_BACK = 4
DECODE = 5
VERIFY = 6


class Journal(Protocol):
    """Where answers are appended as they arrive: a list, or a file."""

    def append(self, exchange: Exchange, /) -> None:
        """Keep a message, or some first rows of it, with the answer and its seconds."""
        ...


def code(message: Message) -> int:
    """The number of a message's kind.

    >>> code(Ask(np.zeros((1, 2)), order=1))
    1
    """
    if isinstance(message, Ask):
        return ASKS.index((message.at, message.order))
    if isinstance(message, PullBack):
        return PULL_BACK
    return VERIFY if isinstance(message, Verify) else DECODE


def message(kind: int, points: Array, vectors: Array | None = None) -> Message:
    """The message of that kind. Raises ValueError for a number that stands for none."""
    if kind == PULL_BACK and vectors is not None:
        return PullBack(points, vectors)
    if kind == DECODE:
        return Decode(points)
    if kind == VERIFY:
        return Verify(points)
    if not 0 <= kind < len(ASKS):
        raise ValueError(f"no message has the number {kind}")
    at, order = ASKS[kind]
    return Ask(points, 1 if order else 0, "data" if at == "data" else "latent")


def is_same(asked: Message | None, recorded: Message) -> bool:
    """Whether what a run asks is what its record holds; marks of clipped points do not count."""
    if asked is None or code(asked) != code(recorded):
        return False
    if isinstance(asked, PullBack) and isinstance(recorded, PullBack):
        same = np.array_equal(asked.vectors, recorded.vectors)
        return same and np.array_equal(asked.points, recorded.points)
    return np.array_equal(asked.points, recorded.points)


def is_left_ungraded(asked: Message | None, recorded: Message) -> bool:
    """Whether a smaller budget had left these points without the gradients that are asked now."""
    return (
        isinstance(asked, Ask)
        and isinstance(recorded, Ask)
        and (asked.order, recorded.order) == (1, 0)
        and asked.at == recorded.at
        and np.array_equal(asked.points, recorded.points)
    )
