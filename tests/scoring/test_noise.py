"""A scorer that scores the same object differently each time: told from company, and measured."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import blackbox as bb
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import bowl

SD = 0.3
SPACE = bb.Space.normal(4)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)


def own_numpy() -> Callable[[Any], Any]:
    rng = np.random.default_rng(1)
    return lambda x: bowl(np.asarray(x)) + SD * rng.standard_normal(len(x))


def own_torch() -> Callable[[Any], Any]:
    generator = torch.Generator().manual_seed(1)
    return lambda x: bowl(x) + SD * torch.randn(len(x), generator=generator)


def one_own() -> Callable[[Any], Any]:
    rng = np.random.default_rng(1)
    return lambda x: -sum((float(v) - 0.5) ** 2 for v in x) + SD * rng.standard_normal()


GLOBAL = "from the global generators"
OWN = "from a generator of its own"
NOISY: dict[str, tuple[Callable[[Any], Any], str]] = {
    "torch": (lambda x: bowl(x) + SD * torch.randn(len(x)), GLOBAL),
    "legacy numpy": (lambda x: bowl(np.asarray(x)) + SD * np.random.randn(len(x)), GLOBAL),
    "python, one object": (lambda x: float(x[0]) + random.gauss(0, SD), GLOBAL),
    "numpy of its own": (own_numpy(), OWN),
    "torch of its own": (own_torch(), OWN),
    "one object of its own": (one_own(), OWN),
    "uniform": (lambda x: bowl(x) + SD * 12**0.5 * torch.rand(len(x)), GLOBAL),
    "coins": (lambda x: bowl(x) + 2 * SD * (torch.rand(len(x)) < 0.5), GLOBAL),
}


@pytest.mark.parametrize("name", NOISY)
def test_noise_is_flagged_and_measured_to_15_per_cent_where_scores_are_cheap(name: str) -> None:
    score, source = NOISY[name]
    facts = bb.Objective(score, space=SPACE).facts
    assert facts.noise_from == source
    assert facts.noise == pytest.approx(SD, rel=0.15)
    assert facts.scores == ()


@pytest.mark.parametrize("name", NOISY)
@pytest.mark.parametrize("seconds", [0.004, None], ids=["slept", "declared"])
def test_noise_of_a_dear_scorer_is_measured_in_32_objects(name: str, seconds: float | None) -> None:
    score, source = NOISY[name]
    called = []

    def dear(x: Any) -> Any:
        rows = len(x) if np.ndim(x) > 1 else 1
        called.append(rows)
        time.sleep((seconds or 0) * rows)
        return score(x)

    declared: dict[str, Any] = {} if seconds else {"seconds": 1.0}
    facts = bb.Objective(dear, space=SPACE, **declared).facts
    assert facts.dear
    assert facts.noise_from == source
    assert sum(called) <= facts.probed <= 32


def test_few_objects_tell_a_standard_deviation_to_40_per_cent() -> None:
    """Five values of three objects have twelve degrees of freedom: 95 % lie within 40 %."""
    ratios = []
    for seed in range(60):
        torch.manual_seed(seed)
        objective = bb.Objective(NOISY["torch"][0], space=SPACE, seconds=1.0)
        ratios.append(objective.facts.noise / SD)
    assert np.mean(np.abs(np.array(ratios) - 1) <= 0.4) >= 0.85
    assert np.sqrt(np.mean(np.square(ratios))) == pytest.approx(1, abs=0.1)


def test_noise_of_a_decoder_of_a_target_and_of_weights_is_that_of_the_score() -> None:
    decoder = bb.Objective(lambda x: x.sum(-1), lambda z: z + SD * torch.randn_like(z), SPACE)
    assert decoder.facts.noise == pytest.approx(2 * SD, rel=0.15)  # of four numbers added up
    pair = bb.Objective(
        lambda x: torch.stack([bowl(x), SD * torch.randn(len(x))], 1), space=SPACE, weights=[1, 3]
    )
    assert pair.facts.noise == pytest.approx(3 * SD, rel=0.15)
    loss = bb.Objective(lambda x: SD * torch.randn(len(x)), space=SPACE, maximize=False)
    assert loss.facts.noise == pytest.approx(SD, rel=0.15)
    hit = bb.Objective(lambda x: 10 + SD * torch.randn(len(x)), space=SPACE, target=0.0)
    assert hit.facts.noise == pytest.approx(2 * 10 * SD, rel=0.15)  # the slope of the square


RARE: dict[str, Callable[[torch.Tensor], Any]] = {
    "a coin": lambda x: bowl(x) + (torch.rand(len(x)) < 0.5),
    "one in ten": lambda x: bowl(x) + (torch.rand(len(x)) < 0.1),
    "one in fifty": lambda x: bowl(x) + (torch.rand(len(x)) < 0.02),
    "rounded": lambda x: torch.round(bowl(x) + SD * torch.randn(len(x))),
    "sometimes no score": lambda x: torch.where(torch.rand(len(x)) < 0.3, torch.nan, bowl(x)),
    "sometimes no score, and noise": lambda x: torch.where(
        torch.rand(len(x)) < 0.3, torch.nan, bowl(x) + SD * torch.randn(len(x))
    ),
    "heavy tails": lambda x: bowl(x) + torch.randn(len(x)) / torch.rand(len(x)),
    "one draw a batch": lambda x: bowl(x) + SD * torch.randn(()),
    "multiplied": lambda x: bowl(x) * torch.exp(torch.randn(len(x))),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_noise_is_told_from_the_rounding_of_any_dtype(dtype: torch.dtype) -> None:
    """Rounding moves a bf16 score by a per cent, but not from one call to the next."""
    for seed in range(10):
        torch.manual_seed(seed)
        objective = bb.Objective(
            lambda x: bowl(x.float()) + SD * torch.randn(len(x)), lambda z: z.to(dtype), SPACE
        )
        assert objective.facts.noise == pytest.approx(SD, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("declared", [None, True])
@pytest.mark.parametrize("name", RARE)
def test_noise_is_never_taken_for_company(name: str, declared: bool | None) -> None:
    """What differs now and then only, where the first repetition may happen to agree."""
    for seed in range(25):
        torch.manual_seed(seed)
        facts = bb.Objective(RARE[name], space=SPACE, noise=declared).facts
        assert facts.batched


@pytest.mark.parametrize("name", ["a coin", "one in ten", "rounded", "sometimes no score"])
def test_noise_that_shows_now_and_then_is_found_where_scores_are_cheap(name: str) -> None:
    """Sixty draws tell what three do not."""
    missed = 0
    for seed in range(25):
        torch.manual_seed(seed)
        missed += not bb.Objective(RARE[name], space=SPACE).facts.noise_from
    assert missed == 0


def test_dropout_in_training_is_noise_only_where_that_is_said() -> None:
    net = nn.Sequential(nn.Linear(4, 64), nn.Dropout(0.2)).train()

    def score(x: torch.Tensor) -> Any:
        return -net(x.float()).square().sum(-1)

    with pytest.raises(ObjectiveError, match=r"net of the scorer is in training mode.*noise=True"):
        _ = bb.Objective(score, space=SPACE).facts
    facts = bb.Objective(score, space=SPACE, noise=True).facts
    assert facts.noise > 0
    assert facts.noise_from == GLOBAL
    assert net.training


def test_a_false_declaration_of_no_noise_is_refused_and_a_false_one_of_noise_is_told() -> None:
    with pytest.raises(ObjectiveError, match="declared free of noise, but the same batch scored"):
        _ = bb.Objective(NOISY["torch"][0], space=SPACE, noise=False).facts
    quiet = bb.Objective(bowl, space=SPACE, noise=True).facts
    assert quiet.noise == 0
    assert "none was seen" in quiet.noise_from


def test_company_is_told_from_noise_of_the_same_size() -> None:
    def both(x: torch.Tensor) -> torch.Tensor:
        return 100 * (bowl(x) - bowl(x).mean()) + SD * torch.randn(len(x))

    with pytest.raises(ObjectiveError, match="company"):
        _ = bb.Objective(both, space=SPACE).facts


def test_noise_stands_in_facts_frames_and_audits_and_survives_the_store(tmp_path: Path) -> None:
    noisy = bb.Objective(NOISY["torch"][0], space=SPACE, name="noisy")
    steady = bb.Objective(bowl, space=SPACE, name="steady")
    study = bb.compare([noisy, steady], "random_search", 6, seeds=2, store=tmp_path)
    for runs in (study.runs, bb.load(tmp_path).runs):
        noise = runs.groupby("objective", sort=False).noise.first()
        assert noise["noisy"] == pytest.approx(SD, rel=0.15)
        assert noise["steady"] == 0
    told = study.facts().query("name == 'noise'").set_index("kind").value
    assert "sd 0.3" in told["objective noisy"] or "sd 0.2" in told["objective noisy"]
    assert told["objective steady"] == "none seen"


def test_a_study_of_a_noisy_scorer_goes_on_with_the_noise_that_was_measured(tmp_path: Path) -> None:
    called = []

    def counted(x: torch.Tensor) -> Any:
        called.append(len(x))
        return NOISY["torch"][0](x)

    def objective() -> bb.Objective:
        return bb.Objective(counted, space=SPACE, name="noisy")

    first = bb.compare(objective(), "random_search", 5, seeds=1, store=tmp_path)
    called.clear()
    second = bb.compare(objective(), "random_search", 5, seeds=1, store=tmp_path)
    assert called == []
    assert second.measured == first.measured
    assert second.runs.noise.tolist() == first.runs.noise.tolist()
