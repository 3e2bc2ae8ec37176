"""What a session is about: a search, a space, a budget, and how results are to be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from blackbox import registry
from blackbox.constraints import AtLeast, AtMost, Bound, Constraints
from blackbox.errors import SessionError
from blackbox.known.data import KnownData
from blackbox.known.sources import known_data
from blackbox.known.warming import searches_of
from blackbox.parameters import Parameters
from blackbox.plain import is_whole, number
from blackbox.protocol import Answer, Capability, Strategy, needs
from blackbox.scoring.facts import Facts
from blackbox.scoring.objective import Objective
from blackbox.scoring.offers import instead
from blackbox.scoring.scorer import Scorer
from blackbox.space import Space

# What a laboratory can answer.
OFFERS = frozenset({Capability.CONSTRAINTS, Capability.CRITERIA, Capability.KNOWN})
BOUNDS: dict[str, type[AtMost] | type[AtLeast]] = {"at_most": AtMost, "at_least": AtLeast}
NAME = "session"


@dataclass(frozen=True, eq=False)
class Setup:
    """All that decides what a session asks, apart from what it is told."""

    strategy: Strategy
    objective: Objective  # whose space is searched; it is never called
    scorer: Scorer  # which hands back what it is told, and makes scores of it
    budget: int
    seed: int
    noise: float | bool | None
    score: str  # what the column of scores is called, and the output of that name
    data: KnownData | None

    @property
    def offers(self) -> frozenset[Capability]:
        """What the strategy may ask for."""
        more = {Capability.KNOWN} if self.data is not None else set()
        return (self.objective.capabilities | more) & OFFERS

    def to_json(self) -> dict[str, Any]:
        """As plain values, from which it can be made again."""
        scorer, space = self.scorer, self.objective.space
        bounds = {name: _plain(one) for name, one in scorer.bounds.items()}
        named = self.objective.parameters
        fields = {one.name for one in dataclasses.fields(Space)} - {"where"}
        return {
            "strategy": registry.label(self.strategy),
            "parameters": None if named is None else named.to_json(),
            "space": None if named else {name: getattr(space, name) for name in sorted(fields)},
            "where": None if space.where is None else space.where.name,
            "budget": self.budget,
            "seed": self.seed,
            "maximize": scorer.maximize,
            "constraints": bounds or list(scorer.constraints),
            "weights": None
            if scorer.weights is None
            else dict(zip(scorer.criteria, scorer.weights.tolist(), strict=True)),
            "score": self.score,
            "noise": self.noise,
            "known": None if self.data is None else _data_plain(self.data),
        }


def setup_of(
    strategy: str | Strategy,
    space: Space | Parameters,
    budget: int,
    *,
    seed: int,
    maximize: bool,
    constraints: Mapping[str, Bound] | Sequence[str],
    weights: Mapping[str, float] | None,
    score: str,
    noise: float | bool | None,
    known: Any,
    where: Callable[..., Any] | None = None,
) -> Setup:
    """What a session is about. Raises SessionError, NameProblem or ObjectiveError."""
    if not is_whole(budget) or budget < 1:
        raise SessionError(f"the budget is a number of trials, 1 or more, not {budget!r}")
    if not is_whole(seed) or seed < 0:
        raise SessionError(f"the seed is a whole number >= 0, not {seed!r}")
    is_sd = number(noise) is not None and 0 < float(noise or 0) < np.inf
    if not (noise is None or isinstance(noise, bool) or is_sd):
        raise SessionError(f"noise is True, or the sd of a score that is measured again: {noise!r}")
    by_bound = isinstance(constraints, Mapping)
    scorer = Scorer(
        _handed_back,
        batched=False,
        maximize=maximize,
        weights=weights,
        constraints=constraints if by_bound and constraints else None,  # type: ignore[arg-type]
    )
    objective = Objective(scorer, space=space, name=NAME, where=where)
    sized = tuple(_size(scorer.bounds.get(name)) for name in constraints)
    limits = Constraints(tuple(constraints), sized) if constraints else None
    scorer.constraints = tuple(constraints)
    sd = float("nan") if noise is True else float(noise or 0.0)
    noise_from = "declared" if noise else ""
    facts = Facts("numpy", False, noise=sd, noise_from=noise_from, constraints=limits)
    objective.adopt(facts)
    data = None if known is None else _data_of(known, objective)
    if data is not None and limits is not None:
        objective.adopt(replace(facts, constraints=_sized_by(data.answer, limits)))
    (search,) = searches_of([strategy], data)
    setup = Setup(search, objective, scorer, int(budget), int(seed), noise, score, data)
    refuse_what_a_laboratory_lacks(setup)
    return setup


def refuse_what_a_laboratory_lacks(setup: Setup) -> None:
    """Raise SessionError for a strategy that needs more than scores."""
    missing = needs(setup.strategy) - setup.offers
    if missing:
        need = min(missing, key=lambda capability: capability.name)
        raise SessionError(
            f"{registry.label(setup.strategy)} needs {need.value}, and a session is told scores "
            f"only; {instead(need)}"
        )


def _handed_back(result: Any) -> Any:
    """What was told, as it is: the scorer of a session."""
    return result


def _size(bound: Bound | None) -> float:
    """How far off a broken constraint is taken to be, where nothing is known: its limit's size."""
    return 1.0 if bound is None else abs(bound.limit) or 1.0


def _sized_by(answer: Answer, limits: Constraints) -> Constraints:
    """The same with the sizes that known data show."""
    score, sizes = answer.score[answer.valid], []
    for size, broken in zip(limits.sizes, answer.violations.T, strict=True):
        seen = broken[broken > 0]
        sizes.append(float(np.median(seen)) if len(seen) else size)
    if not len(score):
        return replace(limits, sizes=tuple(sizes))
    quartiles = np.quantile(score, [0.25, 0.75])
    spread = float(quartiles[1] - quartiles[0]) or limits.spread
    return Constraints(limits.names, tuple(sizes), spread, float(score.min()) - spread)


def _data_of(given: Any, objective: Objective) -> KnownData:
    if isinstance(given, Mapping) and given.keys() == {"z", "columns", "source"}:
        columns = {name: np.array(column) for name, column in given["columns"].items()}
        columns["valid"] = columns["valid"].astype(bool)
        return KnownData(np.array(given["z"], float), Answer(**columns), given["source"])
    return known_data(given, objective)


def _data_plain(data: KnownData) -> dict[str, Any]:
    columns = {name: column.tolist() for name, column in data.answer.columns.items()}
    return {"z": data.z.tolist(), "columns": columns, "source": data.source}


def _plain(bound: Bound) -> dict[str, float]:
    (name,) = (name for name, kind in BOUNDS.items() if isinstance(bound, kind))
    return {name: bound.limit}


def setup_again(
    table: Mapping[str, Any],
    strategy: str | Strategy | None = None,
    where: Callable[..., Any] | None = None,
) -> Setup:
    """The setup of plain values. Raises SessionError where they do not hold all that it needs.

    Namely a strategy that has no name of its own, and the function `where`.
    """
    if where is None and table.get("where") is not None:
        raise SessionError(
            f"this session asks only what where={table['where']} allows, a function that no folder "
            "holds: give it again, bb.session(folder=..., where=...)"
        )
    space: Any
    if table["parameters"] is not None:
        space = Parameters.from_json(table["parameters"])
    else:
        fields = {n: tuple(v) if isinstance(v, list) else v for n, v in table["space"].items()}
        space = Space(**fields | {"fixed": tuple(map(tuple, fields["fixed"]))})
    bounds = table["constraints"]
    if isinstance(bounds, Mapping):
        bounds = {
            name: BOUNDS[kind](limit) for name, of in bounds.items() for kind, limit in of.items()
        }
    try:
        searched = registry.strategy(table["strategy"]) if strategy is None else strategy
    except Exception as error:
        raise SessionError(
            f"the strategy of this session, {table['strategy']}, cannot be made by its name "
            f"({error}): give it again, bb.session(strategy, folder=...)"
        ) from error
    rest = {
        name: table[name] for name in ("seed", "maximize", "weights", "score", "noise", "known")
    }
    return setup_of(searched, space, table["budget"], constraints=bounds, where=where, **rest)
