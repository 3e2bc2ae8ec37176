"""Tables as csv, in which no name is a formula: spreadsheets run a cell that begins like one."""

from __future__ import annotations

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(table: pd.DataFrame, digits: int | None = None) -> str:
    """The table as csv, texts defused; of numbers so many digits, or all."""
    texts = {
        name: column.map({each: defused(each) for each in column.unique()})
        for name, column in table.items()
        if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))
    }
    shown = table.assign(**{str(name): column for name, column in texts.items()})
    shown = shown.rename(columns=defused)
    form = None if digits is None else f"%.{digits}g"
    return str(shown.to_csv(index=False, float_format=form, lineterminator="\n"))


def defused(cell: object) -> object:
    """A text that a spreadsheet shows: where it begins as a formula does, behind an apostrophe.

    >>> defused("=1+1"), defused("a=1"), defused(-1)
    ("'=1+1", 'a=1', -1)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
