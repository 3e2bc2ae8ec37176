"""What the ranking would be if a gradient cost something else, and where it flips."""

from __future__ import annotations

from blackbox.results.chapters.ending import drawn_files
from blackbox.results.costs.break_even import price_curve
from blackbox.results.drawing import figures
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.document import Part, Picture, Section, Table

MOST_PAIRS = 15  # of an objective; beyond them, those with the strategy that ranks first

PRICES = (
    "The mean best and, in brackets, its rank when a gradient costs that much on top of its score; "
    "d is the number of dimensions, what forward differences pay. Runs were granted at the "
    "cheapest price of the study, so that no curve ends early; below it nothing is known."
)
EVEN = (
    "Two strategies swap at the break-even price: up to it the one is ahead, above it the other. "
    "The interval, over paired seeds, is that of the price above which the other leads."
)


def prices(view: View) -> Section | None:
    """The price table, break-even prices and a figure per objective, where gradients were asked."""
    uses_gradients = view.runs.groupby("strategy")["n_gradients"].max() > 0
    if not uses_gradients.any() or len(uses_gradients) < 2:
        return None
    table, strategies = view.price_table(), view.strategies
    ranked = table.dropna(subset="rank").sort_values(["gradient_price", "rank"])
    many = len(strategies) * (len(strategies) - 1) // 2 > MOST_PAIRS
    even = view.break_even(str(ranked["strategy"].iloc[0]) if many and len(ranked) else None)
    parts: list[Part] = [
        PRICES,
        Table(readable.price_table(table)),
        EVEN,
        Table(readable.break_even(even)),
    ]
    drawn = drawn_files(view)
    steps = view.scores.steps
    curve = price_curve(steps[steps["objective"].isin(drawn)])
    for objective, file in drawn.items():
        figure = figures.price_ranks(curve[curve["objective"] == objective], strategies)
        name = f"figures/{file}-prices.svg"
        parts.append(Picture(name, f"ranks over the price of a gradient, {objective}", figure))
    return Section("The price of a gradient", tuple(parts))
