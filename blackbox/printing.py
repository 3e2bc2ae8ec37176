"""Tables of a study on a console: in parts that fit, with nobody's names taken for markup."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from blackbox.comparison import Comparison
from blackbox.notices import StudyWarning
from blackbox.results.judging.racing import last_looks
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.race import race

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
    table = Table(title=escape(title) or None, title_justify="left", box=box.SIMPLE)
    for name in frame.columns:
        is_number = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if is_number else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(plain_text(value) for value in row))
    console.print(table)


def plain_text(value: object) -> str:
    """Text that rich shows as it is: names from outside may hold its markup."""
    return escape(str(value))


def say(text: str, style: str) -> None:
    """One line on standard error."""
    console = Console(stderr=True)
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def shown_in_a_line() -> Iterator[None]:
    """Show what a user should know of a study as one line each, not as Python shows warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", StudyWarning)
        usual = warnings.showwarning

        def show_warning(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, StudyWarning):
                say(f"blackbox: {message}", "yellow")
            else:
                usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show_warning
        yield
