"""Which runs a study asks for whose seeds are added until it is settled: a function of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from blackbox.cell import Cell, cell_of, cell_of_spec
from blackbox.plan import RunSpec
from blackbox.results import frame
from blackbox.results.judging import racing
from blackbox.results.judging.paths import paths
from blackbox.trace import Trace
from blackbox.until_settled import rule_of


def asked_of(
    recipe: Mapping[str, Any], traces: Iterable[Trace], left_out: Iterable[tuple[str, str]]
) -> set[Cell] | None:
    """The runs that a raced study asks for where these are there; None: its seeds are fixed."""
    if rule_of(recipe) is None:
        return None
    rounds = Rounds(recipe, left_out)
    rounds.see(traces)
    return rounds.asked()


class Rounds:
    """The runs of a study as they come in, and which it asks for."""

    def __init__(self, recipe: Mapping[str, Any], left_out: Iterable[tuple[str, str]]) -> None:
        """No run is there yet; cells of (objective, strategy) that are `left_out` have none."""
        self._recipe = recipe
        self._skipped = pd.DataFrame(list(left_out), columns=["objective", "strategy"])
        self._price = float(recipe["prices"][0])  # the first one named is what it is about
        self._traces: dict[Cell, Trace] = {}

    def due(self, specs: Sequence[RunSpec], traces: Iterable[Trace]) -> Sequence[RunSpec]:
        """Those of a plan that the study asks for where these runs are there."""
        if rule_of(self._recipe) is None:
            return specs
        self.see(traces)
        asked = self.asked()
        return [spec for spec in specs if cell_of_spec(spec) in asked]

    def see(self, traces: Iterable[Trace]) -> None:
        """Take runs that have ended; of one that was seen before, what is known of it now."""
        self._traces |= {cell_of(trace): trace for trace in traces}

    def asked(self) -> set[Cell]:
        """The runs that it asks for now, those that are there among them."""
        # All at once: where one was not asked again, none is read by what was answered.
        traces = list(self._traces.values())
        runs, seen = frame.runs(traces, self._price), paths(traces, self._price)
        return racing.asked(runs, seen, self._recipe, self._skipped)
