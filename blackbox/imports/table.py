"""Tables of logs: from texts, parquet and frames alike, as columns whose cells know their place."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.errors import LogError
from blackbox.imports.cells import Cells
from blackbox.imports.separated import rows_of
from blackbox.imports.sources import Files, opened
from blackbox.imports.texts import text_of
from blackbox.spelling import did_you_mean

PARQUET = b"PAR1"
TABLES = (".csv", ".tsv", ".txt", ".dat", ".parquet")
# Columns that only our own exports have together: of evaluations, and of runs.
OURS = ({"n_gradients", "cost", "best", "status"}, {"granted", "used", "wasted", "best_cost"})
# What pandas calls the numbers of rows, which it writes in front unless it is told not to.
ROW_NUMBERS = ("", "Unnamed: 0", "index", "level_0")
SHOWN = 5  # files in an error; the rest is counted


@dataclass(frozen=True, eq=False)
class LogTable:
    """Columns of a log, `[n]` each. `places [n]` are the numbers of its rows, for errors."""

    source: str
    columns: Mapping[str, Sequence[Any]]
    places: Sequence[int]
    counted: str = "line"
    notices: list[str] = field(default_factory=list)
    repeated: frozenset[str] = frozenset()  # names of several columns
    is_text: bool = True
    attributes: Mapping[str, Any] = field(default_factory=dict)  # of a frame

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.places)

    @property
    def is_ours(self) -> bool:
        """Whether our own export wrote it."""
        return any(set(self.columns) >= names for names in OURS)

    def cells(self, name: str, todo: str = "") -> Cells:
        """A column. Raises LogError where there is none or several of this name."""
        if name in self.repeated:
            raise LogError(f"{self.source} has several columns {name!r}; rename all but one")
        if name not in self.columns:
            columns = ", ".join(self.columns)
            near = did_you_mean(name, self.columns)
            raise LogError(f"{self.source} has no column {name!r}{todo}{near}; it has: {columns}")

        def where(row: int) -> str:
            return f"{self.at(row)}, column {name!r}"

        only = self.is_text and len(self.columns) == 1
        ours = self.is_text and self.is_ours
        return Cells(self.columns[name], where, self.notices, is_only=only, is_ours=ours)

    def same(self, value: Any, meaning: str) -> Cells:
        """One value for all rows."""
        where = f"fixed={{{meaning!r}: ...}}"
        return Cells([value] * len(self), lambda row: where, self.notices)

    def at(self, row: int) -> str:
        """The place of a row, for errors."""
        return f"{self.source}, {self.counted} {self.places[row]}"

    def rows(self, chosen: Iterable[int]) -> LogTable:
        """The same with these rows only."""
        rows = list(chosen)
        columns = {name: [cells[row] for row in rows] for name, cells in self.columns.items()}
        places = [self.places[row] for row in rows]
        return replace(self, columns=columns, places=places)


def read_table(
    source: Path | pd.DataFrame, needed: Collection[str], notices: list[str]
) -> LogTable:
    """The table of a file, compressed or in an archive, or of a frame; `needed` are its columns.

    Text may be parted by commas, semicolons, tabs, bars or blanks. `notices` gets what was assumed.
    Raises LogError for what cannot be read for certain.
    """
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, "the frame", "row", notices)
    files = opened(source)
    return table_of(files, _the_table(files), needed, notices)


def table_of(files: Files, member: str, needed: Collection[str], notices: list[str]) -> LogTable:
    """The table that one of the files holds."""
    content, place = files.content(member), files.place(member)
    if content.startswith(PARQUET):
        return _of_frame(parquet_frame(content, place), place, "row", notices)
    text = text_of(content, place, notices)
    rows = rows_of(text, place, needed, notices)
    header = [name.strip() for name in rows.header]
    columns = dict(zip(header, zip(*rows.cells, strict=True), strict=False)) if rows.cells else {}
    columns = columns or dict.fromkeys(header, ())
    return LogTable(place, columns, rows.lines, "line", notices, _repeated(header))


def parquet_frame(content: bytes, place: str) -> pd.DataFrame:
    """The frame of a parquet file. Raises LogError for what is damaged."""
    try:
        return pd.read_parquet(io.BytesIO(content), page_checksum_verification=True)
    except Exception as error:  # of damaged bytes pyarrow raises of any kind
        raise LogError(f"{place} is no intact parquet file: {error}") from error


def _of_frame(frame: pd.DataFrame, source: str, counted: str, notices: list[str]) -> LogTable:
    names = [_name(column) for column in frame.columns]
    columns = {name: frame.iloc[:, nth].tolist() for nth, name in enumerate(names)}
    places, attributes = range(len(frame)), {str(k): v for k, v in frame.attrs.items()}
    return LogTable(source, columns, places, counted, notices, _repeated(names), False, attributes)


def _name(column: object) -> str:
    """The name of a frame's column; that of several levels as optuna writes it in one.

    >>> _name(("params", "x")), _name(("value", "")), _name(3)
    ('params_x', 'value', '3')
    """
    if isinstance(column, tuple):
        return "_".join(str(part) for part in column if str(part))
    return str(column).strip()


def _repeated(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name, n in Counter(names).items() if n > 1)


def _the_table(files: Files) -> str:
    """The one table among the files."""
    if files.is_alone:
        return next(iter(files.members))
    tables = files.ending(*TABLES)
    if len(tables) != 1:
        listed = ", ".join((tables or list(files.members))[:SHOWN])
        more = f" and {len(tables) - SHOWN} more" if len(tables) > SHOWN else ""
        raise LogError(
            f"{files.source} holds {len(tables)} tables, not one: {listed}{more}; name one of them"
        )
    return tables[0]
