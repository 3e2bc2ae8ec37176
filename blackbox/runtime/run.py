"""One run: a strategy's generator, its meter and its record; from outside, ask and tell."""

from __future__ import annotations

import time
import traceback

import numpy as np

from blackbox.errors import ProtocolError
from blackbox.merit import scale_of, told_of
from blackbox.protocol import (
    Answer,
    Ask,
    Believe,
    Brief,
    Decode,
    Message,
    Strategy,
    Verify,
    needs,
    prefix,
    suffix,
    wishes,
)
from blackbox.runtime.asking import AskingForSeveral
from blackbox.runtime.budget import NO_RUN_LIMITS, SCORE, Meter, RunLimits, counted
from blackbox.runtime.cache import PointCache
from blackbox.runtime.checked import checked
from blackbox.runtime.exchange import Journal
from blackbox.runtime.recorder import Recorder
from blackbox.runtime.retries import Retries
from blackbox.runtime.talk import Talk
from blackbox.trace import Status


class Run:
    """A strategy at work. Answer what is `pending` by `receive` until nothing is pending.

    Only what the meter grants is ever pending. Where a batch is cut, its affordable prefix is
    scored, the generator is closed, and the run is spent. If that prefix leaves too little for a
    gradient but enough for a score, the next points of the batch are scored without gradient.

    With a journal, each answer is appended to it as it arrives, and the record keeps the gradients,
    so that the run can be replayed.
    """

    def __init__(
        self,
        strategy: Strategy,
        brief: Brief,
        rng: np.random.Generator,
        meter: Meter,
        *,
        journal: Journal | None = None,
        cached: bool = False,
        limits: RunLimits = NO_RUN_LIMITS,
        retries: int = 0,
    ) -> None:
        """Start the search and hear its first message; `cached`: known points are free.

        `retries`: how often more a point that exceeded a limit is asked, and paid for. Where points
        are cached, a search that asks only what is known begins anew at what is not.
        """
        self.limits, self.seconds = limits, 0.0
        self.answered = 0  # rows that were paid for
        self.meter, self.journal = meter, journal
        self.recorder = Recorder(brief.space.dim, replayable=journal is not None)
        self.status, self.error = Status.RUNNING, ""
        self.thinking_seconds, self._retries = 0.0, Retries(retries)
        self.pending: Message | None = None
        self.company: AskingForSeveral | None = None  # what asks for it, among others
        self._needs = needs(strategy) | (wishes(strategy) & brief.offers)
        self._cache = PointCache(brief.known) if cached else None
        self._tail: Ask | None = None
        self._scale = scale_of(brief, self._needs)
        self.brief = brief = told_of(brief, self._scale)
        self._cut = False
        self._before = (0, 0, 0)
        self._whole: Message | None = None  # what is pending, before its first rows were answered
        self._parts: list[Answer] = []
        self._is_reached, self._unanswered = False, 0.0
        self.talk = Talk(strategy, brief, rng)
        self._think(None)

    def receive(self, answer: Answer, seconds: float = 0.0) -> None:
        """Take the answer to what is pending, or to its first rows; it took `seconds`.

        The other rows then stay pending, and the strategy is told once all are answered.
        """
        if self.company is not None:
            self.company.part()
        if (pending := self.pending) is None:
            raise ProtocolError(f"nothing is pending: the run is {self.status}")
        message, rows = prefix(pending, len(answer)), len(answer)
        if len(message.points) < rows:
            raise ProtocolError(f"{rows} rows answer a message of {len(message.points)}")
        if isinstance(message, Ask) or not self.is_free(message):
            if self.journal is not None:
                self.journal.append((message, answer, seconds))
            self.recorder.append(message, answer, self._before, seconds)
            self.answered += len(answer)
        self.seconds += seconds
        if self.limits.stop_at is not None and isinstance(message, Ask):
            self._is_reached |= self.limits.is_reached(answer)
        self.pending = rest = suffix(pending, rows)
        self._parts.append(answer)
        if rest is None:
            answer, self._parts = Answer.joined(self._parts), []
            whole, last = self._whole or message, self._cut or self._is_reached
            message, answer, again = self._retries.heard(whole, answer, last=last)
            if again is None:
                self._answered(message, answer)
            else:
                self._grant(again)
        elif self._is_reached or self._is_late():
            self.end(Status.REACHED if self._is_reached else Status.OUT_OF_TIME)
        else:
            self._before = counted(self._before, message.work, rows)

    def _is_late(self) -> bool:
        return self.limits.is_over(self.thinking_seconds + self.seconds)

    @property
    def is_fresh(self) -> bool:
        """Whether it has just begun, nobody hears its messages, and only its budget ends it."""
        is_plain = self.journal is None and self._cache is None and self.limits == NO_RUN_LIMITS
        return is_plain and not self.answered and not self._is_late()

    @property
    def paid(self) -> float:
        """Units spent on answers: what was granted and never answered is not paid."""
        return self.meter.spent - self._unanswered

    def is_free(self, message: Message) -> bool:
        """Whether a message costs nothing, so that it may as well be asked again."""
        free = isinstance(message, Decode) and self.meter.price.decode == 0
        return free or isinstance(message, Believe)

    def _answered(self, message: Message, answer: Answer) -> None:
        """Go on with the whole answer to a message of this kind."""
        if self._is_reached:
            self.end(Status.REACHED)
            return
        if self._cut:
            self._close_cut()
            return
        if isinstance(message, Ask):
            self._scale.see(answer)
            if self.meter.exhausted:
                self.end(Status.SPENT)
                return
        if self._is_late():
            self.end(Status.OUT_OF_TIME)
            return
        if self._cache is not None and isinstance(message, Ask):
            answer = self._cache.complete(message, answer)
        self._think(answer)

    def stop(self, reason: str) -> None:
        """Leave the run unfinished, for a reason that may go away; it can be replayed later."""
        self.close()
        self.error = reason

    def fail(self, error: str) -> None:
        """End the run with this error; what was paid for stays recorded."""
        self.end(Status.FAILED, error)

    def close(self) -> None:
        """Abandon the run; the generator is closed and its last error, if any, is kept."""
        if self.pending is not None:
            work = self.pending.work
            self._unanswered = len(self.pending.points) * self.meter.price.of_work(work)
        self.pending = self._tail = None
        try:
            self.talk.close()
        except Exception:
            self.error = self.error or traceback.format_exc()

    def _think(self, answer: Answer | None) -> None:
        """Send the generator an answer (None starts it), until it wants to know something new."""
        clock = time.perf_counter()
        try:
            while True:
                message = self.talk.send(None if answer is None else self._scale.told(answer))
                answer = self._hear(message)
                if answer is None:
                    break
                if self._cache is not None and self._cache.is_idle:
                    answer, left = None, self.meter.budget - self.meter.spent
                    if not self.talk.begin_elsewhere(self._cache, self._scale, left):
                        self.end(Status.COMPLETE)
                        break
        except StopIteration:
            self.end(Status.RETURNED)
        except ProtocolError as error:
            self.fail(f"ProtocolError: {error}")
        except Exception:
            self.fail(traceback.format_exc())
        self.thinking_seconds += time.perf_counter() - clock

    def _hear(self, message: object) -> Answer | None:
        """Make what the meter grants of a message pending; the answer if it is known for free."""
        asked = checked(message, self.brief, self._needs)
        if self._cache is not None and isinstance(asked, Ask):
            unknown = self._cache.unknown(asked)
            if unknown is None:
                return self._cache.complete(asked, None)
            asked = unknown
        self._grant(asked)
        return None

    def _grant(self, message: Message) -> None:
        self._before = self.meter.counters
        rows = len(message.points)
        if isinstance(message, Verify):
            self.meter.grant_truths(rows, self.brief.truth_calls)
        granted = self.meter.grant(rows, message.work)
        if isinstance(message, Ask):
            scored = self.meter.grant(rows - granted) if message.order == 1 else 0
            tail = slice(granted, granted + scored)
            self._tail = message.some(tail, order=0) if scored else None
        self._cut = granted < rows
        self.pending = self._whole = prefix(message, granted) if granted else None
        if not granted:
            self._close_cut()

    def _close_cut(self) -> None:
        """Score what a cut batch can still afford without gradients, then end."""
        if self._tail is None:
            self.end(Status.SPENT)
            return
        self._before = counted(self.meter.counters, SCORE, -len(self._tail.points))
        self.pending = self._whole = self._tail
        self._tail = None

    def end(self, status: Status, error: str = "") -> None:
        """End the run in this way."""
        self.close()
        self.status, self.error = status, error or self.error
