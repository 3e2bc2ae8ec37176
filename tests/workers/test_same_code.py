"""Workers that are kept run the code of today, or say that they do not."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import blackbox as bb
from blackbox.workers.pool import kept_workers

pytestmark = pytest.mark.slow

MODULE = """
import blackbox as bb

LIMIT = 3.0

def score(x):
    return LIMIT - x.abs().sum(-1)

def make() -> bb.Objective:
    return bb.Objective(score, space=bb.Space.normal(2), name="edited")

class Still:
    factor = 1.0
    def search(self, brief, rng):
        while True:
            yield bb.Ask(self.factor * brief.start[:1])
"""


class Edited:
    """A module of the user's on disk, and what a session makes of it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file, self.name, self.edits = folder / f"{name}.py", name, 0
        self.write(MODULE)
        self.module: ModuleType = importlib.import_module(name)

    def write(self, text: str) -> None:
        self.edits += 1
        self.file.write_text(text)
        os.utime(self.file, ns=(self.edits * 10**9, self.edits * 10**9))

    def edit(self, before: str, after: str, *, reload: bool = True) -> None:
        self.write(self.file.read_text().replace(before, after))
        if reload:
            importlib.reload(self.module)


@pytest.fixture
def edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Edited]:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    name = f"edited_{abs(hash(request.node.name)) % 10**8}"
    yield Edited(tmp_path, name)
    sys.modules.pop(name, None)


def first_scores(objective: object, jobs: int, strategy: object = "random_search") -> list[float]:
    study = bb.compare(objective, strategy, 4, seeds=4, jobs=jobs)  # type: ignore[arg-type]
    return [float(trace.score[0]) for trace in study.traces]


LONG = pytest.mark.processes


@pytest.mark.parametrize("given", ["name", pytest.param("object", marks=LONG)])
def test_an_edited_module_gives_new_scores_in_workers_too(edited: Edited, given: str) -> None:
    def plant() -> object:
        return f"{edited.name}:make" if given == "name" else edited.module.make()

    before = first_scores(plant(), 2)
    assert before == first_scores(plant(), 1)
    edited.edit("LIMIT = 3.0", "LIMIT = 30.0")
    after = first_scores(plant(), 2)
    assert after == pytest.approx([score + 27 for score in before])
    assert after == first_scores(plant(), 1)


def test_workers_stay_where_nothing_was_edited(edited: Edited) -> None:
    first_scores(f"{edited.name}:make", 2)
    pids = {worker.pid for worker in kept_workers(2)._workers}
    first_scores(f"{edited.name}:make", 2)
    assert {worker.pid for worker in kept_workers(2)._workers} == pids


@pytest.mark.processes
def test_an_edited_strategy_is_another_one_in_workers_too(edited: Edited) -> None:
    first = first_scores("synthetic.sphere(d=2)", 2, edited.module.Still())
    edited.edit("factor = 1.0", "factor = 0.5")
    assert first_scores("synthetic.sphere(d=2)", 2, edited.module.Still()) != first


@pytest.mark.parametrize("given", [pytest.param("name", marks=LONG), "object", "strategy"])
def test_what_was_changed_in_memory_only_is_refused(edited: Edited, given: str) -> None:
    if given == "strategy":
        edited.module.Still.factor = 5.0
        with pytest.raises(bb.StudyError, match=r"strategy still: .*factor.*jobs=1"):
            first_scores("synthetic.sphere(d=2)", 2, edited.module.Still())
        return
    vars(edited.module)["LIMIT"] = 5.0
    plant = f"{edited.name}:make" if given == "name" else edited.module.make()
    with pytest.raises(bb.StudyError, match=r"LIMIT: there 3.0, here 5.0.*importlib.reload"):
        first_scores(plant, 2)
    assert len(first_scores(plant, 1)) == 4


def test_what_was_edited_and_not_reloaded_is_refused(edited: Edited) -> None:
    edited.edit("LIMIT - x", "LIMIT - 2 * x", reload=False)
    with pytest.raises(bb.StudyError, match=r"score: its code has changed.*importlib.reload"):
        first_scores(f"{edited.name}:make", 2)
    importlib.reload(edited.module)
    assert len(first_scores(f"{edited.name}:make", 2)) == 4


def test_a_comment_and_what_is_sent_by_value_raise_no_alarm(edited: Edited) -> None:
    limit = 7.0
    scale = vars(edited.module)["LIMIT"]

    def inner(x):  # type: ignore[no-untyped-def]
        return limit - scale * edited.module.score(x)

    edited.edit("def score(x):", "# a comment\ndef score(x):", reload=False)
    objective = bb.Objective(inner, space=bb.Space.normal(2), name="inner")
    assert first_scores(objective, 2) == first_scores(objective, 1)
    shifted = bb.Objective(lambda x: -x.abs().sum(-1), space=bb.Space.normal(2), name="lambda")
    assert first_scores(shifted, 2) == first_scores(shifted, 1)
