"""What the code itself writes is state of a run: a call makes nothing stale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blackbox.identity import identity
from tests.identity.edited_modules import Load, loader
from tests.identity.scorers_that_write import WRITERS

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
    "a tensor's add": ("import torch\nW = torch.ones(2) * {0}\ndef score(z):\n    return W.add(z)"),
    "a vector's add": (
        "class Vector:\n    def __init__(self, x):\n        self.x = x\n"
        "    def add(self, z):\n        return self.x + z\n"
        "W = Vector({0})\ndef score(z):\n    return W.add(z)"
    ),
    "what was appended, where another is appended to": (
        "class Rows:\n    def __init__(self):\n        self.rows = []\n"
        "    def append(self, x):\n        self.rows.append(x)\n"
        "W, log = Rows(), []\nW.append({0})\ndef score(z):\n"
        "    out = []\n    out.append(z)\n    log.append(z)\n    return W.rows"
    ),
    "what was put in by items": (
        "class Table:\n    def __init__(self):\n        self.rows = dict()\n"
        "    def __setitem__(self, k, x):\n        self.rows[k] = x\n"
        "W = Table()\nW[1] = {0}\ndef score(z):\n    return W.rows"
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


def test_the_state_of_a_random_generator_is_no_input(load: Load) -> None:
    text = "def make(rng):\n    def score(z):\n        return z + rng.normal()\n    return score"
    make = load(text).make
    rng = np.random.default_rng(1)
    before = identity(make(rng))
    rng.normal()
    assert identity(make(rng)) == before
    assert identity(make(np.random.RandomState(1))) == before
    assert identity(make(3)) != before
