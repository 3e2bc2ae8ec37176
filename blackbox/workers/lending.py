"""In a worker process: pieces of its call are made by it, and by other workers that are free.

A piece is an argument of one function, made anew in each process by a `prepare` that travels there
once. What a piece returns must not depend on who makes it, nor on when.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from blackbox.workers.board import Board, Loan
from blackbox.workers.child import ask, is_answered, outcome_of, packed

# So many functions are held ready in a worker process: two studies may take turns.
HELD = 2


class Maker(Protocol):
    """Makes pieces in a process, until it is closed."""

    def __call__(self, piece: Any, /) -> object:
        """What a piece comes to."""
        ...

    def close(self) -> None:
        """Let go of all that it holds."""
        ...


Prepare = Callable[[], Maker]


def can_lend() -> bool:
    """Whether the present call is made in a worker whose pool has others."""
    return is_answered()


class Lending:
    """Pieces that this worker lends. Raises RuntimeError where `can_lend` is False."""

    def __init__(self, prepare: Prepare) -> None:
        """Say how others get ready."""
        content = packed(prepare)
        ask(("lend", hashlib.blake2b(content, digest_size=16).hexdigest(), content))

    def offer(self, pieces: Iterable[tuple[int, object]]) -> None:
        """Lend pieces, each with a number of its own; they are begun in this order."""
        ask(("offer", [(nth, packed(piece)) for nth, piece in pieces]))

    def withdraw(self, numbers: Sequence[int]) -> list[int]:
        """Take back those of these pieces that nobody has begun; their numbers."""
        gone: list[int] = ask(("withdraw", list(numbers)))
        return gone

    def progress(self) -> tuple[list[tuple[int, tuple[Any, ...]]], int | None]:
        """How pieces ended that others have made, and the number of one to make here, if any.

        It ended as ("returned", value), ("raised", error, traceback), or, where it ended its
        process, ("ended", how). Waits until there is one or the other; nothing of both: no piece is
        left.
        """
        ended, mine = ask(("progress",))
        return [(nth, pickle.loads(outcome)) for nth, outcome in ended], mine

    def close(self) -> None:
        """Lend no more."""
        ask(("close",))


class Answering:
    """In the parent: answers a worker that lends pieces, by the board."""

    def __init__(self, board: Board) -> None:
        """It lends nothing yet."""
        self._board = board
        self._loan: Loan | None = None

    def __call__(self, word: tuple[Any, ...]) -> object:
        """The answer to one word of `Lending`."""
        kind, *content = word
        if kind == "lend":
            self.close()
            self._loan = self._board.lend(*content)
            return None
        assert self._loan is not None
        match kind:
            case "offer":
                self._board.offer(self._loan, *content)
            case "withdraw":
                return self._board.withdraw(self._loan, *content)
            case "progress":
                return self._board.progress(self._loan)
            case _:
                self.close()
        return None

    def close(self) -> None:
        """Take off the board whatever the worker has left there."""
        if self._loan is not None:
            self._board.close(self._loan)
            self._loan = None


# In the process of a worker that takes pieces of others

_ready: dict[str, Maker] = {}


def get_ready(key: str, prepare: bytes) -> list[str]:
    """Be ready for the pieces of a key; the keys that this process is ready for."""
    while len(_ready) >= HELD:
        _ready.pop(next(iter(_ready))).close()
    make: Prepare = pickle.loads(prepare)
    _ready[key] = make()
    return list(_ready)


def made(key: str, content: bytes) -> bytes:
    """How a piece ended, as bytes; whatever it raises is no error of this call."""
    return outcome_of(lambda: _ready[key](pickle.loads(content)))
