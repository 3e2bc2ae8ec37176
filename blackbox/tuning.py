"""Better settings: a strategy with so many settings, the same number for each, on seeds apart."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox import registry
from blackbox.carry_out import compare
from blackbox.comparison import Comparison
from blackbox.errors import StudyError
from blackbox.late import stats
from blackbox.plain import is_whole
from blackbox.protocol import Strategy
from blackbox.results.statistics.ranking import ranks
from blackbox.scoring.objective import Objective
from blackbox.spelling import suggestion
from blackbox.strategies.ranges import RANGES, Range
from blackbox.study import AskedPrice
from blackbox.study_file import as_list, as_seeds
from blackbox.study_work import Progress

# Settings are chosen by runs that no report shows: their seeds begin here.
FIRST_SEED = 1_000_000_000
# From this ratio of its ends on, a range of positive numbers is searched on a log scale.
WIDE = 10.0
# Digits of a setting that is drawn: it stands in the name of the strategy.
DIGITS = 3
# Draws until so many different settings are there.
MOST_DRAWS = 64


@dataclass(frozen=True, eq=False)
class Tuning:
    """What `bb.tune` found: the best of the settings that each strategy was tried with.

    `trials` is a frame with one row per strategy and setting: `strategy` as it was given, `trial`
    (0 is what was given), `tried` (the strategy with that setting, as tables call it), `n_ok`, its
    mean `rank` over objectives and seeds among the trials of this strategy, and whether it was
    `chosen`. `study` holds the runs themselves.
    """

    trials: pd.DataFrame
    study: Comparison = field(repr=False)
    seeds: tuple[int, ...] = field(repr=False)
    made: Mapping[str, Strategy] = field(repr=False)  # each that was tried, by its label

    @property
    def strategies(self) -> list[Strategy]:
        """The best setting of each strategy, in the order in which they were given."""
        return [self.made[label] for label in self._chosen.values()]

    @property
    def record(self) -> dict[str, dict[str, Any]]:
        """By each strategy as it was given: its best setting, of how many, on how many seeds."""
        n_trials = self.trials.groupby("strategy")["trial"].size()
        return {
            given: {"tuned": best, "trials": int(n_trials[given]), "seeds": list(self.seeds)}
            for given, best in self._chosen.items()
        }

    def beside(
        self, strategies: Iterable[str | Strategy], seeds: Sequence[int]
    ) -> list[str | Strategy]:
        """These strategies, each that was tuned with its best setting behind it.

        Raises StudyError where a seed of the tuning is to be reported: its runs have chosen the
        settings, so they would praise them.
        """
        if both := sorted({*seeds} & {*self.seeds}):
            raise StudyError(
                f"the settings were tuned on seed {both[0]}, which is to be reported; report other "
                "seeds, or tune on others (`bb.tune(..., seeds=)`)"
            )
        listed: dict[str, str | Strategy] = {}
        for one in strategies:
            label = registry.label(registry.strategy(one))
            listed.setdefault(label, one)
            if (best := self._chosen.get(label)) is not None:
                listed.setdefault(best, self.made[best])
        return list(listed.values())

    @property
    def _chosen(self) -> dict[str, str]:
        chosen = self.trials[self.trials["chosen"]]
        return dict(zip(chosen["strategy"], chosen["tried"], strict=True))


def tune(
    objectives: str | Objective | Sequence[str | Objective],
    strategies: str | Strategy | Sequence[str | Strategy],
    budget: float,
    settings: Mapping[str, Mapping[str, Range]] | None = None,
    *,
    trials: int = 8,
    seeds: int | Sequence[int] = 5,
    prices: AskedPrice = 1,
    jobs: int = 1,
    store: str | Path | None = None,
    progress: Progress | bool | None = None,
) -> Tuning:
    """Try each strategy with so many settings, the same number for all, and tell the best of each.

    The first trial is the strategy as it was given, so that nothing is lost by tuning. The others
    are drawn from its `settings`: by the strategy's name, a range `(low, high)` for a number (on a
    log scale from a ratio of ten on, whole where the setting is) or a list of choices, for each
    setting that is to vary; for strategies of blackbox that are left out, those of
    `blackbox.strategies.ranges`. Draws are those of a scrambled Halton sequence, the same in every
    call. A strategy without such settings has one trial.

    The best is the one with the lowest mean rank over objectives and seeds; of equals, the first.
    Seeds are a count, or a list; `bb.compare(..., tuned=tuning)` refuses to report any of them, and
    sets each strategy beside its best setting, as `study.tuning()` tells. All else is as in
    `compare`, which makes the runs. Raises StudyError, NameProblem or ObjectiveError.

    >>> tuning = tune("synthetic.sphere(d=2)", "hill_climb", budget=30, trials=3, seeds=2)
    >>> tuning.trials[["strategy", "trial", "chosen"]].to_dict("list")["trial"]
    [0, 1, 2]
    """
    if not is_whole(trials) or trials < 1:
        raise StudyError(f"trials must be a whole number >= 1, not {trials!r}")
    given = {}
    for one in as_list(strategies):
        strategy = registry.strategy(one)
        given[registry.label(strategy)] = strategy
    ranges = _ranges(given, settings or {})
    tried = {label: _variants(given[label], ranges[label], int(trials)) for label in given}
    made = {label: one for variants in tried.values() for label, one in variants.items()}
    tuning_seeds = (
        tuple(FIRST_SEED + nth for nth in range(seeds)) if is_whole(seeds) else as_seeds(seeds)
    )
    study = compare(
        objectives,
        list(made.values()),
        budget,
        tuning_seeds,
        prices=prices,
        jobs=jobs,
        store=store,
        progress=progress,
        name="tuning",
    )
    tables = [_ranked(study, label, list(variants)) for label, variants in tried.items()]
    return Tuning(pd.concat(tables, ignore_index=True), study, tuning_seeds, made)


def _ranges(
    given: Mapping[str, Strategy], settings: Mapping[str, Mapping[str, Range]]
) -> dict[str, Mapping[str, Range]]:
    """What varies of each strategy. Raises StudyError for what is none of them, or no setting."""
    names = {label: label.partition("(")[0] for label in given}
    known_names = {*given, *names.values()}
    for name in settings:
        if name not in known_names:
            hint = suggestion(name, known_names)
            raise StudyError(f"settings are given for {name!r}, which is not to be tuned{hint}")
    ranges = {
        label: settings.get(label, settings.get(name, RANGES.get(name, {})))
        for label, name in names.items()
    }
    for label, strategy in given.items():
        for setting, choice in ranges[label].items():
            _refuse_unfit(strategy, label, setting, choice)
    return ranges


def _refuse_unfit(strategy: Strategy, label: str, setting: str, choice: Any) -> None:
    allowed = [one.name for one in _fields(strategy) if one.init]
    if setting not in allowed:
        raise StudyError(f"{label} has no setting {setting!r}{suggestion(setting, allowed)}")
    is_range = isinstance(choice, tuple) and len(choice) == 2
    if is_range and all(_is_number(end) for end in choice) and choice[0] < choice[1]:
        return
    if isinstance(choice, list) and choice:
        return
    raise StudyError(
        f"{label}, {setting}: give a range (low, high) with low < high, or a list of choices, not "
        f"{choice!r}"
    )


def _variants(strategy: Strategy, ranges: Mapping[str, Range], trials: int) -> dict[str, Strategy]:
    """The strategy as it is, and with settings drawn from these ranges, by their labels."""
    variants = {registry.label(strategy): strategy}
    if not ranges:
        return variants
    whole = {one.name for one in _fields(strategy) if str(one.type).startswith("int")}
    draws = stats.qmc.Halton(len(ranges), scramble=True, rng=0).random(MOST_DRAWS * trials)
    for point in draws:
        if len(variants) == trials:
            break
        drawn = {
            setting: _drawn(choice, float(share), setting in whole)
            for (setting, choice), share in zip(ranges.items(), point, strict=True)
        }
        try:
            other = registry.strategy(dataclasses.replace(strategy, **drawn))  # type: ignore[type-var]
        except Exception as error:
            label = registry.label(strategy)
            raise StudyError(f"{label} cannot be made with {drawn}: {error}") from error
        variants.setdefault(registry.label(other), other)
    return variants


def _drawn(choice: Range, share: float, is_whole_number: bool) -> Any:
    """The value at this share of a range, or of the choices."""
    if isinstance(choice, list):
        return choice[min(int(share * len(choice)), len(choice) - 1)]
    low, high = choice
    if low > 0 and high / low >= WIDE:
        number = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        number = low + share * (high - low)
    if is_whole_number:
        return round(number)
    return float(np.clip(float(f"{number:.{DIGITS}g}"), low, high))


def _ranked(study: Comparison, given: str, tried: list[str]) -> pd.DataFrame:
    """The trials of one strategy, with their ranks among each other."""
    runs = study.at().scores.runs.query("strategy in @tried")  # the higher, the better
    table = ranks(runs).set_index("strategy").reindex(tried)
    rank = table["rank"].to_numpy(float)
    best = int(np.argmin(np.where(np.isnan(rank), np.inf, rank)))
    return pd.DataFrame(
        {
            "strategy": given,
            "trial": np.arange(len(tried)),
            "tried": list(tried),
            "n_ok": table["n_ok"].fillna("0/0").to_numpy(),
            "rank": rank,
            "chosen": np.arange(len(tried)) == best,
        }
    )


def _fields(strategy: Strategy) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(strategy) if dataclasses.is_dataclass(strategy) else ()


def _is_number(given: Any) -> bool:
    is_real = isinstance(given, int | float | np.number) and not isinstance(given, bool)
    return is_real and math.isfinite(given)
