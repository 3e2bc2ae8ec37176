"""A study: objectives x strategies x seeds under one budget, and the plan of its runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, Protocol, TypeAlias

from blackbox import foreseen, registry
from blackbox.errors import StudyError as StudyError
from blackbox.known.data import is_warm
from blackbox.known.sources import data_for
from blackbox.known.warming import searches_of, told_contents
from blackbox.plain import is_whole
from blackbox.plain import number as number
from blackbox.plan import STARTS, Plan, RunSpec, Skip, StudyCode, offered
from blackbox.protocol import Strategy
from blackbox.runtime.budget import RunLimits
from blackbox.scoring.facts import Facts
from blackbox.scoring.objective import Objective
from blackbox.until_settled import UntilSettled

# What stands in a study for the price that a probe has timed.
MEASURED: Literal["measured"] = "measured"

# Scores with which a best is confirmed: their mean is known to a third of the noise.
CONFIRM, MOST_CONFIRMATIONS = 10, 1_000_000
# What a column of a table can hold.
SEEDS = 2**63

AskedPrice: TypeAlias = float | Literal["measured"]


class Tuned(Protocol):
    """The best settings of some strategies: what `bb.tune` returns."""

    @property
    def record(self) -> Mapping[str, Mapping[str, Any]]:
        """What a study keeps of it."""
        ...

    def beside(
        self, strategies: Iterable[str | Strategy], seeds: Sequence[int]
    ) -> list[str | Strategy]:
        """These strategies, each that was tuned with its best setting behind it."""
        ...


@dataclass(frozen=True)
class Study:
    """Names or objects, one budget, seeds; `prices` are those of a gradient, in scores.

    The price "measured" is what a gradient costs here, as a probe has timed it, in two digits. A
    run ends early, and well, at a score of `stop_at` or more, or after `run_seconds`. Where the
    scorer is noisy, one score by luck is such a score, and the best of a run is asked `confirm`
    times again, outside the budget. With `charge_retries` each further try of a point that exceeds
    a limit (`bb.Scorer(timeout=, memory=, retries=)`) is a row that the budget pays for; otherwise
    tries are free. With a rule `until_settled`, seeds are those that it may use, from 0 on.
    Searches that ask for the truth may ask it of `truth_calls` points of a run, out of the budget.
    """

    objectives: tuple[str | Objective, ...]
    strategies: tuple[str | Strategy, ...]
    budget: float
    seeds: tuple[int, ...] = tuple(range(10))
    prices: tuple[AskedPrice, ...] = (1.0,)
    name: str = "study"
    stop_at: float | None = None
    run_seconds: float | None = None
    until_settled: UntilSettled | None = None
    confirm: int = CONFIRM
    charge_retries: bool = False
    # What is known of the objectives already, in any form of `known/sources.py`.
    known: Any = None
    truth_calls: int = 0
    # Of strategies that were tuned: their best setting, of how many, on which seeds.
    tuned: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be run. Raises StudyError."""
        for what, given in (("objectives", self.objectives), ("strategies", self.strategies)):
            if not given:
                raise StudyError(f"a study needs at least one of {what}")
        budget = number(self.budget)
        if budget is None:
            raise StudyError(f"the budget must be a number, not {self.budget!r}")
        object.__setattr__(self, "budget", budget)
        if not (math.isfinite(self.budget) and self.budget >= 1):
            raise StudyError(
                f"the budget is {self.budget!r}; it must buy at least one score (which costs 1)"
            )
        object.__setattr__(self, "seeds", _seeds(self.seeds, self.until_settled))
        if not self.seeds or any(isinstance(s, bool) or not 0 <= s < SEEDS for s in self.seeds):
            raise StudyError(
                f"seeds are whole numbers >= 0 and < 2^63, at least one, not {self.seeds!r}"
            )
        _refuse_repeats("seeds", self.seeds, "pairs would count twice")
        prices = tuple(p if p == MEASURED else number(p) for p in self.prices)
        if not prices or not all(p == MEASURED or _is_price(p) for p in prices):
            raise StudyError(
                f'prices are finite numbers >= 0 or "measured", at least one, not {self.prices!r}'
            )
        _refuse_repeats("prices", prices, "each price makes one table")
        object.__setattr__(self, "prices", prices)
        for name in ("stop_at", "run_seconds"):
            limit = getattr(self, name)
            if limit is not None and (number(limit) is None or not math.isfinite(limit)):
                raise StudyError(f"{name} is a finite number, or left out, not {limit!r}")
            # 50 and 50.0 are one limit: it is part of a run's key.
            object.__setattr__(self, name, None if limit is None else float(limit))
        if self.run_seconds is not None and self.run_seconds <= 0:
            raise StudyError(f"run_seconds must be > 0, not {self.run_seconds!r}")
        if not is_whole(self.confirm) or not 0 <= self.confirm <= MOST_CONFIRMATIONS:
            raise StudyError(
                f"confirm is a whole number from 0 (off) to {MOST_CONFIRMATIONS}, how often the "
                f"best of a run on a noisy scorer is scored again, not {self.confirm!r}"
            )
        _refuse_unmeant(self.charge_retries, self.truth_calls)
        object.__setattr__(self, "confirm", int(self.confirm))

    def plan(self, facts: Mapping[str, Facts] | None = None, *, wary: bool = False) -> Plan:
        """All runs, and all cells that are skipped with their reasons.

        `facts` are what an earlier probe found out, by objective; where they still hold, none is
        made. `wary`: a probe has ended its process, so it is made in another one. Raises
        NameProblem, ObjectiveError or StudyError before anything is paid for.
        """
        objectives = [registry.objective(one) for one in self.objectives]
        searches = searches_of(self.strategies, self.known)
        strategies = {registry.label(one): one for one in searches}
        _refuse_repeats("objectives", [o.name for o in objectives], "give each its own name")
        _refuse_repeats("strategies", list(map(registry.label, searches)), "compare it once")
        # Before the first call: a function may keep something of what it is called with.
        code = StudyCode.of(objectives, strategies)
        for objective in objectives:
            objective.ends_process |= wary
            held = (facts or {}).get(objective.name)
            if held is not None and objective.agrees_with(held):
                objective.adopt(held)
            objective.rehearse(self.seeds, max(STARTS, objective.own_starts))
        data = data_for(self.known, objectives, searches)
        calls = int(self.truth_calls)
        code = replace(code, told=told_contents(data, strategies, code.objectives, calls))
        prices = self._numbers(objectives)
        specs, skipped = list[RunSpec](), list[Skip]()
        for given, objective in zip(self.objectives, objectives, strict=True):
            for label, strategy in strategies.items():
                before = data.get(objective.name) if is_warm(strategy) else None
                offers = offered(objective, before, calls)
                if reason := foreseen.obstacle(objective, strategy, self.budget, offers):
                    skipped.append(Skip(objective.name, label, reason))
                    continue
                cell = strategy, code.objectives[objective.name], code.strategies[label]
                hints = before, calls, code.told_of(label, objective.name)
                runs = partial(RunSpec, given, objective.name, *cell)
                specs += self._runs(runs, objective, prices, hints)
        named = {one.name: one.parameters.to_json() for one in objectives if one.parameters}
        found_out = {objective.name: objective.facts for objective in objectives}
        losses = tuple(objective.name for objective in objectives if objective.scorer.sign < 0)
        plan = Plan(tuple(specs), tuple(skipped), prices, found_out, code, losses, named)
        sources = {name: f"{one.text}, from {one.source}" for name, one in data.items()}
        return replace(plan, known=sources, notices=foreseen.notices(objectives, specs))

    def _runs(
        self,
        runs: Callable[..., RunSpec],
        objective: Objective,
        prices: tuple[float, ...],
        hints: tuple[Any, ...],
    ) -> list[RunSpec]:
        """The runs of one strategy on an objective, a seed each."""
        sign = objective.scorer.sign
        limits = RunLimits.of(self.stop_at, self.run_seconds, self.charge_retries, sign)
        return [
            runs(seed, self.budget, prices, limits, objective.facts, self.confirm, *hints)
            for seed in self.seeds
        ]

    def _numbers(self, objectives: Sequence[Objective]) -> tuple[float, ...]:
        """The prices as numbers. Raises StudyError where objectives measure different ones."""
        if MEASURED not in self.prices:
            return tuple(float(price) for price in self.prices)
        measured = {
            o.name: price for o in objectives if (price := o.facts.gradient_price) is not None
        }
        if len(set(measured.values())) > 1:
            listed = ", ".join(f"{name} {price:g}" for name, price in measured.items())
            raise StudyError(
                f"the measured price of a gradient differs between objectives ({listed}), and a "
                "table has one price: compare them one by one, or give the price as a number"
            )
        here = next(iter(measured.values()), 1.0)  # without gradients any price is the same
        prices = tuple(here if price == MEASURED else float(price) for price in self.prices)
        return tuple(dict.fromkeys(prices))

    def recipe(self, prices: Sequence[float] | None = None) -> dict[str, Any]:
        """The study in plain words: what a folder remembers and a report prints.

        `prices` are the plan's, in which the measured one is a number.
        """
        return {
            "name": self.name,
            # An object's name is anybody's text; only a reference is in call form.
            "objectives": [
                str(registry.parse(o)) if isinstance(o, str) else o.name for o in self.objectives
            ],
            "strategies": list(map(registry.label, searches_of(self.strategies, self.known))),
            "budget": self.budget,
            "prices": list(self.prices if prices is None else prices),
            "seeds": list(self.seeds),
            **({} if self.stop_at is None else {"stop_at": float(self.stop_at)}),
            **({} if self.run_seconds is None else {"run_seconds": float(self.run_seconds)}),
            **({} if (rule := self.until_settled) is None else {"until_settled": rule.to_json()}),
            **({} if self.confirm == CONFIRM else {"confirm": self.confirm}),
            **({"charge_retries": True} if self.charge_retries else {}),
            **({"truth_calls": int(self.truth_calls)} if self.truth_calls else {}),
            **({"tuned": {k: dict(v) for k, v in self.tuned.items()}} if self.tuned else {}),
        }


def _seeds(given: tuple[int, ...], rule: UntilSettled | None) -> tuple[int, ...]:
    return given if rule is None else tuple(range(rule.at_most))


def _refuse_unmeant(charge_retries: Any, truth_calls: Any) -> None:
    if not isinstance(charge_retries, bool):
        raise StudyError(f"charge_retries is True or False, not {charge_retries!r}")
    if not is_whole(truth_calls) or truth_calls < 0:
        raise StudyError(
            "truth_calls is a whole number >= 0, the points of each run of which a search may ask "
            f"the truth, not {truth_calls!r}"
        )


def _is_price(given: Any) -> bool:
    return given is not None and math.isfinite(given) and given >= 0


def _refuse_repeats(what: str, given: Sequence[Any], why: str) -> None:
    repeated = sorted(str(one) for one, times in Counter(given).items() if times > 1)
    if repeated:
        raise StudyError(f"{what} repeat: {', '.join(repeated)}; {why}")
