"""Found against real: what judges say of what the scorer promised, and of the way there."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from blackbox.results.chapters.findings import Findings
from blackbox.results.drawing import figures
from blackbox.results.drawing.canvas import missing
from blackbox.results.judging.found import found
from blackbox.results.judging.over_optimisation import over_optimisation
from blackbox.results.judging.paths import paths
from blackbox.results.judging.typicality import typicality
from blackbox.results.writing import readable
from blackbox.results.writing.document import Part, Picture, Section, Table
from blackbox.results.writing.file_names import file_names

FOUND = (
    "Means over runs, start and best. rho is the true gain over the predicted one: 1 is honest, "
    "below it the scorer was exploited, below 0 it was fooled; with its 95 % bootstrap interval. "
    "Off the manifold: bests whose latent norm lies outside 99 % of prior draws, or that a judge "
    "refuses or sees beyond the limits of real objects."
)
CURVES = "the best so far, as it is predicted and as it is judged, over cost"
NORMS = "the score of each best against the norm of its latent point"


def judged(findings: Findings) -> Section | None:
    """The table of each objective that has judges, its curves over cost, and who left the prior."""
    seen, parts = paths(findings.traces), []
    table = found(findings.runs, seen)
    names = [name for name in seen.columns if name.startswith("judge_")]
    for objective, file in file_names(findings.runs["objective"]).items():
        rows = seen[seen["objective"] == objective]
        own = rows[names].notna().any()
        inner: list[Part] = []
        if own.any():
            others = tuple(name for name in names if not own[name])
            mine = table[table["objective"] == objective]
            kept = [name for name in mine if not str(name).startswith(others or ("\0",))]
            inner.append(Table(readable.found(mine[kept]).drop(columns="objective")))
        inner += _figures(findings, rows, file, curves=bool(own.any()))
        if inner:
            parts.append(Section(objective, tuple(inner)))
    return Section("Found against real", (FOUND, *parts)) if parts else None


def _figures(
    findings: Findings, rows: pd.DataFrame, file: str, *, curves: bool
) -> Iterator[Picture]:
    if missing() or not len(rows):
        return
    strategies = list(dict.fromkeys(findings.runs["strategy"]))
    if curves:
        curve, budget = over_optimisation(rows), float(rows["granted"].max())
        figure = figures.over_optimisation(curve, budget, strategies)
        yield Picture(f"figures/{file}-judges.svg", CURVES, figure)
    scattered = figures.typicality(typicality(rows), strategies)
    if scattered is not None:
        yield Picture(f"figures/{file}-norms.svg", NORMS, scattered)
