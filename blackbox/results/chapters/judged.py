"""Found against real: what judges say of what the scorer promised, and of the way there."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from blackbox.results.chapters.ending import drawn_files
from blackbox.results.drawing import figures
from blackbox.results.drawing.plots import cost_label
from blackbox.results.judging.over_optimisation import over_optimisation
from blackbox.results.judging.typicality import typicality
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.document import Part, Picture, Section, Table

PROMISED = (
    "Means over runs, start and best. rho is the true gain over the predicted one: 1 is honest, "
    "below it the scorer was exploited, below 0 it was fooled; with its 95 % interval. "
    "Off the manifold: bests that a judge refuses or sees beyond the limits of real objects."
)
MADE = (
    "What strategies make in the end: the last tenth of their evaluations, of which judges saw a "
    "sample. Variety: how far the objects of a run lie apart, beside that of the starts."
)
CURVES = "the best so far, as it is predicted and as it is judged, over cost"
NORMS = "the score of each best against the norm of its latent point"


def judged(view: View) -> Section | None:
    """The table of each objective that has judges, its curves over cost, and who left the prior."""
    seen, table, made, parts = view.paths(), view.exploitation(), view.production(), []
    names = [name for name in seen.columns if name.startswith("judge_")]
    drawn = drawn_files(view)
    for objective in view.budgets:
        rows = seen[seen["objective"] == objective]
        answered = rows[names].notna().any()
        inner: list[Part] = []
        if answered.any():
            others = tuple(name for name in names if not answered[name])
            cells = table[table["objective"] == objective]
            columns = [name for name in cells if not str(name).startswith(others or ("\0",))]
            inner.append(Table(readable.exploitation(cells[columns]).drop(columns="objective")))
            late = made[(made["objective"] == objective) & (made["n_judged"] > 0)]
            if len(late):
                inner += [MADE, Table(readable.production(late).drop(columns="objective"))]
        if objective in drawn:
            inner += _figures(view, rows, drawn[objective], curves=bool(answered.any()))
        if inner:
            parts.append(Section(objective, tuple(inner)))
    return Section("Found against real", (PROMISED, *parts)) if parts else None


def _figures(view: View, rows: pd.DataFrame, file: str, *, curves: bool) -> Iterator[Picture]:
    if not len(rows):
        return
    strategies = view.strategies
    if curves:
        name = str(rows["objective"].iloc[0])
        scores = view.scores.paths()
        curve = over_optimisation(scores[scores["objective"] == name])
        budget, cost = float(rows["granted"].max()), cost_label(view)
        is_loss = name in view.losses
        figure = figures.over_optimisation(curve, budget, strategies, cost, is_loss=is_loss)
        yield Picture(f"figures/{file}-judges.svg", CURVES, figure)
    scattered = figures.typicality(typicality(rows), strategies)
    if scattered is not None:
        yield Picture(f"figures/{file}-norms.svg", NORMS, scattered)
