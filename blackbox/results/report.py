"""The report of a study: a folder with a README, a page, tables and figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.results import frame
from blackbox.results.chapters import OF_A_PRICE, OF_THE_STUDY, account, scores
from blackbox.results.chapters.findings import Findings
from blackbox.results.drawing.canvas import save
from blackbox.results.page import explorer, render
from blackbox.results.writing import markdown
from blackbox.results.writing.document import Picture, Section, pictures

DIGITS = 6  # of numbers in csv files, so that the last bits of a machine do not show
MADE = "made-by-report.txt"  # lists the figures, so that the next report can take them away
FIGURE = re.compile(r"[\w-]+\.(svg|png)")


def write(
    folder: Path,
    traces: frame.Traces,
    skipped: pd.DataFrame,
    prices: Sequence[float],
    recipe: Mapping[str, Any],
) -> Path:
    """Write `README.md`, `report.html`, parquet and csv tables and `figures/`; the folder.

    `skipped` has the columns objective, strategy and reason. The same traces give the same bytes,
    but for columns of seconds. Without matplotlib the figures are left out, and the report says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    findings = Findings(traces, skipped, prices, recipe)
    frame.evaluations(traces).to_parquet(folder / "evaluations.parquet", index=False)
    findings.runs.to_parquet(folder / "runs.parquet", index=False)
    _write_csv(findings.runs, folder / "runs.csv")
    sections: list[Section] = []
    summaries, panels = [pd.DataFrame()], []
    for price in prices:  # one after the other: the rows of a large study are held only once
        reading = findings.at(price)
        sections += [section for chapter in OF_A_PRICE if (section := chapter(reading))]
        summaries.append(reading.summary.assign(gradient_price=price))
        panels.append(explorer.panel(findings, reading))
    _write_csv(pd.concat(summaries), folder / "summary.csv")
    sections += [section for chapter in OF_THE_STUDY if (section := chapter(findings))]
    _save(folder / "figures", pictures(sections))
    sections.append(account.recipe(findings, folder))
    title, subtitle, how = str(recipe["name"]), account.headline(findings), scores.HOW_TO_READ
    readme = markdown.text(title, [subtitle, Section("How to read the tables", (how,)), *sections])
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    explored = explorer.data(findings, panels, how.meanings)
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
