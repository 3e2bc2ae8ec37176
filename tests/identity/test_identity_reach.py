"""Wherever a number stands that a scorer reaches, another number there is another identity."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from blackbox.identity import identity

# Files of a small project; `score` of `mine` is identified with 3 and with 4 in place of `_3_`.
PLACES: dict[str, dict[str, str]] = {
    "a nested function": {"mine": "def score(z):\n def f(): return _3_\n return f()"},
    "its default": {"mine": "K = _3_\ndef score(z):\n def f(k=K): return k\n return f()"},
    "a comprehension": {"mine": "K = _3_\nscore = lambda z: [[K for _ in z] for _ in z]"},
    "a class inside": {"mine": "K = _3_\ndef score(z):\n class A:\n  k = K\n return A.k"},
    "a method inside": {
        "mine": "K = _3_\ndef score(z):\n class A:\n  def f(self): return K\n return A()"
    },
    "a generator": {"mine": "def f():\n yield _3_\ndef score(z): return sum(f())"},
    "a coroutine": {"mine": "async def f(): return _3_\ndef score(z): return f()"},
    "recursion": {
        "mine": "def even(n): return n == _3_ or odd(n)\ndef odd(n): return even(n)\nscore = odd"
    },
    "a decorator's argument": {
        "mine": "def times(k):\n def wrap(f):\n  return lambda z: f(z) * k\n return wrap\n"
        "@times(_3_)\ndef score(z): return z"
    },
    "a context": {
        "mine": "import contextlib\n@contextlib.contextmanager\ndef c(): yield _3_\n"
        "def score(z):\n with c() as k: return k"
    },
    "a remembered helper": {
        "mine": "import functools\n@functools.cache\ndef f(z): return _3_\nscore = lambda z: f(z)"
    },
    "a table of functions": {
        "mine": "def f(z): return _3_\nT = {'f': [f]}\ndef score(z): return T['f'][0](z)"
    },
    "a function passed on": {"mine": "def f(z): return _3_\nscore = lambda z: list(map(f, z))"},
    "a function passed on by default": {"mine": "def f(z): return _3_\nscore = lambda z, g=f: g"},
    "another name": {"mine": "def f(z): return _3_\ng = h = f\ndef score(z): return h(z)"},
    "a partial of a partial": {
        "mine": "from functools import partial\nscore = partial(partial(pow, _3_), 2)"
    },
    "a static method": {
        "mine": "class A:\n @staticmethod\n def f(): return _3_\ndef score(z): return A.f()"
    },
    "a class method": {
        "mine": "class A:\n k = _3_\n @classmethod\n def f(cls): return cls.k\nscore = A.f"
    },
    "a class in a class": {
        "mine": "class A:\n class B:\n  k = _3_\ndef score(z): return A.B.k"
    },
    "a class's lambda": {"mine": "class A:\n f = lambda self: _3_\nscore = A().f"},
    "a descriptor": {
        "mine": "class D:\n def __get__(self, o, t): return _3_\nclass A:\n d = D()\n"
        "def score(z): return A().d"
    },
    "a metaclass": {
        "mine": "class M(type):\n def k(cls): return _3_\nclass A(metaclass=M): pass\n"
        "def score(z): return A.k()"
    },
    "a base class elsewhere": {
        "bases": "class A:\n def f(self): return _3_",
        "mine": "import bases\nclass B(bases.A):\n def f(self): return super().f()\nscore = B().f",
    },
    "a field's factory": {
        "mine": "from dataclasses import dataclass, field\n@dataclass\nclass A:\n"
        " a: list = field(default_factory=lambda: [_3_])\ndef score(z): return A().a"
    },
    "an enumeration's method": {
        "mine": "import enum\nclass E(enum.Enum):\n A = 1\n def f(self): return _3_\n"
        "def score(z): return E.A.f()"
    },
    "a named tuple's default": {
        "mine": "from typing import NamedTuple\nclass N(NamedTuple):\n a: int = _3_\n"
        "def score(z): return N().a"
    },
    "slots": {
        "mine": "class A:\n __slots__ = ('k',)\n def __init__(self, k): self.k = k\na = A(_3_)\n"
        "def score(z): return a.k"
    },
    "an object inside an object": {
        "mine": "class A:\n def __init__(self, k): self.k = k\na = A([{'b': A(_3_)}])\n"
        "def score(z): return a.k"
    },
    "an object that knows itself": {
        "mine": "class A:\n def __init__(self, k): self.k, self.me, self.f = k, self, self.g\n"
        " def g(self): return self.k\na = A(_3_)\ndef score(z): return a.f()"
    },
    "what a method caller carries": {
        "mine": "import operator\nscore = operator.methodcaller('count', _3_)"
    },
    "a package": {
        "pkg/__init__": "",
        "pkg/sub": "K = _3_",
        "mine": "import pkg.sub\ndef score(z): return pkg.sub.K",
    },
    "a module of a package": {
        "pkg/__init__": "",
        "pkg/sub": "def f(): return _3_",
        "mine": "from pkg import sub as s\ndef score(z): return s.f()",
    },
    "a package that imports from itself": {
        "pkg/__init__": "from .sub import f",
        "pkg/sub": "from . import low\ndef f(): return low.K",
        "pkg/low": "K = _3_",
        "mine": "import pkg\ndef score(z): return pkg.f()",
    },
    "an import of all": {"low": "K = _3_", "mine": "from low import *\ndef score(z): return K"},
    "an import inside": {
        "low": "K = _3_",
        "mine": "def score(z):\n import low\n return low.K",
    },
    "an import of a part inside": {
        "pkg/__init__": "",
        "pkg/low": "K = _3_",
        "mine": "def score(z):\n import pkg.low as p\n return [p.K for _ in z]",
    },
    "a relative import inside": {
        "pkg/__init__": "",
        "pkg/low": "K = _3_",
        "pkg/high": "def f():\n from .low import K\n return K",
        "mine": "from pkg.high import f as score",
    },
    "a module by another name": {
        "low": "def f(): return _3_",
        "mine": "import low\ntools = low\ndef score(z):\n t = tools\n return t.f()",
    },
    "a module in an object": {
        "low": "K = _3_",
        "mine": "import low\nclass A:\n m = low\ndef score(z): return A.m.K",
    },
    "names looked up when they are asked for": {
        "low": "def __getattr__(name): return _3_",
        "mine": "import low\ndef score(z): return low.K",
    },
    "a module closed over": {
        "low": "K = _3_",
        "mine": "def make():\n import low\n return lambda z: low.K\nscore = make()",
    },
    "what was put in its place": {
        "mine": "def f(): return 1\ndef score(z): return f()\ndef g(): return _3_\nf = g"
    },
    "a library's wrapper": {
        "mine": "import numpy as np\nscore = np.vectorize(lambda z: z * _3_)"
    },
    "a library's closure": {
        "mine": "import torch\n@torch.no_grad()\ndef score(z): return _3_"
    },
}  # fmt: skip


def score_of(folder: Path, files: dict[str, str], number: str, patch: pytest.MonkeyPatch) -> Any:
    for name, text in files.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("_3_", number))
    for name in [n for n in sys.modules if n.split(".")[0] in {f.split("/")[0] for f in files}]:
        patch.delitem(sys.modules, name)
    patch.syspath_prepend(folder)
    importlib.invalidate_caches()
    return importlib.import_module("mine").score


@pytest.mark.parametrize("place", PLACES)
def test_a_number_counts_wherever_it_stands(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    three, same, four = (
        identity(score_of(tmp_path / str(i), PLACES[place], number, monkeypatch))
        for i, number in enumerate(("3", "3", "4"))
    )
    assert three.changes(same) == []
    assert four.changes(three)
    assert three.unhashed == ()
