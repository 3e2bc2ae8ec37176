"""Auto: searches that suit what is offered take turns, and who finds more goes on.

A portfolio whose members share the budget by what they find, as in B. A. Huberman, R. M. Lukose,
T. Hogg: An economics approach to hard computational problems, 1997,
doi:10.1126/science.275.5296.51.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import ClassVar

import numpy as np

from blackbox.parameters import NamedSpace, Real
from blackbox.protocol import (
    Answer,
    Ask,
    Brief,
    Capability,
    Message,
    Search,
    Strategy,
    Work,
    needs,
    wishes,
)
from blackbox.space import Space
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.composed.conversation import Listener, Paid, Paused, Uses, begun, inner
from blackbox.strategies.estimation.hybrid_zeroth_order import HybridZerothOrder
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.evolution.sep_cma_es import SepCmaEs
from blackbox.strategies.gradient.lbfgs import LBFGS
from blackbox.strategies.peers.scipy import Scipy

VERSION = 4  # bayes_opt climbs all restarts at once, and a fit stands until one promises more

EXACT = frozenset({Capability.GRADIENT})
THROUGH = frozenset({Capability.DECODE, Capability.PULL_BACK})
LARGE = 100  # dimensions from which quadratic models cost too many points, and too much time
SHARE, LEAST = 0.03, 15  # of a budget for scoring starts, and the fewest that are worth it
SCORE = Work(scores=1)
FEW = 100  # scores below which a linear model does more than a quadratic one


@dataclass
class Member:
    """A search of the portfolio: what it has found, and for how many turns it has found nothing."""

    search: Paused
    idle: int = 0

    @property
    def best(self) -> float:
        """The best score that it has found."""
        return self.search.listener.best


@dataclass(frozen=True)
class Auto:
    """Searches that suit the objective and the budget, by turns (Huberman et al. 1997).

    The first member goes on for as long as it gains; where a turn brought nothing, the next one has
    its turn, and so on, those first that gained last. Each begins at another start of the seed.
    `members` are the searches to choose from; without any, they are chosen by what the objective
    offers, by its dimensions and by the budget (see `suited`).
    """

    members: tuple[Strategy, ...] = field(default=(), metadata={"strategies": True})
    turns: int = 8  # of which a budget is made: a search that has stalled wastes one of them

    needs: ClassVar[frozenset[Capability]] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a portfolio in which nobody has a turn."""
        object.__setattr__(self, "members", tuple(self.members))
        if self.turns < 1:
            raise ValueError(f"turns must be >= 1, not {self.turns!r}")

    @property
    def uses(self) -> frozenset[Capability]:
        """What its members need: those that need what is not offered have no turn."""
        if not self.members:
            return EXACT | THROUGH | {Capability.CONSTRAINTS}
        return frozenset().union(*(needs(one) | wishes(one) for one in self.members))

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Let those search that gain."""
        chosen = [one for one in self.members or suited(brief) if needs(one) <= brief.offers]
        if not chosen:
            names = ", ".join(type(one).__name__ for one in self.members)
            raise ValueError(f"every member ({names}) needs something that this objective lacks")
        paid = Paid(brief.noise)
        brief = yield from _best_starts(brief, paid, rng)
        members = [_member(nth, one, brief, paid, rng, self.uses) for nth, one in enumerate(chosen)]
        # A model of the second order needs a point for each of its 2 d + 1 numbers to begin with.
        turn = max(
            brief.budget / self.turns, (2 * brief.space.dim + 2) * brief.price.of_work(SCORE)
        )
        try:
            while alive := [member for member in members if not member.search.ended]:
                member = min(alive, key=lambda member: (member.idle, -member.best))
                before = max(member.best for member in members)
                yield from member.search.visit(lambda _: False, turn, cut=False)
                member.idle = 0 if member.best > before else member.idle + 1
        finally:
            for member in members:
                member.search.close()


def suited(brief: Brief) -> Sequence[Strategy]:
    """The searches for what an objective offers, its dimensions and its budget.

    Tuned on ten objectives of the families `synthetic` and `digits`, 8 to 40 dimensions, at 50, 200
    and 1000 units, 3 to 8 seeds. Tried there and left out, as they gained less than they took:
    `turbo`, `cma_es`, scored starts where budgets are small, and the models by turns.
    """
    scores = brief.price.affordable(brief.budget, SCORE)
    if brief.space.dim > LARGE:
        if brief.differentiable:
            return [LBFGS(), SepCmaEs()]
        return [HybridZerothOrder(), SepCmaEs()] if brief.offers >= THROUGH else [SepCmaEs()]
    local = Scipy("cobyla") if scores < FEW else Scipy("cobyqa")
    if has_steps(brief.space):
        return [BayesOpt()] if scores < FEW else [Scipy("cobyla"), CmaEs()]
    if brief.constraints is not None and not brief.differentiable:
        return [Scipy("cobyla")] if scores < FEW else [Scipy("cobyla"), local]
    if not brief.differentiable:
        return [local]
    return [LBFGS() if brief.constraints is None else Scipy("slsqp"), local]


def has_steps(space: Space) -> bool:
    """Whether some of its parameters are whole numbers or choices."""
    if not isinstance(space, NamedSpace):
        return False
    return not all(isinstance(one, Real) for one in space.named.values())


def _best_starts(
    brief: Brief, paid: Paid, rng: np.random.Generator
) -> Generator[Message, Answer, Brief]:
    """The brief with its starts in order, the best of some more draws first.

    Not where the budget allows only a few climbs, nor for gradients: L-BFGS draws its own starts.
    """
    draws = int(brief.price.affordable(SHARE * brief.budget, SCORE))
    if brief.differentiable or draws < LEAST:
        return brief
    z = np.vstack(list(islice(brief.starts(rng), draws)))
    answer = yield Ask(z)
    paid.hear(Ask(z), answer)
    order = np.argsort(-Listener(brief.price, brief.constraints).levels(answer), kind="stable")
    return brief.having(start=z[order])


def _member(
    nth: int, strategy: Strategy, brief: Brief, paid: Paid, rng: np.random.Generator, uses: Uses
) -> Member:
    """A search from a start of its own: the seed's first for the first, so that runs are paired."""
    start = brief.start[nth : nth + 1] if nth < len(brief.start) else brief.space.sample(rng, 1)
    inside = inner(strategy, begun(brief, start, brief.budget), rng, uses)
    return Member(Paused(inside, Listener(brief.price, brief.constraints), paid))
