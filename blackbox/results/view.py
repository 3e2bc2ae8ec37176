"""A study read at one price of a gradient: its frames, made once, and every table made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.results import claims, export, frame, points
from blackbox.results.costs import audit, break_even
from blackbox.results.costs.prices import PRICES, AskedPrice, price_table, steps
from blackbox.results.judging import exploitation, harm, leaders, over_optimisation, paths, racing
from blackbox.results.statistics import (
    aggregate,
    curves,
    fronts,
    normalisation,
    pairs,
    profiles,
    ranking,
    summary,
)
from blackbox.results.statistics.failed_runs import CELL
from blackbox.results.statistics.inference import inference_of
from blackbox.results.statistics.missing_runs import nothing_missing, nothing_skipped
from blackbox.results.statistics.targets import Targets, ecdf, fixed_targets
from blackbox.results.writing import markdown, readable, typeset


@dataclass(frozen=True, eq=False)
class View:
    """All runs of a study at one `price` of a gradient: `study.at(price=4).summary()`.

    Rows that the budget does not afford at this price are cut off; without a price, runs are read
    at the cheapest, as they were granted; with a `share`, as if that part of the budget were all.
    Tables share `runs` and `evaluations`: copy before you change them. `missing` are not made yet.
    """

    traces: frame.Traces = field(repr=False)
    recipe: Mapping[str, Any] = field(default_factory=dict, repr=False)
    skipped: pd.DataFrame = field(default_factory=nothing_skipped, repr=False)
    price: float | None = None  # None only where runs were granted at several
    share: float = 1.0
    missing: pd.DataFrame = field(default_factory=nothing_missing, repr=False)

    def __post_init__(self) -> None:
        """Know the price at which all runs were granted. Raises ValueError for what is none."""
        object.__setattr__(self, "price", frame.reading_price(self.traces, self.price))

    def at(self, price: float | None = None, share: float = 1.0) -> View:
        """The same runs at another price (None: as granted), or at a share of the budget."""
        other = replace(self, price=price, share=share)
        return self if (other.price, other.share) == (self.price, self.share) else other

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: its status, what it used, its best, and what the judges say of it."""
        return frame.runs(self._traces, self.price)

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """One row per evaluation that the budget affords."""
        return frame.evaluations(self._traces, self.price)

    def points(self) -> pd.DataFrame:
        """The evaluations with their latent points, `z_0`, `z_1`, ...: 8 bytes for each number."""
        return points.points(self._traces, self.price)

    def best(self, each: str = "strategy") -> pd.DataFrame:
        """The best point per objective and strategy, or `each="run"`, with its object `x`."""
        return points.best(self._traces, self.price, each)

    @cached_property
    def directions(self) -> pd.DataFrame:
        """Which way each criterion is wanted: 1 high, -1 low, 0 neither."""
        return frame.directions(self.traces)

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Best-so-far over cost with its band: objective -> frame."""
        return curves.curves(self.evaluations, self.budgets)

    @cached_property
    def curves_over_seconds(self) -> dict[str, pd.DataFrame]:
        """The same over the seconds of this machine, thinking spread evenly over a run's rows."""
        return curves.curves_over_seconds(self.evaluations, frame.clock(self._traces, self.price))

    @cached_property
    def budgets(self) -> dict[str, float]:
        """The units that each run on an objective was granted."""
        return frame.budgets(self.runs)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row per run and range of prices over which it would have found the same."""
        return steps(self.traces)

    @property
    def not_made(self) -> str:
        """Which runs are not made yet, in a sentence; "" where all are there."""
        return readable.missing(self.missing, len(self.traces))

    @property
    def strategies(self) -> list[str]:
        """Those that ran, in their order."""
        return list(dict.fromkeys(trace.strategy for trace in self.traces))

    def verdict(self, most: int | None = 8) -> pd.DataFrame:
        """What follows from the numbers: at most so many sentences, the most important first."""
        return claims.verdict(self, most)

    def summary(self) -> pd.DataFrame:
        """One row per objective and strategy, the best mean first."""
        return self._summary.copy()

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

    def targets(self, scores: Targets | None = None) -> pd.DataFrame:
        """Success rate, ERT and PAR-10 at your scores, or at 0, 50 and 90 % to the best known."""
        return fixed_targets(self.runs, self.evaluations, scores)

    def ecdf(self, scores: Targets | None = None, by: Sequence[str] = CELL) -> pd.DataFrame:
        """The share of runs and targets reached over cost; `by=["strategy"]` pools objectives."""
        return ecdf(self.runs, self.evaluations, scores, by)

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
        return exploitation.exploitation(self.runs, self._paths, truth)

    def harm(self) -> pd.DataFrame:
        """Whether searches left the limits of judges, from their starts to their bests."""
        return harm.harm(self._paths)

    def leaders(self, by: str = "score") -> pd.DataFrame:
        """Who leads on each objective by "score", "truth" or "unharmed", and who is level."""
        return leaders.leaders(self.runs, self._paths, by, *racing.standing(self))

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
        return price_table(self.steps, prices)

    def break_even(self, baseline: str | None = None) -> pd.DataFrame:
        """The price of a gradient at which two strategies swap order, per objective and pair."""
        return break_even.break_even(self.steps, baseline)

    def styled(self) -> typeset.Styler:
        """The summary as a pandas Styler, the best of each objective in bold."""
        return typeset.styled(self._summary)

    def to_markdown(self) -> str:
        """The summary as a Markdown table; below it, which runs are not made yet."""
        return markdown.to_markdown(readable.summary(self._summary), self.not_made)

    def to_latex(self) -> str:
        """The summary as a LaTeX tabular for booktabs, the best of each objective in bold."""
        return typeset.to_latex(self._summary)

    def _repr_html_(self) -> str:
        shown = (self.verdict()["sentence"], self._summary, self.price, self.skipped, self.not_made)
        return typeset.notebook(self.recipe, *shown)

    def export(self, folder: str | Path, format: str) -> Path:
        """Write the runs into a new folder as coco, csv, ioh, nevergrad or parquet: ExportError."""
        return export.write(self.runs, self.evaluations, Path(folder), format)

    @cached_property
    def _racing(self) -> pd.DataFrame:
        return racing.of(self)

    @cached_property
    def _traces(self) -> frame.Traces:
        return frame.with_share(self.traces, self.share)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return summary.summary(self.runs, self.evaluations, inference_of(self.recipe))

    @cached_property
    def _paths(self) -> pd.DataFrame:
        return paths.paths(self._traces, self.price)
