"""A strategy's search as its run drives it: begun, told answers, begun anew, closed."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import cast

import numpy as np

from blackbox.merit import Merit
from blackbox.protocol import Answer, Brief, Search, SearchOfMany, Strategy, Vectorised
from blackbox.runtime.cache import PointCache
from blackbox.scale import Scale


class Talk:
    """The conversation with one strategy, which may begin anew at other starts."""

    def __init__(self, strategy: Strategy, brief: Brief, rng: np.random.Generator) -> None:
        """Nothing is said yet."""
        self.brief, self.rng, self.strategy = brief, rng, strategy
        # For the vectorised form of the strategy, if it has one: chance as it was at the beginning.
        # One that is inherited need not be of the same search.
        has_one = "together" in vars(type(strategy))
        self.chance = copy.deepcopy(rng) if has_one else None
        self._search: Search | None = None

    def send(self, answer: Answer | None) -> object:
        """The next message, after this answer; the first one of a search that has yet to begin.

        Raises what the strategy raises, and StopIteration where it returns.
        """
        if self._search is None:
            self._search = self.strategy.search(self.brief, self.rng)
            return next(self._search)
        return self._search.send(answer)  # type: ignore[arg-type]  # None is never sent but first

    def together(self, talks: Sequence[Talk]) -> SearchOfMany | None:
        """The vectorised form of these talks, all of this strategy, from their beginning.

        None where there is none, or it raises: each then tells by itself what is wrong.
        """
        chances = [talk.chance for talk in talks if talk.chance is not None]
        vectorised = cast(Vectorised, self.strategy)
        try:
            return vectorised.together([talk.brief for talk in talks], chances)
        except Exception:
            return None

    def begin_elsewhere(self, cache: PointCache, scale: Scale | Merit, left: float) -> bool:
        """Let the search begin anew, with so much `left`, at an object that was never asked.

        Whether there is such an object. The search is told, by `scale`, of all that the run knows.
        """
        start = cache.unasked(self.brief, self.rng)
        if start is None:
            return False
        self.close()
        exchanges = cache.exchanges()
        paid = None if exchanges is None else (exchanges[0], scale.told(exchanges[1]))
        self.brief = self.brief.having(start=start, budget=left, known=paid, anew=True)
        self._search = None
        return True

    def close(self) -> None:
        """End the search. Raises what the strategy raises on its way out."""
        if self._search is not None:
            self._search.close()
