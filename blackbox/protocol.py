"""The language of the house: what a strategy is told, what it needs, and what it is."""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from blackbox.errors import NoGradient as NoGradient
from blackbox.errors import ProtocolError as ProtocolError
from blackbox.messages import Array as Array
from blackbox.messages import Ask as Ask
from blackbox.messages import Capability as Capability
from blackbox.messages import Decode as Decode
from blackbox.messages import Message as Message
from blackbox.messages import Place as Place
from blackbox.messages import PullBack as PullBack
from blackbox.messages import needed as needed
from blackbox.messages import prefix as prefix
from blackbox.messages import suffix as suffix
from blackbox.price import Price as Price
from blackbox.price import Work as Work
from blackbox.space import Space

Value = TypeVar("Value")


class Answer:
    """What is known of `n` points after a message; read-only, and sliced by rows.

    `score [n]` and `valid [n]` answer an Ask, `grad` (shaped like the points) and `grad_valid [n]`
    one of order 1; `x [n, ...]` answers a Decode, and `pulled [n, d]` a PullBack.

    >>> answer = Answer(score=np.array([1.0, 2.0]))
    >>> answer[1:].score
    array([2.])
    """

    __slots__ = ("_columns",)

    def __init__(self, **columns: NDArray[np.generic]) -> None:
        """Take columns by name; all must have the same number of rows."""
        for column in columns.values():
            column.flags.writeable = False
        self._columns = columns

    def __len__(self) -> int:
        """The number of points."""
        return len(next(iter(self._columns.values())))

    def __getitem__(self, rows: slice) -> Answer:
        """The same answer for some of the points."""
        return Answer(**{name: column[rows] for name, column in self._columns.items()})

    def __contains__(self, name: str) -> bool:
        """Whether a column was answered."""
        return name in self._columns

    @property
    def score(self) -> Array:
        """Scores `[n]`, higher is better; of an invalid point NaN, or what a run tells of it."""
        return self._column("score")

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Whether each point has a score of its own `[n]`."""
        if "valid" not in self._columns:
            return np.ones(len(self), bool)
        return self._columns["valid"]  # type: ignore[return-value]

    @property
    def grad(self) -> Array:
        """Gradients of the score, shaped like the points; zero where they are no finite numbers.

        Raises NoGradient if the ask was of order 0.
        """
        if "grad" not in self._columns:
            raise NoGradient("this answer has no gradient: ask with order=1 (and declare the need)")
        return self._column("grad")

    @property
    def grad_valid(self) -> NDArray[np.bool_]:
        """Whether each valid point's gradient was finite `[n]`; True where none was asked."""
        if "grad_valid" not in self._columns:
            return np.ones(len(self), bool)
        return self._columns["grad_valid"]  # type: ignore[return-value]

    @property
    def called(self) -> float:
        """How many objects the objective called for these points; as many, unless it is told."""
        return float(self._column("called").sum()) if "called" in self else float(len(self))

    @classmethod
    def joined(cls, parts: Sequence[Answer]) -> Answer:
        """One answer of several, row after row; a column that some lack is filled in.

        >>> Answer.joined([Answer(score=np.ones(1)), Answer(score=np.zeros(2))]).score
        array([1., 0., 0.])
        """
        if len(parts) == 1:
            return parts[0]
        names = dict.fromkeys(name for part in parts for name in part._columns)
        columns = {name: [part._filled(name) for part in parts] for name in names}
        return cls(**{name: np.concatenate(filled) for name, filled in columns.items()})

    @property
    def columns(self) -> Mapping[str, NDArray[np.generic]]:
        """All that is known, by name."""
        return dict(self._columns)

    def told(self, score: Array) -> Answer:
        """The same with other scores `[n]`: what a strategy is told of invalid points."""
        return Answer(**(self._columns | {"score": score}))

    @property
    def x(self) -> Array:
        """Decoded objects `[n, ...]`."""
        return self._column("x")

    @property
    def pulled(self) -> Array:
        """Vectors pulled back to latent space `[n, d]`."""
        return self._column("pulled")

    @property
    def criteria(self) -> Array | None:
        """Each criterion of a weighted score `[n, k]`; None where the scorer has only one."""
        return self._column("criteria") if "criteria" in self._columns else None

    @property
    def notes(self) -> NDArray[np.object_] | None:
        """Why each invalid point is invalid `[n]`, "" elsewhere; None where all are valid."""
        return self._columns.get("notes")  # type: ignore[return-value]

    def _filled(self, name: str) -> NDArray[np.generic]:
        """A column, or what it would hold: only what is out of the ordinary need be answered."""
        if name in self._columns:
            return self._columns[name]
        match name:
            case "valid" | "grad_valid":
                return np.ones(len(self), bool)
            case "notes":
                return np.full(len(self), "", object)
            case "called":
                return np.ones(len(self))
        return self._column(name)

    def _column(self, name: str) -> Array:
        if name not in self._columns:
            raise ProtocolError(f"this answer holds {', '.join(self._columns)}, not {name}")
        return self._columns[name]  # type: ignore[return-value]


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
    # Points [n, d] that another part of the same strategy has paid for, and what was answered.
    known: tuple[Array, Answer] | None = None
    reads: set[str] = field(default_factory=set, repr=False)  # "budget" and "price", once read

    def having(self, **changes: object) -> Brief:
        """The same with other fields, for a strategy inside another; what it reads is noted here.

        `dataclasses.replace` would read the budget.
        """
        brief = copy.copy(self)
        brief.__dict__.update(changes)
        return brief

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
