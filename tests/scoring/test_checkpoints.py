"""Weights from a file: what fits is loaded, what does not is refused, and nothing is run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb


def decoder(width: int = 3) -> torch.nn.Sequential:
    torch.manual_seed(0)
    norm = torch.nn.BatchNorm1d(width)
    return torch.nn.Sequential(torch.nn.Linear(2, width), norm, torch.nn.Tanh())


@pytest.fixture
def trained() -> torch.nn.Sequential:
    network = decoder()
    with torch.no_grad():
        for one in network.parameters():
            one.add_(0.5)
    return network


def first(network: torch.nn.Module) -> torch.Tensor:
    weight: torch.Tensor = network.state_dict()["0.weight"]
    return weight


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path


def quietly(path: Path, **settings: Any) -> torch.nn.Sequential:
    return bb.load_decoder(path, into=decoder(), tell=None, **settings)


def test_weights_come_back_fixed_and_in_eval_mode(
    tmp_path: Path, trained: torch.nn.Sequential, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path / "vae.pt", trained.half().state_dict())
    loaded = bb.load_decoder(path, into=decoder())
    assert torch.equal(first(loaded), first(trained.float()))
    assert not loaded.training
    assert not any(one.requires_grad for one in loaded.parameters())
    printed = capsys.readouterr()
    assert printed.err == (
        "vae.pt: 22 numbers into Sequential, float32 (saved as float16) on cpu; eval mode, "
        "weights fixed\n"
    )
    assert first(quietly(path, dtype=torch.float64)).dtype is torch.float64


def test_a_loaded_decoder_serves_gradients(tmp_path: Path, trained: torch.nn.Sequential) -> None:
    loaded = quietly(saved(tmp_path / "vae.pt", trained.state_dict()))
    bowl = bb.Objective(lambda x: -(x**2).sum(-1), loaded, bb.Space.normal(2), name="bowl")
    answer = bowl.evaluate(bb.Ask(np.ones((2, 2)), 1))
    assert np.abs(answer.grad).min() > 0


def test_wrappers_are_seen_through_where_one_thing_fits(
    tmp_path: Path, trained: torch.nn.Sequential
) -> None:
    state = trained.state_dict()
    parallel = {f"module.{name}": tensor for name, tensor in state.items()}
    whole = {f"decoder.{name}": tensor for name, tensor in state.items()}
    whole["encoder.weight"] = torch.ones(2)
    other = {"classes.weight": torch.ones(2)}
    for content, settings in (
        ({"state_dict": state, "epoch": 3}, {}),
        ({"model": parallel, "head": other}, {}),
        (parallel, {}),
        (whole, {"prefix": "decoder."}),
        ({"g": state, "g_ema": state}, {"key": "g_ema"}),
    ):
        loaded = quietly(saved(tmp_path / "vae.pt", content), **settings)
        assert torch.equal(first(loaded), first(trained))


def test_what_does_not_fit_is_told_and_nothing_is_changed(
    tmp_path: Path, trained: torch.nn.Sequential
) -> None:
    state = dict(trained.state_dict())
    without = {name: tensor for name, tensor in state.items() if name != "0.bias"}
    nan = state | {"0.bias": torch.full((3,), torch.nan)}
    whole = {f"decoder.{name}": tensor for name, tensor in state.items()}
    for content, settings, words in (
        (without, {}, "does not fit Sequential: it lacks 0.bias"),
        (state | {"2.scale": torch.ones(1)}, {}, "it has besides 2.scale"),
        (decoder(4).state_dict(), {}, r"0.weight is \[4, 2\] there and \[3, 2\] here; 0.bias"),
        (nan, {}, "0.bias holds nan"),
        (whole, {}, "load it with prefix='decoder.'"),
        ({"g": state, "g_ema": state}, {}, "'g', 'g_ema', and several of them fit: say which, as"),
        ({"a": without, "b": {"c": torch.ones(1)}}, {}, "none of them fits as it is"),
        ({"state_dict": without}, {}, r"vae.pt\['state_dict'\] does not fit.*lacks 0.bias"),
        ({"model": state}, {"key": "net"}, "no weights under key='net'; it holds 'model'"),
        ({"epoch": 3}, {}, "holds no state dict; it holds 'epoch'"),
        (torch.ones(3), {}, "holds Tensor, and no state dict"),
    ):
        into = decoder()
        before = [one.clone() for one in into.state_dict().values()]
        path = saved(tmp_path / "vae.pt", content)
        with pytest.raises(bb.CheckpointError, match=words):
            bb.load_decoder(path, into=into, tell=None, **settings)  # type: ignore[arg-type]
        assert all(map(torch.equal, before, into.state_dict().values()))
        assert into.training


class Runs:
    """A pickle that leaves a file behind if it is run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_nothing_of_a_file_is_run(tmp_path: Path, trained: torch.nn.Sequential) -> None:
    mark = tmp_path / "mark"
    for content in (trained, {"state_dict": trained.state_dict(), "config": Runs(mark)}):
        with pytest.raises(bb.CheckpointError, match=r"holds more than tensors.*save its tensors"):
            quietly(saved(tmp_path / "whole.pt", content))
    plain = tmp_path / "plain.pkl"
    plain.write_bytes(pickle.dumps(Runs(mark)))
    with pytest.raises(bb.CheckpointError):
        quietly(plain)
    assert not mark.exists()


def test_what_is_no_checkpoint_is_told(tmp_path: Path, trained: torch.nn.Sequential) -> None:
    path = saved(tmp_path / "vae.pt", trained.state_dict())
    torn = tmp_path / "torn.pt"
    torn.write_bytes(path.read_bytes()[:500])
    (tmp_path / "empty.pt").touch()
    (tmp_path / "text.pt").write_text("weights")
    for place, words in (
        ("no.pt", "there is no checkpoint"),
        (".", "is a folder"),
        ("torn.pt", "cannot be read as weights"),
        ("empty.pt", "cannot be read as weights"),
        ("text.pt", "cannot be read as weights|holds more than tensors"),
    ):
        with pytest.raises(bb.CheckpointError, match=words):
            quietly(tmp_path / place)
    with pytest.raises(bb.CheckpointError, match=r"made already, as into=VAE\(16\), not the class"):
        bb.load_decoder(path, into=torch.nn.Linear)  # type: ignore[type-var]


def test_safetensors_are_read_where_the_package_is(
    tmp_path: Path, trained: torch.nn.Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vae.safetensors"
    torch_part = pytest.importorskip("safetensors.torch")
    torch_part.save_file(trained.state_dict(), str(path))
    assert torch.equal(first(quietly(path)), first(trained))
    path.write_bytes(b"no header")
    with pytest.raises(bb.CheckpointError, match="cannot be read as weights"):
        quietly(path)
    monkeypatch.setitem(__import__("sys").modules, "safetensors.torch", None)
    with pytest.raises(bb.MissingPackage, match="pip install safetensors"):
        quietly(path)
