"""Frames that print what matters: pandas hides the middle columns of a wide table."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from blackbox.results.writing import readable
from blackbox.results.writing.cells import cell_text, looks_numeric

GAP = 2  # letters between two columns
RHO = "rho [95 %]"  # what a reader of a study with a truth looks for


def _exploitation(table: pd.DataFrame) -> pd.DataFrame:
    """What is real of the gain stands first: of a narrow line the last columns are left out."""
    made = readable.exploitation(table)
    first = [name for name in ("objective", "strategy", "ok", RHO) if name in made.columns]
    return made[[*first, *made.columns.drop(first)]]


# How people read a table of this name; the others are shown as they are.
FOR_PEOPLE: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "summary": readable.summary,
    "leaderboard": readable.leaderboard,
    "leaders": readable.leaders,
    "paired": readable.paired,
    "targets": readable.fixed_targets,
    "aggregate": readable.aggregate,
    "price_table": readable.price_table,
    "break_even": readable.break_even,
    "exploitation": _exploitation,
}


class Shown(pd.DataFrame):
    """A frame like any other, but for what `print` shows of it; what is made of it is plain.

    pandas drops columns in the middle until a line fits, and with names of twenty letters on 80
    columns the first and the last are all that is left: no order of columns helps.
    """

    _metadata = ["_table"]  # noqa: RUF012 - the way in which pandas lets a frame have an attribute
    _table = ""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def __repr__(self) -> str:
        """The columns that fit a line, as people read them, and how many there are."""
        try:
            return _text(FOR_PEOPLE[self._table](pd.DataFrame(self)), len(self.columns))
        except KeyError:  # columns were taken away in place
            return repr(pd.DataFrame(self))


def shown(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A copy of the table of this name, to be printed."""
    made = Shown(table.copy())
    made._table = name
    return made


def first_columns(table: pd.DataFrame, width: int) -> list[str]:
    """The columns from the left that fit a line of so many letters, one at least."""
    ends = [_width(table[name]) + GAP for name in table.columns]
    n = sum(1 for nth in range(len(ends)) if sum(ends[: nth + 1]) - GAP <= width)
    return list(table.columns[: max(n, 1)])


def _text(table: pd.DataFrame, n_columns: int) -> str:
    if not len(table):
        return repr(table)
    most = pd.get_option("display.max_rows") or len(table)
    cells = table.head(most).map(cell_text)
    parts = [("", cells)]
    if cells.columns[0] == "objective":  # each as a line of its own leaves room for numbers
        groups = cells.groupby("objective", sort=False)
        parts = [(str(name), rows.drop(columns="objective")) for name, rows in groups]
    rest = cells.drop(columns="objective", errors="ignore")
    names = first_columns(rest, shutil.get_terminal_size().columns)
    widths = {name: _width(rest[name]) for name in names}
    lines = []
    for title, rows in parts:
        lines += [title] * bool(title)
        lines += _lines(rows[names], widths)
    whole = f"[{len(table)} rows x {n_columns} columns: .columns names them]"
    return "\n".join([*lines, *["..."] * (len(table) > most), whole])


def _lines(rows: pd.DataFrame, widths: Mapping[str, int]) -> Iterator[str]:
    """A head and the rows, texts to the left and numbers to the right."""
    sides = {name: ">" if looks_numeric(rows[name]) else "<" for name in rows.columns}
    for cells in ([*rows.columns], *rows.to_numpy(object).tolist()):
        padded = zip(rows.columns, cells, strict=True)
        yield (
            (" " * GAP)
            .join(f"{cell:{sides[name]}{widths[name]}}" for name, cell in padded)
            .rstrip()
        )


def _width(column: pd.Series[str]) -> int:
    return max(len(str(column.name)), int(column.str.len().max()))
