"""How many objects are called for what was paid: little more where an object is dear."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import bowl

import blackbox as bb
from blackbox.trace import Trace

STRATEGIES = [
    "random_search",
    "one_plus_one",
    "bayes_opt",
    "gradient_ascent",
    "cma_es",
    "chained_zeroth_order",
]
SECONDS = 0.005  # of an object: padding is not next to free
BUDGET, SEEDS = 14, 2


def dear(log: Path, batched: bool | None, judged: bool = True) -> bb.Objective:
    """A float32 network whose bits change with the batch size, and which tells what it decoded."""
    w = torch.randn(32, 4, generator=torch.Generator().manual_seed(0))

    def decoder(z: torch.Tensor) -> torch.Tensor:
        with log.open("a") as file:  # of any process
            file.write(f"decoder {len(z)}\n")
        time.sleep(SECONDS * len(z))
        return torch.tanh(z @ w.T)

    def scorer(x: torch.Tensor) -> torch.Tensor:
        rows = 1 if batched is False else len(x)
        with log.open("a") as file:
            file.write(f"scorer {rows}\n")
        return bowl(x)

    judges = {"size": lambda x: x.norm(dim=1)} if judged else {}
    return bb.Objective(
        scorer, decoder, bb.Space.normal(4), name="dear", batched=batched, judges=judges
    )


def called(log: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        what, rows = line.split()
        counts[what] += int(rows)
    return counts


def allowed(traces: tuple[Trace, ...], checks: int = 0) -> float:
    """1.1 x rows asked, decoded and pulled back, 32 for the probe, and each judged object once."""
    asked = sum(len(t) + int(t.n_decodes[-1]) for t in traces)
    pulled = sum(int(t.n_gradients[-1]) for t in traces if t.strategy == "chained_zeroth_order")
    judged = {z.tobytes() for t in traces for z in t.z[t.path.rows]}
    return 1.1 * (asked + pulled) + 32 + len(judged) + checks


def digests(study: bb.Comparison) -> dict[tuple[str, int], str]:
    return {(t.strategy, t.seed): t.digest() for t in study.traces}


@functools.cache
def made(folder: Path, batched: bool | None, jobs: int) -> tuple[bb.Comparison, Counter[str]]:
    log = folder / f"{batched}-{jobs}.log"
    study = bb.compare(dear(log, batched), STRATEGIES, BUDGET, seeds=SEEDS, jobs=jobs)
    return study, called(log)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("called")


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("batched", [None, False])
def test_objects_called_are_those_paid_the_probe_and_those_judged(
    folder: Path, batched: bool | None, jobs: int
) -> None:
    study, counts = made(folder, batched, jobs)
    assert (study.runs.status == "spent").all()
    assert set(study.runs.strategy) == set(STRATEGIES)
    assert max(counts.values()) <= allowed(study.traces)


@pytest.mark.parametrize("batched", [None, False])
def test_traces_are_bit_identical_with_one_job_and_two(folder: Path, batched: bool | None) -> None:
    (one, _), (two, _) = made(folder, batched, 1), made(folder, batched, 2)
    assert digests(one) == digests(two)
    for here, there in zip(one.traces, two.traces, strict=True):
        assert np.array_equal(here.path.judged["size"], there.path.judged["size"])
        assert np.array_equal(here.path.objects, there.path.objects)


def test_traces_are_bit_identical_alone_and_in_company(folder: Path, tmp_path: Path) -> None:
    whole = digests(made(folder, None, 1)[0])
    for strategy in STRATEGIES:
        alone = bb.compare(dear(tmp_path / "log", None), strategy, BUDGET, seeds=[1])
        assert digests(alone) == {(strategy, 1): whole[strategy, 1]}


@pytest.mark.parametrize("batched", [None, False])
def test_a_resumed_study_calls_what_was_lost_and_ends_in_the_same_bits(
    folder: Path, tmp_path: Path, batched: bool | None
) -> None:
    log = tmp_path / "log"
    cells = (STRATEGIES, BUDGET, SEEDS)
    first = bb.compare(dear(log, batched), *cells, store=tmp_path)
    assert digests(first) == digests(made(folder, batched, 1)[0])
    files = sorted((tmp_path / "runs").glob("*.parquet"))
    log.unlink()
    assert digests(bb.compare(dear(log, batched), *cells, store=tmp_path)) == digests(first)
    assert called(log)["decoder"] <= 2  # the check that the scorer is the same
    for lost in files[::3]:
        lost.unlink()
    log.unlink()
    again = bb.compare(dear(log, batched), *cells, store=tmp_path)
    assert digests(again) == digests(first)
    # No probe again: what was lost, its judged objects, and the check.
    remade = len(files[::3]) / len(files) * allowed(first.traces)
    assert called(log)["decoder"] <= 1.5 * remade


def test_what_was_called_beyond_what_was_paid_stands_in_the_facts(tmp_path: Path) -> None:
    study = bb.compare(dear(tmp_path / "log", None, judged=False), "one_plus_one", 10, seeds=2)
    assert (study.runs.n_called == 10).all()
    told = study.facts().set_index("name").value
    assert told["objects called beyond those paid"].startswith("0 ")
    assert int(told["objects called by the probe"]) <= 32


SHAPES: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "torch": (bowl, {}),
    "numpy": (lambda x: bowl(np.asarray(x)), {}),
    "one object": (lambda x: float(bowl(np.asarray(x))), {"batched": False}),
    "five criteria": (lambda x: x.repeat(1, 5)[:, :5], {"weights": [1.0] * 5}),
    "no gradient": (lambda x: bowl(x.detach()), {}),
    "a gradient inside": (lambda x: bowl(x.detach().requires_grad_(True)), {}),
    "raises for half": (lambda x: bowl(x) if float(x[0]) < 0 else 1 / 0, {"batched": False}),
}


@pytest.mark.parametrize("d", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("name", SHAPES)
def test_a_probe_calls_32_objects_at_most_and_counts_them(name: str, d: int) -> None:
    score, settings = SHAPES[name]
    counts: Counter[str] = Counter()

    def scorer(x: Any) -> Any:
        counts["scorer"] += 1 if settings.get("batched") is False else len(x)
        return score(x)

    def decoder(z: torch.Tensor) -> torch.Tensor:
        counts["decoder"] += len(z)
        return torch.tanh(z)

    objective = bb.Objective(scorer, decoder, bb.Space.normal(d), seconds=1.0, **settings)
    assert max(counts.values(), default=0) == 0
    facts = objective.facts
    assert max(counts.values()) <= facts.probed <= 32


def test_a_probe_is_made_once_and_a_worker_makes_none(tmp_path: Path) -> None:
    log = tmp_path / "log"
    study = bb.compare(dear(log, None, judged=False), "random_search", 4, seeds=4, jobs=2)
    probed = study.measured["dear"]["probed"]
    drawn = {z.tobytes() for t in study.traces for z in t.z[t.path.rows]}
    assert called(log)["decoder"] <= 16 + probed + len(drawn)


@pytest.mark.parametrize("size", [1, 2, 5, 16])
@pytest.mark.parametrize("seconds", [1e-6, 1.0], ids=["free", "dear"])
def test_no_call_is_larger_than_the_batch_size(size: int, seconds: float) -> None:
    rows: list[int] = []

    def decoder(z: torch.Tensor) -> torch.Tensor:
        rows.append(len(z))
        return torch.tanh(z)

    def build() -> bb.Objective:
        return bb.Objective(
            bowl, decoder, bb.Space.normal(4), name="b", batch_size=size, seconds=seconds,
            judges={"size": lambda x: x.norm(dim=1)},
        )  # fmt: skip

    strategies = ["random_search(batch=30)", "gradient_ascent", "chained_zeroth_order", "cma_es"]
    study = bb.compare(build(), strategies, 40, seeds=2)
    assert (study.runs.status == "spent").all()
    assert max(rows) <= size
    alone = bb.compare(build(), "cma_es", 40, seeds=[1])
    assert digests(alone)["cma_es", 1] == digests(study)["cma_es", 1]


@pytest.mark.parametrize("size", [0, -1, 2.5, "many", True])
def test_a_batch_size_is_a_whole_number(size: object) -> None:
    with pytest.raises(bb.scoring.objective.ObjectiveError, match="batch_size"):
        bb.Objective(bowl, space=bb.Space.normal(2), batch_size=size)
