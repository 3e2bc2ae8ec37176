"""How a strategy listens to the strategies that it is made of: what they spend, what they found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from blackbox.price import Price
from blackbox.protocol import (
    Answer,
    Array,
    Ask,
    Brief,
    Decode,
    Message,
    PullBack,
    Search,
    prefix,
)

ROUNDING = 1e-9


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
        self.spent += len(message.points) * unit(message, self.price)
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
    def known(self) -> tuple[Array, Answer] | None:
        """All latent points that were asked, and their scores."""
        if not self._heard:
            return None
        points, answers = zip(*self._heard, strict=True)
        columns = {name: [getattr(a, name) for a in answers] for name in ("score", "valid")}
        return np.vstack(points), Answer(**{n: np.concatenate(c) for n, c in columns.items()})


@dataclass
class Paused:
    """A search that can be left and taken up again; ends for good where it returns or is cut."""

    search: Search
    listener: Listener
    ended: bool = field(default=False, init=False)
    _waiting: Message | None = field(default=None, init=False)

    def visit(
        self, stop: Callable[[Listener], bool], units: float = math.inf, *, cut: bool = True
    ) -> Search:
        """Let it talk until `stop` says so, or until so many units are spent.

        Of a batch that costs more than is left, the first rows are asked, and then it ends; if it
        is not to be cut, the batch is asked whole, and the search can be taken up again.
        """
        until = self.listener.spent + units
        if self._waiting is None and not self.ended:
            self._waiting = next(self.search, None)
        while (message := self._waiting) is not None and not stop(self.listener):
            cost = unit(message, self.listener.price)
            left = math.inf if cost == 0 else (until - self.listener.spent) / cost + ROUNDING
            if left < 1:
                return
            rows = min(left, len(message.points)) if cut else len(message.points)
            granted = prefix(message, math.floor(rows))
            answer = yield granted
            self.listener.hear(granted, answer)
            try:
                self._waiting = self.search.send(answer) if granted is message else None
            except StopIteration:
                self._waiting = None
        if self._waiting is None:
            self.close()

    def close(self) -> None:
        """End the search, whatever it was about to ask."""
        self.ended = True
        self.search.close()


def begun(brief: Brief, at: Array | None, budget: float) -> Brief:
    """The brief of a part: it starts at a point `[1, d]`, and has less to spend."""
    start = brief.start if at is None else np.vstack([at, brief.start])
    return replace(brief, start=start, budget=budget)


def relayed(brief: Brief, listener: Listener, budget: float) -> Brief:
    """The brief of a part that goes on from the best point, and is told of all that were asked."""
    return replace(begun(brief, listener.z, budget), known=listener.known)


def unit(message: Message, price: Price) -> float:
    """What one row of a message costs."""
    match message:
        case Ask(order=order):
            return price.score + order * price.gradient
        case Decode():
            return price.decode
        case PullBack():
            return price.gradient
