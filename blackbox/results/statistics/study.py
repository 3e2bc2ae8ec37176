"""The statistics of a study at one price of a gradient, by the names that the field uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from blackbox.results import frame
from blackbox.results.statistics import aggregate, curves, fronts, pairs, profiles, ranking, targets
from blackbox.results.statistics.rule import CELL
from blackbox.results.statistics.targets import Targets


@dataclass(frozen=True, eq=False)
class StudyStatistics:
    """Tables that settle a question, from frames that are made once. Each tells n_ok of n runs."""

    runs: pd.DataFrame
    evaluations: pd.DataFrame
    directions: pd.DataFrame  # of criteria

    @classmethod
    def at(cls, traces: frame.Traces, price: float | None = None) -> StudyStatistics:
        """Of these runs, cut at a price of a gradient (None: the cheapest of the study)."""
        return cls(
            frame.runs(traces, price), frame.evaluations(traces, price), frame.directions(traces)
        )

    def ranks(self) -> pd.DataFrame:
        """Mean rank over objectives and seeds, per strategy."""
        return ranking.ranks(self.runs)

    def critical_difference(self) -> pd.DataFrame:
        """Friedman's test and Nemenyi's critical difference, per strategy, from five objectives."""
        return ranking.friedman_nemenyi(self.runs)

    def aggregate(self) -> pd.DataFrame:
        """Normalised score, its median and interquartile mean over all objectives, per strategy."""
        return aggregate.aggregate(self.runs)

    def paired(self, baseline: str) -> pd.DataFrame:
        """Difference to a baseline by seed, per objective: wins, Wilcoxon, Holm, P(improvement)."""
        return pairs.paired(self.runs, baseline)

    def paired_over_objectives(self, baseline: str) -> pd.DataFrame:
        """The same over all objectives, in points of the normalised score."""
        return pairs.paired_over_objectives(self.runs, baseline)

    def targets(self, scores: Targets | None = None) -> pd.DataFrame:
        """Success rate, ERT and PAR-10 at your scores, or at 0, 50 and 90 % to the best known."""
        return targets.fixed_targets(self.runs, self.evaluations, scores)

    def ecdf(self, scores: Targets | None = None, by: Sequence[str] = CELL) -> pd.DataFrame:
        """The share of runs and targets reached over cost, of your scores or 51 up to best known.

        `by=["strategy"]` pools the objectives.
        """
        runs = self.runs
        wanted = targets.ladder(runs) if scores is None else targets.given_targets(runs, scores)
        return targets.runtime_distribution(targets.hits(runs, self.evaluations, wanted), by)

    def aocc(self, lower: float = 1e-8, upper: float = 1e8) -> pd.DataFrame:
        """Area over the convergence curve of the regret between these bounds, on a log scale."""
        return curves.aocc(self.runs, self.evaluations, lower, upper)

    def profiles(self, tolerances: Sequence[float] = (1e-1, 1e-3)) -> pd.DataFrame:
        """Performance and data profiles of More and Wild."""
        return profiles.profiles(self.runs, self.evaluations, tolerances)

    def front(self, objective: str) -> pd.DataFrame:
        """The Pareto front of each strategy, for an objective with several criteria."""
        return fronts.pareto_front(self.evaluations, self.directions, objective)

    def hypervolume(self, reference: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Hypervolume per objective with several criteria and strategy; reference by criterion."""
        return fronts.hypervolumes(self.runs, self.evaluations, self.directions, reference)
