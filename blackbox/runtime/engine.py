"""Lockstep: what many runs want to know is fused into one batch, evaluated once, handed back."""

from __future__ import annotations

import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Protocol, TypeAlias

import numpy as np

from blackbox.errors import Unavailable
from blackbox.protocol import Answer, Ask, Believe, Decode, Message, PullBack, Verify
from blackbox.runtime.asking import Asking
from blackbox.runtime.company import asking, gather, settle
from blackbox.runtime.exchange import Journal
from blackbox.runtime.run import Run

Evaluate: TypeAlias = Callable[[Message], Answer]


class BatchLog(Protocol):
    """Hears of each batch, so that what is paid for can be on disk before the next one."""

    def asked(self, journals: Sequence[Journal]) -> None:
        """The runs of these journals are about to be answered."""
        ...

    def flush(self) -> None:
        """All that was answered so far is to be kept."""
        ...


def advance(
    runs: Sequence[Run],
    evaluate: Evaluate,
    rounds: int | None = None,
    *,
    fused: bool = True,
    log: BatchLog | None = None,
    until: Callable[[], bool] | None = None,
) -> None:
    """Drive runs of one objective together, for so many rounds, `until` so, or until all end.

    What they ask is evaluated in one batch, or each run's message alone if not `fused`. Where the
    objective is unavailable, the runs that asked are left unfinished.
    """
    if fused:
        gather(runs)
    try:
        while (rounds is None or rounds > 0) and (until is None or not until()):
            if not (waiting := asking(runs)):
                return
            kinds: defaultdict[Hashable, list[Asking]] = defaultdict(list)
            for run in waiting:
                kinds[_kind(run.pending) if fused else id(run)].append(run)
            for group in kinds.values():
                if log is not None:
                    log.asked([run.journal for run in group if run.journal is not None])
                _serve(group, evaluate)
                if log is not None:
                    log.flush()
            rounds = None if rounds is None else rounds - 1
    finally:
        settle(runs)


def advance_steadily(runs: Sequence[Run], evaluate: Evaluate, executor: Executor) -> None:
    """Drive runs without a barrier: for slow scorers, whose calls `executor` makes side by side."""

    def timed(message: Message) -> tuple[Answer, float]:
        clock = time.perf_counter()
        return evaluate(message), time.perf_counter() - clock

    working: dict[Future[tuple[Answer, float]], Run] = {
        executor.submit(timed, run.pending): run for run in runs if run.pending is not None
    }
    while working:
        for done in wait(working, return_when=FIRST_COMPLETED).done:
            run = working.pop(done)
            error = done.exception()
            if isinstance(error, Unavailable):
                run.stop(str(error))
                continue
            if error is not None:
                run.fail("".join(traceback.format_exception(error)))
                continue
            run.receive(*done.result())
            if run.pending is not None:
                working[executor.submit(timed, run.pending)] = run


def _serve(group: Sequence[Asking], evaluate: Evaluate) -> None:
    messages = [run.pending for run in group if run.pending is not None]
    clock = time.perf_counter()
    try:
        answer = evaluate(_fused(messages))
    except Unavailable as error:
        for run in group:
            run.stop(str(error))
        return
    except Exception:
        if len(group) == 1:
            group[0].fail(traceback.format_exc())
            return
        # One run's points may be to blame: ask for each alone, so that its neighbours go on.
        for run in group:
            _serve([run], evaluate)
        return
    seconds_per_row = (time.perf_counter() - clock) / len(answer)
    first = 0
    for run, message in zip(group, messages, strict=True):
        n = len(message.points)
        mine = answer if n == len(answer) else answer[first : first + n]
        run.receive(mine, seconds_per_row * n)
        first += n


def _kind(message: Message | None) -> Hashable:
    if isinstance(message, Ask):
        return ("ask", message.order, message.at)
    if isinstance(message, Verify) and message.start is not None:
        return "verify", message.start.tobytes()  # a judge may compare with it
    return type(message).__name__


def _fused(messages: Sequence[Message]) -> Message:
    if len(messages) == 1:
        return messages[0]
    points = np.concatenate([message.points for message in messages])
    match messages[0]:
        case Ask(order=order, at=at):
            return Ask(points, order, at)
        case Decode():
            return Decode(points)
        case PullBack():
            vectors = [m.vectors for m in messages if isinstance(m, PullBack)]
            return PullBack(points, np.concatenate(vectors))
        case Believe():
            scores = [m.scores for m in messages if isinstance(m, Believe)]
            return Believe(points, np.concatenate(scores))
        case Verify(start=start):
            return Verify(points, start)
