"""The house as drawn: who may import whom, no circle, small files, a source in each strategy."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from blackbox.strategies import TABLE
from tests import warm

ROOT = Path(__file__).parents[2]
# Rooms by the longest matching prefix, and the rooms that each may import from the house.
# The ground floor: nothing of the house lies below.
ERRORS, PRICE, PLAIN = "blackbox.errors", "blackbox.price", "blackbox.plain"
SPELLING, OPTIONAL, LATE = "blackbox.spelling", "blackbox.optional", "blackbox.late"
STABLE_TEXT, VERSION = "blackbox.stable_text", "blackbox.version"
VARIETY, FORMATS = "blackbox.variety", "blackbox.formats"
PARAMETERS = "blackbox.parameters"
ALLOWED, CONSTRAINTS, MERIT = "blackbox.allowed", "blackbox.constraints", "blackbox.merit"
CRITERIA = "blackbox.criteria"
GLOBAL_STATE = "blackbox.global_state"
UNTIL_SETTLED = "blackbox.until_settled"
OTHER_PACKAGES = "blackbox.other_packages"
IDENTITY = "blackbox.identity"
KNOWN, SESSIONS = "blackbox.known", "blackbox.sessions"
SCORING = {
    "blackbox.scoring",
    "blackbox.protocol",
    "blackbox.space",
    "blackbox.workers",
    PARAMETERS,
    ALLOWED,
    CONSTRAINTS,
    ERRORS,
    IDENTITY,
}
# The rooms of results from the ground up; only frames of what was recorded see the trace.
FRAME, STATISTICS = "blackbox.results.frame", "blackbox.results.statistics"
COSTS, JUDGING = "blackbox.results.costs", "blackbox.results.judging"
DRAWING, WRITING = "blackbox.results.drawing", "blackbox.results.writing"
CHAPTERS, PAGE = "blackbox.results.chapters", "blackbox.results.page"
CLAIMS = "blackbox.results.claims"
PAGES = "blackbox.pages"
WORTH, CONSTRAINED = "blackbox.results.worth", "blackbox.results.constrained"
BEFOREHAND, TRUTH_CALLS = "blackbox.results.beforehand", "blackbox.results.truth_calls"
EXPORT, VIEW = "blackbox.results.export", "blackbox.results.view"
FOLDER, POINTS = "blackbox.results.report_folder", "blackbox.results.points"
RESULTS: dict[str, set[str]] = {
    "blackbox.results": set(),
    WORTH: {"blackbox.trace"},
    CONSTRAINED: {"blackbox.trace"},
    BEFOREHAND: {"blackbox.trace"},
    TRUTH_CALLS: {"blackbox.trace"},
    FRAME: {"blackbox.trace", WORTH, CONSTRAINED, BEFOREHAND, TRUTH_CALLS},
    POINTS: {
        *("blackbox.trace", FRAME, WORTH, CONSTRAINED),
        *(f"{JUDGING}.trusted", f"{JUDGING}.verified"),
    },
    STATISTICS: {FRAME, STATISTICS, LATE},
    WRITING: {FRAME, f"{STATISTICS}.failed_runs", f"{STATISTICS}.missing_runs", WRITING},
    f"{STATISTICS}.fronts": {STATISTICS, OPTIONAL},
    f"{WRITING}.cells": set(),
    f"{WRITING}.csv_text": set(),
    f"{COSTS}.prices": {"blackbox.trace", FRAME, STATISTICS, WORTH, f"{WRITING}.cells", COSTS},
    COSTS: {FRAME, STATISTICS, f"{WRITING}.cells", COSTS, LATE},
    JUDGING: {FRAME, STATISTICS, JUDGING, LATE},
    f"{JUDGING}.racing": {STATISTICS, UNTIL_SETTLED},
    "blackbox.results.losses": {"blackbox.results.schema"},
    "blackbox.results.named": {PARAMETERS},
    f"{JUDGING}.paths": {"blackbox.trace", FRAME, WORTH, f"{STATISTICS}.failed_runs", JUDGING},
    f"{JUDGING}.trusted": {"blackbox.trace"},
    f"{JUDGING}.verified": {"blackbox.trace"},
    f"{JUDGING}.production": {"blackbox.trace", FRAME, STATISTICS, VARIETY},
    DRAWING: {f"{JUDGING}.typicality", DRAWING, ERRORS, OPTIONAL},
    f"{DRAWING}.plots": {DRAWING, FRAME, COSTS},
    EXPORT: {
        f"{STATISTICS}.failed_runs",
        f"{STATISTICS}.large_numbers",
        f"{WRITING}.csv_text",
        f"{WRITING}.file_names",
        EXPORT,
        ERRORS,
        SPELLING,
    },
    CLAIMS: {STATISTICS, COSTS, JUDGING, f"{WRITING}.cells", CLAIMS, "blackbox.strategies", LATE},
    "blackbox.results.frames": {
        "blackbox.results.losses",
        FRAME,
        STATISTICS,
        COSTS,
        JUDGING,
        WRITING,
    },
    VIEW: {
        "blackbox.results.frames",
        CLAIMS,
        FRAME,
        POINTS,
        STATISTICS,
        COSTS,
        JUDGING,
        WRITING,
        EXPORT,
        f"{DRAWING}.plots",
        CONSTRAINED,
        "blackbox.results.named",
        "blackbox.notices",
    },
    "blackbox.results.shorthand": {VIEW},
    "blackbox.results.schema": {"blackbox.results.schema"},
    f"{CHAPTERS}.account": {VIEW, WRITING, UNTIL_SETTLED},
    CHAPTERS: {VIEW, FRAME, STATISTICS, COSTS, JUDGING, DRAWING, WRITING, CHAPTERS, ERRORS},
    PAGE: {VIEW, DRAWING, WRITING, PAGE},
    FOLDER: {ERRORS},
    PAGES: {PAGES, f"{CLAIMS}.claim", f"{WRITING}.markdown", f"{DRAWING}.canvas"}
    | {f"{STATISTICS}.intervals", ERRORS, LATE, SPELLING},
    f"{PAGES}.made_with": {
        *("blackbox.entries", "blackbox.identity", "blackbox.places"),
        *("blackbox.protocol", "blackbox.registry"),
    },
    f"{PAGES}.making": {
        *(PAGES, "blackbox.carry_out", "blackbox.comparison", "blackbox.registry"),
        *("blackbox.protocol", "blackbox.study_file"),
        *("blackbox.trace", ERRORS),
    },
    "blackbox.results.report": {VIEW, CHAPTERS, DRAWING, WRITING, PAGE, FOLDER},
}
MAY_IMPORT: dict[str, set[str]] = {
    "blackbox": {"blackbox"},
    ERRORS: set(),
    GLOBAL_STATE: set(),
    OPTIONAL: {ERRORS, GLOBAL_STATE},
    LATE: set(),
    PLAIN: set(),
    PRICE: set(),
    SPELLING: set(),
    STABLE_TEXT: set(),
    VARIETY: set(),
    FORMATS: set(),
    VERSION: set(),
    OTHER_PACKAGES: set(),
    "blackbox.workers": {"blackbox.workers", ERRORS, OTHER_PACKAGES},
    "blackbox.identity": {"blackbox.identity"},
    "blackbox.layout": {"blackbox.plain"},
    ALLOWED: {ERRORS},
    CONSTRAINTS: {ERRORS},
    CRITERIA: set(),
    "blackbox.space": {"blackbox.layout", ALLOWED},
    PARAMETERS: {PARAMETERS, "blackbox.space", ERRORS, LATE, SPELLING},
    "blackbox.messages": {"blackbox.space", PRICE},
    "blackbox.answer": {"blackbox.messages", ERRORS},
    "blackbox.protocol": {"blackbox.answer", "blackbox.messages", "blackbox.space"}
    | {CONSTRAINTS, CRITERIA, ERRORS, PRICE},
    "blackbox.scale": {"blackbox.protocol"},
    MERIT: {"blackbox.protocol", "blackbox.scale", CONSTRAINTS},
    "blackbox.asked_outside": set(),
    "blackbox.trace": {"blackbox.asked_outside", "blackbox.protocol", PRICE},
    "blackbox.scoring": SCORING | {LATE},  # scipy of what an ensemble knows
    "blackbox.strategies": {
        "blackbox.protocol",
        "blackbox.scale",
        "blackbox.space",
        "blackbox.strategies",
        CONSTRAINTS,
        MERIT,
        ERRORS,
        GLOBAL_STATE,
        OPTIONAL,
        PARAMETERS,
        PLAIN,
        PRICE,
        SPELLING,
    },
    "blackbox.runtime": {
        "blackbox.protocol",
        "blackbox.runtime",
        "blackbox.scale",
        "blackbox.trace",
        ERRORS,
        LATE,
        MERIT,
        PRICE,
    },
    **RESULTS,
    "blackbox.call_form": {ERRORS, PLAIN},
    "blackbox.places": {"blackbox.call_form", ERRORS, SPELLING},
    "blackbox.entries": {"blackbox.objectives", "blackbox.strategies"},
    "blackbox.listing": {"blackbox.entries", "blackbox.registry"},
    "blackbox.entry_settings": {
        *("blackbox.call_form", "blackbox.entries", "blackbox.places", "blackbox.protocol"),
        *("blackbox.registry", ERRORS, SPELLING),
    },
    "blackbox.list_command": {"blackbox.entry_settings", "blackbox.listing"},
    "blackbox.makers": {"blackbox.protocol", "blackbox.scoring", CONSTRAINTS, ERRORS},
    "blackbox.objective_table": {
        "blackbox.call_form",
        "blackbox.makers",
        "blackbox.places",
        "blackbox.scoring",
        CONSTRAINTS,
        PARAMETERS,
        ERRORS,
        SPELLING,
    },
    "blackbox.registry": {
        "blackbox.call_form",
        "blackbox.entries",
        "blackbox.makers",
        "blackbox.places",
        "blackbox.plain",
        "blackbox.protocol",
        "blackbox.scoring",
        ERRORS,
        SPELLING,
        STABLE_TEXT,
    },
    "blackbox.machine": {VERSION},
    "blackbox.late_sample": {"blackbox.scoring", "blackbox.trace", VARIETY},
    "blackbox.recording": {
        "blackbox.late_sample",
        "blackbox.machine",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.trace",
        PRICE,
    },
    f"{KNOWN}.data": {"blackbox.protocol"},
    f"{KNOWN}.tables": {
        *("blackbox.protocol", "blackbox.scoring"),
        *(PARAMETERS, ERRORS, PLAIN, SPELLING),
    },
    f"{KNOWN}.checks": {KNOWN, "blackbox.protocol", "blackbox.scoring", ERRORS},
    f"{KNOWN}.sources": {
        *(KNOWN, "blackbox.comparison", "blackbox.protocol", "blackbox.scoring"),
        *("blackbox.trace", PARAMETERS, ERRORS),
    },
    f"{KNOWN}.warming": {KNOWN, "blackbox.protocol", "blackbox.registry", "blackbox.scoring"},
    KNOWN: set(),
    "blackbox.plan": {
        f"{KNOWN}.data",
        "blackbox.protocol",
        "blackbox.runtime",
        "blackbox.scoring",
        IDENTITY,
        PRICE,
    },
    UNTIL_SETTLED: {ERRORS, PLAIN},
    "blackbox.cell": {"blackbox.plan", "blackbox.registry", "blackbox.trace"},
    "blackbox.rounds": {
        "blackbox.cell",
        "blackbox.plan",
        "blackbox.registry",
        FRAME,
        JUDGING,
        "blackbox.trace",
        UNTIL_SETTLED,
    },
    "blackbox.foreseen": {
        "blackbox.machine",
        "blackbox.plan",
        "blackbox.protocol",
        "blackbox.registry",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.strategies",
    },
    "blackbox.study": {
        KNOWN,
        "blackbox.foreseen",
        UNTIL_SETTLED,
        PLAIN,
        "blackbox.plan",
        "blackbox.registry",
        "blackbox.protocol",
        "blackbox.runtime",
        "blackbox.scoring",
        ERRORS,
        IDENTITY,
    },
    "blackbox.study_file": {
        "blackbox.objective_table",
        "blackbox.registry",
        "blackbox.study",
        ERRORS,
        PLAIN,
        SPELLING,
        UNTIL_SETTLED,
    },
    "blackbox.confirmation": {
        "blackbox.plan",
        "blackbox.protocol",
        "blackbox.registry",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.trace",
        ERRORS,
    },
    "blackbox.sharing": {
        "blackbox.plan",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.trace",
    },
    "blackbox.calls": {
        "blackbox.plan",
        "blackbox.protocol",
        "blackbox.registry",
        "blackbox.runtime",
        "blackbox.sameness",
        "blackbox.scoring",
        "blackbox.workers",
    },
    "blackbox.earlier_answers": {"blackbox.plan", "blackbox.runtime"},
    "blackbox.shard": {
        "blackbox.earlier_answers",
        "blackbox.sharing",
        f"{KNOWN}.data",
        "blackbox.strategies.composed.opening",
        "blackbox.calls",
        "blackbox.confirmation",
        "blackbox.plan",
        "blackbox.protocol",
        "blackbox.recording",
        "blackbox.registry",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.trace",
        ERRORS,
    },
    "blackbox.execute": {
        "blackbox.calls",
        "blackbox.confirmation",
        "blackbox.plan",
        "blackbox.recording",
        "blackbox.registry",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.shard",
        "blackbox.sharing",
        "blackbox.trace",
    },
    "blackbox.sent": {ERRORS, VERSION},
    "blackbox.part": {ERRORS},
    "blackbox.sameness": {"blackbox.plan", "blackbox.registry", ERRORS, IDENTITY},
    "blackbox.distribute": {
        "blackbox.sameness",
        "blackbox.sent",
        "blackbox.sharing",
        "blackbox.execute",
        "blackbox.machine",
        "blackbox.plan",
        "blackbox.cell",
        "blackbox.runtime",
        "blackbox.trace",
        ERRORS,
        VERSION,
    },
    "blackbox.workforce": {
        "blackbox.distribute",
        "blackbox.execute",
        "blackbox.notices",
        "blackbox.plan",
        "blackbox.runtime",
        "blackbox.sharing",
        "blackbox.trace",
        "blackbox.travel",
        "blackbox.workers",
        ERRORS,
        IDENTITY,
    },
    "blackbox.joint_work": {"blackbox.notices", "blackbox.runtime"},
    "blackbox.cluster": {ERRORS, OPTIONAL},
    "blackbox.bests_again": {
        "blackbox.cell",
        "blackbox.confirmation",
        "blackbox.execute",
        "blackbox.notices",
        "blackbox.plan",
        "blackbox.runtime",
        "blackbox.sharing",
        "blackbox.trace",
    },
    "blackbox.again": {ERRORS, SPELLING},
    "blackbox.folder": {"blackbox.plan", "blackbox.runtime", "blackbox.trace", ERRORS},
    "blackbox.stopping": set(),
    # Who trusts reads the objectives, which tables do not see.
    "blackbox.believers": {
        *("blackbox.protocol", "blackbox.registry", "blackbox.scoring"),
        *(JUDGING, ERRORS, PLAIN),
    },
    "blackbox.unfinished": {"blackbox.plan", "blackbox.cell", "blackbox.trace", STATISTICS},
    "blackbox.comparison": {
        "blackbox.cell",
        "blackbox.believers",
        "blackbox.plan",
        "blackbox.rounds",
        "blackbox.results",
        "blackbox.runtime",
        "blackbox.trace",
        ERRORS,
    },
    "blackbox.travel": {"blackbox.registry", "blackbox.protocol", "blackbox.scoring"},
    "blackbox.checking": {
        "blackbox.registry",
        "blackbox.protocol",
        "blackbox.scoring",
        "blackbox.testing",
        "blackbox.travel",
        ERRORS,
    },
    "blackbox.testing": {
        KNOWN,
        "blackbox.global_state",
        "blackbox.registry",
        "blackbox.protocol",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.space",
        "blackbox.testing",
        "blackbox.trace",
        ERRORS,
        PRICE,
    },
    "blackbox.study_work": {
        "blackbox.cell",
        "blackbox.unfinished",
        "blackbox.bests_again",
        "blackbox.joint_work",
        "blackbox.live",
        "blackbox.part",
        "blackbox.standing",
        "blackbox.notices",
        "blackbox.comparison",
        "blackbox.execute",
        "blackbox.folder",
        "blackbox.plan",
        "blackbox.rounds",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.sharing",
        "blackbox.study",
        "blackbox.trace",
        "blackbox.workforce",
    },
    "blackbox.notices": set(),
    "blackbox.standing": {
        "blackbox.comparison",
        "blackbox.plan",
        "blackbox.registry",
        "blackbox.runtime",
        "blackbox.trace",
    },
    "blackbox.live": {"blackbox.runtime", "blackbox.standing"},
    "blackbox.status": {"blackbox.comparison", "blackbox.runtime", "blackbox.standing", ERRORS},
    "blackbox.command_line": {"blackbox.again", FORMATS, VERSION},
    "blackbox.terminal": {"blackbox.notices", OTHER_PACKAGES},
    "blackbox.as_json": {"blackbox.comparison", "blackbox.status"},
    "blackbox.printing": {
        "blackbox.comparison",
        "blackbox.terminal",
        JUDGING,
        WRITING,
        "blackbox.results.view",
    },
    "blackbox.carry_out": {
        "blackbox.again",
        "blackbox.live",
        "blackbox.comparison",
        "blackbox.folder",
        "blackbox.part",
        "blackbox.protocol",
        "blackbox.runtime",
        "blackbox.scoring",
        "blackbox.stopping",
        "blackbox.study",
        "blackbox.study_file",
        "blackbox.study_work",
        "blackbox.workforce",
        ERRORS,
        PLAIN,
        UNTIL_SETTLED,
    },
    "blackbox.run_command": {
        "blackbox.as_json",
        "blackbox.carry_out",
        "blackbox.cluster",
        "blackbox.comparison",
        "blackbox.part",
        "blackbox.printing",
        "blackbox.study_file",
        "blackbox.terminal",
        "blackbox.trace",
    },
    "blackbox.recommendation": {
        "blackbox.carry_out",
        "blackbox.protocol",
        "blackbox.registry",
        "blackbox.scoring",
        "blackbox.strategies",
        ERRORS,
        LATE,
    },
    "blackbox.tuning": {
        "blackbox.carry_out",
        "blackbox.comparison",
        "blackbox.protocol",
        "blackbox.registry",
        "blackbox.scoring",
        "blackbox.strategies",
        "blackbox.study",
        "blackbox.study_file",
        "blackbox.study_work",
        ERRORS,
        LATE,
        PLAIN,
        SPELLING,
        STATISTICS,
    },
    "blackbox.imports": {
        FORMATS,
        "blackbox.imports",
        "blackbox.protocol",
        "blackbox.trace",
        ERRORS,
        PRICE,
        SPELLING,
    },
    SESSIONS: {
        *(SESSIONS, KNOWN, "blackbox.registry", "blackbox.machine", "blackbox.notices"),
        *("blackbox.protocol", "blackbox.runtime", "blackbox.scoring", "blackbox.space"),
        *("blackbox.plan", "blackbox.trace", CONSTRAINTS, ERRORS, IDENTITY, PARAMETERS),
        *(PLAIN, PRICE, SPELLING),
    },
    "blackbox.external_logs": {
        ERRORS,
        "blackbox.comparison",
        "blackbox.imports",
        "blackbox.notices",
        "blackbox.trace",
    },
    "blackbox.merging": {"blackbox.comparison", "blackbox.trace", ERRORS},
    "blackbox.difference": {"blackbox.comparison", STATISTICS, ERRORS},
    "blackbox.cli": {
        "blackbox.command_line",
        "blackbox.run_command",
        "blackbox.live",
        "blackbox.standing",
        "blackbox.status",
        "blackbox.difference",
        "blackbox.carry_out",
        "blackbox.checking",
        "blackbox.comparison",
        "blackbox.external_logs",
        *("blackbox.as_json", "blackbox.list_command", OTHER_PACKAGES),
        "blackbox.printing",
        "blackbox.registry",
        "blackbox.stopping",
        "blackbox.study_file",
        "blackbox.terminal",
        f"{STATISTICS}.changes",
        WRITING,
        "blackbox.trace",
        ERRORS,
        SPELLING,
    },
    "blackbox.objectives": {
        CONSTRAINTS,
        ERRORS,
        GLOBAL_STATE,
        OPTIONAL,
        PARAMETERS,
        "blackbox.plain",
        "blackbox.scoring.objective",
        "blackbox.scoring.typicality",
        "blackbox.spelling",
        "blackbox.space",
        "blackbox.objectives",
    },
}
# Only these rooms may see torch; the rest is numpy. The loop of BoTorch is made of its tensors.
TORCH = (
    *("blackbox.scoring", "blackbox.testing", "blackbox.strategies.bayesian.botorch_loop"),
    *("blackbox.strategies.training", "blackbox.objectives"),
    PARAMETERS,  # a decoder, which is imported where one is made
)
# Families do not see each other; strategies that are made of strategies may see all of them.
FAMILIES = {place.split(".")[2] for place in TABLE.values()} - {"composed"}
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 250, 40


@cache
def modules() -> dict[str, Path]:
    # blackbox/objectives is a link to the folder at the top, which rglob does not follow.
    linked = [ROOT / "blackbox" / f.relative_to(ROOT) for f in (ROOT / "objectives").rglob("*.py")]
    files = [*(ROOT / "blackbox").rglob("*.py"), *linked]
    return {
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f
        for f in files
    }


@cache
def tree_of(path: Path) -> ast.Module:
    """A file as it is parsed."""
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> frozenset[str]:
    """What a file imports when it runs; the face's imports for type checkers do not run."""
    return frozenset(_imports(tree_of(path)))


def _imports(tree: ast.Module) -> Iterator[str]:
    conditions = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    for_checkers = [c for c in conditions if getattr(c.test, "id", "") == "TYPE_CHECKING"]
    quiet = {id(node) for condition in for_checkers for node in ast.walk(condition)}
    for node in ast.walk(tree):
        if id(node) in quiet:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules() else node.module for name in whole)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def room_of(name: str) -> str:
    return max((room for room in MAY_IMPORT if within(name, room)), key=len)


def test_imports_run_downhill() -> None:
    wrong = []
    for name, path in modules().items():
        allowed = MAY_IMPORT[room_of(name)]
        house = {i for i in imports(path) if i.split(".")[0] == "blackbox"}
        strangers = {i for i in house if not any(within(i, room) for room in allowed)}
        if strangers:
            wrong.append(f"{name} may import {sorted(allowed)}, not {sorted(strangers)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("depth", [None, 3], ids=["files", "rooms"])
def test_there_is_no_circle(depth: int | None) -> None:
    def place(name: str) -> str:
        return ".".join(name.split(".")[:depth])

    graph: dict[str, set[str]] = {place(name): set() for name in modules()}
    for name, path in modules().items():
        graph[place(name)] |= {place(other) for other in imports(path) & modules().keys()}
    own = {room: others - {room} for room, others in graph.items()}
    list(TopologicalSorter(own).static_order())  # raises CycleError


def test_torch_lives_in_its_rooms() -> None:
    torches = {n for n, p in modules().items() if "torch" in {i.split(".")[0] for i in imports(p)}}
    assert not {name for name in torches if not any(within(name, room) for room in TORCH)}


def test_strategies_do_not_import_each_other() -> None:
    modules_of_strategies = {place.split(":")[0] for place in TABLE.values()}
    for name in modules_of_strategies:
        if name.split(".")[2] != "composed":
            others = modules_of_strategies - {name}
            assert not others & imports(modules()[name]), name


def test_families_do_not_see_each_other() -> None:
    for name, path in modules().items():
        family = name.split(".")[2:3]
        if within(name, "blackbox.strategies") and family != ["composed"]:
            seen = {i.split(".")[2] for i in imports(path) if i.startswith("blackbox.strategies.")}
            assert not seen & ((FAMILIES | {"composed"}) - set(family)), name


# What a table is, and what it holds that is constant: other tables unpacked, too.
TABLES = (ast.Tuple, ast.List, ast.Set, ast.Dict)
CONSTANTS = (*TABLES, ast.Constant, ast.Starred, ast.Name, ast.Load, ast.UnaryOp, ast.USub)


def rows_of_tables(tree: ast.AST) -> int:
    """Lines that tables of constants take beyond their first: one reads them down, not through."""
    assigned = [n for n in ast.walk(tree) if isinstance(n, ast.Assign | ast.AnnAssign)]
    tables = [n.value for n in assigned if isinstance(n.value, TABLES)]
    constant = [n for n in tables if all(isinstance(m, CONSTANTS) for m in ast.walk(n))]
    return sum((n.end_lineno or n.lineno) - n.lineno for n in constant)


def test_tables_of_constants_are_told_from_programs() -> None:
    assert rows_of_tables(ast.parse("A = (\n    1,\n    *B,\n)\n")) == 3
    assert rows_of_tables(ast.parse("A: tuple[str, ...] = (\n    'a',\n)\n")) == 2
    assert rows_of_tables(ast.parse("A = 'a\\\nb'\n")) == 0
    assert rows_of_tables(ast.parse("a = made(\n    1,\n)\na: int\n")) == 0


def lines_of(function: ast.FunctionDef) -> int:
    """Lines of what a function does: an argument list is a table, not a program."""
    documented = ast.get_docstring(function, clean=False) or ""
    lines = (function.end_lineno or 0) - function.body[0].lineno - documented.count("\n")
    # Most are short without a look at their tables.
    return lines if lines <= MOST_LINES_OF_A_FUNCTION else lines - rows_of_tables(function)


def test_files_and_functions_fit_on_a_page() -> None:
    long = []
    for name, path in modules().items():
        lines = path.read_text().count("\n")
        if lines > MOST_LINES and (lines := lines - rows_of_tables(tree_of(path))) > MOST_LINES:
            long.append(f"{name} has {lines} lines")
        functions = [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef)]
        for function in functions:
            if (lines := lines_of(function)) > MOST_LINES_OF_A_FUNCTION:
                long.append(f"{name}.{function.name} has {lines} lines")
    assert not long, "\n".join(long)


def test_there_is_no_room_without_a_name() -> None:
    vague = {"utils", "helpers", "misc", "common", "base", "manager", "core"}
    assert not vague & {part for name in modules() for part in name.split(".")}


# Rule 48: what somebody said may be a text, a mask or a table, and the reader has to go and see.
VAGUE = {"said", "told", "found", "kept", "own", "known"}


def bound_in(function: ast.FunctionDef | ast.Lambda) -> set[str]:
    """The names that a function gives, but for those by which it is called: `known=frame`."""
    parts = list(ast.walk(function))
    names = {n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    names |= {n.arg for n in parts if isinstance(n, ast.arg)}
    return names - {n.arg for n in function.args.kwonlyargs}  # the documentation names those


def test_a_local_variable_is_named_for_what_it_holds() -> None:
    vague = []
    for name, path in modules().items():
        if re.search(rf"\b({'|'.join(VAGUE)})\b", path.read_text()):
            for function in ast.walk(tree_of(path)):
                if isinstance(function, ast.FunctionDef | ast.Lambda) and (
                    bound_in(function) & VAGUE
                ):
                    vague.append(f"line {function.lineno} of {name}: name what it holds")
    assert not vague, "\n".join(vague)


def test_importing_the_face_is_cheap() -> None:
    code = "import sys, blackbox; assert not {'torch', 'pandas', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_a_worker_that_makes_runs_imports_no_tables_and_no_pictures() -> None:
    names = "'pandas', 'pyarrow', 'scipy.stats', 'matplotlib', 'jinja2', 'blackbox.comparison'"
    code = f"import sys, blackbox.distribute; assert not {{{names}}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# Touches all of the face in a fresh process, and shows what is in it then, but for its modules.
FACE = """
import types, blackbox
for name in blackbox.__all__:
    getattr(blackbox, name)
mine = {n for n, v in vars(blackbox).items() if not isinstance(v, types.ModuleType)}
print(*sorted(n for n in mine if not n.startswith("_") and n not in ("annotations", "Any")))
"""


def test_what_the_face_exports_is_all_there_is() -> None:
    shown = warm.run([sys.executable, "-c", FACE], check=True, capture_output=True, text=True)
    face = importlib.import_module("blackbox")
    names = set(shown.stdout.split()) - {"TYPE_CHECKING"}
    assert names == set(face.__all__) == set(face._FACE)
    assert face.__all__ == sorted(face.__all__)
    assert set(dir(face)) == {*face.__all__, "__version__"}
    # What type checkers are told is what is there.
    tree = ast.parse(Path(str(face.__file__)).read_text())
    (for_checkers,) = [node for node in tree.body if isinstance(node, ast.If)]
    told = {
        alias.name: node.module
        for node in for_checkers.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == face._FACE


def test_every_error_of_ours_is_on_the_face_and_in_the_drawn_tree() -> None:
    errors = importlib.import_module("blackbox.errors")
    ours = {n for n, v in vars(errors).items() if isinstance(v, type)}
    assert ours <= set(importlib.import_module("blackbox").__all__)
    assert all(issubclass(getattr(errors, name), errors.BlackboxError) for name in ours)
    assert all(name in str(errors.__doc__) for name in ours)
    # None is defined elsewhere: what a room catches for itself is no error that a user sees.
    inner = {"blackbox.scoring.scorer": {"Unscored"}, "blackbox.objectives.mnist.data": {"NoData"}}
    inner |= {"blackbox.scoring.shapes": {"_Unknown"}, "blackbox.scoring.environment": {"Away"}}
    inner |= {"blackbox.strategies.libraries.bridge": {"Closed"}}
    inner |= {"blackbox.confirmation": {"NotConfirmed"}, "blackbox.sharing": {"TakenOver"}}
    inner |= {"blackbox.scoring.outputs": {"ConstraintsSeen"}}
    for name, path in modules().items():
        classes = [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ClassDef)]
        bases = {n.name: {getattr(b, "id", "") for b in n.bases} for n in classes}
        raised = {n for n, b in bases.items() if any(x.endswith(("Error", "Exception")) for x in b)}
        if name != "blackbox.errors":
            assert raised <= inner.get(name, set())


def test_no_class_name_exists_twice() -> None:
    places: dict[str, list[str]] = {}
    for name, path in modules().items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(name)
    assert not {name: twins for name, twins in places.items() if len(twins) > 1}


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    place = project["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    module, _, name = place.rpartition(".")
    # As the build reads it: from the text, so that building imports nothing that is not there yet.
    (assigned,) = [
        n for n in ast.parse(modules()[module].read_text()).body if isinstance(n, ast.Assign)
    ]
    version = importlib.import_module("blackbox").__version__
    assert (ast.unparse(assigned.targets[0]), ast.literal_eval(assigned.value)) == (name, version)
    assert importlib.import_module("blackbox.machine").versions()["blackbox"] == version
    # A citation is read by machines that cannot ask the package.
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_face_shows_what_it_promises() -> None:
    face = importlib.import_module("blackbox")
    assert all(getattr(face, name) is not None for name in face.__all__)
    with pytest.raises(AttributeError, match="no attribute 'optimise'"):
        face.optimise  # noqa: B018
