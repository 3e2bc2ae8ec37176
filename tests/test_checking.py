"""`bb.check`: what was tried on an objective, what was found, and what to do, in plain words."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import blackbox as bb
from blackbox.checking import FINE, LOOK, MEND
from blackbox.cli import main
from tests.conftest import bowl, numpy_words

SPACE = bb.Space.normal(4)


def checked(scorer: Any = bowl, decoder: Any = None, **settings: Any) -> pd.DataFrame:
    return bb.check(bb.Objective(scorer, decoder, SPACE, name="checked", **settings))


def row(table: pd.DataFrame, tried: str) -> pd.Series:
    (found,) = (r for _, r in table.iterrows() if tried in r["tried"])
    return found


def test_a_sound_objective_is_fine() -> None:
    table = checked(decoder=lambda z: torch.tanh(z), judges={"size": lambda x: x.norm(dim=1)})
    assert list(table.columns) == ["tried", "found", "what to do", "verdict"]
    assert (table.verdict == FINE).all()
    assert (table["what to do"] == "").all()
    assert row(table, "scorer is called with")["found"] == "a batch of objects"
    for tried in ("finite differences", "objects of", "typical latents", "starts", "judges"):
        assert row(table, tried)["verdict"] == FINE


@pytest.mark.parametrize(
    "name", ["synthetic.sphere(d=4)", "digits.thickness", "tables.regressor", "mnist.digit"]
)
def test_the_bundled_objectives_are_fit(name: str) -> None:
    assert not (bb.check(name).verdict == MEND).any()


def detached(x: torch.Tensor) -> torch.Tensor:
    return bowl(x) + 5 * x.detach().sum(-1)


FLAWS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "company": ({"scorer": lambda x: bowl(x) - bowl(x).mean()}, "prior draws", MEND, "constants"),
    "returned": ({"decoder": lambda z: (z, 1)}, "prior draws", MEND, r"\(z\)\[0\]"),
    "cut gradient": ({"scorer": detached}, "finite differences", MEND, "detached"),
    "no gradient": ({"scorer": lambda x: bowl(x.detach())}, "gradient", LOOK, "leave .detach"),
    "plateaus": ({"scorer": lambda x: bowl(x).round()}, "gradients at", LOOK, "zero|plateau"),
    "broken slope": (
        {"scorer": lambda x: (x - x.detach()).norm(dim=-1).sqrt()},
        "gradients at",
        MEND,
        r"sqrt\(0\)",
    ),
    "one object": ({"decoder": lambda z: 0 * z[:, :1]}, "objects of", LOOK, "cached"),
    "few objects": ({"decoder": lambda z: (z[:, :1] > 0).float()}, "objects of", LOOK, "cached"),
    "holes": (
        {"scorer": lambda x: torch.where(x[:, 0] > 0, torch.nan, bowl(x))},
        "64 prior draws",
        LOOK,
        "costs like any",
    ),
    "no score": ({"scorer": lambda x: x[:, 0] * torch.nan}, "prior draws", MEND, "nan|starts"),
    "starts": ({"starts": lambda rng, m: 9 + np.zeros((m, 4))}, "typical", LOOK, "standardise"),
    "codes": ({"codes": 30 * np.ones((9, 4))}, "typical", LOOK, "standardise|space"),
    "starts that fail": ({"starts": lambda rng, m: np.zeros((m, 2))}, "starts", MEND, "4"),
    "a judge that fails": ({"judges": {"a": lambda x: 1 / 0}}, "judges", MEND, "ZeroDivision"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_has_a_row_that_says_what_to_do(name: str) -> None:
    parts, tried, verdict, text = FLAWS[name]
    table = checked(**parts)
    rows = table[table.tried.str.contains(tried) & (table.verdict == verdict)]
    assert len(rows) >= 1, table.to_string()
    told = " ".join(rows.found + " " + rows["what to do"])
    with pytest.raises(AssertionError, match=text):
        raise AssertionError(told)


def test_noise_is_told_with_its_size() -> None:
    torch.manual_seed(0)
    table = checked(lambda x: bowl(x) + 0.3 * torch.randn(len(x)))
    noise = row(table, "same batch twice")
    assert noise.verdict == LOOK
    assert "0.3" in noise.found or "0.29" in noise.found
    assert "not compared" in row(table, "finite differences").found


def test_what_cannot_travel_is_told() -> None:
    lock = threading.Lock()
    table = checked(lambda x: (lock, bowl(x))[1])
    assert "jobs=1" in row(table, "worker process")["what to do"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_gradients_of_any_dtype_agree_with_differences(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3))
    table = checked(lambda x: bowl(x.float()), net.to(dtype).eval())
    assert row(table, "finite differences").verdict in (FINE, LOOK)
    assert not (table.verdict == MEND).any()


def test_a_dear_objective_is_checked_with_few_calls() -> None:
    rows: list[int] = []

    def score(x: torch.Tensor) -> torch.Tensor:
        rows.append(len(x))
        return bowl(x)

    table = checked(score, seconds=1.0)
    assert not (table.verdict == MEND).any()
    assert sum(rows) <= 32 + 100


def test_a_check_changes_no_chance() -> None:
    torch.manual_seed(4)
    np.random.seed(4)
    before = torch.get_rng_state(), numpy_words()
    checked(judges={"size": lambda x: x.norm(dim=1)})
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(numpy_words(), before[1])


MINE = """
import torch
import blackbox as bb

fine = bb.Objective(lambda x: -(x**2).sum(-1), space=bb.Space.normal(3), name="fine")
broken = bb.Objective(lambda x: x - x.mean(), space=bb.Space.normal(3), name="broken")
"""


def test_the_command_ends_with_1_where_something_must_be_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checked_mine.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["check", "checked_mine:fine"]) == 0
    assert "nothing must be mended" in capsys.readouterr().out
    assert main(["check", "checked_mine:broken"]) == 1
    assert "must be mended" in capsys.readouterr().out
    assert main(["check", "synthetic.spher"]) == 2
    said = capsys.readouterr()
    assert "did you mean" in said.out + said.err
    sys.modules.pop("checked_mine")
