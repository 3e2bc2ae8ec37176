"""Which searches of a study are told what is known: all, unless some are named `warm:NAME`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from blackbox import registry
from blackbox.known.data import KnownData, is_warm
from blackbox.protocol import Capability, Strategy, needs, wishes
from blackbox.scoring.code import ObjectiveCode


def searches_of(given: Sequence[str | Strategy], known_data: Any) -> list[Strategy]:
    """The strategies of these names or objects; with known data each as `warm:NAME`.

    Where some are named so, the others stay as they are: they are compared with those.
    """
    strategies = [registry.strategy(one) for one in given]
    if known_data is None or any(is_warm(one) for one in strategies):
        return strategies
    warm: Any = registry.strategy("warm")
    return [registry.strategy(replace(warm, strategy=one)) for one in strategies]


def told_contents(
    data: Mapping[str, KnownData],
    strategies: Mapping[str, Strategy],
    codes: Mapping[str, ObjectiveCode],
    truth_calls: int = 0,
) -> dict[str, dict[str, str]]:
    """What strategies are told beside scores: label -> objective -> the content as a text.

    Of known data, where it is to be told; of an objective's trust and truth, where it asks.
    """
    contents = {
        label: {
            name: "; ".join([*_known(one, data.get(name)), *_hints(one, code, truth_calls)])
            for name, code in codes.items()
        }
        for label, one in strategies.items()
    }
    some = {label: {n: text for n, text in of.items() if text} for label, of in contents.items()}
    return {label: of for label, of in some.items() if of}


def _known(strategy: Strategy, data: KnownData | None) -> list[str]:
    return [data.text] if data is not None and is_warm(strategy) else []


def _hints(strategy: Strategy, code: ObjectiveCode, truth_calls: int) -> list[str]:
    asks = needs(strategy) | wishes(strategy)
    if not truth_calls:
        asks -= {Capability.TRUTH}
    number = {Capability.TRUTH: f", {truth_calls} calls"}
    return [text + number.get(of, "") for of, text in code.hints.items() if of in asks]
