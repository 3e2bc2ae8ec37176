"""How good the strategies were, at one price of a gradient."""

from __future__ import annotations

import pandas as pd

from blackbox.results.chapters.ending import drawn_files, not_drawn, price_ending
from blackbox.results.drawing import figures
from blackbox.results.drawing.plots import cost_label
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.document import Part, Picture, Section, Table, Terms

HOW_TO_READ = Terms(
    {
        "ok": "runs that ended well with a valid score, of all that were made; the others count as "
        "the worst run of the objective",
        "best": "mean over seeds of each run's best score, with its 95 % interval: of "
        "three or four seeds it is right for normal bests alone, and fewer have none",
        "median": "of the same bests",
        "score 0-100": "0 is the mean of random search at the same budget, 100 the best known; "
        "below random search it is negative, and bounded at -100",
        "area": "mean of best-so-far over cost, in units of the score",
        "start → best": "a judge's mean at the start and at the best of each run, outside its "
        "budget; – where it was not asked",  # noqa: RUF001 - as tables show it
        "used": "units spent of those granted, per run",
        "thinking s": "seconds inside the strategy, per run",
    }
)

NOISY = (
    "Where the scorer is noisy, a best is the mean of scores that were asked again outside the "
    "budget, and *as seen* the mean of the highest scores, which is luck, too. Curves rise as was "
    "seen and end where the table does."
)
RANKED = (
    "Mean rank over objectives and seeds, of the strategies that ran on all of them; "
    "first: nobody was better."
)


def summary(view: View) -> Section:
    """The summary and the curves of each objective, what the score stands for, and mean ranks."""
    drawn = drawn_files(view)
    parts: list[Part] = [*not_drawn(view)]
    if view.asks_gradients:
        parts.append(f"Prices in units of the budget: a score 1, its gradient {view.price:g} more.")
    if "best_seen" in view.runs:
        parts.append(NOISY)
    for objective, table in view.summary().groupby("objective", sort=False):
        file = drawn.get(str(objective))
        shown = (_curves(view, str(objective), file),) if file else ()
        parts.append(Section(str(objective), (_readable(table), *shown), on_page=False))
    parts += ["What 0 and 100 of the score stand for:", Table(view.best_known()), *_ranks(view)]
    title = f"When a gradient costs {view.price:g}" if view.asks_gradients else "Scores"
    return Section(title, tuple(parts), price=view.price)


def _readable(table: pd.DataFrame) -> Table:
    """The summary of one objective; what judges say stands in a chapter of its own."""
    judged = [name for name in table.columns if str(name).startswith("judge_")]
    return Table(readable.summary(table.drop(columns=judged)).drop(columns="objective"))


def _curves(view: View, objective: str, file: str) -> Picture:
    curve, budget = view.scores.curves[objective], view.budgets[objective]
    is_loss, cost = objective in view.losses, cost_label(view)
    figure = figures.convergence(curve, budget, view.strategies, cost, is_loss=is_loss)
    return Picture(f"figures/{file}{price_ending(view)}.svg", "best-so-far over cost", figure)


def _ranks(view: View) -> tuple[Part, ...]:
    table = view.ranks()
    if len(table) < 2 or table["n_objectives"].iloc[0] < 2:
        return ()
    return RANKED, Table(table)
