"""What the engine drives: a run, or several that ask as one."""

from __future__ import annotations

from typing import Protocol

from blackbox.protocol import Answer, Message
from blackbox.runtime.exchange import Journal


class Asking(Protocol):
    """Asks one message at a time, and is answered, failed or stopped."""

    @property
    def pending(self) -> Message | None:
        """What it wants to know; None once it has ended."""
        ...

    @property
    def journal(self) -> Journal | None:
        """Where its answers are kept as they arrive."""
        ...

    def receive(self, answer: Answer, seconds: float = 0.0) -> None:
        """Take the answer to what is pending; it took so long."""
        ...

    def fail(self, error: str) -> None:
        """Take that the answer to what is pending is an error."""
        ...

    def stop(self, reason: str) -> None:
        """Stay unfinished."""
        ...


class AskingForSeveral(Asking, Protocol):
    """Asks for several runs at once, until they part."""

    def part(self) -> None:
        """Leave each run as if it had been alone so far."""
        ...

    def settle(self) -> None:
        """Write down what was answered, so that each run is seen as it stands."""
        ...
