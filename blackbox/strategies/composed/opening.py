"""How a search is opened: points that all runs of its seed ask, then the best of what is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from blackbox.price import Price
from blackbox.protocol import Array, Ask, Brief, Capability, Search, Strategy, needs, wishes
from blackbox.strategies.composed.conversation import Listener, Paid, together


@dataclass(frozen=True)
class Opened:
    """A strategy that begins at the best of several starts of the user's own; all are asked.

    A brief says which: `Brief.own_starts`. The others are those at which it is begun again.
    """

    strategy: Strategy

    @property
    def needs(self) -> frozenset[Capability]:
        """What the strategy needs."""
        return needs(self.strategy)

    @property
    def uses(self) -> frozenset[Capability]:
        """What is asked for inside where it is offered."""
        return wishes(self.strategy)

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        """Ask the starts, then search from the best."""
        return opened(self.strategy, brief, rng)


def opened(strategy: Strategy, brief: Brief, rng: np.random.Generator) -> Search:
    """Ask the user's own starts at once, or the first; then search from the best that is known.

    The strategy is told of all of that by `brief.known`, and handed what it asks of it: scores that
    are known are not paid for, unless they are noisy.
    """
    if brief.anew:  # it stood still at what is known: this start is to lead elsewhere
        yield from strategy.search(brief, rng)
        return
    first = brief.own_starts
    ask = Ask(brief.start[:first])
    answer = yield ask
    before = [] if brief.known is None else [brief.known]
    z, answers = together([*before, (ask.points, answer)])
    listener, paid = Listener(Price(), brief.constraints), Paid(brief.noise)
    paid.hear(Ask(z), answers)
    starts = _ordered(brief.start, first, z, listener.levels(answers))
    inside = brief.after(ask, int((~answer.free).sum())).having(start=starts, known=(z, answers))
    yield from paid.handed(strategy.search(inside, rng), listener)


def _ordered(start: Array, first: int, z: Array, levels: Array) -> Array:
    """The starts `[m, d]`: the best of `z [n, d]`, the first ones, the best before, and draws."""
    asked = start[:first][np.argsort(-levels[-first:], kind="stable")]
    best = z[[np.argmax(levels)]] if np.isfinite(levels).any() else start[:1]
    others = np.vstack([asked, start[first:]])
    return np.vstack([best, others[(others != best).any(axis=1)]])
