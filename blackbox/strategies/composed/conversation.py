"""How a strategy listens to the strategies that it is made of: what they spend, what they found."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from blackbox.merit import Merit
from blackbox.price import Price
from blackbox.protocol import (
    Answer,
    Array,
    Ask,
    Brief,
    Capability,
    Constraints,
    Message,
    Search,
    Strategy,
    needs,
    prefix,
    wishes,
)
from blackbox.strategies.relay import Relay, in_merits

Uses: TypeAlias = frozenset[Capability]
Exchanges: TypeAlias = tuple[Array, Answer]  # points [n, d], and what was answered
# What is handed on of an answer, and of one with gradients.
CHEAP = ("score", "valid", "criteria", "constraints")
DEAR = ("grad", "grad_valid", "constraint_grads")


@dataclass
class Listener:
    """Overhears a search: its best valid point, how long that has stood, and what it has spent."""

    price: Price
    constraints: Constraints | None = None  # with these the best is that by merits
    best: float = -np.inf
    z: Array | None = None  # [1, d], where the best score was found
    stale: int = 0  # scores since then
    spent: float = 0.0
    _heard: list[Exchanges] = field(default_factory=list)
    _merit: Merit | None = field(init=False)

    def __post_init__(self) -> None:
        """Nothing was overheard."""
        self._merit = None if self.constraints is None else Merit(self.constraints)

    def levels(self, answer: Answer) -> Array:
        """How good each point is `[n]`; -inf of an invalid one."""
        if self._merit is not None:
            self._merit.see(answer)
            answer = self._merit.told(answer)
        return np.where(answer.valid, answer.score, -np.inf)

    def hear(self, message: Message, answer: Answer) -> None:
        """Take in one exchange."""
        self.spent += (len(message.points) - int(answer.free.sum())) * self.price.of(message)
        if not isinstance(message, Ask):
            return
        score = self.levels(answer)
        row = int(np.argmax(score))
        self.stale += len(score)
        if score[row] > self.best:
            self.best, self.stale = float(score[row]), len(score) - 1 - row
            self.z = message.points[row : row + 1] if message.at == "latent" else self.z
        if message.at == "latent":
            self._heard.append((message.points, answer))

    def glimpse(self, message: Ask, answer: Answer) -> None:
        """Take in what others have paid for: it may be the best, and is nothing else."""
        score = self.levels(answer)
        row = int(np.argmax(score))
        if score[row] > self.best:
            self.best, self.z = float(score[row]), message.points[row : row + 1]

    @property
    def exchanges(self) -> Exchanges | None:
        """All latent points that were asked, and their scores."""
        return together(self._heard) if self._heard else None


@dataclass
class Paid:
    """What the parts of a strategy have paid for, so that no part pays for another's points.

    Of a noisy scorer nothing is noted: another answer is news.
    """

    noise: float | None
    _answers: dict[bytes, Answer] = field(default_factory=dict)

    def hear(self, message: Message, answer: Answer) -> None:
        """Note one exchange."""
        if self.noise is None and isinstance(message, Ask) and message.at == "latent":
            self._answers |= {
                key: answer[row : row + 1]
                for row, key in enumerate(_keys(message.points))
                if message.order or key not in self._answers
            }

    def handed(self, search: Search, listener: Listener) -> Search:
        """The same search, handed what others have paid for; what it asks twice itself, it pays."""
        asked: set[bytes] = set()

        def answered(message: Message) -> dict[int, Answer]:
            if not isinstance(message, Ask) or message.at != "latent":
                return {}
            rows = {}
            for row, key in enumerate(_keys(message.points)):
                answer = None if key in asked else self._answers.get(key)
                if answer is not None and (message.order == 0 or "grad" in answer):
                    rows[row] = answer
                asked.add(key)
            return rows

        try:
            message = next(search, None)
            while message is not None:
                handed = answered(message)
                if handed and isinstance(message, Ask):
                    answer = yield from _completed(message, handed, listener)
                else:
                    answer = yield message
                message = search.send(answer)
        except StopIteration:
            return
        finally:
            search.close()


@dataclass
class Paused:
    """A search that can be left and taken up again, and is listened to.

    What the other parts of the strategy have `paid` for is handed to it.
    """

    search: Search
    listener: Listener
    paid: Paid
    _relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        """Begin when it is visited first."""
        self._relay = Relay(self.paid.handed(self.search, self.listener))

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
            self.paid.hear(message, answer)
            return answer

        yield from self._relay.talk(grant, hear)

    def close(self) -> None:
        """End the search, whatever it was about to ask."""
        self._relay.close()
        self.search.close()


def _keys(points: Array) -> list[bytes]:
    return [point.tobytes() for point in points]


def _completed(
    message: Ask, handed: Mapping[int, Answer], listener: Listener
) -> Generator[Message, Answer, Answer]:
    """The answer to a message of which some rows are known; only the others are asked."""
    rest = np.array([row for row in range(len(message.points)) if row not in handed], int)
    rows = dict(handed)
    for row, answer in handed.items():
        listener.glimpse(message.some(np.array([row])), answer)
    if len(rest):
        answer = yield message.some(rest)
        rows |= {int(row): answer[nth : nth + 1] for nth, row in enumerate(rest)}
    return _joined([rows[row] for row in sorted(rows)], CHEAP + DEAR * message.order)


def together(parts: Sequence[Exchanges]) -> Exchanges:
    """Points and their scores, one part after the other."""
    points, answers = zip(*parts, strict=True)
    return np.vstack(points), _joined(answers, CHEAP)


def _joined(answers: Sequence[Answer], names: Sequence[str]) -> Answer:
    """One answer of several, with those of these columns that they have."""
    optional = {"criteria", "constraints", "constraint_grads"}
    held = [name for name in names if name not in optional or name in answers[0]]
    return Answer(**{n: np.concatenate([getattr(one, n) for one in answers]) for n in held})


def inner(strategy: Strategy, brief: Brief, rng: np.random.Generator, uses: Uses) -> Search:
    """The search of a part of a strategy that `uses` these capabilities.

    Where the whole is told scores and constraints, a part that does not use these is told merits.
    """
    whole, mine = Capability.CONSTRAINTS in uses, wishes(strategy) | needs(strategy)
    constraints = brief.constraints
    if constraints is None or not whole or Capability.CONSTRAINTS in mine:
        return strategy.search(brief, rng)
    if brief.known is not None:
        merit = Merit(constraints)
        merit.see(brief.known[1])
        brief = brief.having(known=(brief.known[0], merit.told(brief.known[1])))
    return in_merits(strategy.search(brief, rng), constraints)


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
    parts = [part for part in (brief.known, listener.exchanges) if part is not None]
    return begun(brief, listener.z, budget).having(known=together(parts) if parts else None)
