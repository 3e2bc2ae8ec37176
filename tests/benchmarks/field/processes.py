"""Rows of whole processes: start-up, a first table, the demo study."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from blackbox import registry
from tests.benchmarks.field.parts import PARTS, REST
from tests.benchmarks.field.rows import Row, Size, Way, cpu_of_process

DEMO = Path(__file__).parents[3] / "reports" / "digits" / "study.toml"
JOBS = 2
TOY = """
import blackbox as bb
bowl = bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.normal(4), name="bowl")
print(bb.compare(bowl, ["random_search", "one_plus_one"], 20, 2).summary())
"""
IMPORTS = "import torch, pandas"
SMALL = """
name = "s"
objectives = ["synthetic.sphere(d=2)"]
strategies = ["random_search"]
budget = 2
seeds = 2
"""
BY_PART = "the demo study in one process, by part"


def seconds(arguments: Sequence[str], turn: int) -> float:
    """CPU seconds of a fresh process."""
    return cpu_of_process(*arguments)[0]


def megabytes(arguments: Sequence[str], turn: int) -> float:
    """The most memory that a fresh process holds."""
    return cpu_of_process(*arguments)[2]


def beyond_imports(turn: int) -> float:
    """CPU seconds of a first table beyond those of what it cannot do without."""
    return cpu_of_process(TOY)[0] - cpu_of_process(IMPORTS)[0]


def demo(small: bool, which: int, turn: int) -> float:
    """CPU seconds (0) or wall seconds (1) of the study of `make demo`, in a folder of its own."""
    return _demo(small, turn)[which]


@cache
def _demo(small: bool, turn: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        study = str(_study(Path(folder), small))
        return cpu_of_process("-m", "blackbox", "run", study, "--jobs", str(JOBS))


def _study(folder: Path, small: bool) -> Path:
    """The file of the demo study in this folder, or of one that takes no time."""
    file = folder / DEMO.name
    file.write_text(SMALL if small else DEMO.read_text())
    return file


def part(name: str, small: bool, turn: int) -> float:
    """Wall seconds of a part of the demo study, made in one process; 0 where there is none."""
    return _parts(small, turn).get(name, 0.0)


@cache
def _parts(small: bool, turn: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        study = str(_study(Path(folder), small))
        command = [sys.executable, "-m", "tests.benchmarks.field.parts", study]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def names_of_parts(small: bool) -> list[str]:
    """All parts of the demo study, the thinking of each strategy among them."""
    asked = tomllib.loads(SMALL if small else DEMO.read_text())["strategies"]
    thinking = [f"thinking of {registry.label(registry.strategy(name))}" for name in asked]
    return ["imports", *PARTS, *thinking, REST]


def rows(size: Size) -> list[Row]:
    """Seconds and megabytes of processes."""

    def timed(*arguments: str) -> partial[float]:
        return partial(seconds, arguments)

    def held(*arguments: str) -> partial[float]:
        return partial(megabytes, arguments)

    help_, turns = ("-m", "blackbox", "--help"), size.of(5, 1)
    starts = (
        Way("blackbox --help", timed(*help_)),
        Way("blackbox list strategies", timed("-m", "blackbox", "list", "strategies")),
        Way("blackbox, imported", timed("import blackbox")),
        Way(IMPORTS, timed(IMPORTS)),
        Way("import nevergrad", timed("import nevergrad")),
        Way("import optuna", timed("import optuna")),
        Way("import botorch", timed("import botorch")),
    )
    memory = (Way("blackbox --help", held(*help_)), Way(IMPORTS, held(IMPORTS)))
    study = (
        Way(f"blackbox run, {JOBS} jobs: wall", partial(demo, size.small, 1)),
        Way(f"blackbox run, {JOBS} jobs: CPU", partial(demo, size.small, 0)),
    )
    parts = tuple(
        Way(f"blackbox: {name}", partial(part, name, size.small))
        for name in names_of_parts(size.small)
    )
    return [
        Row("start-up", "s", starts, turns),
        Row("memory of a start", "MB", memory, turns),
        Row(
            "a toy study's first table, beyond imports",
            "s",
            (Way("blackbox", beyond_imports),),
            turns,
        ),
        Row("the demo study", "s", study, size.of(3, 1), quick=False),
        Row(BY_PART, "s", parts, 1, quick=False),
    ]
