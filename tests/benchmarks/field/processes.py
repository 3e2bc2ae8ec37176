"""Rows of whole processes: start-up, a first table, the demo study."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from tests.benchmarks.field.rows import Row, Size, Way, cpu_of_process

DEMO = Path(__file__).parents[3] / "reports" / "digits" / "study.toml"
JOBS = 2
TOY = """
import blackbox as bb
bowl = bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.normal(4), name="bowl")
print(bb.compare(bowl, ["random_search", "one_plus_one"], 20, 2).summary())
"""
IMPORTS = "import torch, pandas"


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
        shutil.copy(DEMO, folder)
        study = Path(folder) / DEMO.name
        if small:
            asked = 'name = "s"\nobjectives = ["synthetic.sphere(d=2)"]\n'
            study.write_text(f'{asked}strategies = ["random_search"]\nbudget = 2\nseeds = 2\n')
        return cpu_of_process("-m", "blackbox", "run", str(study), "--jobs", str(JOBS))


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
    ]
