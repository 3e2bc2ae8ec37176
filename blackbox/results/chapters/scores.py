"""How good the strategies were, at one price of a gradient."""

from __future__ import annotations

import pandas as pd

from blackbox.results.chapters.findings import Reading
from blackbox.results.drawing import figures
from blackbox.results.drawing.canvas import missing
from blackbox.results.statistics.ranking import ranks
from blackbox.results.writing import readable
from blackbox.results.writing.document import Part, Picture, Section, Table, Terms
from blackbox.results.writing.file_names import file_names

HOW_TO_READ = Terms(
    {
        "ok": "runs that ended well of all that were expected; the others count as the worst run "
        "of the objective",
        "best": "mean over seeds of each run's best score, with its 95 % bootstrap interval",
        "median": "of the same bests",
        "score 0-100": "0 is the mean of random search at the same budget, 100 the best known, "
        "told below",
        "area": "mean of best-so-far over cost, in units of the score",
        "start → best": "a judge's mean at the start and at the best of each run, outside its "
        "budget; – where it was not asked",  # noqa: RUF001 - as tables show it
        "used": "units spent of those granted, per run",
        "thinking s": "seconds inside the strategy, per run",
    }
)


def summary(reading: Reading) -> Section:
    """The summary and the curves of each objective, what the score stands for, and mean ranks."""
    drawn = file_names(reading.budgets) if not missing() else {}
    parts: list[Part] = [
        f"Prices in units of the budget: a score 1, its gradient {reading.price:g} more."
    ]
    for objective, table in reading.summary.groupby("objective", sort=False):
        file = drawn.get(str(objective))
        shown = (_curves(reading, str(objective), file),) if file else ()
        parts.append(Section(str(objective), (_readable(table), *shown), on_page=False))
    parts += ["What 0 and 100 of the score stand for:", Table(reading.known), *_ranks(reading)]
    title = f"When a gradient costs {reading.price:g}"
    return Section(title, tuple(parts), price=reading.price)


def _readable(table: pd.DataFrame) -> Table:
    """The summary of one objective; what judges say stands in a chapter of its own."""
    judged = [name for name in table.columns if str(name).startswith("judge_")]
    return Table(readable.summary(table.drop(columns=judged)).drop(columns="objective"))


def _curves(reading: Reading, objective: str, file: str) -> Picture:
    strategies = list(dict.fromkeys(reading.runs["strategy"]))
    curve, budget = reading.curves[objective], reading.budgets[objective]
    figure = figures.convergence(curve, budget, strategies)
    return Picture(f"figures/{file}{reading.ending}.svg", "best-so-far over cost", figure)


def _ranks(reading: Reading) -> tuple[Part, ...]:
    table = ranks(reading.runs)
    if len(table) < 2 or table["n_objectives"].iloc[0] < 2:
        return ()
    said = "Mean rank over objectives and seeds, of the strategies that ran on all of them; "
    return said + "first: nobody was better.", Table(table)
