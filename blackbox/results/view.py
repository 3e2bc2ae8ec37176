"""A study read at one price of a gradient: its frames, made once, and every table made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from blackbox.notices import warn
from blackbox.results import claims, export, points
from blackbox.results.costs import audit, break_even
from blackbox.results.costs.prices import PRICES, AskedPrice, price_table
from blackbox.results.drawing import plots
from blackbox.results.frames import Frames
from blackbox.results.judging import over_optimisation, production, racing
from blackbox.results.judging.judgement import Judgement
from blackbox.results.statistics import (
    aggregate,
    curves,
    fronts,
    normalisation,
    pairs,
    profiles,
    ranking,
    targets,
    tuning,
)
from blackbox.results.statistics.failed_runs import CELL
from blackbox.results.statistics.inference import inference_of
from blackbox.results.statistics.missing_runs import nothing_ran
from blackbox.results.statistics.targets import Targets
from blackbox.results.writing import presented
from blackbox.results.writing.shown import shown


class View(Frames):
    """All tables of a study at one `price` of a gradient: `study.at(price=4).summary()`.

    Rows that the budget does not afford at this price are cut off. Without a price, each run is
    read at the one at which it was granted, the cheapest of its study. With a `share`, runs are
    read as if that part of the budget had been all. `runs` and `evaluations` are shared by all
    tables: copy them before you change them. What a method returns is yours. Each table that counts
    runs tells how many ended well, `n_ok`; `missing` are those not made yet.
    """

    def points(self) -> pd.DataFrame:
        """The evaluations with their latent points, `z_0`, `z_1`, ...: 8 bytes for each number."""
        return points.points(self._traces, self.price)

    def best(self, each: str = "strategy") -> pd.DataFrame:
        """The best point per objective and strategy with its object `x`; `each`: see points.py."""
        return points.best(self._traces, self.price, each)

    def verdict(self, most: int | None = 8) -> pd.DataFrame:
        """What follows from the numbers: at most so many sentences, the most important first."""
        return claims.verdict(self, most)

    def summary(self) -> pd.DataFrame:
        """One row per objective and strategy, the best mean first; warns where none could run."""
        if not len(self._summary) and (why := nothing_ran(self.skipped)):
            warn(why)
        return shown(self._summary, "summary")

    def ranks(self) -> pd.DataFrame:
        """Mean rank over objectives and seeds, per strategy."""
        return ranking.ranks(self.runs)

    def critical_difference(self) -> pd.DataFrame:
        """Friedman's test and Nemenyi's critical difference, per strategy, from five objectives."""
        return ranking.friedman_nemenyi(self.runs)

    def aggregate(self) -> pd.DataFrame:
        """Normalised score, its median and interquartile mean over all objectives, per strategy."""
        return aggregate.aggregate(self.runs)

    def best_known(self) -> pd.DataFrame:
        """What 0 and 100 of the normalised score stand for, per objective."""
        return normalisation.best_known(self.runs)

    def paired(self, baseline: str, rope: float | None = None) -> pd.DataFrame:
        """Difference to a baseline by seed, per objective: wins, tests, how probably equivalent."""
        return pairs.paired(self.runs, baseline, rope, inference_of(self.recipe))

    def paired_over_objectives(self, baseline: str, rope: float = 1.0) -> pd.DataFrame:
        """The same over all objectives, in points of the normalised score."""
        return pairs.paired_over_objectives(self.runs, baseline, rope)

    def tuning(self) -> pd.DataFrame:
        """Each tuned strategy against the best of its settings; empty where none was tuned."""
        return tuning.tuning(self.runs, self.recipe.get("tuned", {}))

    def targets(self, scores: Targets | None = None) -> pd.DataFrame:
        """Success rate, ERT and PAR-10 at your scores, or at 0, 50 and 90 % to the best known."""
        return targets.fixed_targets(self.runs, self.evaluations, scores)

    def ecdf(self, scores: Targets | None = None, by: Sequence[str] = CELL) -> pd.DataFrame:
        """The share of runs and targets reached over cost; `by=["strategy"]` pools objectives."""
        return targets.ecdf(self.runs, self.evaluations, scores, by)

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

    def paths(self) -> pd.DataFrame:
        """One row per object that judges saw, from the start to the best of each run."""
        return self._paths.copy()

    def exploitation(self, truth: str | None = None) -> pd.DataFrame:
        """Promised against real: what judges say of the bests; `truth` names one as the truth."""
        return shown(self.judgement.by_truth(truth), "exploitation")

    def harm(self) -> pd.DataFrame:
        """Whether searches left the limits of judges, from their starts to their bests."""
        return self.judgement.harm.copy()

    def production(self) -> pd.DataFrame:
        """What strategies make in their last tenth, beside their best: true score and variety."""
        return production.production(self._traces, self.runs, self.price)

    def leaders(self, by: str = "score") -> pd.DataFrame:
        """Who leads on each objective by "score", "truth" or "unharmed", and who is level."""
        return shown(self.judgement.leaders(by), "leaders")

    def leaderboard(self, by: str = "score") -> pd.DataFrame:
        """One row per strategy over all objectives: its rank by "score", "truth" or "unharmed"."""
        return shown(self.judgement.leaderboard(by), "leaderboard")

    def racing(self) -> pd.DataFrame:
        """The rounds in which seeds were added until it was settled, at the first price named."""
        return self._racing.copy()

    def over_optimisation(self) -> pd.DataFrame:
        """The score and each judge of the best so far over cost, with 95 % bands over seeds."""
        return over_optimisation.over_optimisation(self._paths)

    def audit(self) -> pd.DataFrame:
        """What each strategy did with its budget, its time and its memory."""
        return audit.audit(self.runs)

    def failures(self) -> pd.DataFrame:
        """The runs that count as the worst of their objective, and why."""
        return audit.failures(self.runs)

    def invalid_points(self) -> pd.DataFrame:
        """How many evaluations had no score, and what the first one said."""
        return audit.invalid_points(self.runs)

    def facts(self) -> pd.DataFrame:
        """What the study was made of: the recipe's hash, machines, versions of packages."""
        return audit.facts(self.runs, self.recipe)

    def price_table(self, prices: Sequence[AskedPrice] = PRICES) -> pd.DataFrame:
        """Score and rank of each strategy at several prices of a gradient; "d": the dimension."""
        return shown(price_table(self.steps, prices), "price_table")

    def break_even(self, baseline: str | None = None) -> pd.DataFrame:
        """The price of a gradient at which two strategies swap order, per objective and pair."""
        return shown(break_even.break_even(self.steps, baseline), "break_even")

    styled, to_markdown, to_latex = presented.styled, presented.to_markdown, presented.to_latex
    _repr_html_, plot = presented.notebook, plots.plot

    def export(self, folder: str | Path, format: str) -> Path:
        """Write the runs into a new folder as coco, csv, ioh, nevergrad or parquet: ExportError."""
        return export.write(self.runs, self.evaluations, Path(folder), format)

    @cached_property
    def judgement(self) -> Judgement:
        """What judges say of the runs, and who leads by it: tables that are shared."""
        return Judgement(self.runs, self._paths, *racing.standing(self))

    @cached_property
    def _racing(self) -> pd.DataFrame:
        return racing.of(self)
