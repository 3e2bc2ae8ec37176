"""Messages cut into calls, which this process makes, and others that are free beside it.

Where objects are dear, a run's message is answered call by call, each of so many rows as the
objective's facts say, whoever makes it. What is known is handed to a run in the order of its rows,
so that nothing depends on who was done first. An answer that comes before its turn is kept at
once under a key of its own, so that a process that is killed meanwhile loses none.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from blackbox.errors import Unavailable, WorkerDied
from blackbox.protocol import Answer, Message, prefix, suffix
from blackbox.runtime.engine import BatchLog, Evaluate
from blackbox.runtime.exchange import Exchange, is_same
from blackbox.runtime.run import Run

# How a call ended: "returned" with its columns and seconds, "raised" with the error and its
# traceback, or in other words, with how the process ended that made it.
Outcome: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class RowsAsked:
    """One call of a run: `row` is the first of its rows, counted over the run."""

    key: str  # of the run
    row: int
    message: Message


class Hands(Protocol):
    """Who makes calls beside this process."""

    def offer(self, pieces: Iterable[tuple[int, RowsAsked]]) -> None:
        """Let others make these calls, by numbers of their own, in this order."""
        ...

    def withdraw(self, numbers: Sequence[int]) -> list[int]:
        """Take back what nobody has begun."""
        ...

    def progress(self) -> tuple[list[tuple[int, Outcome]], int | None]:
        """What others have made, and the call to make here; nothing of both: none is left."""
        ...


class Alone:
    """Nobody else: this process makes all calls, in their order."""

    def __init__(self) -> None:
        """Nothing is to be made yet."""
        self._waiting: deque[int] = deque()

    def offer(self, pieces: Iterable[tuple[int, RowsAsked]]) -> None:
        """Queue them."""
        self._waiting.extend(nth for nth, _ in pieces)

    def withdraw(self, numbers: Sequence[int]) -> list[int]:
        """Forget them."""
        gone = [nth for nth in self._waiting if nth in numbers]
        self._waiting = deque(nth for nth in self._waiting if nth not in numbers)
        return gone

    def progress(self) -> tuple[list[tuple[int, Outcome]], int | None]:
        """The next of them."""
        return [], self._waiting.popleft() if self._waiting else None


def made(evaluate: Evaluate, piece: RowsAsked) -> tuple[dict[str, NDArray[Any]], float]:
    """The columns of a call's answer, and its seconds."""
    clock = time.perf_counter()
    columns = dict(evaluate(piece.message).columns)
    return columns, time.perf_counter() - clock


@dataclass
class _Asked:
    """A message of a run that is being answered, by the numbers of its calls in order."""

    run: Run
    pieces: dict[int, RowsAsked]
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @property
    def next(self) -> int | None:
        """The call whose answer the run gets next."""
        return next(iter(self.pieces), None)  # in the order of rows


@dataclass
class Spread:
    """Advances runs of one objective, whose calls hold `rows` points of one run.

    `key_of` names runs, `ahead` holds what is known of them before its turn, by their rows, and
    `keep` gets what this process has made before its turn.
    """

    evaluate: Evaluate
    rows: int
    hands: Hands
    key_of: Callable[[Run], str]
    log: BatchLog | None = None
    ahead: Mapping[str, Mapping[int, Exchange]] = field(default_factory=dict)
    keep: Callable[[RowsAsked, Answer, float], None] = lambda *_: None
    _asked: dict[Run, _Asked] = field(default_factory=dict)
    _whose: dict[int, _Asked] = field(default_factory=dict)
    _numbers: int = 0

    def advance(self, runs: Sequence[Run]) -> None:
        """Answer at least one call, and hand over what is known."""
        for run in runs:
            if run.pending is not None and run not in self._asked:
                self._ask(run)
        ended, mine = self.hands.progress()
        for nth, outcome in ended:
            self._arrived(nth, outcome)
        if mine is None:
            return
        for run in runs:  # others need not wait until this process is done with its own
            if run.pending is not None and run not in self._asked:
                self._ask(run)
        if mine in self._whose:
            self._make(mine)

    def finish(self) -> None:
        """Begin no further call; hand over what comes of those that others are making."""
        for nth in self.hands.withdraw([*self._whose]):
            self._whose.pop(nth)
        while self._whose:
            ended, _ = self.hands.progress()
            for nth, outcome in ended:
                self._arrived(nth, outcome)
            if not ended:
                return

    def leave(self, run: Run) -> None:
        """Ask nothing more for a run that others make by now."""
        if (asked := self._asked.get(run)) is not None:
            self._forget(asked)

    def _ask(self, run: Run) -> None:
        """Cut what a run wants to know into calls; what is known already is not called again."""
        asked = self._asked[run] = _Asked(run, {})
        rest, row, key = run.pending, run.answered, self.key_of(run)
        offered: list[tuple[int, RowsAsked]] = []
        while rest is not None:
            piece = RowsAsked(key, row, prefix(rest, self.rows))
            nth, self._numbers = self._numbers, self._numbers + 1
            asked.pieces[nth] = piece
            recorded = self.ahead.get(key, {}).get(row)
            if recorded is not None and is_same(piece.message, recorded[0]):
                asked.outcomes[nth] = "returned", (dict(recorded[1].columns), recorded[2])
            else:
                self._whose[nth] = asked
                offered.append((nth, piece))
            row, rest = row + len(piece.message.points), suffix(rest, self.rows)
        if offered:
            self.hands.offer(offered)
        self._hand_over(asked)

    def _make(self, nth: int) -> None:
        asked = self._whose[nth]
        piece, is_next = asked.pieces[nth], asked.next == nth
        if self.log is not None and asked.run.journal is not None:
            try:
                self.log.asked([asked.run.journal])
            except BaseException:  # whoever goes on finds it where it was
                self.hands.offer([(nth, piece)])
                raise
        try:
            columns, seconds = answered = made(self.evaluate, piece)
        except Exception as error:
            self._arrived(nth, ("raised", error, traceback.format_exc()))
            return
        if not is_next:
            self.keep(piece, Answer(**columns), seconds)
        self._arrived(nth, ("returned", answered))

    def _arrived(self, nth: int, outcome: Outcome) -> None:
        """Note what came of a call. Raises WorkerDied where another process has died of it."""
        asked = self._whose.pop(nth, None)
        if asked is None:  # its run has ended
            return
        if outcome[0] not in ("returned", "raised"):
            raise WorkerDied(f"a process that helped died: {outcome[1]}")
        asked.outcomes[nth] = outcome
        self._hand_over(asked)

    def _hand_over(self, asked: _Asked) -> None:
        """Tell a run what is known, up to the first call that is not answered yet."""
        run = asked.run
        while run.pending is not None and (nth := asked.next) in asked.outcomes:
            kind, *content = asked.outcomes.pop(nth)
            del asked.pieces[nth]
            if kind == "raised":
                _end(run, *content)
                break
            if not asked.pieces:
                del self._asked[run]
            columns, seconds = content[0]
            run.receive(Answer(**columns), seconds)
            if not asked.pieces:
                break  # what is pending now is another message
        if self.log is not None:
            self.log.flush()
        if asked.pieces and run.pending is None:
            self._forget(asked)

    def _forget(self, asked: _Asked) -> None:
        """Drop what a run that has ended had asked for; what is being made comes to nothing."""
        self._asked.pop(asked.run, None)
        self.hands.withdraw([*asked.pieces])
        for nth in asked.pieces:
            self._whose.pop(nth, None)


def _end(run: Run, error: Exception, text: str) -> None:
    """End a run whose objective raised; where it is unavailable, the run stays unfinished."""
    if isinstance(error, Unavailable):
        run.stop(str(error))
    else:
        run.fail(text)
