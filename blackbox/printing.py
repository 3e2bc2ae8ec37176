"""Tables of a study on a console, in parts that fit."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from pandas.api.types import is_numeric_dtype
from rich.console import Console

from blackbox.comparison import Comparison
from blackbox.results.judging.racing import last_looks
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.cells import cell_text
from blackbox.results.writing.race import race
from blackbox.terminal import print_rows

# Between two columns of a table, and before its first.
GAP = 3


def show(comparison: Comparison, console: Console, full: bool = False) -> None:
    """The verdict, who ranks where, and what was left out or failed; all of it with `full`."""
    view = comparison.at()
    for sentence in view.verdict()["sentence"]:
        console.print(f"- {sentence}", markup=False, highlight=False)
    for by, board in view.leaderboards.items():
        title = {"score": "by the score", "truth": "by the truth"}.get(by, "of the unharmed")
        shown = next(blocks(readable.leaderboard(board), console.width - GAP))
        print_table(shown, f"leaderboard {title}", console)
    for line in _designs(view):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(table := last_looks(view.racing())):
        for nth, block in enumerate(blocks(race(table), console.width - GAP)):
            print_table(block, "" if nth else "race", console)
    if full:
        _show_summaries(view, console)
    if sentence := view.not_made:
        console.print(sentence, markup=False, highlight=False)
    failed = comparison.runs.query("status == 'failed'")
    if full:
        if len(comparison.skipped):
            print_table(comparison.skipped, "skipped", console)
        if len(failed):
            last = failed.assign(error=failed.error.str.strip().str.split("\n").str[-1])
            print_table(last[["objective", "strategy", "seed", "error"]], "failed", console)
        return
    for count, what in ((len(comparison.skipped), "skipped"), (len(failed), "failed")):
        if count:
            console.print(f"{what}: {count}; --full and the report say why", highlight=False)


def _designs(view: View) -> Iterator[str]:
    """What was found of each objective whose objects are named values, in a line."""
    table = view.best(each="objective")
    named = table.filter(regex="^param_").notna().any(axis=1)
    written = table["shown"].map(lambda one: isinstance(one, str))
    for row in table[named & written].itertuples():
        yield f"best of {row.objective}, by {row.strategy}: {cell_text(row.score)} at {row.shown}"


def _show_summaries(view: View, console: Console) -> None:
    """What each strategy reached on each objective, at each price of a gradient."""
    for price in view.prices:
        cost = f", a gradient costs {price:g}" if len(view.prices) > 1 else ""
        table = readable.summary(view.at(price).summary())
        for objective, rows in table.groupby("objective", sort=False, observed=True):
            parts = blocks(rows.drop(columns="objective"), console.width - GAP)
            for nth, block in enumerate(parts):
                print_table(block, "" if nth else f"{objective}{cost}", console)


def blocks(table: pd.DataFrame, width: int) -> Iterator[pd.DataFrame]:
    """The table in parts that fit a line of so many letters, each led by its first column."""
    cells = [max(len(name), *table[name].astype(str).str.len()) + GAP for name in table.columns]
    first, room = 1, width - cells[0]
    for last in range(1, len(cells) + 1):
        if last == len(cells) or (last > first and sum(cells[first : last + 1]) > room):
            yield table.iloc[:, [0, *range(first, last)]]
            first = last


def print_table(frame: pd.DataFrame, title: str, console: Console) -> None:
    """A frame as a table, numbers to the right."""
    columns = [str(name) for name in frame.columns]
    numbers = [n for n, one in zip(columns, frame.dtypes, strict=True) if is_numeric_dtype(one)]
    print_rows(columns, frame.itertuples(index=False), title, console, numbers)
