"""Auto: look first, then let the searches that suit what was seen take turns.

A portfolio whose members share the budget by what they find, as in B. A. Huberman, R. M. Lukose,
T. Hogg: An economics approach to hard computational problems, 1997,
doi:10.1126/science.275.5296.51. It chooses by a few points of the problem itself, as in P.
Kerschke, H. Trautmann: Automated algorithm selection on continuous black-box problems, 2019,
doi:10.1162/evco_a_00236.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import ClassVar

import numpy as np

from blackbox.protocol import Array, Brief, Capability, Search, Strategy, Work, needs, wishes
from blackbox.strategies.composed.conversation import Listener, Paid, Paused, handed_on, inner
from blackbox.strategies.composed.portfolio import Member, portfolio
from blackbox.strategies.composed.probing import Probes, probed, smoothness
from blackbox.strategies.composed.units import Units

# 8: climbs by another `lbfgs`, sooner and for longer; 7: models beyond a hundred dimensions; 6: no
# line search asks a point twice, and a process helps under constraints; 5: looks first, and takes
# turns by what was seen, in scores of one scale.
VERSION = 8

EXACT = frozenset({Capability.GRADIENT})
SCORE = Work(scores=1)
NEAR, REACHES = 10, (1e-3, 1.0)  # best points that tell how far to step, and the ends of that


@dataclass(frozen=True)
class Auto:
    """Searches that suit the objective and the budget, by turns (Huberman et al. 1997).

    A few points are scored first. They, the dimensions, the budget and what is offered say which
    searches take turns (see `portfolio`): the next one where one stands still, each from the best
    point that is known and told of all that was paid for, in units that do not change where all
    scores become `a score + b`. `members` are searches to choose from instead: each has a turn of
    the budget's `turns`, and goes on for as long as it gains.
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
            return EXACT | {Capability.CONSTRAINTS}
        return frozenset().union(*(needs(one) | wishes(one) for one in self.members))

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Look, choose, and let those search that gain."""
        self._refuse_unfit(brief)
        paid, listener = Paid(brief.noise), Listener(brief.price, brief.constraints)
        probes = yield from probed(brief, paid, listener, rng)
        parts = self._own_parts(brief) if self.members else portfolio(brief, probes)
        turns = Turns(brief, probes, paid, listener, rng, self.uses)
        try:
            yield from turns.taken(parts)
        finally:
            turns.close()

    def _refuse_unfit(self, brief: Brief) -> None:
        if self.members and not any(needs(one) <= brief.offers for one in self.members):
            names = ", ".join(type(one).__name__ for one in self.members)
            raise ValueError(f"every member ({names}) needs something that this objective lacks")

    def _own_parts(self, brief: Brief) -> list[Member]:
        # A model of the second order needs a point for each of its 2 d + 1 numbers to begin with.
        units = brief.budget / self.turns / brief.price.of_work(SCORE)
        patience = max(units, 2 * brief.space.dim + 2)
        chosen = [one for one in self.members if needs(one) <= brief.offers]
        return [Member(one, patience=patience, lasts=True) for one in chosen]


@dataclass
class Turns:
    """The turns of a run: who has begun, from where, and what all of them have found."""

    brief: Brief
    probes: Probes
    paid: Paid
    listener: Listener
    rng: np.random.Generator
    uses: frozenset[Capability]
    _begun: dict[int, Paused] = field(default_factory=dict)  # by the place of the part
    _left: dict[int, float] = field(default_factory=dict)  # what was spent when it was left
    _places: set[tuple[int, bytes]] = field(default_factory=set)  # where parts have begun before

    def taken(self, parts: list[Member]) -> Search:
        """One part after the other, for as long as any of them asks."""
        quiet = 0  # turns in a row in which nothing was paid for
        for nth, part in cycle(enumerate(parts)):
            before = self.listener.spent
            yield from self._turn(nth, part)
            quiet = 0 if self.listener.spent > before else quiet + 1
            if quiet > 3 * len(parts):
                return

    def close(self) -> None:
        """End all searches that were begun."""
        for search in self._begun.values():
            search.close()

    def _turn(self, nth: int, part: Member) -> Search:
        # Looked at only where it decides: among thousands of axes that takes longer than a search.
        if part.least_smooth > -np.inf and self._smoothness() < part.least_smooth:
            return
        search = self._begun.get(nth)
        goes_on = part.lasts or (part.models and self._left.get(nth) == self.listener.spent)
        if search is None or search.ended or not goes_on:
            if search is not None:
                search.close()
            search = self._begun[nth] = self._beginning(part)
        price, since = self.brief.price.of_work(SCORE), self.listener.stale
        spent = self.listener.spent

        def idle(listener: Listener) -> bool:
            # What was stale before this turn began is not this part's.
            in_turn = (listener.spent - spent) / price
            stale = listener.stale - (since if listener.stale >= since + in_turn else 0)
            return in_turn >= 1 and stale >= part.patience

        # A turn is never so short that nothing can be asked in it.
        least = (2 * self.brief.space.dim + 2) * price
        units = max(least, part.share * (self.brief.budget - spent))
        yield from search.visit(idle, min(units, part.most * price), cut=False)
        self._left[nth] = self.listener.spent

    def _beginning(self, part: Member) -> Paused:
        """The part from the best point at which it did not begin yet, told of all that is known."""
        start, units = self._start(part), self._units()
        left = self.brief.budget - self.listener.spent
        brief = handed_on(self.brief, self.listener, left)
        others = self.probes.z[(self.probes.z != start).any(axis=1)]
        brief = brief.having(start=np.vstack([start, others]))
        strategy = part.strategy(self._reach(start)) if callable(part.strategy) else part.strategy
        if not part.in_units:
            return Paused(inner(strategy, brief, self.rng, self.uses), self.listener, self.paid)
        inside = inner(strategy, units.brief(brief), self.rng, self.uses)
        return Paused(units.search(inside), self.listener, self.paid)

    def _reach(self, start: Array) -> float:
        """How far the best points lie from a start, in prior sd: how far to step first."""
        z, answer = self.listener.exchanges or (start, None)
        if answer is None:
            return 1.0
        best = z[np.argsort(-self.listener.levels(answer), kind="stable")[:NEAR]]
        away = np.abs((best - start) / self.brief.space.scale).max(axis=1)
        return float(np.clip(np.median(away), *REACHES))

    def _units(self) -> Units:
        """The units of all that is known by now."""
        parts = [one for one in (self.brief.known, self.listener.exchanges) if one is not None]
        scores = [answer.score[answer.valid] for _, answer in parts]
        return Units.of(np.concatenate(scores) if scores else np.empty(0))

    def _smoothness(self) -> float:
        z, answer = self.listener.exchanges or (np.empty((0, 1)), None)
        if answer is None or self.listener.z is None:
            return 0.0
        level = self._units().of_scores(self.listener.levels(answer))
        valid = np.isfinite(level)
        return smoothness(z[valid], level[valid], self.listener.z, self.brief.space.scale)

    def _start(self, part: Member) -> Array:
        best = self.listener.z
        for place in self._candidates(best):
            key = id(part), place.tobytes()
            if key not in self._places:
                self._places.add(key)
                return place
        return self.brief.space.sample(self.rng, 1)

    def _candidates(self, best: Array | None) -> Iterator[Array]:
        if best is not None:
            yield best
        for row in range(len(self.probes.z)):
            yield self.probes.z[row : row + 1]
