"""A study read at one price of a gradient: its frames, made once, and every table made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.notices import warn
from blackbox.results import claims, constrained, export, points
from blackbox.results.costs import audit, break_even
from blackbox.results.costs.prices import PRICES, AskedPrice, price_table
from blackbox.results.drawing import plots
from blackbox.results.frames import Frames
from blackbox.results.judging import over_optimisation, production, racing, trusted
from blackbox.results.judging.judgement import Judgement
from blackbox.results.named import with_parameters
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
from blackbox.results.statistics.targets import Targets, Wanted
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
        table = self._read(points.points(self._traces, self.price), "points")
        z = list(table.filter(regex=r"^z_\d+$").to_numpy(float))
        return with_parameters(table, z, self.recipe)

    def best(self, each: str = "strategy", trust: Any = None, truth_calls: int = 0) -> pd.DataFrame:
        """The best point per objective and strategy with its object `x`; `each`: see points.py.

        With `trust` (True, a level, a `bb.Trust`) it is the best that is still trusted, else the
        start: chosen among all points of a run without judges, and nothing is paid again. With
        `truth_calls` the truth is asked about so many points of each run, for the truest of them.
        """
        choices = self._chosen(trust, truth_calls)
        table = self._read(points.best(self._traces, self.price, each, choices), "best")
        return with_parameters(table, table["z"].tolist(), self.recipe)

    def trusted(self, trust: Any = True) -> pd.DataFrame:
        """One row per run: the best point that is still trusted, and how far the best of all is."""
        return self._read(trusted.table(self._traces, self.choices(trust)), "trusted")

    def verdict(self, most: int | None = 8, trust: Any = None) -> pd.DataFrame:
        """What follows from the numbers: at most so many sentences, the most important first.

        With `trust`, as of `best`, it also says where trust ended.
        """
        if trust is None or trust is False:
            return self._verdict.iloc[:most].copy()
        return claims.verdict(self, most, trusted.table(self._traces, self.choices(trust)))

    def summary(self) -> pd.DataFrame:
        """One row per objective and strategy, the best mean first; warns where none could run."""
        if not len(self._summary) and (why := nothing_ran(self.skipped)):
            warn(why)
        return shown(self._read(self._summary, "summary"), "summary")

    def ranks(self) -> pd.DataFrame:
        """Mean rank over objectives and seeds, per strategy."""
        return ranking.ranks(self._runs)

    def critical_difference(self) -> pd.DataFrame:
        """Friedman's test and Nemenyi's critical difference, per strategy, from five objectives."""
        return ranking.friedman_nemenyi(self._runs)

    def aggregate(self) -> pd.DataFrame:
        """Normalised score, its median and interquartile mean over all objectives, per strategy."""
        return aggregate.aggregate(self._runs)

    def best_known(self) -> pd.DataFrame:
        """What 0 and 100 of the normalised score stand for, per objective."""
        return self._read(normalisation.best_known(self._runs), "best_known")

    def paired(self, baseline: str | None = None, rope: float | None = None) -> pd.DataFrame:
        """Difference to a baseline by seed, per objective: wins, tests, how probably equivalent."""
        other = baseline or self.against
        return pairs.paired(self._runs, other, rope, inference_of(self.recipe))

    def paired_over_objectives(
        self, baseline: str | None = None, rope: float = 1.0
    ) -> pd.DataFrame:
        """The same over all objectives, in points of the normalised score."""
        return pairs.paired_over_objectives(self._runs, baseline or self.against, rope)

    def tuning(self) -> pd.DataFrame:
        """Each tuned strategy against the best of its settings; empty where none was tuned."""
        return tuning.tuning(self._runs, self.recipe.get("tuned", {}))

    def targets(self, scores: Wanted | None = None) -> pd.DataFrame:
        """Success rate, ERT and PAR-10 at your scores, or at 0, 50 and 90 % to the best known."""
        wanted = self._as_scores(scores)
        table = targets.fixed_targets(self._runs, self._evaluations, wanted)
        return self._read(table, "targets")

    def ecdf(self, scores: Wanted | None = None, by: Sequence[str] = CELL) -> pd.DataFrame:
        """The share of runs and targets reached over cost; `by=["strategy"]` pools objectives."""
        return targets.ecdf(self._runs, self._evaluations, self._as_scores(scores), by)

    def aocc(self, lower: float = 1e-8, upper: float = 1e8) -> pd.DataFrame:
        """Area over the convergence curve of the regret between these bounds, on a log scale."""
        return curves.aocc(self._runs, self._evaluations, lower, upper)

    def profiles(self, tolerances: Sequence[float] = (1e-1, 1e-3)) -> pd.DataFrame:
        """Performance and data profiles of More and Wild."""
        return profiles.profiles(self._runs, self._evaluations, tolerances)

    def front(self, objective: str) -> pd.DataFrame:
        """The Pareto front of each strategy, for an objective with several criteria."""
        table = fronts.pareto_front(self._evaluations, self.directions, objective)
        return self._read(table, "front", objective)

    def hypervolume(self, reference: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Hypervolume per objective with several criteria and strategy; reference by criterion."""
        return fronts.hypervolumes(self._runs, self._evaluations, self.directions, reference)

    def paths(self) -> pd.DataFrame:
        """One row per object that judges saw, from the start to the best of each run."""
        return self._read(self._paths, "paths").copy()

    def exploitation(self, truth: str | None = None) -> pd.DataFrame:
        """Promised against real: what judges say of the bests; `truth` names one as the truth."""
        return shown(self._read(self.judgement.by_truth(truth), "exploitation"), "exploitation")

    def harm(self) -> pd.DataFrame:
        """Whether searches left the limits of judges, from their starts to their bests."""
        return self.judgement.harm.copy()

    def production(self) -> pd.DataFrame:
        """What strategies make in their last tenth, beside their best: true score and variety."""
        return self._read(production.production(self._traces, self._runs, self.price), "production")

    def leaders(self, by: str = "score") -> pd.DataFrame:
        """Who leads on each objective by "score", "truth" or "unharmed", and who is level."""
        return shown(self._read(self.judgement.leaders(by), "leaders"), "leaders")

    def leaderboard(self, by: str = "score") -> pd.DataFrame:
        """One row per strategy over all objectives: its rank by "score", "truth" or "unharmed"."""
        return shown(self._read(self.judgement.leaderboard(by), "leaderboard"), "leaderboard")

    def racing(self) -> pd.DataFrame:
        """The rounds in which seeds were added until it was settled, at the first price named."""
        return self._racing.copy()

    def over_optimisation(self) -> pd.DataFrame:
        """The score and each judge of the best so far over cost, with 95 % bands over seeds."""
        return self._read(over_optimisation.over_optimisation(self._paths), "over_optimisation")

    def audit(self) -> pd.DataFrame:
        """What each strategy did with its budget, its time and its memory."""
        return audit.audit(self._runs)

    def seconds(self) -> pd.DataFrame:
        """Where the seconds of all runs went: the thinking of each strategy, each objective."""
        return audit.seconds(self._runs)

    def failures(self) -> pd.DataFrame:
        """The runs that count as the worst of their objective, and why."""
        return self._read(audit.failures(self._runs), "failures")

    def invalid_points(self) -> pd.DataFrame:
        """How many evaluations had no score, and what the first one said."""
        return audit.invalid_points(self._runs)

    def constraints(self) -> pd.DataFrame:
        """How often each constraint was met, and how many runs found a point that meets all."""
        return constrained.constraints(self._runs, self._evaluations)

    def facts(self) -> pd.DataFrame:
        """What the study was made of: the recipe's hash, machines, versions of packages."""
        return audit.facts(self._runs, self.recipe)

    def price_table(self, prices: Sequence[AskedPrice] = PRICES) -> pd.DataFrame:
        """Score and rank of each strategy at several prices of a gradient; "d": the dimension."""
        return shown(self._read(price_table(self._steps, prices), "price_table"), "price_table")

    def break_even(self, baseline: str | None = None) -> pd.DataFrame:
        """The price of a gradient at which two strategies swap order, per objective and pair."""
        return shown(break_even.break_even(self._steps, baseline), "break_even")

    styled, to_markdown, to_latex = presented.styled, presented.to_markdown, presented.to_latex
    _repr_html_, plot = presented.notebook, plots.plot

    def export(self, folder: str | Path, format: str) -> Path:
        """Write the runs into a new folder as coco, csv, ioh, nevergrad or parquet: ExportError."""
        frames = self._runs, self._evaluations  # formats of others have their own sign
        if format in ("csv", "parquet"):
            frames = self.runs, self.evaluations
        return export.write(*frames, Path(folder), format, self.losses)

    @property
    def leaderboards(self) -> dict[str, pd.DataFrame]:
        """Those that there are: by the score, by the truth, or of the unharmed."""
        made = {}
        for by, board in self.judgement.leaderboards.items():  # levels stand in those of one alone
            judged = self.judgement.leaders(by)["objective"]
            made[by] = self._read(board, "leaderboard", judged.iloc[0] if len(judged) else None)
        return made

    def _as_scores(self, given: Wanted | None) -> Targets | None:
        """Targets as scores: of a loss they are given as losses."""
        wanted = targets.listed(given)
        if wanted is None or self.as_scores or not self.losses:
            return wanted
        names = list(self.budgets)
        each = wanted if isinstance(wanted, Mapping) else dict.fromkeys(names, wanted)
        return {
            name: [-level for level in levels] if name in self.losses else levels
            for name, levels in each.items()
        }

    @cached_property
    def judgement(self) -> Judgement:
        """What judges say of the runs, and who leads by it: tables that are shared."""
        return Judgement(self._runs, self._paths, *racing.standing(self))

    @cached_property
    def _verdict(self) -> pd.DataFrame:
        return claims.verdict(self, None)

    @cached_property
    def _racing(self) -> pd.DataFrame:
        return racing.of(self)
