"""The tables of names: the entries of the house, and those of plug-ins."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Literal

from blackbox.objectives import TABLE as OBJECTIVES
from blackbox.strategies import TABLE as STRATEGIES

HOUSE = {"strategies": STRATEGIES, "objectives": OBJECTIVES}

# Every label of a strategy looks here, and a look through all packages takes milliseconds.
entry_points = cache(lambda group: metadata.entry_points(group=group))


def table(kind: Literal["strategies", "objectives"]) -> dict[str, str]:
    """A name -> where it lives, `module:attribute`; nothing of it is imported."""
    plugged = {point.name: point.value for point in entry_points(group=f"blackbox.{kind}")}
    return {**plugged, **HOUSE[kind]}
