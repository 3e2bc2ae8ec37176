"""A score may not depend on its neighbours: what does is refused, with the cause that was seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import blackbox as bb
from blackbox.runtime.engine import advance
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import bowl, finished, rows, started

SPACE = bb.Space.normal(4)
SEES_ITS_BATCH: dict[str, Callable[[torch.Tensor], Any]] = {
    "standardises": lambda x: (bowl(x) - bowl(x).mean()) / bowl(x).std(),
    "standardises its objects": lambda x: bowl((x - x.mean(0)) / x.std(0)),
    "ranks": lambda x: bowl(x).argsort().argsort().float(),
    "shares out": lambda x: torch.softmax(bowl(x), 0),
    "divides by the largest": lambda x: bowl(x) / bowl(x).abs().max(),
    "compares with the first": lambda x: bowl(x - x[:1]),
    "compares with the last": lambda x: bowl(x) - bowl(x)[-1],
    "sorts": lambda x: bowl(x).sort().values,
    "adds up": lambda x: bowl(x).cumsum(0),
    "counts its place": lambda x: bowl(x) + torch.arange(len(x)),
    "divides by the size": lambda x: bowl(x) / len(x),
    "wants to be new": lambda x: torch.cdist(x, x).topk(2, largest=False).values[:, 1],
    "numpy": lambda x: bowl(np.asarray(x)) - bowl(np.asarray(x)).mean(),
    "batch norm": lambda x: nn.functional.batch_norm(x, None, None, training=True).sum(-1),
}


@pytest.mark.parametrize("d", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("name", SEES_ITS_BATCH)
def test_a_scorer_whose_rows_depend_on_each_other_is_refused(name: str, d: int) -> None:
    objective = bb.Objective(SEES_ITS_BATCH[name], space=bb.Space.normal(d))
    with pytest.raises(ObjectiveError, match=r"(company|other scores).*(whole batch|batch_size=1)"):
        _ = objective.facts


def test_the_line_that_standardises_is_quoted() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        return (bowl(x) - bowl(x).mean()) / bowl(x).std()

    with pytest.raises(ObjectiveError, match=r"`score` .*company.*\.mean\(\).*by constants"):
        _ = bb.Objective(score, space=SPACE).facts


@pytest.mark.parametrize("part", ["scorer", "decoder"])
@pytest.mark.parametrize("layer", [nn.BatchNorm1d(8), nn.Dropout(0.3)], ids=["norm", "dropout"])
def test_a_module_in_training_mode_is_named_and_left_as_it_was(layer: nn.Module, part: str) -> None:
    net = nn.Sequential(nn.Linear(4, 8), layer).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}

    def through(x: torch.Tensor) -> Any:
        return net(x)

    given: dict[str, Any] = {"decoder": through} if part == "decoder" else {}
    score = bowl if part == "decoder" else lambda x: net(x.float()).sum(-1)
    with pytest.raises(ObjectiveError, match=rf"net of the {part} is in training mode.*\.eval\(\)"):
        _ = bb.Objective(score, space=SPACE, **given).facts
    assert net.training
    assert layer.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    net.eval()
    facts = bb.Objective(score, space=SPACE, **given).facts
    assert not facts.noise_from


@pytest.mark.parametrize(
    "decoder",
    [
        lambda z: z - z.mean(0),
        lambda z: z / z.norm(),
        lambda z: (z - z.mean(0)).detach().numpy(),
        lambda z: [f"{v:.2f}" for v in (z - z[:1]).sum(1)],
        lambda z: list((z - z[:1]).detach()),
    ],
)
def test_a_decoder_that_sees_its_batch_is_refused(decoder: Callable[[torch.Tensor], Any]) -> None:
    def score(one: Any) -> float:
        return float(len(one))

    objective = bb.Objective(score, decoder, SPACE, batched=False)
    with pytest.raises(ObjectiveError, match="another object of the same point in other company"):
        _ = objective.facts


def test_company_is_found_out_where_objects_are_dear() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        time.sleep(0.004 * len(x))
        return bowl(x) - bowl(x).mean()

    with pytest.raises(ObjectiveError, match="by its company"):
        _ = bb.Objective(score, space=SPACE).facts


@pytest.mark.parametrize("size", [5, 16, 40])
def test_company_that_shows_in_large_batches_only_is_refused(size: int) -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        return bowl(x) - (bowl(x).mean() if len(x) > size else 0)

    with pytest.raises(ObjectiveError, match=r"company|other scores"):
        _ = bb.Objective(score, space=SPACE).facts


@pytest.mark.parametrize("way", ["mean", "prize"])
@pytest.mark.parametrize("share", [1e-2, 1e-3, 1e-4, 1e-6, 1e-9])
def test_however_little_company_changes_it_changes_no_trace(share: float, way: str) -> None:
    """What is not refused records the same bits alone and in company."""

    def score(x: torch.Tensor) -> torch.Tensor:
        own = bowl(x)
        if way == "mean":
            return own + share * own.mean()
        return own + share * nn.functional.one_hot(own.argmax(), len(x))  # for the batch's best

    objective = bb.Objective(score, space=SPACE, name="hardly")
    try:
        fused = objective.facts.batching.fused
    except ObjectiveError:
        return
    alone = rows(finished(bb.strategy("cma_es"), objective, seed=1))
    company = [started(bb.strategy("cma_es"), objective, seed=seed) for seed in (0, 1, 2)]
    advance(company, objective.evaluate, fused=fused)
    assert rows(company[1]) == alone


def test_one_object_a_call_has_no_company() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        return bowl(x) - bowl(x).mean() + x[:, 0]

    objective = bb.Objective(score, space=SPACE, batch_size=1)
    z = SPACE.sample(np.random.default_rng(0), 5)
    assert objective.evaluate(bb.Ask(z)).score == pytest.approx(z[:, 0])


@settings(max_examples=30)
@given(d=st.integers(1, 6), seed=st.integers(0, 50), by=st.floats(0.01, 100))
def test_constants_are_accepted_and_batch_statistics_are_not(d: int, seed: int, by: float) -> None:
    """A law over random weights: the same formula with constants, and with the batch's own."""
    w = torch.randn(d, generator=torch.Generator().manual_seed(seed))
    space = bb.Space.normal(d)
    good = bb.Objective(lambda x: (x @ w.to(x) - 0.3) / by, space=space)
    assert good.facts.batched
    bad = bb.Objective(lambda x: (x @ w.to(x) - (x @ w.to(x)).mean()) / by, space=space)
    with pytest.raises(ObjectiveError):
        _ = bad.facts


def network(seed: int, dtype: torch.dtype) -> tuple[nn.Module, int]:
    torch.manual_seed(seed)
    width, d = int(torch.randint(2, 200, ())), int(torch.randint(1, 9, ()))
    layers: list[nn.Module] = [nn.Linear(d, width), nn.ReLU()]
    for _ in range(int(torch.randint(0, 6, ()))):
        layers += [nn.Linear(width, width), [nn.Tanh(), nn.GELU(), nn.LayerNorm(width)][seed % 3]]
    return nn.Sequential(*layers, nn.Linear(width, 3)).to(dtype).eval(), d


DTYPES = (torch.float32, torch.float32, torch.float16, torch.bfloat16, torch.float64)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_functions_that_see_neither_batch_nor_chance_are_never_refused(seed: int) -> None:
    """Ten a seed: networks of many sizes and dtypes as decoder, scorer or both, arrays, loops."""
    for nth in range(5):
        net, d = network(10 * seed + nth, DTYPES[nth])
        scale = 10.0 ** (seed % 9 - 4)

        def by_numpy(x: Any, scale: float = scale) -> Any:
            return scale * np.sin(np.asarray(x, float)).sum(-1)

        for scorer, decoder in (
            (lambda x, net=net, scale=scale: scale * net(x.to(net[0].weight)).sum(-1), None),
            (by_numpy, net),
        ):
            facts = bb.Objective(scorer, decoder, bb.Space.normal(d)).facts
            assert not facts.noise_from
            assert facts.noise == 0
