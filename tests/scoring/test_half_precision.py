"""bfloat16, half, double, whole numbers: every dtype that decoders make goes through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import blackbox as bb
from blackbox.protocol import Capability
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import bowl, objects_of, path_of

SPACE = bb.Space.normal(4)
SHORT = [torch.bfloat16, torch.float16]
DTYPES = [*SHORT, torch.float32, torch.float64]


def network(dtype: torch.dtype, inputs: int = 4, outputs: int = 6) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(inputs, 16), nn.Tanh(), nn.Linear(16, outputs)).to(dtype).eval()


def units(dtype: torch.dtype) -> float:
    """A tolerance that the dtype's last place and a few sums explain."""
    return 32 * torch.finfo(dtype).eps


HEAD = network(torch.float32, 6, 1)
SCORERS: dict[str, tuple[Callable[[Any], Any], bool | None]] = {
    "torch": (bowl, None),
    "its own dtype in float": (lambda x: bowl(x.float()), None),
    "a float network": (lambda x: HEAD(x)[:, 0], None),
    "numpy": (lambda x: bowl(x.numpy()), None),
    "asarray": (lambda x: bowl(np.asarray(x)), None),
    "one object": (lambda x: float(bowl(x)), None),
    "one object of numpy": (lambda x: float(bowl(np.asarray(x))), False),
    "criteria": (lambda x: torch.stack([bowl(x), x[:, 0]], 1), None),
}


@pytest.mark.parametrize("dtype", SHORT)
@pytest.mark.parametrize("name", SCORERS)
def test_a_decoder_in_half_precision_goes_with_any_scorer(name: str, dtype: torch.dtype) -> None:
    """Our own `.numpy()` refused bf16; with a float scorer every gradient row was invalid."""
    score, batched = SCORERS[name]
    net = network(dtype)
    weights: dict[str, Any] = {"weights": [1.0, 0.0]} if name == "criteria" else {}
    objective = bb.Objective(score, net, SPACE, batched=batched, name="half", **weights)
    assert objective.facts.dtype == dtype
    z = SPACE.sample(np.random.default_rng(0), 5)
    with torch.no_grad():
        x = net(torch.tensor(z, dtype=dtype)).float()
    head = name == "a float network"
    truth = SCORERS[name][0](x).detach().numpy() if head else bowl(x).numpy()
    tolerance = units(dtype) * (1 + float(np.abs(truth).max()))
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(truth, abs=tolerance)
    study = bb.compare(objective, ["random_search", "gradient_ascent"], 12, seeds=2)
    assert (study.runs.status == "spent").all()
    assert (study.runs.n_invalid == 0).all()
    assert study.traces[0].path is not None
    assert path_of(study.traces[0]).objects is not None


@pytest.mark.parametrize("dtype", SHORT)
def test_gradients_in_half_precision_are_finite_and_right(dtype: torch.dtype) -> None:
    net, head = network(dtype), network(torch.float32, 6, 1)
    scores: tuple[Callable[[Any], Any], ...] = (
        bowl,
        lambda x: bowl(x.float()),
        lambda x: head(x.float())[:, 0],
        lambda x: head(x)[:, 0],
    )
    for score in scores:
        objective = bb.Objective(score, net, SPACE)
        assert Capability.GRADIENT in objective.capabilities, objective.facts.why_not
        z = SPACE.sample(np.random.default_rng(0), 4)
        answer = objective.evaluate(bb.Ask(z, 1))
        points = torch.tensor(z, dtype=torch.float32, requires_grad=True)
        full = network(torch.float32)
        (slope,) = torch.autograd.grad(score(full(points)).sum(), points)
        assert answer.valid.all()
        assert answer.grad_valid.all()
        assert answer.grad == pytest.approx(
            slope.numpy(), abs=units(dtype) * slope.abs().max().item()
        )


@pytest.mark.parametrize("dtype", SHORT)
def test_judges_and_pictures_see_objects_of_half_precision(dtype: torch.dtype) -> None:
    objective = bb.Objective(
        bowl,
        network(dtype),
        SPACE,
        name="half",
        judges={"size": lambda x: x.norm(dim=-1), "numpy": lambda x: np.abs(np.asarray(x)).max(-1)},
        render=lambda x: [f"{v:.2f}" for v in np.asarray(x)[:, 0]],
    )
    (trace,) = bb.compare(objective, "random_search", 5, seeds=1).traces
    assert trace.error == ""
    assert np.isfinite(path_of(trace).judged["size"]).all()
    assert np.isfinite(path_of(trace).judged["numpy"]).all()
    assert objects_of(trace).dtype == np.float32
    drawn = path_of(trace).drawn
    assert drawn is not None
    assert drawn.dtype.kind == "U"


@pytest.mark.parametrize("dtype", DTYPES)
def test_row_i_depends_on_row_i_only_in_any_dtype(dtype: torch.dtype) -> None:
    objective = bb.Objective(bowl, network(dtype), SPACE)
    z = SPACE.sample(np.random.default_rng(0), 70)
    for order in (0, 1):
        whole = objective.evaluate(bb.Ask(z, order)).score
        parts = [objective.evaluate(bb.Ask(p, order)).score for p in (z[:1], z[1:9], z[9:])]
        assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("dtype", DTYPES)
def test_data_space_and_pull_backs_go_through_any_dtype(dtype: torch.dtype) -> None:
    objective = bb.Objective(bowl, network(dtype), SPACE, name="any")
    z = SPACE.sample(np.random.default_rng(0), 3)
    x = objective.evaluate(bb.Decode(z)).x
    assert x.dtype == np.float64
    answer = objective.evaluate(bb.Ask(x, 1, "data"))
    assert answer.grad == pytest.approx(2 * (0.5 - x), abs=units(dtype) * 4)
    pulled = objective.evaluate(bb.PullBack(z, answer.grad)).pulled
    through = objective.evaluate(bb.Ask(z, 1)).grad
    assert pulled == pytest.approx(through, abs=2 * units(dtype) * np.abs(through).max())


@pytest.mark.parametrize("pair", [(torch.float64, torch.float32), (torch.float32, torch.float64)])
def test_a_decoder_and_a_scorer_of_two_full_precisions_are_told_apart(
    pair: tuple[torch.dtype, torch.dtype],
) -> None:
    """Either it works, or the message names both dtypes and the cast."""
    objective = bb.Objective(network(pair[1], 6, 1), network(pair[0]), SPACE)
    try:
        assert objective.evaluate(bb.Ask(np.ones((2, 4)))).valid.all()
    except ObjectiveError as error:
        with pytest.raises(AssertionError, match=r"\.float\(\)|\.double\(\)|\.to\("):
            raise AssertionError(str(error)) from error


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.bool, torch.int64])
def test_whole_numbers_are_objects(dtype: torch.dtype) -> None:
    objective = bb.Objective(
        lambda x: -x.float().sum(-1), lambda z: (9 * z.abs()).to(dtype), SPACE, name="whole"
    )
    z = SPACE.sample(np.random.default_rng(0), 4)
    truth = -(9 * torch.tensor(z).abs()).to(dtype).double().sum(-1)
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(truth.numpy())
    (trace,) = bb.compare(objective, "random_search", 5, seeds=1).traces
    assert path_of(trace).objects is not None
    net = network(torch.float32, 4, 1)
    with pytest.raises(ObjectiveError, match=r"decoder's objects are \w+: should it end in .float"):
        _ = bb.Objective(lambda x: net(x)[:, 0], lambda z: (9 * z).to(dtype), SPACE).facts


def test_complex_objects_are_scored_where_the_scorer_makes_real_numbers() -> None:
    objective = bb.Objective(lambda x: x.abs().sum(-1), lambda z: torch.complex(z, 2 * z), SPACE)
    z = SPACE.sample(np.random.default_rng(0), 4)
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(5**0.5 * np.abs(z).sum(1), rel=1e-5)
    with pytest.raises(ObjectiveError, match=r"a score is a real number: write .real"):
        _ = bb.Objective(lambda x: x.sum(-1), lambda z: torch.complex(z, z), SPACE).facts
    twisted = bb.Objective(
        lambda x: x.imag.sum(-1) + x.real.sum(-1), lambda z: torch.complex(z, z).conj(), SPACE
    )
    assert twisted.evaluate(bb.Ask(z)).score == pytest.approx(np.zeros(4), abs=1e-6)
