"""The summary for a notebook, a slide or a paper, the best of each objective in bold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blackbox.results.writing import readable
from blackbox.results.writing.cells import cell_text, looks_numeric
from blackbox.results.writing.shown import FOR_PEOPLE

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

# What the reader sees, and the column of the summary in which the highest number is the best.
HIGHEST = {
    "best [95 %]": "best_mean",
    "median": "best_median",
    "score 0-100": "score",
    "area": "area",
}
TABLES = (
    *FOR_PEOPLE,
    *("verdict", "ranks", "critical_difference", "best_known", "paired_over_objectives", "aocc"),
    *("profiles", "hypervolume", "harm", "audit", "seconds", "failures", "invalid_points", "facts"),
)
ROWS_SHOWN = 40  # of a notebook's cell: a longer table is asked for by `styled`
# By hand: Styler.to_latex leaves arrows, dashes, brackets and line breaks as they are, and draws no
# rule between objectives.
LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "[": "{[}",  # behind a line break it would open an option
        "→": r"$\rightarrow$",
        "–": "--",  # noqa: RUF001 - the dash of our tables
    }
)


def styled(summary: pd.DataFrame, scores: pd.DataFrame | None = None) -> Styler:
    """The summary as a pandas Styler, ready to print or to style further; all text is escaped.

    `scores` is the same table with losses as scores, where the summary holds losses.
    """
    shown = readable.summary(summary)
    best = _best(summary if scores is None else scores, list(shown.columns))
    bold = pd.DataFrame(np.where(best, "font-weight: bold", ""), columns=shown.columns)
    right = [name for name in shown.columns if looks_numeric(shown[name])]
    style = shown.style.set_uuid("blackbox").hide(axis="index")
    style = style.format(escape="html").format_index(escape="html", axis="columns")
    style = style.apply(lambda _: bold, axis=None)
    return style.set_properties(pd.Index(right), **{"text-align": "right"})


def to_latex(summary: pd.DataFrame, scores: pd.DataFrame | None = None) -> str:
    r"""The summary as a LaTeX tabular, for `\usepackage{booktabs}`; a rule between objectives.

    `scores` is the same table with losses as scores, where the summary holds losses.
    """
    shown = readable.summary(summary)
    best = _best(summary if scores is None else scores, list(shown.columns))
    aligned = "".join("r" if looks_numeric(shown[name]) else "l" for name in shown.columns)
    lines = [f"\\begin{{tabular}}{{{aligned}}}", "\\toprule", _row(map(latex, shown.columns))]
    above = None
    for cells, bold in zip(shown.to_numpy(), best, strict=True):
        if cells[0] != above:
            lines.append("\\midrule")
        above = cells[0]
        texts = zip(map(latex, cells), bold, strict=True)
        lines.append(_row(f"\\textbf{{{text}}}" if is_best else text for text, is_best in texts))
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def table(name: str, frame: pd.DataFrame) -> str:
    r"""A table as a LaTeX tabular for `\usepackage{booktabs}`, in the form that people read."""
    to_text = FOR_PEOPLE.get(name)
    return tabular(to_text(frame) if to_text is not None else frame.map(cell_text))


def tabular(shown: pd.DataFrame) -> str:
    """A frame of cells as a LaTeX tabular, a rule where its first column changes."""
    cells = shown.map(cell_text)
    aligned = "".join("r" if looks_numeric(cells[name]) else "l" for name in cells.columns)
    lines = [f"\\begin{{tabular}}{{{aligned}}}", "\\toprule", _row(map(latex, cells.columns))]
    has_groups = len(cells) and str(cells.columns[0]) == "objective"
    above = None
    for row in cells.to_numpy(object):
        if above is None or (has_groups and row[0] != above):
            lines.append("\\midrule")
        above = row[0]
        lines.append(_row(map(latex, row)))
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def notebook(
    recipe: Mapping[str, Any],
    verdict: Iterable[str],
    summary: pd.DataFrame,
    price: float | None,
    skipped: pd.DataFrame,
    not_made: str = "",
    scores: pd.DataFrame | None = None,
) -> str:
    """The verdict and the summary at one price as HTML for a notebook; all text is escaped.

    Without a price no word is said of gradients: nothing asked for one. `scores`: see `styled`.
    """
    shown = min(recipe["prices"]) if price is None else price
    more, others = len(summary) - ROWS_SHOWN, sorted(set(recipe["prices"]) - {shown})
    remarks = [
        f"A gradient costs {shown:g}." if price is not None else "",
        f"Other prices: {', '.join(f'{p:g}' for p in others)}." if others and price else "",
        f"{more} more rows: summary()." if more > 0 else "",
        f"{len(skipped)} could not be compared: skipped." if len(skipped) else "",
        escape(not_made),
    ]
    by = None if scores is None else scores.head(ROWS_SHOWN)
    table = styled(summary.head(ROWS_SHOWN), by).to_html()
    remark = " ".join(filter(None, remarks))
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in verdict)
    sentences = f"<ul>{items}</ul>" if items else ""
    return f"<p><b>{escape(str(recipe['name']))}</b></p>{sentences}{table}<p>{remark}</p>"


def _best(
    summary: pd.DataFrame, titles: list[str]
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which cells of the readable table of these titles hold the highest of their objective."""
    marks = np.zeros((len(summary), len(titles)), bool)
    highest = summary.groupby("objective", sort=False)[[*HIGHEST.values()]].transform("max")
    for title, column in HIGHEST.items():
        marks[:, titles.index(title)] = (summary[column] == highest[column]).to_numpy()
    return marks


def latex(text: str) -> str:
    """Text from outside as LaTeX that shows it, in one line."""
    return " ".join(str(text).split()).translate(LATEX)


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"
