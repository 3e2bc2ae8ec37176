"""CMA-ES where scores are noisy: points asked again, a step that does not shrink by luck, the mean.

N. Hansen, A. Niederberger, L. Guzzella, P. Koumoutsakos: A method for handling uncertainty in
evolutionary optimization with an application to feedback control of combustion, 2009, doi
10.1109/TEVC.2008.924423, as pycma has it (`NoiseHandler`): some points of a generation are asked
again, and where their ranks change more than they should, the step grows and each point is asked
more often. Departures: points are asked again where they lie, not beside, since scores are noisy
there; nothing is asked again while noise is less than half of what a generation's scores vary by;
and the mean of the distribution is asked with each generation and taken for the best, since it is
made of many scores where a sample has one.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from blackbox.global_state import IsolatedGlobals
from blackbox.optional import require
from blackbox.protocol import Answer, Array, Ask, Search

if TYPE_CHECKING:
    from blackbox.strategies.evolution.evolving import Evolving

MOST = 30  # times that a point is asked: what pycma's own example allows
SHARE = 0.5  # of the variance of a generation's scores: less noise hardly changes their ranks
MEMORY = 0.7  # of what the mean scored in generations before, as pycma forgets rank changes


class Uncertainty:
    """Talks for evolutions whose scores are noisy, one generation at a time."""

    def __init__(self, dim: int, noise: float, rng: np.random.Generator) -> None:
        """Begin with one score a point; `noise` is the sd of a score, NaN where it is not known."""
        handler = require("cma.optimization_tools", "cma").NoiseHandler
        self._handler: Any = handler(dim, maxevals=[1, 1, MOST], aggregate=np.mean, epsilon=0)
        self._noise = noise
        self._isolated = IsolatedGlobals(int(rng.integers(2**32)))  # it draws whom to ask again
        self._mean: Array | None = None  # [d], of the last generation of this evolution
        self._level = -np.inf  # what its means scored lately
        self._earlier: tuple[float, Array] | None = None  # level and mean of the best before it

    def restart(self) -> None:
        """Begin another evolution; the mean of the best one so far is not forgotten."""
        if self._mean is not None and (self._earlier is None or self._level > self._earlier[0]):
            self._earlier = self._level, self._mean
        self._mean, self._level = None, -np.inf

    def generation(self, evolution: Evolving) -> Search:
        """Ask a generation as often as its noise wants, some of it again, and its new mean."""
        ask = evolution.ask()
        score = yield from self._asked(ask)
        evolution.tell(score)
        if not self._noise**2 / self._times < SHARE * score.var(ddof=1):
            with self._isolated:
                again = self._handler.indices(-score)
            second = score.copy()
            second[again] = yield from self._asked(Ask(ask.points[again]))
            self._handler.idx = again
            self._handler.fit, self._handler.fitre = (-score).tolist(), (-second).tolist()
            self._handler.update_measure()
            evolution.widen(float(self._handler.treat()))
        mean = evolution.mean
        answer = yield Ask(mean, incumbent=self._incumbent)
        self._mean = mean[0]
        lately = MEMORY * self._level + (1 - MEMORY) * float(answer.score[0])
        self._level = lately if np.isfinite(self._level) else float(answer.score[0])

    @property
    def _times(self) -> int:
        return int(self._handler.evaluations)

    @property
    def _incumbent(self) -> Array | None:
        if self._earlier is not None and not self._level > self._earlier[0]:
            return self._earlier[1]
        return self._mean

    def _asked(self, ask: Ask) -> Generator[Ask, Answer, Array]:
        """The mean score `[n]` of each point over as many answers as its noise wants."""
        scores = []
        for _ in range(self._times):
            answer = yield Ask(ask.points, clipped=ask.clipped, incumbent=self._incumbent)
            scores.append(answer.score)
        mean: Array = np.mean(scores, axis=0)
        return mean
