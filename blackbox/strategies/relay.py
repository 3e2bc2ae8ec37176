"""A search inside a search: its messages on the way out, and its answers on the way in."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from blackbox.merit import Merit
from blackbox.protocol import Answer, Ask, Constraints, Message, Search

# What becomes of a message: itself, its first rows, or None where it is to wait.
Grant = Callable[[Message], Message | None]
# What the search is told, after a message, of its answer.
Hear = Callable[[Message, Answer], Answer]

# What is asked after a message and its answer; it returns what the search is told of both.
After = Callable[[Message, Answer], Generator[Message, Answer, Answer | None]]


@dataclass
class Relay:
    """A search that can be left and taken up again; it ends where it returns or a batch is cut."""

    search: Search
    ended: bool = field(default=False, init=False)
    _waiting: Message | None = field(default=None, init=False)

    def talk(self, grant: Grant = lambda message: message, hear: Hear = lambda _, a: a) -> Search:
        """Let it talk until it returns, or until `grant` lets a message wait.

        Where `grant` lets only the first rows of a message pass, they are asked and heard, and then
        the search ends: it cannot be told of the rest.
        """
        if self._waiting is None and not self.ended:
            self._waiting = next(self.search, None)
        while (message := self._waiting) is not None:
            granted = grant(message)
            if granted is None:
                return
            answer = hear(granted, (yield granted))
            whole = len(granted.points) == len(message.points)
            try:
                self._waiting = self.search.send(answer) if whole else None
            except StopIteration:
                self._waiting = None
        self.close()

    def close(self) -> None:
        """End the search, whatever it was about to ask."""
        self.ended = True
        self.search.close()


def relayed(
    search: Search, grant: Grant = lambda message: message, hear: Hear = lambda _, a: a
) -> Search:
    """The same search, with its messages and its answers mapped."""
    relay = Relay(search)
    try:
        yield from relay.talk(grant, hear)
    finally:
        relay.close()


def followed(search: Search, after: After) -> Search:
    """The same search, told what `after` makes of each answer; it ends where that is None."""
    try:
        message = next(search, None)
        while message is not None:
            answer = yield from after(message, (yield message))
            if answer is None:
                return
            try:
                message = search.send(answer)
            except StopIteration:
                return
    finally:
        search.close()


def in_merits(search: Search, constraints: Constraints) -> Search:
    """The same search, told merits where this strategy is told scores and constraints."""
    merit = Merit(constraints)

    def heard(message: Message, answer: Answer) -> Answer:
        if not isinstance(message, Ask):
            return answer
        merit.see(answer)
        return merit.told(answer)

    return relayed(search, hear=heard)
