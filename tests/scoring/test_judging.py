"""Judges outside of the budget: each distinct object once, and a verdict without company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import blackbox as bb
from blackbox.scoring.objective import ObjectiveError
from tests.conftest import bowl, path_of

SPACE = bb.Space.normal(4)
# No two of which ask the same second point.
# Draws at whose best others begin would be points of several paths, each of which is asked alone.
STRATEGIES = [
    "random_search",
    "one_plus_one",
    "cma_es(sigma0=0.3, start='first')",
    "gradient_ascent",
]
SECONDS = {"free": 1e-6, "dear": 1.0}


def scored(judges: dict[str, Any], seconds: float = 1e-6, **settings: Any) -> bb.Objective:
    return bb.Objective(
        bowl,
        settings.pop("decoder", lambda z: torch.tanh(z)),
        settings.pop("space", SPACE),
        name="judged",
        judges=judges,
        seconds=seconds,
        **settings,
    )


def distinct(study: bb.Comparison) -> int:
    """The objects that judges see: of paths, and of what was made in the end."""
    return len(
        {
            t.z[row].tobytes()
            for t in study.traces
            for row in (*path_of(t).rows, *(t.late.rows if t.late else ()))
        }
    )


@pytest.mark.parametrize("cost", SECONDS)
def test_each_distinct_object_is_judged_once_and_each_start_once(cost: str) -> None:
    """A start is that of each strategy of a seed."""
    seen: Counter[bytes] = Counter()

    def judge(x: torch.Tensor) -> Any:
        seen.update(row.numpy().tobytes() for row in x)
        return x.norm(dim=1)

    objective = scored({"size": judge}, SECONDS[cost])
    objective.rehearse([0], 1)
    seen.clear()
    study = bb.compare(objective, STRATEGIES, 30, seeds=3)
    assert len(seen) == distinct(study)
    if cost == "dear":
        assert set(seen.values()) == {1}
    else:  # the last row of a call of one shape is repeated
        assert sum(count > 1 for count in seen.values()) <= np.ceil(len(seen) / 32)


@pytest.mark.parametrize("cost", SECONDS)
def test_objects_of_paths_are_decoded_once(cost: str) -> None:
    rows: list[int] = []

    def decoder(z: torch.Tensor) -> torch.Tensor:
        rows.append(len(z))
        return torch.tanh(z)

    judges = {"a": lambda x: x.norm(dim=1), "b": lambda x: x.sum(1), "c": lambda x: x[:, 0]}
    objective = scored(judges, SECONDS[cost], decoder=decoder)
    objective.rehearse([0], 1)
    rows.clear()
    study = bb.compare(objective, STRATEGIES, 20, seeds=2)
    paid = sum(len(trace) for trace in study.traces)
    if cost == "dear":
        assert sum(rows) == paid + distinct(study)
        assert (study.runs.n_called == study.runs.n_scores).all()


@pytest.mark.parametrize("cost", SECONDS)
def test_a_verdict_is_the_same_alone_and_in_company(cost: str) -> None:
    """A judge whose last bits depend on the size of its batch, as networks have them."""
    judges = {
        "size": lambda x: x.norm(dim=1) * (1 + len(x) * 1e-6),
        "moved": lambda x, start: (x - start).norm(dim=1) * (1 + len(x) * 1e-6),
    }
    company = bb.compare(scored(judges, SECONDS[cost]), STRATEGIES, 30, seeds=3)
    for strategy in STRATEGIES:
        (alone,) = bb.compare(scored(judges, SECONDS[cost]), strategy, 30, seeds=[1]).traces
        (there,) = (t for t in company.traces if (t.strategy, t.seed) == (strategy, 1))
        for name in judges:
            assert np.array_equal(path_of(alone).judged[name], path_of(there).judged[name])


@pytest.mark.parametrize("cost", SECONDS)
def test_verdicts_are_the_plain_ones(cost: str) -> None:
    judges = {
        "size": lambda x: x.norm(dim=1),
        "numpy": lambda x: np.abs(np.asarray(x)).max(1),
        "column": lambda x: x[:, :1],
        "moved": lambda x, start: (x - start).norm(dim=1),
        "latent": bb.Judge(lambda z: z.norm(dim=1), reads="latent"),
        "latent moved": bb.Judge(lambda z, start: (z - start).norm(dim=1), reads="latent"),
    }
    study = bb.compare(scored(judges, SECONDS[cost]), STRATEGIES, 20, seeds=2)
    for trace in study.traces:
        assert trace.error == ""
        z = trace.z[path_of(trace).rows]
        x, judged = np.tanh(z), path_of(trace).judged
        assert judged["size"] == pytest.approx(np.linalg.norm(x, axis=1), rel=1e-5)
        assert judged["numpy"] == pytest.approx(np.abs(x).max(1), rel=1e-5)
        assert judged["column"] == pytest.approx(x[:, 0], rel=1e-5)
        assert judged["moved"] == pytest.approx(np.linalg.norm(x - x[0], axis=1), abs=1e-5)
        assert judged["latent"] == pytest.approx(np.linalg.norm(z, axis=1))
        assert judged["latent moved"] == pytest.approx(np.linalg.norm(z - z[0], axis=1))


def test_a_judge_is_rehearsed_on_three_draws_in_other_company_alone_and_again() -> None:
    rows: list[int] = []

    def judge(x: torch.Tensor) -> Any:
        rows.append(len(x))
        return x.norm(dim=1)

    objective = scored({"size": judge}, seconds=1.0)
    objective.rehearse([0], 1)
    assert rows == [3, 2, 2, 1, 3]
    objective.rehearse([0], 1)
    assert rows == [3, 2, 2, 1, 3]


BY_COMPANY: dict[str, Callable[[torch.Tensor], Any]] = {
    "standardises": lambda x: (x.sum(1) - x.sum(1).mean()) / (1 + x.sum(1).var(correction=0)),
    "ranks": lambda x: x.sum(1).argsort().argsort(),
    "shares out": lambda x: torch.softmax(x.sum(1), 0),
    "batch norm": nn.Sequential(nn.Linear(4, 1), nn.BatchNorm1d(1), nn.Flatten(0)).train(),
}


@pytest.mark.parametrize("name", BY_COMPANY)
def test_a_judge_that_judges_by_company_is_refused(name: str) -> None:
    objective = scored({"odd": BY_COMPANY[name]})
    with pytest.raises(ObjectiveError, match=r"judge 'odd'.*(by its company|raised)"):
        objective.rehearse([0], 1)


def test_a_noisy_judge_is_let_alone() -> None:
    torch.manual_seed(0)
    objective = scored({"noisy": lambda x: x.norm(dim=1) + torch.randn(len(x))})
    assert bb.compare(objective, "random_search", 5, seeds=2).runs.judge_noisy.notna().all()


@pytest.mark.parametrize("cost", SECONDS)
def test_a_judge_that_raises_on_one_path_costs_that_path_its_verdict(cost: str) -> None:
    starts = SPACE.sample(np.random.default_rng(0), 8)

    def given(rng: np.random.Generator, m: int) -> np.ndarray:
        first = rng.integers(0, 2**31)
        return np.concatenate([np.full((1, 4), 2.5 if first % 2 else 0.1), starts[: m - 1]])

    def judge(x: torch.Tensor) -> Any:
        if (x[:, 0] > 0.97).any() and len(x) != 3:
            raise RuntimeError("too far right")
        return x.norm(dim=1)

    objective = scored(
        {"picky": judge, "size": lambda x: x.norm(dim=1)}, SECONDS[cost], starts=given
    )
    study = bb.compare(objective, "random_search(batch=2)", 4, seeds=8)
    right = np.array([t.z[path_of(t).rows][:, 0].max() > 2.1 for t in study.traces])
    assert 0 < right.sum() < 8
    assert np.array_equal(study.runs.judge_picky.isna(), right)
    assert study.runs.judge_size.notna().all()
    assert np.array_equal(
        study.runs.error.str.contains("not judged by 'picky'.*too far right"), right
    )


UNLIKE: dict[str, Callable[[torch.Tensor], list[Any]]] = {
    "lists": lambda z: [list(range(1 + int(abs(v) * 3))) for v in z[:, 0]],
    "arrays": lambda z: [np.arange(1.0 + int(abs(v) * 3)) for v in z[:, 0]],
    "tensors": lambda z: [torch.arange(1.0 + int(abs(v) * 3)) for v in z[:, 0]],
    "texts": lambda z: ["ab" * int(abs(v) * 3) for v in z[:, 0]],
    "dicts": lambda z: [{"nodes": int(abs(v) * 3)} for v in z[:, 0]],
    "pairs": lambda z: [(float(v), "a" * int(abs(v) * 3)) for v in z[:, 0]],
    "None now and then": lambda z: [None if v > 1 else float(v) for v in z[:, 0]],
}


@pytest.mark.parametrize("kind", UNLIKE)
@pytest.mark.parametrize("cost", SECONDS)
def test_objects_of_unlike_shapes_are_scored_judged_and_drawn(
    kind: str, cost: str, tmp_path: Path
) -> None:
    """It was "not kept: ValueError"; they are judged and drawn, and kept where they are alike."""
    objective = bb.Objective(
        lambda x: float(len(x) if hasattr(x, "__len__") else 1),
        UNLIKE[kind],
        SPACE,
        batched=False,
        seconds=SECONDS[cost],
        name="unlike",
        judges={"long": lambda x: [float(len(str(one))) for one in x]},
        render=lambda x: [str(one) for one in x],
    )
    study = bb.compare(objective, ["random_search", "cma_es"], 10, seeds=2, store=tmp_path)
    assert (study.runs.status == "spent").all()
    assert (study.runs.error == "").all()
    for trace in bb.load(tmp_path).traces:
        expected = [
            len(str(one))
            for one in UNLIKE[kind](torch.tensor(trace.z[path_of(trace).rows]).float())
        ]
        assert path_of(trace).judged["long"].tolist() == expected
        assert path_of(trace).drawn is not None


def test_judging_is_cheap_where_objects_are() -> None:
    """Few calls for many runs: judged together, not one by one."""
    calls: list[int] = []

    def judge(x: torch.Tensor) -> Any:
        calls.append(len(x))
        return x.norm(dim=1)

    objective = scored({"size": judge})
    objective.rehearse([0], 1)
    calls.clear()
    study = bb.compare(
        objective, ["random_search(batch=30)", "sobol_search(batch=32)"], 60, seeds=20
    )
    assert len(calls) <= distinct(study) / 32 + 40 / 16 + 2
