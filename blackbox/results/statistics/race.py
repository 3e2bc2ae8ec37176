"""Who is still in a race for the best of one objective, seed by seed, and when it is settled.

Against each strategy somebody bets that it is not the best: his stake is split evenly over the
others, and each part bets that this other one wins more seeds than it (see `betting.py`). If it is
the best, that stake multiplies by `x` with a probability of at most 1 in `x`, ever. A strategy is
dropped once the stake has grown to `needed` and somebody left in the race has a higher mean: it
cannot be the best, by wins and by the mean. `needed` is 2 / 0.05 for one objective and twice that
for two, so that one wrong best in any of them has a probability of at most 5 %: where one strategy
is the best, a wrong one means that it was dropped, at 2.5 %; where m are level, that m - 1 of these
m were, which by Markov's inequality has a probability of at most m / (m - 1) times 2.5 %.

Those that are left are level if any two of them lie within the margin of each other in more than
half of all seeds, and their means do. Whom the best is level with is told at 2.5 % for all of its
K - 1 rivals together, so that takes K - 1 times the evidence.

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
from blackbox.results.statistics.large_numbers import mean, shrinking

ALPHA = 0.05
MARGIN = 0.01  # of the way from the mean start to the best known
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
    margin: float | None = None  # in units of the measure; None: `MARGIN` of the way
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

    def look(self, bests: Floats, starts: Floats) -> None:
        """Look at all seeds so far: `bests [n, K]` of those in the race, -inf of a run that failed.

        `starts [n]` are the scores at which the runs of each seed began.
        """
        left = np.flatnonzero(self.running)
        new = bests[self._seen :, left]
        self._beaten[np.ix_(left, left)] += (new[:, :, None] > new[:, None, :]).sum(axis=0)
        self._varies[np.ix_(left, left)] = _vary(bests[:, left])
        self._seen = len(bests)
        self._worst = min(self._worst, np.min(new, where=np.isfinite(new), initial=np.inf))
        if self.margin is None:
            self.margin = _margin(bests, starts)
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
        within = _within(bests[:, left], float(self.margin or 0.0))
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
        return bool((evidence(within + more, apart) >= self.needed * (self.n_strategies - 1)).all())


def _margin(bests: Floats, starts: Floats) -> float:
    """A share of the way from the mean start to the best, 0 where one of them is not known."""
    reached, begun = bests[np.isfinite(bests)], starts[np.isfinite(starts)]
    if not len(reached) or not len(begun):
        return 0.0
    return max(0.0, float(MARGIN * reached.max() - mean(MARGIN * np.sort(begun))))


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
class Measured:
    """What strategies are compared by: `bests [n, K]`, -inf of failed runs, and `starts [n]`."""

    bests: Floats
    starts: Floats


@dataclass(frozen=True)
class Look:
    """One look at a race: after so many seeds, whose stake was how large, and how they stand."""

    round: int
    by: str
    seeds: int
    margin: float
    stakes: Floats  # [K]
    took_part: NDArray[np.bool_]  # [K]
    states: tuple[str, ...]  # [K]


@dataclass
class Course:
    """The race of one objective by several measures, whose seeds are the same.

    A strategy gets further seeds while one of the measures is not settled and it is left in that.
    """

    made: NDArray[np.bool_]  # [n, K], the runs that there are
    measures: Mapping[str, Measured]
    needed: float
    at_most: int
    step: int
    margin: float | None = None
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
                took_part, measured = race.running.copy(), self.measures[by]
                race.look(measured.bests[:seeds], measured.starts[:seeds])
                states = [race.outcome if left else DROPPED for left in race.running]
                margin = float(race.margin or 0.0)
                yield Look(nth, by, seeds, margin, race.stake, took_part, tuple(states))
            seeds = min(seeds + self.step, self.at_most)
