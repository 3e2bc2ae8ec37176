"""What an edit of a scorer changes: what it computes counts, how it is written does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from blackbox.identity import identity
from tests.identity.edited_modules import Load, loader

HELPERS = """
import further
FACTOR = 2
def helper(z):
    return further.two(z) * FACTOR
def unused(z):
    return 0
"""
FURTHER = """
def two(z):
    return z * 2
"""
LOCAL = """
def inside(z):
    return z - 1
"""
MINE = '''
"""A module."""
import functools
from dataclasses import dataclass
from enum import Enum
import numpy as np
import helpers
from helpers import helper

LIMIT = 3
TABLE = {"low": [1, 2], "high": (3, {4})}
WEIGHTS = np.arange(4.0)

class Kind(Enum):
    SMALL = 1
    LARGE = 2

class Base:
    scale = 1.5
    def shift(self, z):
        return z + 1

class Model(Base):
    def __call__(self, z):
        return self.shift(z) * self.scale
    @property
    def width(self):
        return 7
    @staticmethod
    def fixed(z):
        return z
    def unread(self):
        return 1

@dataclass(frozen=True)
class Settings:
    rate: float = 0.1
    kind: Kind = Kind.SMALL

settings = Settings(rate=0.2)
model = Model()

def decorated(function):
    @functools.wraps(function)
    def wrapper(z):
        return function(z) + 10
    return wrapper

@decorated
def wrapped(z):
    return z * 5

def make(bound):
    def closed(z):
        return min(z, bound)
    return closed

closed = make(9)
part = functools.partial(helper, 6)
small, large = lambda z: z + 1, lambda z: z + 2

def score(z, power=2, *, floor=0):
    """What it is."""
    from local import inside
    import local as here
    parts = [helper(z), helpers.FACTOR, LIMIT, TABLE["low"], WEIGHTS.sum(), model(z)]
    parts += [settings.rate, wrapped(z), closed(z), small(z), large(z), inside(z), part]
    return [value ** power + floor for value in parts], here.inside(z)  # a comment
'''

# What stands there, what is written instead, and what the change is said to be about.
NOTICED = {
    "a constant": ("** power + floor", "** power - floor", "mine.score: its code has changed"),
    "a global": ("LIMIT = 3", "LIMIT = 4", "mine.LIMIT: was 3, is 4"),
    "a value inside a global": ('"low": [1, 2]', '"low": [1, 3]', "mine.TABLE: was"),
    "a set inside a global": ("{4}", "{5}", "mine.TABLE: was"),
    "an array": ("arange(4.0)", "arange(4.0) * 2", "mine.WEIGHTS: was array [4] float64"),
    "the dtype of an array": ("arange(4.0)", "arange(4)", "mine.WEIGHTS: was array [4] float64"),
    "a base class's value": ("scale = 1.5", "scale = 1.6", "mine.Base.scale: was 1.5, is 1.6"),
    "a base class's method": (
        "return z + 1\n\nc",
        "return z + 2\n\nc",
        "mine.Base.shift: its code",
    ),
    "a class's method": ("* self.scale", "/ self.scale", "mine.Model.__call__: its code"),
    "a property": ("return 7", "return 8", "mine.Model.width: its code"),
    "a static method": (
        "def fixed(z):\n        return z",
        "def fixed(z):\n        return -z",
        "mine.Model.fixed: its code",
    ),
    "another base": (
        "class Model(Base)",
        "class Model(Base, dict)",
        "mine.Model: was class (mine.Base)",
    ),
    "a setting": (
        "Settings(rate=0.2)",
        "Settings(rate=0.3)",
        "mine.settings.rate: was 0.2, is 0.3",
    ),
    "a setting's default": (
        "rate: float = 0.1",
        "rate: float = 0.4",
        "mine.Settings.rate: was 0.1, is 0.4",
    ),
    "a new setting": (
        "rate: float = 0.1",
        "rate: float = 0.1\n    more: int = 1",
        "mine.Settings.more: new",
    ),
    "a member of an enumeration": (
        "SMALL = 1",
        "SMALL = 0",
        "mine.settings.kind: was mine.Kind.SMALL = 1",
    ),
    "a decorator": ("function(z) + 10", "function(z) + 11", "mine.wrapped: its code"),
    "what is decorated": ("return z * 5", "return z * 6", "mine.wrapped #2: its code"),
    "a closure's value": ("make(9)", "make(8)", "mine.make.<locals>.closed.bound: was 9, is 8"),
    "a closure's code": ("min(z, bound)", "max(z, bound)", "mine.make.<locals>.closed: its code"),
    "a partial's argument": (
        "partial(helper, 6)",
        "partial(helper, 5)",
        "mine.part(0): was 6, is 5",
    ),
    "a default": ("power=2", "power=3", "mine.score(power): was 2, is 3"),
    "a keyword's default": ("floor=0", "floor=1", "mine.score(floor): was 0, is 1"),
    "the first of two lambdas": ("lambda z: z + 1", "lambda z: z + 3", "mine.<lambda>: its code"),
    "the second of two lambdas": (
        "lambda z: z + 2",
        "lambda z: z + 3",
        "mine.<lambda> #2: its code",
    ),
    "names exchanged": ("small, large =", "large, small =", "mine.<lambda>: its code"),
    "what a name stands for": (
        "from helpers import helper",
        "from helpers import unused as helper",
        "mine.helper: was helpers.helper, is helpers.unused",
    ),
    "a library's function": (
        "import numpy as np",
        "import numpy as np\nfrom math import floor as min",
        "mine.min: new",
    ),
}
NOTICED_ELSEWHERE = {
    "a helper": ("helpers", "two(z) * FACTOR", "two(z) + FACTOR", "helpers.helper: its code"),
    "its global": ("helpers", "FACTOR = 2", "FACTOR = 3", "helpers.FACTOR: was 2, is 3"),
    "two hops away": ("further", "z * 2", "z * 3", "further.two: its code"),
    "imported inside": ("local", "z - 1", "z - 2", "local.inside: its code"),
}
UNNOTICED = {
    "a comment": ("# a comment", "# another"),
    "a new comment above": ("LIMIT = 3", "# why\n\nLIMIT = 3"),
    "a docstring": ('"""What it is."""', '"""What it\n    was."""'),
    "no docstring": ('    """What it is."""\n', ""),
    "the module's docstring": ('"""A module."""', ""),
    "formatting": ('{"low": [1, 2], ', "{\n  'low':   [1,2] ,\n"),
    "brackets": ("helper(z), helpers", "(helper((z))), helpers"),
    "a second function": ("LIMIT = 3", "LIMIT = 3\ndef second():\n    return LIMIT"),
    "a global that nobody reads": ("LIMIT = 3", "LIMIT, OTHER = 3, 4"),
    "another order": ('{"low": [1, 2], "high": (3, {4})}', '{"high": (3, {4}), "low": [1, 2]}'),
    "a function that nobody calls": (
        "import numpy as np",
        "import numpy as np\nfrom helpers import unused",
    ),
}


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    return loader(tmp_path, monkeypatch)


def edited(text: str, was: str, now: str) -> str:
    assert text.count(was) == 1, was
    return text.replace(was, now)


@pytest.mark.parametrize("edit", NOTICED)
def test_what_it_computes_counts_and_the_change_is_named(edit: str, load: Load) -> None:
    was, now, words = NOTICED[edit]
    others = {"helpers": HELPERS, "further": FURTHER, "local": LOCAL}
    before = identity(load(MINE, **others).score)
    after = identity(load(edited(MINE, was, now), **others).score)
    assert after.digest != before.digest
    assert any(words in change for change in after.changes(before)), after.changes(before)


@pytest.mark.parametrize("edit", NOTICED_ELSEWHERE)
def test_the_modules_that_it_uses_count(edit: str, load: Load) -> None:
    module, was, now, words = NOTICED_ELSEWHERE[edit]
    others = {"helpers": HELPERS, "further": FURTHER, "local": LOCAL}
    before = identity(load(MINE, **others).score)
    after = identity(load(MINE, **others | {module: edited(others[module], was, now)}).score)
    (change,) = after.changes(before)
    assert words in change


@pytest.mark.parametrize("edit", UNNOTICED)
def test_how_it_is_written_does_not_count(edit: str, load: Load) -> None:
    others = {"helpers": HELPERS, "further": FURTHER, "local": LOCAL}
    before = identity(load(MINE, **others).score)
    after = identity(load(edited(MINE, *UNNOTICED[edit]), **others).score)
    assert after.changes(before) == []
    assert after.digest == before.digest


def test_a_function_that_nobody_calls_in_another_module_does_not_count(load: Load) -> None:
    others = {"further": FURTHER, "local": LOCAL}
    before = identity(load(MINE, helpers=HELPERS, **others).score)
    after = identity(load(MINE, helpers=edited(HELPERS, "return 0", "return 1"), **others).score)
    assert after == before


def test_what_is_no_longer_used_is_told(load: Load) -> None:
    before = identity(load("LIMIT = 3\ndef score(z): return LIMIT").score)
    after = identity(load("LIMIT = 3\ndef score(z): return 3").score)
    assert "mine.LIMIT: no longer used" in after.changes(before)


def test_a_module_that_is_handed_around_counts_as_a_whole(load: Load) -> None:
    mine = "import helpers\ndef score(z, name='f'): return getattr(helpers, name)(z)"
    before = identity(load(mine, helpers="def f(z): return 1").score)
    after = identity(load(mine, helpers="def f(z): return 2").score)
    (change,) = after.changes(before)
    assert "helpers: its code has changed" in change


def test_a_version_stands_for_the_content(load: Load) -> None:
    module = load("def score(z): return 3")
    assert identity(module.score, "score", version="b").parts == {"score": "version 'b'"}
