"""Cells of a table as people read them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

ABSENT = "–"  # noqa: RUF001 - an en dash is what a table shows where there is no number


def cell_text(value: object) -> str:
    """A cell as people read it: four digits of a number, a dash where there is none."""
    if isinstance(value, float | np.floating):
        return ABSENT if np.isnan(value) else f"{float(value) + 0.0:.4g}"  # 0 has no sign
    return str(value)


def looks_numeric(cells: Any) -> bool:
    """Whether all these texts begin as numbers do, so that their column is set to the right."""
    return all(re.match(rf"-?[\d.]|{ABSENT}|-?inf", text) for text in cells)
