"""How a strategy listens to the strategies that it is made of: what they spend, what they found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from blackbox.price import Price
from blackbox.protocol import (
    Answer,
    Array,
    Ask,
    Brief,
    Message,
    Search,
    prefix,
)
from blackbox.strategies.relay import Relay


@dataclass
class Listener:
    """Overhears a search: its best valid point, how long that has stood, and what it has spent."""

    price: Price
    best: float = -np.inf
    z: Array | None = None  # [1, d], where the best score was found
    stale: int = 0  # scores since then
    spent: float = 0.0
    _heard: list[tuple[Array, Answer]] = field(default_factory=list)

    def hear(self, message: Message, answer: Answer) -> None:
        """Take in one exchange."""
        self.spent += len(message.points) * self.price.of(message)
        if not isinstance(message, Ask):
            return
        score = np.where(answer.valid, answer.score, -np.inf)
        row = int(np.argmax(score))
        self.stale += len(score)
        if score[row] > self.best:
            self.best, self.stale = float(score[row]), len(score) - 1 - row
            self.z = message.points[row : row + 1] if message.at == "latent" else self.z
        if message.at == "latent":
            self._heard.append((message.points, answer))

    @property
    def exchanges(self) -> tuple[Array, Answer] | None:
        """All latent points that were asked, and their scores."""
        if not self._heard:
            return None
        points, answers = zip(*self._heard, strict=True)
        columns = {name: [getattr(a, name) for a in answers] for name in ("score", "valid")}
        return np.vstack(points), Answer(**{n: np.concatenate(c) for n, c in columns.items()})


@dataclass
class Paused:
    """A search that can be left and taken up again, and is listened to."""

    search: Search
    listener: Listener
    _relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        """Begin when it is visited first."""
        self._relay = Relay(self.search)

    @property
    def ended(self) -> bool:
        """Whether it has returned, or was cut."""
        return self._relay.ended

    def visit(
        self, stop: Callable[[Listener], bool], units: float = math.inf, *, cut: bool = True
    ) -> Search:
        """Let it talk until `stop` says so, or until so many units are spent.

        Of a batch that costs more than is left, the first rows are asked, and then it ends; if it
        is not to be cut, the batch is asked whole, and the search can be taken up again.
        """
        until = self.listener.spent + units

        def grant(message: Message) -> Message | None:
            if stop(self.listener):
                return None
            left = until - self.listener.spent
            rows = self.listener.price.affordable(left, message.work, len(message.points))
            return (prefix(message, int(rows)) if cut else message) if rows >= 1 else None

        def hear(message: Message, answer: Answer) -> Answer:
            self.listener.hear(message, answer)
            return answer

        yield from self._relay.talk(grant, hear)

    def close(self) -> None:
        """End the search, whatever it was about to ask."""
        self._relay.close()


def begun(brief: Brief, at: Array | None, budget: float) -> Brief:
    """The brief of a part: it starts at a point `[1, d]`, and has less to spend.

    A start that is this point stands there once: whoever ends and takes the next start would pay
    for the same climb again.
    """
    if at is None:
        return brief.having(budget=budget)
    others = brief.start[(brief.start != at).any(axis=1)]
    return brief.having(start=np.vstack([at, others]), budget=budget)


def handed_on(brief: Brief, listener: Listener, budget: float) -> Brief:
    """The brief of a part that goes on from the best point, and is told of all that were asked."""
    return begun(brief, listener.z, budget).having(known=listener.exchanges)
