"""Every table of a study, column by column: unit, dtype, meaning, and since which version.

>>> described("ranks")[["column", "unit", "dtype"]].head(3).to_dict("split")["data"]
[['strategy', '', 'str'], ['n_ok', 'runs', 'str'], ['rank', 'ranks', 'float64']]
"""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from blackbox.results.schema import compared, judged, paid, recorded
from blackbox.results.schema.column import Column

TABLES: dict[str, tuple[Column, ...]] = {
    **recorded.TABLES,
    **compared.TABLES,
    **judged.TABLES,
    **paid.TABLES,
}


def described(table: str) -> pd.DataFrame:
    """What the columns of a table are, one row per column, for people. Raises KeyError."""
    rows = [asdict(column) for column in TABLES[table]]
    return pd.DataFrame(rows).rename(columns={"name": "column"})


def column(table: str, name: str) -> Column | None:
    """What a column of a table is; None where it is not known.

    `judge_<name>` and the like stand for a column per judge, `<criterion>` for one per criterion.
    """
    exact = (each for each in TABLES[table] if each.name == name)
    stands_for = (each for each in reversed(TABLES[table]) if each.stands_for(name))
    return next(exact, None) or next(stands_for, None)
