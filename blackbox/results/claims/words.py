"""Names and numbers in sentences."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import numpy as np

from blackbox.results.writing.cells import cell_text

NAMED = 3  # of a list in a sentence; the rest is counted
SPELLED = 2  # objectives of which each has sentences of its own; of more, they are counted


def number(figure: float, low: float = np.nan, high: float = np.nan) -> str:
    """A number with its interval, as the tables show it.

    >>> number(1.23456, 1.0, 1.5), number(2.0)
    ('1.235 [1, 1.5]', '2')
    """
    text = cell_text(float(figure))
    return text if np.isnan(low) else f"{text} [{cell_text(float(low))}, {cell_text(float(high))}]"


def percent(share: float, low: float = np.nan, high: float = np.nan) -> str:
    """A share in percent.

    >>> percent(0.0089, 0.006, 0.017), percent(1.0)
    ('0.89 % [0.6, 1.7]', '100 %')
    """
    whole = f"{cell_text(float(f'{100 * share:.2g}'))} %" if abs(share) < 1 else f"{share:.0%}"
    whole = whole.replace("%", " %").replace("  %", " %")
    if np.isnan(low):
        return whole
    return f"{whole} [{float(f'{100 * low:.2g}'):g}, {float(f'{100 * high:.2g}'):g}]"


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """Names as people list them, of many the first and how many more.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    shown = list(names[:most] if len(names) > most + 1 else names)
    rest = len(names) - len(shown)
    last = f"{rest} more" if rest else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last


def on(objective: str, objectives: Collection[str]) -> str:
    """Where a sentence holds: "" where there is one objective.

    >>> on("bowl", ["bowl"]), on("bowl", ["bowl", "hill"])
    ('', ' on bowl')
    """
    return f" on {objective}" if len(objectives) > 1 else ""


def rows(**equal: str | Collection[str]) -> str:
    """The rows of a table in which columns hold these texts, as they are asked of a frame.

    >>> rows(objective="bowl", strategy=["a", "b"])
    '.query(\\'objective == "bowl" and strategy == ["a", "b"]\\')'
    """
    parts = [
        f"{name} == {json.dumps(text if isinstance(text, str) else list(text))}"
        for name, text in equal.items()
    ]
    return f".query({' and '.join(parts)!r})"
