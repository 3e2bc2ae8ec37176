"""Values count by content: equal content, one identity; other content, another; no guesses."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import importlib
import json
import math
import random
import re
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import blackbox as bb
from blackbox.identity import identity
from blackbox.objectives import synthetic
from blackbox.strategies.local.nelder_mead import NelderMead


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Point(NamedTuple):
    x: float
    y: float


@dataclasses.dataclass
class Settings:
    rate: float
    more: Any = None


class Slotted:
    __slots__ = ("__hidden", "value")

    def __init__(self, value: float) -> None:
        self.value = self.__hidden = value


class Named(dict[str, float]):
    pass


class Net(torch.nn.Module):
    def __init__(self, w: float) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.register_buffer("hidden", torch.ones(1), persistent=False)
        self.scale = 1.0
        torch.nn.init.constant_(self.layer.weight, w)
        torch.nn.init.zeros_(self.layer.bias)


def fitted(slope: float) -> Any:
    z = np.arange(6.0).reshape(3, 2)
    return make_pipeline(StandardScaler(), Ridge()).fit(z, slope * z[:, 0])


def frame(first: float, dtype: Any = float) -> pd.DataFrame:
    return pd.DataFrame({"a": np.array([first, 2], dtype), "b": ["x", "y"]})


def circle(value: float) -> list[Any]:
    ring: list[Any] = [value]
    ring.append(ring)
    return ring


def times(factor: float) -> Callable[[float], float]:
    return lambda z: z * factor


@functools.singledispatch
def shown(value: object) -> str:
    return ""


# How a value is made; called with 1 twice and with 2 once.
MADE: dict[str, Callable[[Any], Any]] = {
    "a number": float,
    "a long text": lambda v: f"{v} " * 100,
    "bytes": lambda v: bytes([v]),
    "a complex number": lambda v: complex(0, v),
    "a range": range,
    "a slice": lambda v: slice(v),
    "a list": lambda v: [v, "a"],
    "a long list": lambda v: [*range(1000), v],
    "a tuple in a list": lambda v: [(1, [v])],
    "a dict": lambda v: {"a": v},
    "a dict of arrays": lambda v: {"a": np.array([v])},
    "a key": lambda v: {v: 0},
    "a set": lambda v: {"a", "b", v},
    "a frozen set": lambda v: frozenset({(v, "a"), ("b",)}),
    "a mapping": lambda v: collections.OrderedDict(a=v),
    "a default dict": lambda v: collections.defaultdict(list, a=[v]),
    "a counter": lambda v: collections.Counter("a" * v),
    "a deque": lambda v: collections.deque([v], maxlen=4),
    "a subclass of dict": lambda v: Named(a=v),
    "a named tuple": lambda v: Point(v, 0),
    "a dataclass": Settings,
    "a dataclass inside": lambda v: [Settings(0, Settings(v))],
    "slots": Slotted,
    "an enumeration": Colour,
    "a path": lambda v: Path(f"/tmp/{v}"),
    "a pattern": lambda v: re.compile(f"{v}."),
    "a circle": circle,
    "a lambda": times,
    "lambdas": lambda v: [times(0), times(v)],
    "a partial": lambda v: functools.partial(pow, v),
    "a partial's keyword": lambda v: functools.partial(round, ndigits=v),
    "a bound method of a list": lambda v: [v].count,
    "an array": lambda v: np.array([0.0, v]),
    "an array's shape": lambda v: np.zeros((2, v, 3 - v)),
    "an array's dtype": lambda v: np.zeros(2, f"f{4 * v}"),
    "a strided array": lambda v: np.arange(8.0)[::v],
    "an array of objects": lambda v: np.array([None, {"a": v}], object),
    "an array of dates": lambda v: np.array([v], "datetime64[D]"),
    "an array of records": lambda v: np.array([(v, 1.0)], "i4,f8"),
    "an empty array": lambda v: np.zeros((0, v)),
    "a number of numpy": np.float32,
    "a dtype": lambda v: np.dtype(f"f{4 * v}"),
    "a tensor": lambda v: torch.tensor([0.0, v]),
    "a tensor's gradient asked": lambda v: torch.tensor([0.0, v], requires_grad=True),
    "half precision": lambda v: torch.tensor([v], dtype=torch.bfloat16),
    "a tensor of booleans": lambda v: torch.tensor([v == 1]),
    "a tensor of complex numbers": lambda v: torch.tensor([1j * v]).conj(),
    "a tensor of one number": lambda v: torch.tensor(v),
    "a sparse tensor": lambda v: torch.tensor([0.0, v]).to_sparse(),
    "a dtype of torch": lambda v: [torch.float32, torch.float64][v - 1],
    "a network": Net,
    "networks": lambda v: [Net(0), Net(v)],
    "a scripted network": lambda v: torch.jit.script(torch.nn.Linear(1, v)).eval().apply(zeroed),
    "a frame": frame,
    "a frame's dtype": lambda v: frame(1, f"f{4 * v}"),
    "a frame's index": lambda v: frame(1).set_index(pd.Index([0, v])),
    "a series": lambda v: pd.Series([v, None], dtype="Int64"),
    "categories": lambda v: pd.Series(["a", "b", "ab"[v - 1]], dtype="category"),
    "a fitted model": fitted,
    "a model's method": lambda v: fitted(v).predict,
    "a strategy of ours": lambda v: NelderMead(size=v),
    "functions": lambda v: [math.sin, math.cos][v - 1],
    "ufuncs": lambda v: [np.sin, np.cos][v - 1],
    "methods of str": lambda v: [str.upper, str.lower][v - 1],
    "classes": lambda v: [Settings, Slotted][v - 1],
    "modules": lambda v: [math, random][v - 1],
    "an exception": lambda v: ValueError(v),
}


def zeroed(layer: Any) -> None:
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)


def reading(value: Any) -> Callable[[], Any]:
    return lambda: value


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
@pytest.mark.parametrize("kind", MADE)
def test_equal_content_is_one_identity_and_other_content_another(kind: str) -> None:
    for wrap in (reading, lambda value: value):
        one, same, other = (identity(wrap(MADE[kind](v)), "thing") for v in (1, 1, 2))
        assert same.changes(one) == []
        assert other.digest != one.digest
        assert one.unhashed == ()
        assert json.loads(json.dumps(dict(one.parts))) == one.parts


def test_what_equals_but_is_not_the_same_is_told_apart() -> None:
    values = (0.0, -0.0, 0, False, "0", b"0", None, math.nan, [0], (0,), {0}, {0: 0})
    assert len({identity(value, "value").digest for value in values}) == len(values)
    assert identity([math.nan]) == identity([float("nan")])


def test_the_order_of_a_dict_is_no_content_and_that_of_a_list_is() -> None:
    assert identity({"a": 1, "b": [2]}) == identity({"b": [2], "a": 1})
    assert identity([1, 2]) != identity([2, 1])


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a lock": (threading.Lock, "_thread.lock"),
    "a connection": (lambda: sqlite3.connect(":memory:"), "sqlite3.Connection"),
    "a socket": (socket.socket, "socket.socket"),
    "a file": (lambda: open(__file__), "_io.TextIOWrapper"),  # noqa: SIM115
    "a generator": (lambda: (i for i in range(3)), "generator"),
    "a tensor without content": (lambda: torch.ones(2, device="meta"), "torch.Tensor"),
    "one's own vectorized function": (lambda: np.frompyfunc(times(2), 1, 1), "numpy.ufunc"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_content_is_named_and_never_guessed(kind: str) -> None:
    make, words = REFUSED[kind]
    value = make()
    try:
        own = reading(Settings(1, value))
        name = f"{__name__}.reading.<locals>.<lambda>.value.more"
        assert identity(own).unhashed == (f"{name} ({words})",)
        assert identity(reading([value])).unhashed[0].endswith(f"({words})")
    finally:
        if hasattr(value, "close"):
            value.close()


def test_an_object_that_raises_whatever_it_is_asked_is_named() -> None:
    class Rude(dict[str, float]):
        def __reduce_ex__(self, protocol: Any) -> Any:
            raise SystemError("no")

        def __getattr__(self, name: str) -> Any:
            raise ValueError(name)

        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = None

    for thing in (Rude(), [Rude()], Settings(0, Rude())):
        assert identity(reading(thing)).unhashed
        assert identity(thing).unhashed


def changed(network: Any, change: Callable[[Any], Any]) -> list[str]:
    before = identity(reading(network))
    change(network)
    return identity(reading(network)).changes(before)


NETWORK_EDITS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a weight": (lambda net: net.layer.weight.data[0, 0].add_(1), "value: was weights"),
    "a buffer": (lambda net: net.hidden.add_(1), "value: was weights"),
    "an attribute": (lambda net: setattr(net, "scale", 2.0), "value settings: was settings"),
    "how it is used": (lambda net: net.eval(), "value settings: was settings"),
    "a hook": (lambda net: net.layer.register_forward_hook(times(2)), "value settings: was"),
    "a layer": (lambda net: setattr(net, "layer", torch.nn.ReLU()), "value settings: was"),
}


@pytest.mark.parametrize("edit", NETWORK_EDITS)
def test_a_network_is_its_weights_its_layers_and_how_they_are_set(edit: str) -> None:
    change, words = NETWORK_EDITS[edit]
    assert any(words in one for one in changed(Net(1), change))


def test_gradients_and_devices_are_no_content() -> None:
    assert changed(Net(1), lambda net: net.layer(torch.ones(2)).sum().backward()) == []


@pytest.mark.slow
def test_what_is_compiled_is_what_it_was_before() -> None:
    for make in (times, Net):
        plain, compiled = make(1), torch.compile(make(1), backend="eager")
        assert identity(compiled) == identity(plain)
        assert identity(reading(compiled)) != identity(reading(make(2)))


def test_a_generic_function_is_all_its_functions() -> None:
    before = identity(shown)
    shown("not cached")
    assert identity(shown) == before
    shown.register(int, lambda value: "an int")
    assert identity(shown) != before


def test_what_is_installed_counts_by_the_version_of_its_package() -> None:
    parts = identity(Ridge().fit).parts
    (package,) = [name for name in parts if name.startswith("package ")]
    assert package == "package sklearn"
    assert not any(name.startswith("package") for name in identity(times(1)).parts)


def test_what_is_ours_counts_by_its_content_too() -> None:
    def objective(factor: float, dim: int = 2, judge: float = 1) -> bb.Objective:
        space = bb.Space.normal(dim)
        return bb.Objective(times(factor), space=space, reads="latent", judges={"j": times(judge)})

    before = identity(objective(1))
    assert identity(objective(1)) == before
    for other in (objective(2), objective(1, dim=3), objective(1, judge=2)):
        assert identity(other).changes(before)


def test_what_is_ours_counts_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity(synthetic.landscapes)
    assert any(text.endswith("version 1") for text in before.parts.values())
    monkeypatch.setattr(synthetic, "VERSION", 2, raising=False)
    assert identity(synthetic.landscapes) != before


@pytest.mark.parametrize("as_package", [True, False])
def test_a_project_may_move_to_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_package: bool
) -> None:
    digests = []
    for place in ("here", "there"):
        home = tmp_path / place
        home.mkdir()
        file = home / ("moved/__init__.py" if as_package else "moved.py")
        file.parent.mkdir(exist_ok=True)
        file.write_text(
            "from pathlib import Path\nDATA = Path(__file__).parent / 'data' / 'w.npy'\n"
            "ELSEWHERE = Path('/data/w.npy')\n"
            "def score(x):\n    return x.sum() + len(str(DATA)) + len(str(ELSEWHERE))\n"
        )
        with monkeypatch.context() as patch:
            patch.syspath_prepend(home)
            patch.delitem(sys.modules, "moved", raising=False)
            digests.append(identity(importlib.import_module("moved").score, "score"))
            sys.modules.pop("moved", None)
    here, there = digests
    assert here.changes(there) == []
    assert here.parts["moved.ELSEWHERE"] == "path '/data/w.npy'"
    assert "data/w.npy" in here.parts["moved.DATA"]
    assert str(tmp_path) not in here.parts["moved.DATA"]
