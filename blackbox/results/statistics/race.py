"""Who is still in a race for the best of one objective, seed by seed, and when it is settled.

Against each strategy somebody bets that it is not the best: his stake is split evenly over the
others, and each part bets that this other one wins more seeds than it (see `betting.py`). If it is
the best, that stake multiplies by `x` with a probability of at most 1 in `x`, ever. A strategy is
dropped once the stake has grown to `needed` and somebody left in the race has a higher mean: it
cannot be the best, by wins and by the mean. `needed` is 2 / 0.05 for one objective and twice that
for two, so that one wrong best in any of them has a probability of at most 5 %: where one strategy
is the best, a wrong one means that it was dropped, at 2.5 %; where m are level, that m - 1 of these
m were, which by Markov's inequality has a probability of at most m / (m - 1) times 2.5 %. The score
and the truth are two questions, with 5 % each. "Best" is who loses to no other in most seeds: where
everybody loses to somebody there is none, and of the one that is named then nothing is promised.

Those that are left are level if any two of them lie within the margin of each other in more than
three of four seeds, and their means do: who differs in one of three is not level, as good as both
may be in the others. Whom the best is level with is told at 2.5 % for all of its K - 1 rivals
together, so that takes K - 1 times the evidence.

Seeds whose differences are all alike are one observation, however many they are: they are no
evidence. A race ends undecided when even seeds that all say the same could not settle it before
`at_most`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from blackbox.results.statistics.betting import Floats, evidence, fewest
from blackbox.results.statistics.large_numbers import shrinking

ALPHA = 0.05
MOST = 0.75  # of all seeds in which those who are level lie within the margin of each other
RACING, DROPPED, BEST, LEVEL, UNDECIDED = "racing", "dropped", "best", "level", "undecided"


def needed_evidence(n_objectives: int) -> float:
    """How much evidence drops a strategy where so many objectives are raced in one study."""
    return 2 * n_objectives / ALPHA


@dataclass
class Race:
    """Strategies that are compared by one measure on one objective, and who is left of them."""

    n_strategies: int
    needed: float
    at_most: int
    margin: float = 0.0  # in units of the measure
    outcome: str = RACING
    stake: Floats = field(init=False)  # [K], that each strategy is not the best
    running: NDArray[np.bool_] = field(init=False)
    _beaten: NDArray[np.int64] = field(init=False)  # [K, K], seeds in which one beat the other
    _varies: NDArray[np.bool_] = field(init=False)  # [K, K], whether differences are not all alike
    _seen: int = 0
    _worst: float = np.inf  # score that a run had

    def __post_init__(self) -> None:
        """Everybody is in it, and nobody has run."""
        self.stake = np.ones(self.n_strategies)
        self.running = np.ones(self.n_strategies, bool)
        self._beaten = np.zeros((self.n_strategies, self.n_strategies), np.int64)
        self._varies = np.zeros(self._beaten.shape, bool)

    def look(self, bests: Floats) -> None:
        """Look at all seeds so far: `bests [n, K]`, -inf of a run that failed."""
        left = np.flatnonzero(self.running)
        new = bests[self._seen :, left]
        self._beaten[np.ix_(left, left)] += (new[:, :, None] > new[:, None, :]).sum(axis=0)
        self._varies[np.ix_(left, left)] = _vary(bests[:, left])
        self._seen = len(bests)
        self._worst = min(self._worst, np.min(new, where=np.isfinite(new), initial=np.inf))
        self.stake = self._stakes(0)
        means, by = self._means(bests[:, left])
        behind = means < means.max()
        self.running[left[behind & (self.stake[left] >= self.needed)]] = False
        apart = float(np.ptp(means[self.running[left]]))
        self.outcome = self._outcome(bests, are_near=apart <= by * self.margin)

    def _stakes(self, more: int) -> Floats:
        """The stakes `[K]` against each, after `more` seeds in which each lost to all others."""
        added = more * np.outer(self.running, self.running)
        won = evidence(self._beaten + added, self._beaten.T)
        won = np.where(self._varies | (more > 0), won, 1.0)
        np.fill_diagonal(won, 0.0)
        stakes: Floats = won.sum(axis=0) / max(self.n_strategies - 1, 1)
        return stakes

    def _means(self, bests: Floats) -> tuple[Floats, float]:
        """Mean bests `[K]`, shrunk by so much; a run that failed counts as the worst seen."""
        worst = self._worst if np.isfinite(self._worst) else 0.0
        filled = np.where(np.isfinite(bests), bests, worst)
        by = shrinking(filled)
        return np.sort(by * filled, axis=0).mean(axis=0), by

    def _outcome(self, bests: Floats, *, are_near: bool) -> str:
        """How the race stands; `are_near`: the means of those left lie within the margin."""
        left = np.flatnonzero(self.running)
        if len(left) == 1:
            return BEST
        within = _within(bests[:, left], self.margin)
        if are_near and self._level(within):
            return LEVEL
        more = self.at_most - self._seen
        stuck = np.flatnonzero(self._stakes(more)[left] < self.needed)
        if len(stuck) > 1 and not self._level(within[np.ix_(stuck, stuck)], more):
            return UNDECIDED
        return RACING if more else UNDECIDED

    def _level(self, within: NDArray[np.int64], more: int = 0) -> bool:
        """Whether all pairs are level, after `more` seeds in which all lay within the margin."""
        apart = self._seen - within
        won = evidence(within + more, apart, MOST)
        return bool((won >= self.needed * (self.n_strategies - 1)).all())


def _vary(bests: Floats) -> NDArray[np.bool_]:
    """Whether the differences of each pair `[K, K]` vary: seeds that all say the same are one."""
    valid = np.where(np.isfinite(bests), bests, 0.0)
    with np.errstate(over="ignore"):
        gaps = valid[:, :, None] - valid[:, None, :]
    vary: NDArray[np.bool_] = (gaps != gaps[0]).any(axis=0)
    return vary


def _within(bests: Floats, margin: float) -> NDArray[np.int64]:
    """How many seeds `[K, K]` each pair lies within the margin of each other, or failed both."""
    one, other = bests[:, :, None], bests[:, None, :]
    with np.errstate(invalid="ignore", over="ignore"):
        near = (np.abs(one - other) <= margin) | (one == other)
    within: NDArray[np.int64] = near.sum(axis=0)
    return within


@dataclass(frozen=True)
class Look:
    """One look at a race: after so many seeds, whose stake was how large, and how they stand."""

    round: int
    by: str
    seeds: int
    stakes: Floats  # [K]
    took_part: NDArray[np.bool_]  # [K]
    states: tuple[str, ...]  # [K]


@dataclass
class Course:
    """The race of one objective by several measures, whose seeds are the same.

    A strategy gets further seeds while one of the measures is not settled and it is left in that.
    """

    made: NDArray[np.bool_]  # [n, K], the runs that there are
    measures: Mapping[str, Floats]  # bests [n, K] by each, -inf of failed runs
    needed: float
    at_most: int
    step: int
    margin: float = 0.0
    asked: NDArray[np.int64] = field(init=False)  # [K], seeds of each strategy

    def __post_init__(self) -> None:
        """Nobody is asked for anything."""
        self.asked = np.zeros(self.made.shape[1], np.int64)

    def looks(self) -> Iterator[Look]:
        """Each look at each measure, as far as there are runs; `asked` is then what comes next."""
        n = self.made.shape[1]
        races = {by: Race(n, self.needed, self.at_most, self.margin) for by in self.measures}
        seeds, nth = min(fewest(self.needed), self.at_most), 0
        while open_races := {by: race for by, race in races.items() if race.outcome == RACING}:
            runners = np.any([race.running for race in open_races.values()], axis=0)
            self.asked[runners] = seeds
            if not self.made[:seeds, runners].all():
                return
            nth += 1
            for by, race in open_races.items():
                took_part = race.running.copy()
                race.look(self.measures[by][:seeds])
                states = [race.outcome if left else DROPPED for left in race.running]
                yield Look(nth, by, seeds, race.stake, took_part, tuple(states))
            seeds = min(seeds + self.step, self.at_most)
