"""The data that the page switches between: tables and curves for each price and part of the budget.

All numbers are made here; the page only shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from blackbox.results.drawing.canvas import COLOURS, ON_DARK, in_lines, style_of
from blackbox.results.drawing.lines import SQUEEZED
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.cells import cell_text, looks_numeric

Json: TypeAlias = dict[str, Any]

SHARES = (0.25, 0.5, 0.75, 1.0)
DASHES = ("solid", "11px,3px", "4px,2px", "11px,3px,2px,3px")  # those of the figures, in pixels
EXACT = 8  # digits of a curve, so that small gaps to the optimum are seen


def panel(view: View) -> Json:
    """What the page shows while one price is selected: a table per share, curves per objective."""
    summaries = [view.at(view.price, share).summary() for share in SHARES]
    shown = [table(readable.summary(summary)) for summary in summaries]
    best_known = view.scores.best_known().set_index("objective")["best_known"]
    clocks = {name: _clock(curve) for name, curve in view.scores.curves_over_seconds.items()}
    return {
        "price": view.price,
        "boards": {
            by: table(readable.leaderboard(board)) for by, board in view.leaderboards.items()
        },
        "tables": [each["rows"] for each in shown],
        "columns": shown[-1]["columns"],
        "charts": {
            objective: _chart(curve, view.budgets[objective], float(best_known[objective]))
            | {"clock": clocks.get(objective), "sign": -1 if objective in view.losses else 1}
            for objective, curve in view.scores.curves.items()
        },
    }


def data(view: View, panels: Sequence[Json], terms: Mapping[str, str]) -> Json:
    """All panels, with what they share: names, colours and the meanings of columns."""
    columns = [column | {"tip": _meaning(column["title"], terms)} for column in _columns(panels)]
    return {
        "panels": [{k: v for k, v in panel.items() if k != "columns"} for panel in panels],
        "columns": columns,
        "shares": SHARES,
        "gradients": view.asks_gradients,
        "objectives": list(dict.fromkeys(trace.objective for trace in view.traces)),
        "strategies": {name: _line(name, nth) for nth, name in enumerate(view.strategies)},
    }


def table(frame: pd.DataFrame) -> Json:
    """A frame as columns and rows of text, as the README shows them, for one table of the page."""
    cells = frame.map(cell_text)
    columns = [
        {"title": str(name), "numeric": bool(looks_numeric(cells.iloc[:, nth]))}
        for nth, name in enumerate(cells.columns)
    ]
    return {"columns": columns, "rows": cells.to_numpy(object).tolist()}


def label(name: str) -> str:
    """A name as plotly shows it literally, wrapped: it reads some HTML in its labels."""
    return "<br>".join(escape(line, quote=False) for line in in_lines(name)) or "&nbsp;"


def _columns(panels: Sequence[Json]) -> list[Json]:
    return panels[0]["columns"] if panels else []


def _line(name: str, nth: int) -> Json:
    place, line = style_of(nth)
    colour, dash = COLOURS[place], DASHES[line]
    dark = ON_DARK.get(colour.lower(), colour)
    return {"label": label(name), "colour": colour, "dark": dark, "dash": dash}


def _meaning(title: str, terms: Mapping[str, str]) -> str:
    meanings = (m for word, m in terms.items() if title.startswith(word) or title.endswith(word))
    return next(meanings, "")


def _chart(curve: pd.DataFrame, budget: float, best_known: float) -> Json:
    """The curves of one objective; `log`: whether a linear axis would show one line at the top."""
    lines = {str(name): thinned(part) for name, part in curve.groupby("strategy", sort=False)}
    settled = curve[curve["cost"] >= 0.1 * budget]
    levels = curve[["mean", "low", "high"]].to_numpy(float)
    # As floats of Python, which are inf and no warning where a difference is beyond them.
    low, high = _low(settled[["mean", "low"]].to_numpy(float)), -_low(-levels)
    ends = float(settled.groupby("strategy")["mean"].last().abs().max())
    cut = high - _low(levels) > 3 * (high - low)
    return {
        "budget": budget,
        "known": _number(best_known),
        "lines": lines,
        "floor": _number(low) if cut else None,
        "log": bool(best_known - low > 0 and high - low > SQUEEZED * ends),
    }


def _clock(curve: pd.DataFrame) -> Json:
    """The same lines over seconds, and where they end; the rest is as over cost."""
    over = curve.rename(columns={"seconds": "cost"})
    lines = {str(name): thinned(part) for name, part in over.groupby("strategy", sort=False)}
    return {"end": _number(float(curve["seconds"].max())), "lines": lines}


def _low(values: Any) -> float:
    return float(np.min(values[np.isfinite(values)], initial=np.inf))


def thinned(curve: pd.DataFrame) -> Json:
    """One line without the points at which nothing changes; no band where there is none."""
    values = curve[["cost", "mean", "low", "high"]].to_numpy(float)
    levels = np.nan_to_num(values[:, 1:], nan=np.inf)
    keep = np.ones(len(values), bool)
    keep[1:-1] = (levels[1:-1] != levels[:-2]).any(axis=1)
    cost, mean, low, high = ([_number(v) for v in column] for column in values[keep].T)
    band = {} if all(v is None for v in low) else {"low": low, "high": high}
    return {"cost": cost, "mean": mean, **band}


def _number(value: float) -> float | None:
    return float(f"{value:.{EXACT}g}") if np.isfinite(value) else None
