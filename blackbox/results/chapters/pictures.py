"""The decoded objects: what was found from which start, and the way there."""

from __future__ import annotations

from blackbox.results import frame
from blackbox.results.chapters.ending import drawn_files
from blackbox.results.drawing.canvas import missing
from blackbox.results.drawing.sheets import path_sheet, sheet
from blackbox.results.judging.paths import texts
from blackbox.results.statistics.failed_runs import CELL, as_worst
from blackbox.results.statistics.large_numbers import group_means
from blackbox.results.view import View
from blackbox.results.writing.document import Part, Picture, Section, Table
from blackbox.results.writing.file_names import file_names

SHEETS = 8  # in a report, where each objective has its share: each is a picture of many pictures
TEXTS = "The best run of each strategy, its start and its best as texts."


def starts_and_bests(view: View) -> Section | None:
    """Start and best of each run, a sheet per objective; or why there are no figures."""
    if why_not := missing():
        return Section("What was found", (f"No figures: {why_not}",))
    sections = []
    drawn = drawn_files(view)
    pictures = frame.pictures([trace for trace in view.traces if trace.objective in drawn])
    for objective, file in drawn.items():
        figure = sheet(pictures[pictures["objective"] == objective])
        if figure is not None:
            shown = Picture(f"figures/{file}-objects.svg", "start and best", figure)
            sections.append(Section(objective, (shown,)))
    return Section("What was found", tuple(sections)) if sections else None


def ways(view: View) -> Section | None:
    """What judges saw of each run between start and best: a sheet per objective and strategy.

    Of a large study only the best strategies of each objective are shown.
    """
    seen = view.paths()
    parts: list[Part] = []
    table = texts(seen)
    if len(table):
        best = table.groupby(["objective", "strategy"], sort=False).head(1)
        parts += [TEXTS, Table(best)]
    share = max(1, SHEETS // max(1, seen["objective"].nunique()))
    means = group_means(as_worst(view.scores.runs), CELL, ["best"])["best"].sort_index()
    bests = means.sort_values(ascending=False, kind="stable")
    shown = set(bests.groupby("objective").head(share).index)
    cells = {} if missing() else dict(iter(seen.groupby(CELL, sort=False)))
    files = file_names(f"{objective} {strategy}" for objective, strategy in cells)
    sheets: list[Part] = []
    for (objective, strategy), rows in cells.items():
        figure = path_sheet(rows) if (objective, strategy) in shown else None
        if figure is not None:
            file = f"figures/{files[f'{objective} {strategy}']}-path.svg"
            sheets.append(Picture(file, f"start to best: {objective}, {strategy}", figure))
    if sheets and len(shown) < len(bests):
        parts.append(f"Pictures of the {share} strategies with the best mean on each objective.")
    return Section("From start to best", (*parts, *sheets)) if parts or sheets else None
