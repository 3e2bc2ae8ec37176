"""The page of the study: its answer, its goals, its tables, in words that follow the numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from blackbox.results.writing.markdown import to_markdown
from reports.blog.answer import answer, best_guarded, guarded, named
from reports.blog.earlier import beside
from reports.blog.measure import CELL, EARLY, END, is_latent
from reports.blog.words import HOW, PICTURES, WORDS
from reports.pages import Goal, goals, with_interval

FOOLED, PREDICTED = 0.06, 0.99  # the goals of data space: judged at most, predicted at least
HARSH = 0.995  # and of the best guarded latent search, judged 1


def page(folder: Path) -> list[str]:
    """The parts of the page, from the tables of its folder."""
    twos = pd.read_csv(folder / "twos.csv")
    searches, real = _read(folder / "searches.csv"), _read(folder / "real.csv")
    main = searches if len(searches) else real
    return [
        "# From 7 to 2: who finds a two, and who only fools the classifier",
        answer(main, twos),
        "## Goals",
        goals(reached(searches, "") + reached(real, "real sevens: ")),
        "Beside what the same experiment gave before, on other trainings of such networks, with "
        "four judges and 200 starts (harsh for real twos then: 0.91):",
        to_markdown(beside(main)),
        "## Stopped as soon as the predicted P(2) is 0.99",
        to_markdown(readable(main, EARLY, twos)),
        "## After all steps",
        to_markdown(readable(main, END, twos)),
        WORDS,
        *PICTURES,
        *(real_part(real, twos) if len(real) and len(searches) else []),
        bolder(folder / "strip.csv"),
        HOW,
    ]


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def reached(table: pd.DataFrame, begin: str) -> list[Goal]:
    """The goals, and what was reached."""
    if not len(table):
        return []
    early = table[~table["space"].map(is_latent) & (table["stop"] == EARLY)]
    goals = [
        Goal(
            f"{begin}{named(row)}: judged at most {FOOLED} at predicted >= {PREDICTED}",
            f"judged {row['digit']:.3f}, predicted {row['predicted']:.3f}",
            bool(row["digit"] <= FOOLED and row["predicted"] >= PREDICTED),
        )
        for _, row in early.iterrows()
    ]
    if not len(guarded(table)):
        return goals
    best = best_guarded(table)
    reached = f"judged {best['digit']:.3f}, harsh {best['harsh']:.3f} ({named(best)})"
    well = bool(best["digit"] == 1 and best["harsh"] >= HARSH)
    goal = f"{begin}best guarded latent search: judged 1.000, harsh at least {HARSH}"
    return [*goals, Goal(goal, reached, well)]


def readable(table: pd.DataFrame, stop: str, twos: pd.DataFrame) -> pd.DataFrame:
    """The table of one stop as strings, real twos beneath."""
    cell = table[table["stop"] == stop]
    rows = [_told(row) for _, row in cell.iterrows()]
    rows += [_told(row) for _, row in twos.iterrows()]
    return pd.DataFrame(rows).fillna("")


def _told(row: pd.Series) -> dict[str, object]:
    searched = "stop" in row.index
    shown: dict[str, object] = {
        name: row[name] if searched or name == "space" else "" for name in CELL[:3]
    } | {"starts": int(row["n"])}
    if searched:
        shown["predicted P"] = f"{row['predicted']:.3f}"
        shown["steps"] = f"{row['steps_median']:.0f}"
    shown["judged"] = _share(row, "digit")
    shown["unanimous"] = _share(row, "unanimous")
    shown["harsh"] = _share(row, "harsh")
    if searched:
        shown["distance"] = f"{row['distance']:.1f}"
        shown["shell"] = "" if pd.isna(row["shell"]) else f"{row['shell']:+.1f}"
        shown["noise"] = "" if pd.isna(row["noise"]) else f"{row['noise']:.1f}"
    return shown | {"variety": f"{row['variety']:.2f}"}


def _share(row: pd.Series, name: str) -> str:
    return with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def real_part(real: pd.DataFrame, twos: pd.DataFrame) -> list[str]:
    """The same from real sevens."""
    return [
        "## In data space, from 200 real sevens",
        "Starts are held-out sevens of the data set as they are. Made with `--real`, where the "
        "data set is at hand; stopped at 0.99, then after all steps:",
        to_markdown(readable(real, EARLY, twos)),
        to_markdown(readable(real, END, twos)),
    ]


def bolder(table: Path) -> str:
    """What the strip of thickness says, in numbers."""
    if not table.is_file():
        return ""
    means = pd.read_csv(table).drop(columns="digit").mean()
    late = [name for name in means.index if not name.endswith(", 10 steps")]
    return (
        f"Over the ten rows, 10 steps promise {means['predicted gain, 10 steps']:+.1f} pixels and "
        f"bring {means['true gain, 10 steps']:+.1f}, with the digit kept in "
        f"{means['kept, 10 steps']:.1f} of the rows; {late[0].rpartition(', ')[2]} promise "
        f"{means[late[0]]:+.1f}, bring {means[late[1]]:+.1f} and keep {means[late[2]]:.1f}."
    )
