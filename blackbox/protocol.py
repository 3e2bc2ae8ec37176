"""The language of the house: what a strategy is told, what it needs, and what it is."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np

from blackbox.answer import Answer as Answer
from blackbox.constraints import Constraints as Constraints
from blackbox.criteria import Criteria as Criteria
from blackbox.errors import NoGradient as NoGradient
from blackbox.errors import ProtocolError as ProtocolError
from blackbox.messages import Array as Array
from blackbox.messages import Ask as Ask
from blackbox.messages import AskEach as AskEach
from blackbox.messages import Believe as Believe
from blackbox.messages import Capability as Capability
from blackbox.messages import Decode as Decode
from blackbox.messages import Message as Message
from blackbox.messages import Place as Place
from blackbox.messages import PullBack as PullBack
from blackbox.messages import Verify as Verify
from blackbox.messages import needed as needed
from blackbox.messages import prefix as prefix
from blackbox.messages import suffix as suffix
from blackbox.price import Price as Price
from blackbox.price import Work as Work
from blackbox.space import Space

Value = TypeVar("Value")


class _Noted(Generic[Value]):
    """A field of a brief that keeps account of whether it was read."""

    def __init__(self, *default: Value) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, brief: Brief | None, owner: type) -> Value:
        if brief is None:  # how a dataclass asks for the default
            if not self._default:
                raise AttributeError(self._name)
            return self._default[0]
        brief.reads.add(self._name)
        value: Value = brief.__dict__[self._name]
        return value

    def __set__(self, brief: Brief, value: Value) -> None:
        brief.__dict__[self._name] = value


@dataclass(frozen=True, eq=False)
class Brief:
    """All that a strategy is told before it starts.

    It notes whether the budget or the price was read: a strategy that did not look cannot have
    planned by them, so its run can go on where the budget grows.
    """

    space: Space
    start: Array  # [m, d]: the seed's own first points, the same for every strategy
    budget: _Noted[float] = _Noted[float]()  # noqa: RUF009  (a descriptor is no default)
    price: _Noted[Price] = _Noted(Price())
    offers: frozenset[Capability] = frozenset()
    decoder: object | None = None  # a torch module, for strategies that declare DECODER
    noise: float | None = None  # sd of a score that is asked again, NaN: not known; None: no noise
    codes: Array | None = None  # [n, d]: where real data lie, for strategies that declare CODES
    # What must hold: strategies that use CONSTRAINTS get scores and constraints, others merits.
    constraints: Constraints | None = None
    criteria: Criteria | None = None  # of Answer.criteria, for strategies that declare CRITERIA
    # Points [n, d] that are known already, and what was answered: a study's known data, what
    # another part of the same strategy has paid for, what the run itself had asked before.
    known: tuple[Array, Answer] | None = None
    truth_calls: int = 0  # points that may be verified, out of the budget; one more is an error
    own_starts: int = 1  # how many of the first starts are the user's own: all are to be asked
    anew: bool = False  # the search had stood still, and begins anew at a start that is new
    reads: set[str] = field(default_factory=set, repr=False)  # "budget" and "price", once read

    def having(self, **changes: object) -> Brief:
        """The same with other fields, for a strategy inside another; what it reads is noted here.

        `dataclasses.replace` would read the budget.
        """
        brief = copy.copy(self)
        brief.__dict__.update(changes)
        return brief

    def after(self, message: Message, rows: int) -> Brief:
        """The same, so many rows of a message later: with less to spend.

        Nothing counts as read by that: who is told what is left, and reads it, is noted.
        """
        price: Price = self.__dict__["price"]
        return self.having(budget=self.__dict__["budget"] - rows * price.of(message))

    @property
    def differentiable(self) -> bool:
        """Whether the gradient of the score at `z` may be asked for."""
        return Capability.GRADIENT in self.offers

    def starts(self, rng: np.random.Generator) -> Iterator[Array]:
        """Starting points `[1, d]` without end: the seed's own first, then draws of the prior."""
        for row in range(len(self.start)):
            yield self.start[row : row + 1]
        while True:
            yield self.space.sample(rng, 1)


Search: TypeAlias = Generator[Message, Answer, None]
# Of several runs at once: it is sent the scores [m] of the points that it asked for them.
SearchOfMany: TypeAlias = Generator[AskEach, Array, None]


def needs(strategy: Strategy) -> frozenset[Capability]:
    """What an objective must offer; nothing but scores, where the strategy does not say."""
    capabilities: frozenset[Capability] = getattr(strategy, "needs", frozenset())
    return capabilities


def wishes(strategy: Strategy) -> frozenset[Capability]:
    """What a strategy asks for where it is offered, and can do without."""
    capabilities: frozenset[Capability] = getattr(strategy, "uses", frozenset())
    return capabilities


@runtime_checkable
class Strategy(Protocol):
    """A way to search: frozen settings and one generator.

    `search` yields messages and is sent an Answer to each. It draws all its chance from `rng`,
    begins at `brief.start[0]`, and goes on until it is closed; where it returns, the run ends
    before its budget does and says so. It may have two attributes: `needs`, what an objective must
    offer, and `uses`, what it asks for where that is offered, and can do without.
    """

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Start the conversation."""
        ...


class Vectorised(Strategy, Protocol):
    """A strategy that can also advance many runs in one step of arrays, each as it would alone.

    An offer for fast scorers, where a step of the generator costs more than the score. It is made
    use of where nothing but scores is asked and each point has one; where that ends, or the search
    returns, the runs go on by `search`. A class that inherits it says it again. Not a bit of what a
    run asks may depend on the others, or differ from what its generator asks: the conformance suite
    looks.
    """

    def together(
        self, briefs: Sequence[Brief], rngs: Sequence[np.random.Generator]
    ) -> SearchOfMany | None:
        """Begin searches that differ in their starts and their chance; None: not like this."""
        ...
