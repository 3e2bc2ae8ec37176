"""The report of a study: a folder with a README that GitHub shows, tables and figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results import figures, frame, ranking, tables
from blackbox.results.tables import escaped, to_markdown

GRID = 101  # costs at which curves are drawn: a percent of the budget apart
DIGITS = 6  # of numbers in csv files, so that the last bits of a machine do not show

HOW_TO_READ = """\
*best*: mean over seeds of each run's best score, with its 95 % bootstrap interval. *score*: 0 is
the mean of random search at the same budget, 100 the best known (told below). *area*: mean of
best-so-far over cost, in units of the score. *ok*: runs that ended well of all that were expected;
the others count as the worst run of the objective. Judges look at the start and the best of each
run, outside its budget. *used*: units spent of those granted, per run. *thinking s*: seconds inside
the strategy, per run.
"""


def write(
    folder: Path,
    traces: frame.Traces,
    skipped: pd.DataFrame,
    prices: Sequence[float],
    recipe: Mapping[str, Any],
) -> Path:
    """Write `README.md`, parquet and csv tables and `figures/` into a folder; the folder.

    `skipped` has the columns objective, strategy and reason. The same traces give the same text,
    but for columns of seconds. Without matplotlib the figures are left out, and the README says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runs = frame.runs(traces)
    frame.evaluations(traces).to_parquet(folder / "evaluations.parquet", index=False)
    runs.to_parquet(folder / "runs.parquet", index=False)
    _write_csv(runs, folder / "runs.csv")
    sections, summaries = [], []
    for price in prices:
        at_price, evaluations = frame.runs(traces, price), frame.evaluations(traces, price)
        summary = tables.summary(at_price, evaluations)
        ending = f"-gradient-{price:g}" if len(prices) > 1 else ""
        charts = {} if figures.missing() else _curves(folder, at_price, evaluations, ending)
        sections.append(_price_section(price, at_price, summary, charts))
        summaries.append(summary.assign(gradient_price=price))
    _write_csv(pd.concat(summaries) if summaries else pd.DataFrame(), folder / "summary.csv")
    why_not = figures.missing()
    found = f"No figures: {why_not}\n" if why_not else _found(_sheets(folder, traces))
    text = [_head(folder, recipe), *sections, found, _skipped(skipped)]
    text += [_failures(runs), _invalid(runs), _versions(runs)]
    whole = "\n".join(part for part in text if part)
    (folder / "README.md").write_text(whole, encoding="utf-8", newline="\n")
    return folder


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name of plain letters for each name, no two the same, also where case is ignored."""
    files: dict[str, str] = {}
    for name in dict.fromkeys(names):
        slug = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80] or "unnamed"
        taken, nth, file = {other.lower() for other in files.values()}, 2, slug
        while file.lower() in taken:
            file, nth = f"{slug}-{nth}", nth + 1
        files[name] = file
    return files


def _curves(
    folder: Path, runs: pd.DataFrame, evaluations: pd.DataFrame, ending: str
) -> dict[str, str]:
    """Draw the convergence of each objective: objective -> file, relative to the folder."""
    made, strategies = {}, list(dict.fromkeys(runs["strategy"]))
    for objective, file in file_names(runs["objective"]).items():
        budget = float(runs.loc[runs["objective"] == objective, "granted"].max())
        part = evaluations[evaluations["objective"] == objective]
        curve = tables.curve(part, np.linspace(0, budget, GRID))
        made[objective] = f"figures/{file}{ending}.svg"
        _save(figures.convergence(curve, budget, strategies), folder / made[objective])
    return made


def _sheets(folder: Path, traces: frame.Traces) -> dict[str, str]:
    """Draw the decoded objects of each objective, where they are pictures: objective -> file."""
    made, pictures = {}, frame.pictures(traces)
    for objective, file in file_names(pictures["objective"]).items():
        figure = figures.sheet(pictures[pictures["objective"] == objective])
        if figure is not None:
            made[objective] = f"figures/{file}-objects.png"
            _save(figure, folder / made[objective])
    return made


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    figures.save(figure, path)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")


def _head(folder: Path, recipe: Mapping[str, Any]) -> str:
    lines = [f"# {escaped(str(recipe['name']))}\n"]
    for key in ("objectives", "strategies", "seeds", "budget", "prices"):
        lines.append(f"- {key}: {escaped(_listed(recipe[key]))}")
    lines.append(f"\nTo make it again:\n\n```\n{_command(folder, recipe)}\n```\n")
    return "\n".join(lines) + "\n" + HOW_TO_READ


def _command(folder: Path, recipe: Mapping[str, Any]) -> str:
    """What makes the report again, as one line of a code block that no name can end."""
    if (folder / "study.toml").exists():
        return "blackbox run study.toml    # in this folder"
    keys = ("objectives", "strategies", "budget", "seeds", "prices")
    given = ", ".join(f"{key}={recipe[key]!r}" for key in keys)
    return f"bb.compare({given}).report(folder)".replace("`", "'")


def _price_section(
    price: float, runs: pd.DataFrame, summary: pd.DataFrame, charts: Mapping[str, str]
) -> str:
    known = tables.best_known(runs)
    lines = [f"## When a gradient costs {price:g}\n"]
    lines.append(f"Prices in units of the budget: a score 1, its gradient {price:g} more.\n")
    for objective, table in summary.groupby("objective", sort=False):
        lines.append(f"### {escaped(str(objective))}\n")
        judged = table.dropna(axis="columns", how="all")
        kept = [name for name in table.columns if name in judged or not name.startswith("judge_")]
        lines.append(to_markdown(tables.readable(table[kept]).drop(columns="objective")))
        if objective in charts:
            lines.append(f"![best-so-far over cost]({charts[str(objective)]})\n")
    lines.append(f"What 0 and 100 of the score stand for:\n\n{to_markdown(known)}")
    return "\n".join([*lines, _ranks(runs)])


def _ranks(runs: pd.DataFrame) -> str:
    table = ranking.ranks(runs)
    if len(table) < 2 or table["n_objectives"].iloc[0] < 2:
        return ""
    said = "Mean rank over objectives and seeds, of the strategies that ran on all of them"
    return f"{said}; *first*: nobody was better.\n\n{to_markdown(table)}"


def _found(sheets: Mapping[str, str]) -> str:
    shown = [f"### {escaped(name)}\n\n![start and best]({file})\n" for name, file in sheets.items()]
    return "\n".join(["## What was found\n", *shown]) if shown else ""


def _skipped(skipped: pd.DataFrame) -> str:
    if not len(skipped):
        return ""
    return f"## Skipped\n\n{to_markdown(skipped[['objective', 'strategy', 'reason']])}"


def _failures(runs: pd.DataFrame) -> str:
    table = tables.failures(runs)
    if not len(table):
        return ""
    why = "These count as the worst run of their objective, in every table above."
    return f"## Runs that did not end well\n\n{why}\n\n{to_markdown(table)}"


def _invalid(runs: pd.DataFrame) -> str:
    table = tables.invalid_points(runs)
    return f"## Points without a score\n\n{to_markdown(table)}" if len(table) else ""


def _versions(runs: pd.DataFrame) -> str:
    used = {item for told in set(runs["versions"]) for item in json.loads(told).items()}
    listed = ", ".join(escaped(f"{name} {version}") for name, version in sorted(used))
    return f"---\n\nMade with {listed}.\n" if listed else ""


def _listed(value: Any) -> str:
    """A value of the recipe in words; many seeds in a row by their ends."""
    if not isinstance(value, list | tuple):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if len(value) > 2 and list(value) == list(range(len(value))):
        return f"0 to {len(value) - 1}"
    return ", ".join(map(_listed, value))
