"""What the code itself writes is state of a run: a call makes nothing stale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from edited_modules import Load, loader

from blackbox.identity import identity

# Each scorer writes something when it is called.
WRITERS = {
    "a global": "n = 0\ndef score(z):\n    global n\n    n += 1\n    return n",
    "an item of a global": "calls = {'n': 0}\ndef score(z):\n    calls['n'] += 1\n    return z",
    "an item of an item": "calls = {1: [0]}\ndef score(z):\n    calls[1][0] += 1\n    return z",
    "a list": "calls = []\ndef score(z):\n    calls.append(z)\n    return z",
    "a list by another name": "calls = []\ndef score(z):\n    log = calls\n    log.append(z)\n    return z",
    "a set": "seen = set()\ndef score(z):\n    seen.add(z)\n    return z",
    "a deque": "import collections\nlast = collections.deque([0])\ndef score(z):\n    last.popleft()\n    last.append(z)\n    return z",
    "a comprehension's list": "calls = []\ndef score(z):\n    [calls.append(z) for _ in range(2)]\n    return z",
    "a counter": "import itertools\ncount = itertools.count()\ndef score(z):\n    return next(count)",
    "an attribute of the function": "def score(z):\n    score.calls += 1\n    return z\nscore.calls = 0",
    "a default": "def score(z, seen={}):\n    seen[z] = 1\n    return z",
    "a keyword's default": "def score(z, *, seen=[]):\n    seen.append(z)\n    return z",
    "a module's global": "import state\ndef score(z):\n    state.n += 1\n    return z",
    "a module's list": "import state\ndef score(z):\n    state.calls.append(z)\n    return z",
    "a helper's global": "import state\ndef score(z):\n    return state.count()",
    "a closure's number": "def make():\n    n = 0\n    def score(z):\n        nonlocal n\n        n += 1\n        return n\n    return score\nscore = make()",
    "a closure's dict": "def make():\n    cache = {}\n    def score(z):\n        cache[z] = z\n        return z\n    return score\nscore = make()",
    "an object's attribute": "class Model:\n    n = 0\n    def __call__(self, z):\n        self.n += 1\n        return z\nscore = Model()",
    "an object's cache": "class Model:\n    def __init__(self):\n        self.cache = {}\n    def __call__(self, z):\n        self.cache[z] = z\n        return z\nscore = Model()",
    "an object's log": "class Model:\n    def __init__(self):\n        self.log = []\n    def __call__(self, z):\n        log = self.log\n        log.append(z)\n        return z\nscore = Model()",
    "a method that it calls": "class Model:\n    n = 0\n    def step(self):\n        self.n += 1\n    def __call__(self, z):\n        self.step()\n        return z\nscore = Model()",
    "a base class's method": "class Base:\n    n = 0\n    def step(self):\n        self.n += 1\nclass Model(Base):\n    def __call__(self, z):\n        super().step()\n        return z\nscore = Model()",
    "the class's attribute": "class Model:\n    n = 0\n    def __call__(self, z):\n        Model.n += 1\n        return z\nscore = Model()",
    "an attribute's attribute": "class Counter:\n    n = 0\nclass Model:\n    def __init__(self):\n        self.counter = Counter()\n    def __call__(self, z):\n        self.counter.n += 1\n        return z\nscore = Model()",
    "a bound method": "class Model:\n    n = 0\n    def rate(self, z):\n        self.n += 1\n        return z\nscore = Model().rate",
    "an object among others": "class Model:\n    n = 0\n    def __call__(self, z):\n        self.n += 1\n        return z\nmodels = [Model(), Model()]\ndef score(z):\n    return [m(z) for m in models]",
    "a decorated method": "import functools\ndef same(f):\n    @functools.wraps(f)\n    def wrapper(*a):\n        return f(*a)\n    return wrapper\nclass Model:\n    n = 0\n    @same\n    def __call__(self, z):\n        self.n += 1\n        return z\nscore = Model()",
    "a dataclass's field": "import dataclasses\n@dataclasses.dataclass\nclass Model:\n    n: int = 0\n    def __call__(self, z):\n        self.n += 1\n        return z\nscore = Model()",
    "a remembered function": "import functools\n@functools.cache\ndef score(z):\n    return z",
    "a remembered property": "import functools\nclass Model:\n    @functools.cached_property\n    def width(self):\n        return 3\n    def __call__(self, z):\n        return z * self.width\nscore = Model()",
    "a network's counter": "import torch\nclass Net(torch.nn.Module):\n    n = 0\n    def forward(self, z):\n        self.n += 1\n        return z\nscore = Net()",
    "a file": "import io\nlog = io.StringIO()\ndef score(z):\n    log.write('called')\n    return z",
}  # fmt: skip
STATE = "n = 0\ncalls = []\ndef count():\n    global n\n    n += 1\n    return n"
# What only looks like state: a value that the code reads, and that something else has set.
INPUTS = {
    "what fit has learned": (
        "class Model:\n    def fit(self, w):\n        self.w = w\n        return self\n"
        "    def __call__(self, z):\n        return z * self.w\nscore = Model().fit({0})"
    ),
    "what a loader has set": (
        "def load(value):\n    global W\n    W = value\nload({0})\ndef score(z):\n    return z * W"
    ),
    "what is built with append": (
        "rows = []\nfor i in range({0}):\n    rows.append(i)\ndef score(z):\n    return rows"
    ),
    "a tensor's add": (
        "import torch\nW = torch.ones(2) * {0}\ndef score(z):\n    return W.add(z)"
    ),
    "a vector's add": (
        "class Vector:\n    def __init__(self, x):\n        self.x = x\n"
        "    def add(self, z):\n        return self.x + z\n"
        "W = Vector({0})\ndef score(z):\n    return W.add(z)"
    ),
    "a key": "K, seen = {0}, dict()\ndef score(z):\n    seen[K] = z\n    return z",
    "what is stored": "W, seen = {0}, dict()\ndef score(z):\n    seen[z] = W\n    return z",
    "a list's item's attribute": (
        "class Layer:\n    n = 0\n    def __init__(self, w):\n        self.w = w\n"
        "layers = [Layer({0})]\ndef score(z):\n    layers[0].n += 1\n    return layers[0].w * z"
    ),
    "the weights of a layer that it sets": (
        "class Net:\n    def __init__(self, w):\n        self.w, self.training = w, True\n"
        "class Model:\n    def __init__(self):\n        self.net = Net({0})\n"
        "    def __call__(self, z):\n        self.net.training = False\n        return self.net.w\n"
        "score = Model()"
    ),
}


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    return loader(tmp_path, monkeypatch)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_call_makes_nothing_stale(writer: str, load: Load) -> None:
    score = load(WRITERS[writer], state=STATE).score
    before = identity(score)
    for z in range(3):
        score(z)
    after = identity(score)
    assert after.changes(before) == []
    assert after.unhashed == ()


@pytest.mark.parametrize("value", INPUTS)
def test_what_is_read_counts_whoever_has_set_it(value: str, load: Load) -> None:
    three, same, four = (identity(load(INPUTS[value].format(w)).score) for w in (3, 3, 4))
    assert same == three
    assert four.digest != three.digest


def test_a_random_generator_counts_by_its_state(load: Load) -> None:
    text = "def make(rng):\n    def score(z):\n        return z + rng.normal()\n    return score"
    make = load(text).make
    one, same, other = (identity(make(np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert one == same
    assert "mine.make.<locals>.score.rng: was" in other.changes(one)[0]
