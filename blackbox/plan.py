"""What a study amounts to: runs to be made, each with the key of its file, and cells left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from blackbox.identity import Identity, identity
from blackbox.known.data import KnownData
from blackbox.price import Price
from blackbox.protocol import Capability, Strategy
from blackbox.runtime.budget import NO_RUN_LIMITS, RunLimits
from blackbox.scoring.code import ObjectiveCode
from blackbox.scoring.facts import Facts
from blackbox.scoring.objective import Objective

# First points of a seed: one for each restart that a usual budget holds.
STARTS = 8


@dataclass(frozen=True, eq=False)
class RunSpec:
    """One run to be made: all that a worker needs, and nothing alive."""

    objective: str | Objective  # by name where it has one, so that a worker loads it itself
    name: str  # of the objective
    strategy: Strategy
    objective_code: ObjectiveCode
    strategy_code: Identity
    seed: int
    budget: float
    prices: tuple[float, ...]  # of a gradient; the run is granted at the cheapest
    limits: RunLimits = NO_RUN_LIMITS
    facts: Facts | None = None  # what the study's probe found out, so that a worker makes none
    confirm: int = 10  # how often its best is asked again, where the scorer is noisy
    known: KnownData | None = None  # of the objective, where the strategy is to be told
    truth_calls: int = 0  # points that its search may verify
    told_content: str = ""  # the content of what it is told beside scores; see StudyCode.told

    @property
    def search(self) -> str:
        """What it is whatever its budget."""
        given = self.name, self.objective_code, self.strategy_code, self.seed
        return search_key(*given, self.told_content)

    @property
    def verdicts(self) -> str:
        """The digest of what judges it."""
        return self.objective_code.verdicts.digest

    @property
    def price(self) -> Price:
        """What this run pays."""
        return Price(gradient=min(self.prices))

    def about(self, reads: Iterable[str]) -> dict[str, object]:
        """What its file says of it beside the trace; `reads`: what it has read of its brief."""
        return {
            "key": self.key,
            "search": self.search,
            "reads": sorted(reads),
            "prices": list(self.prices),
            "verdicts": self.verdicts,
            **({"charge_retries": True} if self.limits.charge_retries else {}),
        }

    @property
    def key(self) -> str:
        """The name of its file: the same key, the same trace."""
        return run_key(self.search, self.budget, self.price.gradient, self.limits)


def search_key(
    objective: str, code: ObjectiveCode, strategy: Identity, seed: int, told_content: str = ""
) -> str:
    """What a run is apart from what it may spend: objective, strategy, seed, what it is told."""
    content = (told_content,) if told_content else ()
    return _hash(objective, code.search.digest, strategy.digest, seed, *content)[:24]


def run_key(search: str, budget: float, gradient_price: float, limits: RunLimits) -> str:
    """The key of a search with what it may spend."""
    ends = (None if limit is None else float(limit) for limit in (limits.stop_at, limits.seconds))
    charged = ("retries",) if limits.charge_retries else ()
    granted = (float(budget), float(gradient_price), *ends, *charged)
    return f"{search}-{_hash(*granted)[:8]}"


def _hash(*content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()


def offered(
    objective: Objective, known_data: KnownData | None, truth_calls: int
) -> frozenset[Capability]:
    """What a search may ask of an objective where this is known, and the truth so often."""
    offers = objective.capabilities | ({Capability.KNOWN} if known_data else set())
    return offers if truth_calls else offers - {Capability.TRUTH}


@dataclass(frozen=True)
class Skip:
    """A cell of a study that cannot be compared, and why."""

    objective: str
    strategy: str
    reason: str


@dataclass(frozen=True)
class StudyCode:
    """The code of all parts of a study: of objectives by name, of strategies by label.

    `told` is the content of what a strategy is told beside scores, known data or an objective's
    trust: label -> objective -> text.
    """

    objectives: Mapping[str, ObjectiveCode] = field(default_factory=dict)
    strategies: Mapping[str, Identity] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def told_of(self, label: str, objective: str) -> str:
        """The content of what a strategy was told of an objective; "" where it was nothing."""
        return self.told.get(label, {}).get(objective, "")

    def search_of(self, objective: str, label: str, seed: int) -> str:
        """What a run of these is whatever its budget."""
        code, strategy = self.objectives[objective], self.strategies[label]
        return search_key(objective, code, strategy, seed, self.told_of(label, objective))

    def to_json(self) -> dict[str, dict[str, dict[str, object]]]:
        """As plain values, for a study's folder."""
        return {
            "objectives": {
                name: {"search": _plain(code.search), "verdicts": _plain(code.verdicts)}
                for name, code in self.objectives.items()
            },
            "strategies": {label: _plain(code) for label, code in self.strategies.items()},
            **(
                {"known": {label: dict(of) for label, of in self.told.items()}} if self.told else {}
            ),
        }

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> StudyCode:
        """The same again."""
        objectives = {
            name: ObjectiveCode(_identity(code["search"]), _identity(code["verdicts"]))
            for name, code in table.get("objectives", {}).items()
        }
        strategies = {label: _identity(code) for label, code in table.get("strategies", {}).items()}
        return cls(objectives, strategies, table.get("known", {}))

    @classmethod
    def of(cls, objectives: Iterable[Objective], strategies: Mapping[str, Strategy]) -> StudyCode:
        """The code of objectives, and of strategies by their labels, as it stands now."""
        return cls(
            {objective.name: objective.code for objective in objectives},
            {
                label: identity(strategy, label, getattr(strategy, "version", None))
                for label, strategy in strategies.items()
            },
        )

    @property
    def unhashed(self) -> dict[str, tuple[str, ...]]:
        """What could not be told, by its owner: a change of it goes unnoticed."""
        owners = {
            name: code.search.unhashed + code.verdicts.unhashed
            for name, code in self.objectives.items()
        }
        owners |= {label: code.unhashed for label, code in self.strategies.items()}
        return {owner: parts for owner, parts in owners.items() if parts}


def _plain(identity: Identity) -> dict[str, object]:
    return {"parts": dict(identity.parts), "unhashed": list(identity.unhashed)}


def _identity(table: Mapping[str, object]) -> Identity:
    return Identity(table["parts"], tuple(table["unhashed"]))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Plan:
    """What a study amounts to: runs to be made, and cells left out with reasons."""

    specs: tuple[RunSpec, ...]
    skipped: tuple[Skip, ...]
    prices: tuple[float, ...] = (1.0,)  # of a gradient, the measured one as a number
    facts: Mapping[str, Facts] = field(default_factory=dict)  # of each objective, by its name
    code: StudyCode = field(default_factory=StudyCode)
    losses: tuple[str, ...] = ()  # objectives whose scorer returns a loss
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of objectives that name theirs
    known: Mapping[str, str] = field(default_factory=dict)  # what was known before, in words
    notices: tuple[str, ...] = ()  # what a user should know before anything is paid for
