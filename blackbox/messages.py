"""What a strategy may ask, what each question costs, and what an objective must offer for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.price import Work
from blackbox.space import Space

Array = NDArray[np.float64]
Place = Literal["latent", "data"]

# What a row of an ask costs, by its order.
ASK_WORK = (Work(scores=1), Work(scores=1, gradients=1))


class Capability(Enum):
    """What an objective may offer and a strategy may need; each member says itself in words."""

    GRADIENT = "the gradient of the score at z"
    DATA = "scores of objects in data space"
    DATA_GRADIENT = "the gradient of the score at an object x"
    DECODE = "decoded objects"
    PULL_BACK = "the decoder's vector-Jacobian product"
    DECODER = "the decoder itself, as a torch module"
    CODES = "the latent codes of real data"
    CONSTRAINTS = "the values of constraints"
    CRITERIA = "two or more criteria that are wanted high or low"
    KNOWN = "data that are known already"
    TRUST = "how far points are to be believed"
    TRUTH = "what is true of points"


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """Score these points, `[n, d]` at "latent" or `[n, ...]` at "data"; order 1: gradients too.

    `clipped [n]` marks points that a search had proposed elsewhere, outside of its space. Where the
    scorer is noisy, `incumbent [d]` may say which of the points that were asked before the search
    takes for the best: by a model, say, where the highest score is luck. None: the highest.
    """

    points: Array
    order: Literal[0, 1] = 0
    at: Place = "latent"
    clipped: NDArray[np.bool_] | None = None
    incumbent: Array | None = None

    @classmethod
    def inside(
        cls, space: Space, points: Array, order: Literal[0, 1] = 0, *, on_sphere: bool = True
    ) -> Ask:
        """Score what a search proposed `[n, d]`, moved into the space where it lies outside.

        A retraction to a sphere is a step and marks nothing, unless the search knows of no sphere
        (`on_sphere=False`), like most libraries.

        >>> Ask.inside(Space.box(0, 1, 2), np.array([[0.5, 2.0]])).points
        array([[0.5, 1. ]])
        """
        steps_on_it = on_sphere and space.prior == "sphere"
        clipped = np.zeros(len(points), bool) if steps_on_it else ~space.contains(points)
        return cls(space.clip(points), order, clipped=clipped)

    def some(self, rows: slice | NDArray[np.intp], order: Literal[0, 1] | None = None) -> Ask:
        """The same question about some of its points, of another order if one is given."""
        clipped = None if self.clipped is None else self.clipped[rows]
        order = self.order if order is None else order
        return Ask(self.points[rows], order, self.at, clipped, self.incumbent)

    @property
    def moved(self) -> NDArray[np.bool_]:
        """Which points had been proposed elsewhere, `[n]`."""
        return np.zeros(len(self.points), bool) if self.clipped is None else self.clipped

    @property
    def work(self) -> Work:
        """What one row costs: a score, and a gradient where it is of order 1."""
        return ASK_WORK[self.order]


@dataclass(frozen=True, slots=True, eq=False)
class AskEach:
    """Score points of several runs: `rows [g]` of each, in their order, make `points [m, d]`.

    What the vectorised form of a strategy says; `clipped [m]` as in Ask.
    """

    points: Array
    rows: NDArray[np.int64]
    clipped: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Decode:
    """Show the objects `x = G(z)` of these latent points `[n, d]`."""

    points: Array

    @property
    def work(self) -> Work:
        """What one row costs."""
        return Work(decodes=1)


@dataclass(frozen=True, slots=True, eq=False)
class PullBack:
    """Pull vectors `[n, ...]` of data space back through the decoder at `[n, d]`: `J^T v`."""

    points: Array
    vectors: Array

    @property
    def work(self) -> Work:
        """What one row costs: as much as a gradient."""
        return Work(gradients=1)


@dataclass(frozen=True, slots=True, eq=False)
class Believe:
    """Say how far these latent points `[n, d]` are to be believed, which had these `scores [n]`.

    It is no score and costs nothing; NaN for a point without one.
    """

    points: Array
    scores: Array

    @property
    def work(self) -> Work:
        """What one row costs."""
        return Work()


@dataclass(frozen=True, slots=True, eq=False)
class Verify:
    """Say what is true of these latent points `[n, d]`: what the scorer would say if it were right.

    No score, and out of the budget: each row is one of the truth calls that a study grants a run.
    `start [1, d]` is that of the run, which fills it in, for a judge that compares.
    """

    points: Array
    start: Array | None = None

    @property
    def work(self) -> Work:
        """What one row costs of the budget."""
        return Work()


Message: TypeAlias = Ask | Decode | PullBack | Believe | Verify


def needed(message: Message) -> Capability | None:
    """The capability that a message draws on; None for a plain score, which all objectives give."""
    if isinstance(message, Ask):
        if message.at == "latent":
            return Capability.GRADIENT if message.order else None
        return Capability.DATA_GRADIENT if message.order else Capability.DATA
    match message:
        case Decode():
            return Capability.DECODE
        case PullBack():
            return Capability.PULL_BACK
        case Believe():
            return Capability.TRUST
        case Verify():
            return Capability.TRUTH


def prefix(message: Message, rows: int) -> Message:
    """The message with its first rows only; itself where it has no more."""
    return message if rows >= len(message.points) else _part(message, slice(0, rows))


def suffix(message: Message, rows: int) -> Message | None:
    """The message without its first rows; None where it has no more."""
    return None if rows >= len(message.points) else _part(message, slice(rows, None))


def _part(message: Message, rows: slice) -> Message:
    match message:
        case Ask():
            return message.some(rows)
        case Decode(points=points):
            return Decode(points[rows])
        case PullBack(points=points, vectors=vectors):
            return PullBack(points[rows], vectors[rows])
        case Believe(points=points, scores=scores):
            return Believe(points[rows], scores[rows])
        case Verify(points=points, start=start):
            return Verify(points[rows], start)
