"""A laboratory without a laboratory: what comes of the points that a session asks for."""

from __future__ import annotations

from typing import Any

import pandas as pd

import blackbox as bb

PARAMETERS = bb.Parameters(
    heat=bb.Real(20, 90, unit="degC"),
    stages=bb.Integer(1, 8),
    solvent=bb.Choice("water", "ethanol"),
)
BOX = bb.Space.box(-2, 2, 2)
FROM_START = "cma_es(start='first')"  # asks for the start, and then for six points at a time


def tried(table: pd.DataFrame) -> pd.DataFrame:
    """The frame with what was measured, as `score`."""
    if "heat" in table:
        score = -((table["heat"] - 60) ** 2) / 100 - (table["stages"] - 5) ** 2
        return table.assign(score=score + (table["solvent"] == "ethanol"))
    return table.assign(score=-(table.filter(regex="^z_") ** 2).sum(axis=1))


def worked(session: bb.Session, words: int = 1000) -> bb.Session:
    """The session after so many rounds of ask and tell, or when its budget is spent."""
    for _ in range(words):
        table = session.ask()
        if not len(table):
            break
        session.tell(tried(table))
    return session


def begun(
    folder: Any = None, strategy: Any = FROM_START, budget: int = 14, **settings: Any
) -> bb.Session:
    """A session on the box."""
    return bb.session(strategy, settings.pop("space", BOX), budget, folder, **settings)
