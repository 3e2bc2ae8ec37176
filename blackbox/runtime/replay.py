"""A run answered from a record instead of the objective."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from blackbox.errors import ReplayDiverged
from blackbox.protocol import Answer, Decode, Message, prefix
from blackbox.runtime.exchange import Exchange, is_left_ungraded, is_same
from blackbox.runtime.run import Run
from blackbox.trace import Status


def replay(
    run: Run, record: Iterable[Exchange], evaluate: Callable[[Message], Answer] | None = None
) -> None:
    """Answer a run from a record; it then goes on where that stopped.

    What costs nothing is not in the record and is asked of `evaluate`. Raises ReplayDiverged at the
    first message that differs from the recorded one.
    """
    for nth, (message, answer, seconds) in enumerate(record):
        if run.status in (Status.REACHED, Status.OUT_OF_TIME):
            return  # the record had other limits, and goes on
        while evaluate and run.pending and run.is_free(run.pending):
            run.receive(evaluate(run.pending))
        if run.is_free(message) and not isinstance(run.pending, Decode):
            continue
        asked = run.pending and prefix(run.pending, len(message.points))
        if is_left_ungraded(asked, message):
            return
        if not is_same(asked, message):
            raise ReplayDiverged(
                f"message {nth} differs from the record: the strategy asked {run.pending!r}, "
                f"the record holds {message!r}; was it recorded with these settings and seed?"
            )
        run.receive(answer, seconds)
