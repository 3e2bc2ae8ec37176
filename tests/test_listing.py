"""What can be named is listed at once: read from the sources, and nothing heavy is imported."""

from __future__ import annotations

import inspect
import subprocess
import sys
from functools import cache
from typing import Literal

import pytest

from blackbox import formats, listing
from blackbox.entries import HOUSE
from blackbox.places import at
from blackbox.protocol import needs
from blackbox.results.export import FORMATS as WRITERS

# Packages that take tenths of a second each, and of which nobody needs one to read a list.
HEAVY = {
    "ax",
    "botorch",
    "cma",
    "gpytorch",
    "matplotlib",
    "nevergrad",
    "numpy",
    "optuna",
    "pandas",
    "scipy",
    "sklearn",
    "smac",
    "torch",
}
# Runs the command in a fresh process, and shows what is imported at its end.
COMMAND = """
import contextlib, io, sys
sys.argv = ["blackbox", *sys.argv[1:]]
from blackbox.cli import command
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    command()
print(*sys.modules)
"""
Kind = Literal["strategies", "objectives"]
KINDS: tuple[Kind, ...] = ("strategies", "objectives")
ENTRIES = [(kind, name) for kind in KINDS for name in HOUSE[kind]]


listed_once = cache(listing.listing)


def row_of(kind: Kind, name: str) -> dict[str, str]:
    (row,) = [row for row in listed_once(kind) if row["name"] == name]
    return row


def needs_as_listed_now(strategy: str) -> str:
    (row,) = [row for row in listing.listing("strategies") if row["name"] == strategy]
    return row["needs"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["list", "strategies"], ["list", "objectives"]]
)
def test_to_read_what_there_is_nothing_heavy_is_imported(arguments: list[str]) -> None:
    asked = [sys.executable, "-c", COMMAND, *arguments]
    shown = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()
    assert not HEAVY & set(shown)
    houses = {name for name in shown if name.startswith(("blackbox.strategies", "blackbox.object"))}
    assert houses <= {"blackbox.strategies", "blackbox.objectives"}


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_a_row_says_what_the_docstring_says(kind: Kind, name: str) -> None:
    row = row_of(kind, name)
    place = HOUSE[kind][name]
    assert listing.defined(*place.split(":")) is not None, "its source is not where it is looked up"
    line = (inspect.getdoc(at(place)) or "").split("\n")[0]
    assert line.startswith(row["what it is"])
    assert row.get("source", "") in line


@pytest.mark.slow
@pytest.mark.parametrize("name", HOUSE["strategies"])
def test_a_row_says_what_a_strategy_needs(name: str) -> None:
    owner = at(HOUSE["strategies"][name])
    shown = row_of("strategies", name)["needs"]
    if isinstance(declared := vars(owner).get("needs"), property):  # it depends on the settings
        assert shown.lower() in (inspect.getdoc(declared.fget) or "").lower()
        assert shown
    else:
        named = sorted(one.name.lower().replace("_", " ") for one in needs(owner()))
        assert shown == ", ".join(named)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("smac", "smac", "smac"),
        ("ax", "ax", "ax"),
        ("optuna", "optuna", "optuna"),
        ("py_bobyqa", "pybobyqa", "bobyqa"),
    ],
)
def test_a_row_says_how_to_install_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str, extra: str
) -> None:
    assert "pip" not in needs_as_listed_now(name)
    monkeypatch.setitem(sys.modules, package, None)  # its import is forbidden
    assert needs_as_listed_now(name) == f'pip install "blackbox[{extra}]"'


def test_what_only_some_settings_need_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cmaes", None)
    assert not needs_as_listed_now("optuna")


def test_what_can_be_exported_is_what_can_be_asked_for() -> None:
    assert tuple(WRITERS) == formats.EXPORTS


# A study of an objective of one's own, and what is imported once its table is there.
FIRST_TABLE = """
import sys
import blackbox as bb
bowl = bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.normal(4), name="bowl")
str(bb.compare(bowl, ["random_search", "one_plus_one"], 20, 2).summary())
print(*sys.modules)
"""


@pytest.mark.slow
def test_a_first_table_waits_for_nothing_that_it_does_not_show() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_TABLE], check=True, capture_output=True, text=True
    )
    assert not {"scipy.stats", "scipy.optimize", "matplotlib", "nevergrad", "cma"} & set(
        done.stdout.split()
    )
