"""The toolkit calls people's functions; what these stand on is afterwards as it was before."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import blackbox as bb
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import bowl

SPACE = bb.Space.normal(4)


class Counting(nn.Module):
    """Changes a buffer with every call, and replaces another."""

    calls: torch.Tensor
    last: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("last", torch.zeros(1))
        self.linear = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += len(x)
        self.last = x.detach().mean(0)
        moved: torch.Tensor = self.linear(x)
        return moved


def state(*modules: nn.Module) -> list[Any]:
    return [
        (name, value.clone(), value.dtype)
        for module in modules
        for name, value in module.state_dict().items()
    ] + [[part.training for part in module.modules()] for module in modules]


def same(one: list[Any], other: list[Any]) -> bool:
    return all(
        torch.equal(a[1], b[1]) and a[0] == b[0] if isinstance(a, tuple) else a == b
        for a, b in zip(one, other, strict=True)
    )


def seeded() -> Callable[[], bool]:
    """Seed the global generators; whether they are still where they were then.

    Called inside a test: plugins may seed them between its set-up and its call.
    """
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    before = _states()
    return lambda: _states() == before


def _states() -> tuple[object, ...]:
    words = np.random.get_state(legacy=False)
    words["state"]["key"] = words["state"]["key"].tolist()
    return torch.get_rng_state().tolist(), words, random.getstate()


HOLDERS: dict[str, Callable[[nn.Module], Callable[..., Any]]] = {
    "the module itself": lambda net: net,
    "its method": lambda net: net.forward,
    "a closure": lambda net: lambda x: net(x),
    "a default": lambda net: lambda x, model=net: model(x),
    "a list": lambda net: (lambda nets: lambda x: nets[0](x))([net]),
    "a dict": lambda net: (lambda nets: lambda x: nets["a"](x))({"a": net}),
    "an object": lambda net: Held(net),
    "a bound method": lambda net: Held(net).decode,
}


class Held:
    def __init__(self, model: nn.Module) -> None:
        self.inner = {"model": model}

    def __call__(self, x: torch.Tensor) -> Any:
        return self.inner["model"](x)

    def decode(self, x: torch.Tensor) -> Any:
        return self.inner["model"](x)


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("part", ["decoder", "scorer"])
@pytest.mark.parametrize(
    "layers",
    [lambda: nn.BatchNorm1d(4), lambda: nn.Dropout(0.5), lambda: Counting(), lambda: nn.RReLU()],
    ids=["norm", "dropout", "counting", "rrelu"],
)
def test_a_probe_leaves_modules_and_chance_as_they_were(
    holder: str, part: str, layers: Callable[[], nn.Module]
) -> None:
    """Whether it accepts the objective or refuses it: both are left alone."""
    unchanged = seeded()
    net = nn.Sequential(nn.Linear(4, 4), layers()).train()
    torch.manual_seed(5)  # building drew weights
    held, before = HOLDERS[holder](net), state(net)
    if part == "decoder":
        objective = bb.Objective(bowl, held, SPACE)
    else:
        objective = bb.Objective(lambda x: bowl(held(x.float())), space=SPACE)
    try:
        _ = objective.facts
    except ObjectiveError as error:
        assert "training mode" in str(error)
    assert same(state(net), before)
    assert unchanged()
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_probe_of_a_noisy_scorer_leaves_chance_as_it_was() -> None:
    unchanged = seeded()
    for scorer in (
        lambda x: bowl(x) + torch.randn(len(x)),
        lambda x: bowl(np.asarray(x)) + np.random.randn(len(x)),
        lambda x: float(x[0]) + random.random(),
    ):
        assert bb.Objective(scorer, space=SPACE).facts.noise > 0
        assert unchanged()


def test_a_probe_that_fails_leaves_all_as_it_was() -> None:
    unchanged = seeded()
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).train()
    torch.manual_seed(5)
    before = state(net)

    def decoder(z: torch.Tensor) -> Any:
        torch.rand(1)
        return net(z), "and more"

    with pytest.raises(ObjectiveError):
        _ = bb.Objective(bowl, decoder, SPACE).facts
    assert same(state(net), before)
    assert unchanged()


def test_a_study_leaves_a_network_in_eval_mode_and_chance_as_they_were() -> None:
    unchanged = seeded()
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3)).eval()
    torch.manual_seed(5)
    before = state(net)
    objective = bb.Objective(bowl, net, SPACE, judges={"size": lambda x: x.norm(dim=1)}, name="n")
    strategies = ["random_search", "gradient_ascent", "cma_es", "bayes_opt"]
    study = bb.compare(objective, strategies, 10, seeds=2)
    assert (study.runs.status == "spent").all()
    assert same(state(net), before)
    assert unchanged()
    assert all(parameter.grad is None for parameter in net.parameters())


@pytest.mark.slow
def test_the_first_use_of_a_name_leaves_chance_as_it_was() -> None:
    code = "import random, blackbox; random.seed(5); blackbox.compare; print(random.random())"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert float(printed) == random.Random(5).random()


def test_gradients_that_a_user_has_gathered_stay() -> None:
    net = nn.Linear(4, 4)
    net(torch.ones(1, 4)).sum().backward()
    assert net.weight.grad is not None
    gathered = net.weight.grad.clone()
    objective = bb.Objective(bowl, net, SPACE, name="n")
    bb.compare(objective, "gradient_ascent", 10, seeds=1)
    assert torch.equal(net.weight.grad, gathered)


@pytest.mark.parametrize("decoder", [None, lambda z: z, lambda z: z[:, :2], lambda z: 1 * z])
@pytest.mark.parametrize("kind", ["torch", "numpy", "one"])
def test_a_scorer_that_writes_into_its_objects_changes_no_neighbour(
    decoder: Callable[[torch.Tensor], torch.Tensor] | None, kind: str
) -> None:
    def grabby(x: Any) -> Any:
        score = bowl(x)
        x[...] = 7.0
        return score

    def of_arrays(x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            raise TypeError("arrays only")
        return grabby(x)

    score, batched = {
        "torch": (grabby, True),
        "numpy": (of_arrays, True),
        "one": (grabby, False),
    }[kind]
    objective = bb.Objective(score, decoder, SPACE, dtype=torch.float64, batched=batched)
    z = SPACE.sample(np.random.default_rng(0), 5)
    given = z.copy()
    expected = bowl(z if decoder is None else decoder(torch.tensor(z)).numpy())
    first, again = (objective.evaluate(bb.Ask(z)).score for _ in range(2))
    assert first == pytest.approx(expected)
    assert np.array_equal(first, again)
    assert np.array_equal(z, given)
