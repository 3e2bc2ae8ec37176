"""Which run a trace is of, or one that is to be made: objective, strategy, seed."""

from __future__ import annotations

from blackbox.plan import RunSpec
from blackbox.registry import label
from blackbox.trace import Trace

Cell = tuple[str, str, int]  # objective, strategy, seed


def cell_of(trace: Trace) -> Cell:
    """Which run a trace is of."""
    return trace.objective, trace.strategy, trace.seed


def cell_of_spec(spec: RunSpec) -> Cell:
    """Which run it is that is to be made."""
    return spec.name, label(spec.strategy), spec.seed
