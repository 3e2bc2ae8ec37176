"""What judges say of the runs of a study at one price, and who leads by it; each made once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from blackbox.results.judging import exploitation, harm, leaderboard, leaders
from blackbox.results.statistics.inference import FIXED, Inference


@dataclass(frozen=True, eq=False)
class Judgement:
    """The tables of `runs` and `paths`, both at one price; copy one before you change it."""

    runs: pd.DataFrame
    paths: pd.DataFrame
    inference: Inference = FIXED
    lanes: pd.DataFrame | None = None  # how strategies stand in a race; None where there is none
    _leaders: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def harm(self) -> pd.DataFrame:
        """Whether searches left the limits of judges."""
        return harm.harm(self.paths)

    @cached_property
    def exploitation(self) -> pd.DataFrame:
        """Promised against real, by the declared truth."""
        return exploitation.exploitation(self.runs, self.paths)

    def by_truth(self, truth: str | None) -> pd.DataFrame:
        """Promised against real, by this judge or by the declared truth."""
        if truth is None:
            return self.exploitation
        return exploitation.exploitation(self.runs, self.paths, truth)

    def leaders(self, by: str) -> pd.DataFrame:
        """Who leads on each objective, and who is level."""
        if by not in self._leaders:
            how_sure = self.inference, self.lanes
            self._leaders[by] = leaders.leaders(self.runs, self.paths, by, *how_sure, self.harm)
        return self._leaders[by]

    def leaderboard(self, by: str) -> pd.DataFrame:
        """One row per strategy over all objectives."""
        measured = leaders.measured(self.runs, self.paths, by, self.harm)
        return leaderboard.leaderboard(measured, self.leaders(by), self.exploitation, by)

    @cached_property
    def leaderboards(self) -> dict[str, pd.DataFrame]:
        """Those that there are: by the score, and by the truth or of the unharmed where it can."""
        ways = [by for by in leaders.BY if by == "score" or len(self.leaders(by))]
        if not self.harm["harmed"].any():
            ways = [by for by in ways if by != "unharmed"]
        return {by: board for by in ways if len(board := self.leaderboard(by))}
