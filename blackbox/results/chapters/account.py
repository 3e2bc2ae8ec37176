"""What was done to get there: the recipe, what was skipped, what went wrong, what was used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.document import Code, Items, Section, Table, Terms
from blackbox.until_settled import rule_of

AUDIT = (
    "Means per run: units granted, used and wasted; {asked}; points asked twice, "
    "points that were proposed outside the space, points without a score; evaluations after the "
    "last improvement. The time is that of strategy and objective together, the memory that of the "
    "whole process, in which other runs may have lived."
)
SECONDS = (
    "Where the seconds of all runs went: inside each strategy, and in decoder and scorer of each "
    "objective. Judges, recording and this report are in neither."
)
MADE = "The recipe by its hash, the machines and packages of the runs, and of how many runs."
MET = (
    "The share of evaluations that meet each constraint, of all and of the first ones, and how "
    "many runs found a point that meets all. Only such a point counts as a run's best."
)
PARTLY = (
    "Numbers are of the runs that there are; what compares strategies seed by seed takes the seeds "
    "that all of them have."
)

BY = ("score", "truth")
NAMED = re.compile(r"\w+\.\w+(\(.*\))?|[\w.]+:.+", re.DOTALL)  # objectives that a name leads to
RECIPE = ("objectives", "strategies", "seeds", "budget", "prices")
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
    return Section("Verdict", (Items(sentences),)) if sentences else None


def leaders(view: View) -> Section | None:
    """Who leads on each objective, by the score and by the truth, and who is level."""
    tables = [table for by in BY if len(table := view.leaders(by))]
    if not tables:
        return None
    return Section("Leader of each objective", (Table(readable.leaders(pd.concat(tables))),))


def missing(view: View) -> Section | None:
    """Which runs are not made yet: a reader must know before any number."""
    return Section("Not all runs are made yet", (view.not_made, PARTLY)) if view.not_made else None


def recipe(view: View, folder: Path) -> Section:
    """What was asked for, and a line that makes it again."""
    names = [key for key in asked(view) if key != "prices" or view.asks_gradients]
    terms = Terms({key: _listed(asked(view)[key]) for key in names})
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


def constraints(view: View) -> Section | None:
    """How often each constraint was met, where there are any."""
    table = view.constraints()
    return Section("Constraints", (MET, Table(table))) if len(table) else None


def audit(view: View) -> Section:
    """What each strategy did with its budget, and on which machine with which packages."""
    unasked = [] if view.asks_gradients else ["n_gradients", "n_grad_invalid"]
    table = view.audit().drop(columns=["versions", *unasked])
    what = AUDIT.format(asked="scores and gradients" if view.asks_gradients else "scores")
    parts = (what, Table(table), SECONDS, Table(view.seconds()), MADE, Table(view.facts()))
    return Section("Audit", parts)


def _command(view: View, folder: Path) -> Code:
    if "read_from" in view.recipe:  # runs that no command of ours can make
        return Code(f"blackbox report FOLDER    # read from {view.recipe['read_from']}")
    if (folder / "study.toml").exists():
        return Code("blackbox run study.toml    # in this folder")
    if (folder.parent / "study.toml").exists():
        return Code("blackbox run study.toml    # in the folder above")
    given = ",\n    ".join(f"{key}={value!r}" for key, value in asked(view).items())
    names = [str(name) for name in view.recipe["objectives"]]
    if unnamed := [name for name in names if not NAMED.fullmatch(name)]:
        # Objects of a program: no name leads to them, but their runs make the report again.
        runs_lie_above = (folder.parent / "runs").exists()
        where = "in the folder above" if runs_lie_above else "in the folder that holds runs/"
        made = f"# runs of {', '.join(unnamed)} are made by the program that made these objectives"
        return Code(f"blackbox report .    # {where}\n{made}")
    return Code(f'import blackbox as bb\n\nbb.compare(\n    {given},\n).report("report")')


def asked(view: View) -> dict[str, Any]:
    """What `compare` was asked for; where seeds were raced, the rule in words."""
    rule = rule_of(view.recipe)
    given = {key: view.recipe[key] for key in (*RECIPE, "confirm") if key in view.recipe}
    return given if rule is None else given | {"seeds": str(rule)}


def _counted(n: int, things: str) -> str:
    return f"{n} {things if n != 1 else {'strategies': 'strategy'}.get(things, things[:-1])}"


def _listed(value: Any) -> str:
    """A value of the recipe in words; many seeds in a row by their ends."""
    if not isinstance(value, list | tuple):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if len(value) > 2 and list(value) == list(range(len(value))):
        return f"0 to {len(value) - 1}"
    return ", ".join(map(_listed, value))
