"""What was done to get there: the recipe, what was skipped, what went wrong, what was used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.document import Code, Items, Section, Table, Terms
from blackbox.until_settled import rule_of

AUDIT = (
    "Means per run: units granted, used and wasted; scores and gradients; points asked twice, "
    "points that were proposed outside the space, points without a score; evaluations after the "
    "last improvement. The time is that of strategy and objective together, the memory that of the "
    "whole process, in which other runs may have lived."
)
MADE = "The recipe by its hash, the machines and packages of the runs, and of how many runs."
PARTLY = (
    "Numbers are of the runs that there are; what compares strategies seed by seed takes the seeds "
    "that all of them have."
)

BY = ("score", "truth")
RECIPE = ("objectives", "strategies", "budget", "seeds", "prices")
COUNTED = ("objectives", "strategies", "seeds")


def headline(view: View) -> str:
    """What was compared, in a sentence."""
    counts = {key: _counted(len(view.recipe[key]), key) for key in COUNTED}
    if rule := rule_of(view.recipe):
        counts["seeds"] = f"seeds {rule}"
    budget = f"{view.recipe['budget']:g} units for each run"
    return f"{counts['strategies']} on {counts['objectives']}, {counts['seeds']}, {budget}."


def verdict(view: View) -> Section | None:
    """What follows from all tables, in a few sentences."""
    sentences = tuple(view.verdict()["sentence"])
    tables = [table for by in BY if len(table := view.leaders(by))]
    if not sentences:
        return None
    leading = [Table(readable.leaders(pd.concat(tables)))] if tables else []
    return Section("Verdict", (Items(sentences), *leading))


def missing(view: View) -> Section | None:
    """Which runs are not made yet: a reader must know before any number."""
    return Section("Not all runs are made yet", (view.not_made, PARTLY)) if view.not_made else None


def recipe(view: View, folder: Path) -> Section:
    """What was asked for, and a line that makes it again."""
    terms = Terms({key: _listed(value) for key, value in _asked(view).items()})
    return Section("Recipe", (terms, "To make it again:", _command(view, folder)))


def skipped(view: View) -> Section | None:
    """What could not be compared, with reasons."""
    table = view.skipped[["objective", "strategy", "reason"]]
    return Section("Skipped", (Table(table),)) if len(table) else None


def failures(view: View) -> Section | None:
    """The runs that count as the worst of their objective."""
    table = view.failures()
    why = "These count as the worst run of their objective, in every table above."
    return Section("Runs that did not end well", (why, Table(table))) if len(table) else None


def invalid_points(view: View) -> Section | None:
    """Evaluations without a score."""
    table = view.invalid_points()
    return Section("Points without a score", (Table(table),)) if len(table) else None


def audit(view: View) -> Section:
    """What each strategy did with its budget, and on which machine with which packages."""
    table = view.audit().drop(columns="versions")
    return Section("Audit", (AUDIT, Table(table), MADE, Table(view.facts())))


def _command(view: View, folder: Path) -> Code:
    if "read_from" in view.recipe:  # runs that no command of ours can make
        return Code(f"blackbox report FOLDER    # read from {view.recipe['read_from']}")
    if (folder / "study.toml").exists():
        return Code("blackbox run study.toml    # in this folder")
    if (folder.parent / "study.toml").exists():
        return Code("blackbox run study.toml    # in the folder above")
    given = ", ".join(f"{key}={value!r}" for key, value in _asked(view).items())
    return Code(f"bb.compare({given}).report(folder)")


def _asked(view: View) -> dict[str, Any]:
    """What `compare` was asked for; where seeds were raced, the rule in words."""
    rule = rule_of(view.recipe)
    asked = {key: view.recipe[key] for key in (*RECIPE, "confirm") if key in view.recipe}
    return asked if rule is None else asked | {"seeds": str(rule)}


def _counted(n: int, things: str) -> str:
    return f"{n} {things if n != 1 else {'strategies': 'strategy'}.get(things, things[:-1])}"


def _listed(value: Any) -> str:
    """A value of the recipe in words; many seeds in a row by their ends."""
    if not isinstance(value, list | tuple):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if len(value) > 2 and list(value) == list(range(len(value))):
        return f"0 to {len(value) - 1}"
    return ", ".join(map(_listed, value))
