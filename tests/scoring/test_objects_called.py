"""How many objects are called for what was paid: little more where an object is dear."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.trace import Trace
from tests.conftest import bowl, objects_of, path_of

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


def dear(log: Path, batched: bool | None = None, judged: bool = True) -> bb.Objective:
    """A decoder whose last bits change with the batch size, and which tells what it decoded."""
    name = "one" if batched is False else "dear"
    w = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))

    def decoder(z: torch.Tensor) -> torch.Tensor:
        with log.open("a") as file:  # of any process
            file.write(f"{name} decoder {len(z)}\n")
        time.sleep(SECONDS * len(z))
        return torch.tanh(z @ w.T) * (1 + len(z) * 1e-7)

    def scorer(x: torch.Tensor) -> torch.Tensor:
        with log.open("a") as file:
            file.write(f"{name} scorer {1 if batched is False else len(x)}\n")
        return bowl(x)

    judges = {"size": lambda x: x.norm(dim=1)} if judged else {}
    space = bb.Space.normal(4)
    return bb.Objective(scorer, decoder, space, name=name, batched=batched, judges=judges)


def both(log: Path) -> list[bb.Objective]:
    return [dear(log), dear(log, batched=False)]


def called(log: Path, objective: str = "") -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in log.read_text().splitlines():
        name, what, rows = line.split()
        counts[what] += int(rows) if objective in ("", name) else 0
    return counts


def paid(traces: Sequence[Trace]) -> int:
    """Rows of scores, objects decoded and pulled back."""
    pulled = [t for t in traces if t.strategy == "chained_zeroth_order"]
    asked = sum(len(t) + int(t.n_decodes[-1]) for t in traces)
    return asked + sum(int(t.n_gradients[-1]) for t in pulled)


def judged(traces: Sequence[Trace]) -> int:
    """Distinct objects that judges saw."""
    late = {z.tobytes() for t in traces if t.late is not None for z in t.z[t.late.rows]}
    return len(late | {z.tobytes() for t in traces for z in t.z[path_of(t).rows]})


def digests(study: bb.Comparison) -> dict[tuple[str, str, int], str]:
    return {(t.objective, t.strategy, t.seed): t.digest() for t in study.traces}


@functools.cache
def made(folder: Path, jobs: int) -> tuple[bb.Comparison, Path]:
    log = folder / f"{jobs}.log"
    return bb.compare(both(log), STRATEGIES, BUDGET, seeds=SEEDS, jobs=jobs), log


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("called")


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["dear", "one"])
def test_objects_called_are_those_paid_the_probe_and_those_judged(
    folder: Path, name: str, jobs: int
) -> None:
    """At most 1.1 times what was asked, 32 in the probe, and each judged object once."""
    study, log = made(folder, jobs)
    traces = [trace for trace in study.traces if trace.objective == name]
    assert all(trace.status == "spent" for trace in traces)
    assert {trace.strategy for trace in traces} == set(STRATEGIES)
    most = max(called(log, name).values())
    assert most <= 1.1 * paid(traces) + 32 + judged(traces)
    # No worker makes a probe of its own.
    assert most <= paid(traces) + study.measured[name]["probed"] + judged(traces)


def test_traces_are_bit_identical_with_one_job_and_two(folder: Path) -> None:
    (one, _), (two, _) = made(folder, 1), made(folder, 2)
    assert digests(one) == digests(two)
    for here, there in zip(one.traces, two.traces, strict=True):
        assert np.array_equal(path_of(here).judged["size"], path_of(there).judged["size"])
        assert np.array_equal(objects_of(here), objects_of(there))


def test_traces_are_bit_identical_alone_and_in_company(folder: Path, tmp_path: Path) -> None:
    whole = digests(made(folder, 1)[0])
    for strategy in STRATEGIES:
        alone = bb.compare(both(tmp_path / "log"), strategy, BUDGET, seeds=[1])
        assert digests(alone) == {key: whole[key] for key in digests(alone)}


@pytest.mark.slow
def test_a_resumed_study_calls_what_was_lost_and_ends_in_the_same_bits(
    folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    cells = (STRATEGIES, BUDGET, SEEDS)
    first = bb.compare(both(log), *cells, store=tmp_path)
    assert digests(first) == digests(made(folder, 1)[0])
    log.unlink()
    assert digests(bb.compare(both(log), *cells, store=tmp_path)) == digests(first)
    assert called(log)["decoder"] <= 2 * 2  # the check that the scorers are the same
    log.unlink()
    for nth, lost in enumerate(sorted((tmp_path / "runs").glob("*.run"))):
        if nth % 3 == 0:
            lost.unlink()
    held = set((tmp_path / "runs").glob("*.run"))
    again = bb.compare(both(log), *cells, store=tmp_path)
    assert digests(again) == digests(first)
    new = set((tmp_path / "runs").glob("*.run")) - held
    assert len(new) == 8
    share = len(new) / len(first.traces)
    assert called(log)["decoder"] <= 2 * share * (paid(first.traces) + judged(first.traces))


def test_what_was_called_beyond_what_was_paid_stands_in_the_facts(tmp_path: Path) -> None:
    study = bb.compare(dear(tmp_path / "log", judged=False), "one_plus_one", 10, seeds=2)
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
    "raises for half a batch": (lambda x: 1 / 0 if (x[..., 0] > 0.1).any() else bowl(x), {}),
    "noisy": (lambda x: bowl(x) + torch.randn(len(x)), {}),
}


@pytest.mark.parametrize("d", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("name", SHAPES)
def test_a_probe_calls_32_objects_at_most_and_counts_them(name: str, d: int) -> None:
    score, settings = SHAPES[name]
    counts: Counter[str] = Counter()

    def scorer(x: Any) -> Any:
        counts["scorer"] += 1 if np.ndim(x) == 1 else len(x)  # one object, or a batch of them
        return score(x)

    def decoder(z: torch.Tensor) -> torch.Tensor:
        counts["decoder"] += len(z)
        return torch.tanh(z)

    objective = bb.Objective(scorer, decoder, bb.Space.normal(d), seconds=1.0, **settings)
    assert max(counts.values(), default=0) == 0
    facts = objective.facts
    assert max(counts.values()) <= facts.probed <= 32


@pytest.mark.slow
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
    assert digests(alone)["b", "cma_es", 1] == digests(study)["b", "cma_es", 1]


@pytest.mark.parametrize("size", [0, -1, 2.5, "many", True])
def test_a_batch_size_is_a_whole_number(size: Any) -> None:
    with pytest.raises(bb.scoring.objective.ObjectiveError, match="batch_size"):
        bb.Objective(bowl, space=bb.Space.normal(2), batch_size=size)
