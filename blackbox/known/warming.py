"""Which searches of a study are told what is known: all, unless some are named `warm:NAME`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from blackbox import registry
from blackbox.known.data import KnownData
from blackbox.known.sources import known_by_objective
from blackbox.protocol import Capability, Strategy, needs
from blackbox.scoring.objective import Objective


def searches_of(given: Sequence[str | Strategy], known_data: Any) -> list[Strategy]:
    """The strategies of these names or objects; with known data each as `warm:NAME`.

    Where some are named so, the others stay as they are: they are compared with those.
    """
    strategies = [registry.strategy(one) for one in given]
    if known_data is None or any(is_warm(one) for one in strategies):
        return strategies
    warm: Any = registry.strategy("warm")
    return [registry.strategy(replace(warm, strategy=one)) for one in strategies]


def is_warm(strategy: Strategy) -> bool:
    """Whether a strategy is to be told what is known."""
    return Capability.KNOWN in needs(strategy)


def data_for(
    known_data: Any, objectives: Sequence[Objective], strategies: Sequence[Strategy]
) -> dict[str, KnownData]:
    """What is known of each objective, by name; nothing where nobody is to be told. StudyError."""
    if known_data is None or not any(map(is_warm, strategies)):
        return {}
    return known_by_objective(known_data, objectives)


def told_contents(
    data: Mapping[str, KnownData], strategies: Mapping[str, Strategy]
) -> dict[str, dict[str, str]]:
    """The content of what each strategy is told, of those by label: label -> objective -> text."""
    texts = {name: one.text for name, one in data.items()}
    return {label: texts for label, one in strategies.items() if texts and is_warm(one)}
