"""Lines and tables on a console, with nobody's names taken for markup."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from blackbox.notices import StudyWarning
from blackbox.other_packages import is_other, show_warnings_where


def print_rows(
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    title: str,
    console: Console,
    numbers: Collection[str] = (),
) -> None:
    """A table with these columns; those of `numbers` to the right."""
    table = Table(title=escape(title) or None, title_justify="left", box=box.SIMPLE)
    for name in columns:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(plain_text(value) for value in row))
    console.print(table)


def plain_text(value: object) -> str:
    """Text that rich shows as it is: names from outside may hold its markup."""
    return escape(str(value))


def say(text: str, style: str) -> None:
    """One line on standard error."""
    console = Console(stderr=True)
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def print_report(folder: Path, console: Console) -> None:
    """Where a report lies."""
    for file in ("README.md", "report.html"):
        console.print(f"report: {folder / file}", soft_wrap=True, highlight=False, markup=False)


@contextmanager
def shown_in_a_line(*, all_of_them: bool = False) -> Iterator[None]:
    """Show what a user should know of a study as one line each, not as Python shows warnings.

    Other packages' warnings are not shown, unless `all_of_them` are.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", StudyWarning)

        def is_left(message: Warning | str, filename: str) -> bool:
            if isinstance(message, StudyWarning):
                say(f"blackbox: {message}", "yellow")
                return False
            return all_of_them or not is_other(filename)

        show_warnings_where(is_left)
        yield
