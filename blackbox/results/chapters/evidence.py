"""Whether differences are more than chance, and what it costs to reach a target, at one price."""

from __future__ import annotations

import pandas as pd

from blackbox.results.chapters.ending import price_ending
from blackbox.results.drawing import figures
from blackbox.results.drawing.canvas import missing
from blackbox.results.drawing.plots import cost_label
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.document import Part, Picture, Section, Table

PAIRED = (
    "Each strategy against {baseline}, seed by seed from the same start: the mean difference of "
    "their bests with its 95 % interval, seeds won, tied and lost, the probability of "
    "improvement, {test} after Holm's correction over the whole table, and how probably it is "
    "better, practically the same, or worse (Bayesian signed-rank test, within 1 % of the way from "
    "the start to the best known)."
)
TEST = {False: "Wilcoxon's signed-rank test", True: "a test by bets on who wins the next seed"}
TARGETS = (
    "ERT is the expected running time, what all runs paid until they reached the target over the "
    "number of those that did; a run that never did is charged what it spent itself."
)
POOLED = (
    "Over all objectives. score and IQM (the interquartile mean of all runs) are normalised: 0 is "
    "random search, 100 the best known; 95 % intervals draw runs within each objective."
)
RANKED = (
    "Mean ranks of the mean bests; two strategies differ where their ranks lie further apart than "
    "the critical difference (Friedman and Nemenyi, 5 %)."
)
REACHED = "Runs and targets reached over cost, 51 targets per objective up to the best known."


def evidence(view: View) -> Section | None:
    """Paired differences, fixed targets, and what holds over several objectives."""
    strategies = view.strategies
    if len(strategies) < 2:
        return None
    paired = readable.paired(view.paired())
    parts: list[Part] = [
        PAIRED.format(baseline=view.against, test=TEST["until_settled" in view.recipe]),
        Table(paired),
    ]
    parts += [TARGETS, Table(readable.fixed_targets(view.targets()))]
    parts += _reached(view)
    if len(view.budgets) > 1:
        parts += [POOLED, Table(readable.aggregate(view.aggregate()))]
        parts += _ranked(view.critical_difference())
    title = f"Statistics when a gradient costs {view.price:g}"
    title = title if view.asks_gradients else "Statistics"
    return Section(title, tuple(parts), price=view.price)


def _ranked(table: pd.DataFrame) -> tuple[Part, ...]:
    """The test over objectives, or why there is none."""
    if not len(table):
        return ()
    notes = list(dict.fromkeys(note for note in table["note"] if note))
    return (RANKED, Table(table.drop(columns="note"))) if not notes else (f"{notes[0]}.",)


def _reached(view: View) -> tuple[Part, ...]:
    if missing():
        return ()
    curve = view.ecdf(by=["strategy"])
    budget, cost = max(view.budgets.values()), cost_label(view)
    figure = figures.runtime_distribution(curve, budget, view.strategies, cost)
    return (Picture(f"figures/targets-reached{price_ending(view)}.svg", REACHED, figure),)
