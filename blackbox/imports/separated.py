"""Texts whose lines are rows of cells: what parts them is found out, and must be certain."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from blackbox.errors import LogError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
COMMENTS = ("#", "%")
# The first line with which Excel is told what parts the cells.
STATEMENT = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
SHOWN = 60  # characters of a line in an error


@dataclass(frozen=True, eq=False)
class Rows:
    """A header and rows of as many cells; `lines [n]` are the numbers of their lines, from 1."""

    separator: str
    header: Sequence[str]
    cells: Sequence[Sequence[str]]
    lines: Sequence[int]


def rows_of(text: str, place: str, needed: Collection[str], notices: list[str]) -> Rows:
    """The rows of a text by the separator with which it has these columns.

    Blank lines, comments and repetitions of the header are left out. Raises LogError where no
    separator fits or several do, and for rows that are no rows of the header.
    """
    text, stated = _statement(text, place)
    headers = {one: _first(text, one, place) for one in stated or SEPARATORS}
    widest = max(headers, key=lambda one: len(headers[one]))
    possible = [one for one, header in headers.items() if set(needed) <= set(header)] or [widest]
    fitting: list[tuple[Rows, list[str]]] = []
    misfits = []
    for separator in possible:
        remarks: list[str] = []
        try:
            fitting.append((_rows(text, separator, place, remarks), remarks))
        except LogError as error:
            misfits.append((len(headers[separator]), error))
    if not fitting:
        raise max(misfits, key=lambda one: one[0])[1]
    tables = [[rows.header, *rows.cells] for rows, _ in fitting]
    if any(table != tables[0] for table in tables):
        names = " or ".join(SEPARATORS[rows.separator] for rows, _ in fitting)
        raise LogError(f"{place} can be read with {names} between its cells; put names in quotes")
    notices.extend(fitting[0][1])
    return fitting[0][0]


def _statement(text: str, place: str) -> tuple[str, list[str]]:
    """The text with its statement of a separator left blank, and that separator if there is one."""
    line, end, rest = text.partition("\n")
    statement = STATEMENT.fullmatch(line)
    if not statement:
        return text, []
    separator = statement[1]
    if separator not in SEPARATORS:
        raise LogError(
            f"{place}, line 1 says that {separator!r} parts the cells; what can part them are "
            f"{', '.join(SEPARATORS.values())}"
        )
    return f"{end}{rest}", [separator]


def _first(text: str, separator: str, place: str) -> list[str]:
    try:
        return next((header for _, header in _read(text, separator, place, [])), [])
    except LogError:
        return []


def _rows(text: str, separator: str, place: str, notices: list[str]) -> Rows:
    comments: list[tuple[int, str]] = []
    numbered = list(_read(text, separator, place, comments))
    if not numbered:
        raise LogError(f"cannot read {place}: it is empty")
    (line, header), *rows = numbered
    repeated = [nth for nth, cells in rows if cells == header]
    rows = [(nth, cells) for nth, cells in rows if cells != header]
    if repeated:
        notices.append(f"{place} repeats its header in line {repeated[0]}, which was left out")
    if header[-1] == "" and all([len(header), ""] == [len(c), c[-1]] for _, c in rows):
        header, rows = header[:-1], [(nth, cells[:-1]) for nth, cells in rows]
    width = len(header)
    if rows and all(len(cells) == width + 1 for _, cells in rows):
        rows = _without_extra(rows, separator, place, notices)
    elif rows and header[-1] == "" and all(len(cells) == width - 1 for _, cells in rows):
        header, width = header[:-1], width - 1  # a separator at the end of the header alone
    for nth, cells in rows:
        if len(cells) != width:
            is_cut = nth == rows[-1][0] and not text.endswith(("\n", "\r"))
            raise _misfit(place, nth, cells, separator, f"line {line} names {width}", is_cut)
    _refuse_comments_that_are_rows(comments, place, separator, width)
    if rows and not text.endswith(("\n", "\r")):
        notices.append(
            f"{place} ends without the end of a line: if it was cut there, the last value of line "
            f"{rows[-1][0]} is too short"
        )
    return Rows(separator, header, [cells for _, cells in rows], [nth for nth, _ in rows])


def _without_extra(
    rows: list[tuple[int, list[str]]], separator: str, place: str, notices: list[str]
) -> list[tuple[int, list[str]]]:
    """Rows that all have a cell more than the header, without it where it is certain which."""
    if all(cells[-1] == "" for _, cells in rows):
        notices.append(f"{place} has a separator at the end of each row, which was left out")
        return [(nth, cells[:-1]) for nth, cells in rows]
    firsts = [cells[0] for _, cells in rows]
    counts = [[str(n + start) for n in range(len(rows))] for start in (0, 1)]
    if firsts in counts and separator != ",":
        notices.append(f"{place} has row names without a header, which were left out")
        return [(nth, cells[1:]) for nth, cells in rows]
    if firsts in counts:
        raise LogError(
            f"{place}, line {rows[0][0]}: a cell more than the header names, in each row; it may "
            "be the number of the row in front, or a decimal comma. Give the first column a name, "
            "or write numbers with a point"
        )
    return rows


def _misfit(
    place: str, line: int, cells: Sequence[str], separator: str, header: str, is_cut: bool
) -> LogError:
    shown = separator.join(cells)
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."
    todo = f"put names with {SEPARATORS[separator]} in quotes"
    if separator == ",":
        todo = "is it a decimal comma? Write numbers with a point, and names with commas in quotes"
    if is_cut:
        todo = "the file was cut there; take the line away to read the rest"
    return LogError(f"{place}, line {line}: {len(cells)} cells, but {header}: {shown!r}; {todo}")


def _refuse_comments_that_are_rows(
    comments: Sequence[tuple[int, str]], place: str, separator: str, width: int
) -> None:
    """Refuse what begins like a comment and is as long as a row: its first cell may be a name."""
    for line, content in comments:
        cells = content.split(separator)
        first = cells[0].strip("#% ").replace(".", "")
        if len(cells) == width > 1 and not first.isdigit():
            raise LogError(
                f"{place}, line {line}: {content[:SHOWN]!r} may be a comment, or a row whose first "
                "name begins so; put the name in quotes or take the line away"
            )


def _read(
    text: str, separator: str, place: str, comments: list[tuple[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its last line; `comments` gets those between them."""
    begins_row = [True]
    reader = csv.reader(
        _lines(text, separator == " ", begins_row, comments),
        delimiter=separator,
        skipinitialspace=separator == " " or f"{separator} " in text.partition("\n")[0],
        strict=True,
    )
    while True:
        begins_row[0] = True
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise LogError(
                f"{place}, line {reader.line_num}: {error}; is a quote not closed, or the end of "
                "the file missing?"
            ) from error
        if cells:
            yield reader.line_num, cells


def _lines(
    text: str, is_blank: bool, begins_row: list[bool], comments: list[tuple[int, str]]
) -> Iterator[str]:
    """The lines of a text, emptied where a row would begin and there is none."""
    for nth, line in enumerate(io.StringIO(text, newline=""), start=1):
        bare = line.strip()
        if begins_row[0] and (not bare or bare.startswith(COMMENTS)):
            if bare:
                comments.append((nth, bare))
            yield "\n"
        else:
            begins_row[0] = False
            yield line.replace("\t", " ").strip() + "\n" if is_blank else line
