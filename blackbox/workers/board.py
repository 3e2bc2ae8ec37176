"""What waits for workers: whole calls, and pieces of a call that a worker lends to those free.

A worker in the middle of a long call may cut its work into pieces (`lending.py`). It makes them
itself, one after the other; workers that have nothing else to do take some of them. Pieces are
begun in their order, and whole calls before them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, eq=False)
class WholeCall:
    """A call, and who waits for what it returns."""

    future: Future[Any]
    call: Callable[[], Any]


@dataclass(eq=False)
class Loan:
    """The pieces that one worker lends; `key` and `prepare`: what another needs to make them."""

    key: str
    prepare: bytes
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)
    ended: list[tuple[int, bytes]] = field(default_factory=list)
    n_begun: int = 0  # that are being made by others


@dataclass(frozen=True, eq=False)
class Preparation:
    """A worker is to get ready for pieces, before it takes the first."""

    loan: Loan


@dataclass(frozen=True, eq=False)
class Piece:
    """One piece of a call, by its number."""

    loan: Loan
    nth: int
    content: bytes


Work: TypeAlias = WholeCall | Preparation | Piece


class Board:
    """Where workers find what is to be made. Any thread may call anything."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._calls: deque[WholeCall | None] = deque()  # None: one worker is to leave
        self._loans: list[Loan] = []
        self._changed = threading.Condition()

    def put(self, call: WholeCall | None) -> None:
        """Add a whole call, or None, by which one worker leaves."""
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    def cleared(self) -> list[WholeCall]:
        """Take away all calls that nobody has begun."""
        with self._changed:
            calls = [call for call in self._calls if call is not None]
            leaving = len(self._calls) - len(calls)
            self._calls = deque([None] * leaving)
        return calls

    def abandon(self) -> None:
        """Let nobody begin a piece: those who lend them are about to be killed."""
        with self._changed:
            for loan in self._loans:
                loan.waiting.clear()

    def next(self, ready: Collection[str], unfit: Collection[str]) -> Work | None:
        """What a worker is to do next, waited for; None: leave.

        It is `ready` for pieces of some keys, and `unfit` for those of others.
        """
        with self._changed:
            while True:
                if self._calls:
                    return self._calls.popleft()
                open_ones = [one for one in self._loans if one.waiting and one.key not in unfit]
                for one in open_ones:
                    if one.key in ready:
                        one.n_begun += 1
                        return Piece(one, *one.waiting.popleft())
                if open_ones:
                    return Preparation(open_ones[0])
                self._changed.wait()

    def ended(self, piece: Piece, outcome: bytes) -> None:
        """Note how a piece ended, as `child.outcome_of` packs it."""
        with self._changed:
            piece.loan.n_begun -= 1
            piece.loan.ended.append((piece.nth, outcome))
            self._changed.notify_all()

    def lend(self, key: str, prepare: bytes) -> Loan:
        """A place for the pieces that a worker lends."""
        loan = Loan(key, prepare)
        with self._changed:
            self._loans.append(loan)
        return loan

    def offer(self, loan: Loan, pieces: Sequence[tuple[int, bytes]]) -> None:
        """Lend some more pieces."""
        with self._changed:
            loan.waiting.extend(pieces)
            self._changed.notify_all()

    def withdraw(self, loan: Loan, numbers: Collection[int]) -> list[int]:
        """Take away those of these pieces that nobody has begun; their numbers."""
        with self._changed:
            gone = [nth for nth, _ in loan.waiting if nth in numbers]
            loan.waiting = deque(one for one in loan.waiting if one[0] not in numbers)
        return gone

    def progress(self, loan: Loan) -> tuple[list[tuple[int, bytes]], int | None]:
        """What has ended, and the piece that its owner is to make itself, if one is left.

        Waits until there is one or the other; returns nothing only where nothing is left.
        """
        with self._changed:
            while not loan.ended and not loan.waiting and loan.n_begun:
                self._changed.wait()
            ended, loan.ended = loan.ended, []
            return ended, loan.waiting.popleft()[0] if loan.waiting else None

    def close(self, loan: Loan) -> None:
        """Its owner lends no more; what is being made comes to nothing."""
        with self._changed:
            loan.waiting.clear()
            if loan in self._loans:
                self._loans.remove(loan)
