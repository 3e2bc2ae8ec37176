"""SIGTERM and SIGHUP end a study as Ctrl-C does: what was paid for is kept, nothing goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = ("SIGTERM", "SIGHUP")


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have these signals raise KeyboardInterrupt, where they would have ended the process.

    Handlers that the user has set stay, and so does everything outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before: dict[int, Any] = {one: signal.getsignal(one) for one in numbers}
    ours = [one for one in numbers if before[one] is signal.SIG_DFL]
    for one in ours:
        signal.signal(one, _interrupt)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, before[one])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)
