"""The source that is read is the code that runs; without one, the code itself is read."""

from __future__ import annotations

import importlib
import json
import linecache
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from blackbox.identity import identity
from tests.identity.edited_modules import Load, loader


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    return loader(tmp_path, monkeypatch)


def code_of(thing: Any, name: str = "mine.score") -> str:
    return identity(thing).parts[name]


def executed(text: str, name: str = "<string>") -> Any:
    names: dict[str, Any] = {"__name__": "mine"}
    exec(compile(text, name, "exec"), names)
    return names["score"]


def test_a_file_that_was_edited_after_its_import_is_not_believed(load: Load) -> None:
    module = load("def score(z): return z + 1")
    imported = code_of(module.score)
    Path(str(module.__file__)).write_text("def score(z): return z + 2")
    stale = identity(module.score)
    assert stale.parts["mine.score"] != imported
    importlib.invalidate_caches()
    reloaded = importlib.reload(module)
    assert len({imported, stale.parts["mine.score"], code_of(reloaded.score)}) == 3


def test_a_file_whose_lines_have_moved_is_still_the_source(load: Load) -> None:
    module = load("def score(z): return z + 1")
    imported = identity(module.score)
    Path(str(module.__file__)).write_text("\n# new\n\ndef score(z):\n    return z + 1  # same")
    assert identity(module.score) == imported


def test_a_file_that_is_gone_or_broken_raises_nothing(load: Load) -> None:
    module = load("def score(z): return z + 1")
    path = Path(str(module.__file__))
    path.write_text("def score(z: return")
    broken = identity(module.score)
    path.unlink()
    assert identity(module.score) == broken


def test_of_two_functions_with_one_name_the_one_that_runs_is_read(load: Load) -> None:
    text = "W = {}\nif W:\n    def score(z): return z + 1\nelse:\n    def score(z): return z + 2"
    first, second = (identity(load(text.format(w)).score) for w in (1, 0))
    alone = load("def score(z): return z + 2").score
    assert first != second
    assert second == identity(alone)


LINES = {
    "side by side": "scores = [lambda z: z + 1, lambda z: z + 2, lambda z: z + 1]",
    "in a call": "scores = list(map(lambda f: f, (lambda z: z + 1, lambda z: z + 2)))",
    "one inside another": "scores = [lambda z: (lambda y: y + 1)(z), lambda z: (lambda y: y)(z)]",
    "by default": "scores = [lambda z, f=lambda y: y: f(z), lambda z, f=lambda y: -y: f(z)]",
    "constants": "scores = [lambda: 1, lambda: 2]",
    "conditions": "scores = [lambda z: z and 1, lambda z: z or 1]",
    "over two lines": "scores = [lambda z: (z +\n 1), lambda z: (z +\n 2)]",
    "generators": "scores = [lambda z: [i for i in z], lambda z: [-i for i in z]]",
    "closures": "def make(a):\n    return [lambda z: z + a, lambda z: z - a]\nscores = make(1)",
}


@pytest.mark.parametrize("kind", LINES)
def test_lambdas_on_one_line_are_told_apart(kind: str, load: Load) -> None:
    first, second = ({*identity(score).parts.items()} for score in load(LINES[kind]).scores[:2])
    again, _ = load("# a line\n" + LINES[kind].replace("z:", "z :")).scores[:2]
    assert first != second
    assert first == {*identity(again).parts.items()}
    assert "Python" not in str(first)


def test_a_lambda_is_the_same_wherever_on_its_line_it_stands(load: Load) -> None:
    one = load("score = lambda z: z + 1").score
    two = load("other, score = lambda z: z, lambda z: z + 1").score
    assert identity(one) == identity(two)


EDITS_WITHOUT_SOURCE = {
    "a constant": ("z + 1", "z + 2"),
    "a constant's type": ("z + 1", "z + 1.0"),
    "a sign of zero": ("z - 0.0", "z - -0.0"),
    "a name": ("abs(z)", "int(z)"),
    "an argument": ("def score(z)", "def score(z, k=2)"),
    "a global": ("LIMIT = 3", "LIMIT = 4"),
    "code inside": ("lambda i: i", "lambda i: -i"),
    "a set": ("{5, 6}", "{5, 7}"),
}
WITHOUT_SOURCE = """
LIMIT = 3
def score(z):
    inner = lambda i: i
    return [z + 1, z - 0.0, abs(z), LIMIT, z in {5, 6}, inner]
"""


@pytest.mark.parametrize("edit", EDITS_WITHOUT_SOURCE)
def test_without_source_the_bytecode_counts(edit: str) -> None:
    was, now = EDITS_WITHOUT_SOURCE[edit]
    assert was in WITHOUT_SOURCE
    before = identity(executed(WITHOUT_SOURCE))
    assert identity(executed(WITHOUT_SOURCE.replace(was, now))) != before


def test_without_source_the_place_and_a_docstring_do_not_count() -> None:
    before = identity(executed(WITHOUT_SOURCE))
    documented = WITHOUT_SOURCE.replace("(z):\n", '(z):\n    """Words."""\n')
    assert identity(executed("\n\n" + documented, "<other>")) == before


CELLS = ("<ipython-input-1-abc>", "/tmp/ipykernel_1/234.py")


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_of_a_notebook_has_source(
    name: str, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "def score(z):\n    return z + 1  # one"
    lines = text.splitlines(keepends=True)
    monkeypatch.setitem(linecache.cache, name, (len(text), None, lines, name))
    assert code_of(executed(text, name)) == code_of(load(text).score)


SCRIPT = '''
import json, sys
from enum import Enum
from pathlib import Path
import numpy as np
import helpers

NAMES = {"a", "b", "c", ("d", 1), Path("e")}
RULES = {frozenset({"x", "y"}): {str, int, len}}

class Kind(Enum):
    LOW = "low"

class Model:
    kind = Kind.LOW
    def __init__(self, w):
        self.w = w
    def __call__(self, z):
        """A score."""
        return helpers.f(z) * self.w.sum() + self.shift(z)
    def shift(self, z):
        return [i for i in z if i in NAMES and RULES]

model = Model(np.arange(3.0))

def score(z):
    return model(z), [f(z) for f in (lambda z: z + 1, lambda z: z + 2)]
'''
SHOWN = """
if __name__ == "__main__":
    import cloudpickle
    from blackbox.identity import identity
    Path(sys.argv[1]).write_bytes(cloudpickle.dumps([score, model, model.shift]))
    print(json.dumps([dict(identity(t).parts) for t in (score, model, model.shift)]))
"""
RECEIVED = """
import json, pickle, sys
from blackbox.identity import identity
things = pickle.load(open(sys.argv[1], "rb"))
print(json.dumps([dict(identity(thing).parts) for thing in things]))
"""


def run(folder: Path, script: str, seed: str) -> Any:
    path = os.pathsep.join((str(folder), *filter(None, sys.path)))
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
    command = [sys.executable, script, "sent.pickle"]
    shown = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(shown.stdout)


def test_another_process_and_one_that_was_sent_the_function_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("LIMIT = {1: {2, 3}}\ndef f(z): return LIMIT")
    (tmp_path / "study.py").write_text(SCRIPT + SHOWN)
    (tmp_path / "worker.py").write_text(RECEIVED)
    first = run(tmp_path, "study.py", "1")
    assert "__main__.Model.__call__" in first[0]
    assert run(tmp_path, "study.py", "2") == first
    assert run(tmp_path, "worker.py", "3") == first
    # Where the script is not at hand, its bytecode is: another text, but always the same.
    (tmp_path / "study.py").unlink()
    assert run(tmp_path, "worker.py", "4") == run(tmp_path, "worker.py", "5")


def test_what_was_sent_by_value_is_what_it_was(load: Load) -> None:
    module = load("LIMIT = 3\nclass Model:\n    k = 2\n    def __call__(self, z): return LIMIT")
    cloudpickle.register_pickle_by_value(module)
    try:
        sent: Callable[..., Any] = cloudpickle.loads(cloudpickle.dumps(module.Model()))
        assert identity(sent).changes(identity(module.Model())) == []
    finally:
        cloudpickle.unregister_pickle_by_value(module)
