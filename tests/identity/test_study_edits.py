"""A study carried out again after an edit, in a fresh process and with real files, as users do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import warm

pytestmark = pytest.mark.slow

BUDGET, SEEDS = 40, 2
PYTHON = (sys.executable, "-B", "-W", "ignore")
FILES = {
    "mine.py": '''
"""A user's module."""
from pathlib import Path
import numpy as np
from helper import shifted
import blackbox as bb

SCALE = 2.0
WEIGHTS = np.load(Path(__file__).parent / "weights.npy")

def score(x):
    with open("calls", "a") as log:
        log.write("call\\n" * len(x))
    return -(SCALE * shifted(x @ WEIGHTS) ** 2).sum(-1) + 0.125

def size(x):
    return (x**2).sum(-1) * 1.0

def starts(rng, m):
    return rng.standard_normal((m, 2)) * 0.5

def made():
    return bb.Objective(
        bb.Scorer(score, batched=True), space=bb.Space.normal(2), name="mine", seconds=1.0,
        noise=False, judges={"size": size}, starts=starts, optimum=0.125,
    )
''',
    "helper.py": "def shifted(x):\n    return x - 0.25\n\n\ndef unused(x):\n    return x\n",
    "climb.py": """
from dataclasses import dataclass
import numpy as np
from blackbox.messages import Ask

@dataclass(frozen=True)
class Climb:
    step: float = 0.5

    def search(self, brief, rng):
        best = brief.start[:1]
        top = (yield Ask(best)).score
        while True:
            point = best + self.step * rng.standard_normal(best.shape)
            score = (yield Ask(point)).score
            if score > top:
                best, top = point, score
""",
    "study.py": f"""
import json, os, pathlib, sys, warnings
import blackbox as bb
import climb, mine

def counted(**more):
    if os.path.exists("calls"):
        os.remove("calls")
    study = bb.compare(mine.made(), climb.Climb(), {BUDGET}, {SEEDS}, store="folder", **more)
    calls = open("calls").read().count("call") if os.path.exists("calls") else 0
    path = study.traces[0].path
    runs = [[trace.seed, len(trace), trace.status.name, trace.error] for trace in study.traces]
    files = sorted(str(file) for file in pathlib.Path("folder").rglob("*"))
    return calls, [float(path.judged["size"][-1]), float(study.traces[0].score[0])], runs, files

outcome = {{}}
try:
    outcome["calls"], outcome["numbers"], *_ = counted()
except bb.StoreError as error:
    outcome["refused"] = str(error)
    try:
        if "judges" in sys.argv:
            outcome["judged"] = counted(again="judges")
        outcome["edited"] = counted(again="edited")
    except bb.StoreError as error:
        outcome["still refused"] = str(error)
print(json.dumps(outcome))
""",
}


class Desk:
    """A folder of modules, in which a study is carried out by a process of its own each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).write_text(text)
        self.weigh(1.0)

    def weigh(self, weight: float) -> None:
        np.save(self.folder / "weights.npy", np.eye(2) * weight)

    def edit(self, name: str, before: str, after: str) -> None:
        text = (self.folder / name).read_text()
        assert before in text
        (self.folder / name).write_text(text.replace(before, after))

    def study(self, *words: str, start: Any = warm.run) -> dict[str, Any]:
        """By a process that has seen none of the user's modules, and need not wait for torch."""
        made = start(
            [*PYTHON, "study.py", *words],
            cwd=self.folder,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        outcome: dict[str, Any] = json.loads(made.stdout)
        return outcome


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert desk.study(start=subprocess.run)["calls"] >= BUDGET * SEEDS
    assert desk.study()["calls"] < BUDGET  # there is no difference between the two
    yield desk


# What is edited, before and after; and what the refusal names.
CODE = r"its code has changed \(was [0-9a-f]{8}, is [0-9a-f]{8}\)"
SEARCH = {
    "a scorer's constant": (
        "mine.py",
        "+ 0.125\n",
        "+ 0.375\n",
        ["objective mine: mine.score", CODE],
    ),
    "a helper that it calls": ("helper.py", "0.25", "0.75", ["helper.shifted", CODE]),
    "a module's global": (
        "mine.py",
        "SCALE = 2.0",
        "SCALE = 3.0",
        ["mine.SCALE", "was 2.0"],
    ),
    "starts": ("mine.py", "* 0.5", "* 0.7", ["mine.starts", CODE]),
    "the strategy's code": (
        "climb.py",
        "> top",
        ">= top",
        ["climb.Climb.search", CODE],
    ),
}
VERDICTS = {
    "a judge": ("mine.py", "* 1.0", "* 9.0", ["judge size: mine.size", CODE]),
    "the optimum": ("mine.py", "optimum=0.125", "optimum=0.5", ["optimum", "was 0.125, is 0.5"]),
}
UNNOTICED = {
    "a comment": ("mine.py", "def score(x):\n", "def score(x):\n    # as in the paper\n"),
    "a second function": ("mine.py", "def made", "def other(x):\n    return x * SCALE\n\ndef made"),
}


@pytest.mark.parametrize("what", SEARCH)
def test_an_edit_of_what_decides_a_run_is_refused_by_name_and_made_anew(
    desk: Desk, what: str
) -> None:
    name, before, after, words = SEARCH[what]
    desk.edit(name, before, after)
    outcome = desk.study()
    for word in words:
        assert re.search(word, outcome["refused"]), outcome["refused"]
    assert "again='edited'" in outcome["refused"]
    assert outcome["edited"][0] >= BUDGET * SEEDS, outcome
    assert desk.study()["calls"] < BUDGET  # the probe's, at most


def test_an_edited_weight_is_noticed(desk: Desk) -> None:
    desk.weigh(1.5)
    outcome = desk.study()
    assert "WEIGHTS" in outcome["refused"]
    assert outcome["edited"][0] >= BUDGET * SEEDS


@pytest.mark.parametrize("what", VERDICTS)
def test_an_edit_of_what_judges_pays_for_no_search(desk: Desk, what: str) -> None:
    name, before, after, words = VERDICTS[what]
    old = desk.study()["numbers"]
    desk.edit(name, before, after)
    outcome = desk.study("judges")
    for word in words:
        assert re.search(word, outcome["refused"]), outcome["refused"]
    assert "again='judges'" in outcome["refused"]
    calls, numbers, *_ = outcome["judged"]
    assert calls < BUDGET
    assert numbers[0] == pytest.approx(old[0] * (9 if what == "a judge" else 1))
    assert numbers[1] == old[1]


@pytest.mark.parametrize("what", UNNOTICED)
def test_what_changes_no_number_is_not_noticed(desk: Desk, what: str) -> None:
    desk.edit(*UNNOTICED[what])
    outcome = desk.study()
    assert "refused" not in outcome
    assert outcome["calls"] < BUDGET


def test_an_edit_that_is_undone_has_its_runs_again(desk: Desk) -> None:
    # Another value than those of other tests: the runs of an edit are there once it was made.
    desk.edit("mine.py", "SCALE = ", "SCALE = 5 + ")
    assert desk.study()["edited"][0] >= BUDGET * SEEDS
    desk.edit("mine.py", "SCALE = 5 + ", "SCALE = ")
    assert desk.study()["edited"][0] < BUDGET
