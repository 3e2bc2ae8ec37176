"""The report of a study: a folder with a README, a page, tables and figures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from blackbox.results.chapters import OF_A_PRICE, OF_THE_STUDY, account, scores
from blackbox.results.drawing.canvas import save
from blackbox.results.page import explorer, render
from blackbox.results.view import View
from blackbox.results.writing import markdown
from blackbox.results.writing.document import Picture, Section, pictures

DIGITS = 6  # of numbers in csv files, so that the last bits of a machine do not show
MADE = "made-by-report.txt"  # lists the figures, so that the next report can take them away
FIGURE = re.compile(r"[\w-]+\.(svg|png)")


def write(folder: Path, view: View) -> Path:
    """Write `README.md`, `report.html`, parquet and csv tables and `figures/`; the folder.

    `view` is the study as it was granted. The same traces give the same bytes, but for columns of
    seconds. Without matplotlib the figures are left out, and the report says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    view.evaluations.to_parquet(folder / "evaluations.parquet", index=False)
    view.runs.to_parquet(folder / "runs.parquet", index=False)
    _write_csv(view.runs, folder / "runs.csv")
    sections = [section for section in [account.missing(view)] if section]
    summaries, panels = [pd.DataFrame()], []
    for price in view.recipe["prices"]:  # one by one: rows at a further price are held only here
        at_price = view.at(price)
        sections += [section for chapter in OF_A_PRICE if (section := chapter(at_price))]
        summaries.append(at_price.summary().assign(gradient_price=price))
        panels.append(explorer.panel(at_price))
    _write_csv(pd.concat(summaries), folder / "summary.csv")
    sections += [section for chapter in OF_THE_STUDY if (section := chapter(view))]
    _save(folder / "figures", pictures(sections))
    sections.append(account.recipe(view, folder))
    title, subtitle, how = str(view.recipe["name"]), account.headline(view), scores.HOW_TO_READ
    readme = markdown.text(title, [subtitle, Section("How to read the tables", (how,)), *sections])
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    explored = explorer.data(view, panels, how.meanings)
    page = render.page(folder, title, subtitle, explored, how, sections)
    (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
    return folder


def _save(folder: Path, drawn: Iterable[Picture]) -> None:
    """Save the figures, and remove those that an earlier report made and this one does not."""
    names: list[str] = []
    for picture in drawn:
        folder.mkdir(exist_ok=True)
        names.append(Path(picture.file).name)
        save(picture.figure, folder / names[-1])
    listed = folder / MADE
    earlier = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    for name in set(filter(FIGURE.fullmatch, earlier)) - set(names):
        (folder / name).unlink(missing_ok=True)
    if names:
        listed.write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
