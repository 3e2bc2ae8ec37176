"""The report of a study: a folder with a README, a page, tables and figures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from blackbox.results.chapters import OF_A_PRICE, OF_THE_STUDY, account, opening, scores
from blackbox.results.drawing.canvas import drawn
from blackbox.results.page import explorer, render
from blackbox.results.report_folder import renew
from blackbox.results.view import View
from blackbox.results.writing import markdown
from blackbox.results.writing.best_files import best_files
from blackbox.results.writing.csv_text import to_csv
from blackbox.results.writing.document import Section, pictures

DIGITS = 6  # of numbers in csv files, so that the last bits of a machine do not show


def write(folder: Path, view: View) -> Path:
    """Write `README.md`, `report.html`, parquet and csv tables and `figures/`; the folder.

    `view` is the study as it was granted. The same traces give the same bytes, but for columns of
    seconds. Without matplotlib the figures are left out, and the report says so. All of it is made
    before the first file is written. Raises StoreError where a file is there that no report wrote,
    and where the folder cannot be written.
    """
    renew(folder, _files(folder, view))
    return folder


def _files(folder: Path, view: View) -> dict[str, bytes]:
    """The files of the report of this folder: name -> content."""
    picture = opening.picture(view)
    first = [account.missing(view), account.verdict(view)]
    shown: list[Section | None] = [] if picture else [opening.curves(view)]
    boards, sections, summaries, panels = [], [], [pd.DataFrame()], []
    for price in view.prices:  # one by one: rows at a further price are held only here
        at_price = view.at(price)
        boards.append(opening.leaderboard(at_price))
        sections += [section for chapter in OF_A_PRICE if (section := chapter(at_price))]
        summaries.append(at_price.summary().assign(gradient_price=price))
        panels.append(explorer.panel(at_price))
    sections += [section for chapter in OF_THE_STUDY if (section := chapter(view))]
    sections.append(account.recipe(view, folder))
    title, headline = str(view.recipe["name"]), account.headline(view)
    top = (headline, *filter(None, first), *picture, *filter(None, [*shown, *boards]))
    figures = {
        each.file: drawn(each.figure, Path(each.file).suffix)
        for each in pictures([*top, *sections])
    }
    how = scores.HOW_TO_READ
    how_to_read = Section("How to read the tables", (how,))
    readme = markdown.text(title, [*top, how_to_read, *sections])
    explored = explorer.data(view, panels, how.meanings)
    return {
        "evaluations.parquet": view.evaluations.to_parquet(index=False),
        "runs.parquet": view.runs.to_parquet(index=False),
        "runs.csv": to_csv(view.runs, DIGITS).encode(),
        "summary.csv": to_csv(pd.concat(summaries), DIGITS).encode(),
        **best_files(view.best(), DIGITS),
        **figures,
        "README.md": readme.encode(),
        "report.html": render.page(
            figures, Section(title, top), explored, how, opening.BOARD, sections
        ).encode(),
    }
