"""Where memory is out, calls get smaller: a fact that is told, and no point is lost by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from tests.conftest import bowl

ERRORS = [
    MemoryError("cannot"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
]
STRATEGIES = ["random_search(batch=50)", "one_plus_one", "cma_es(popsize=24)"]


def fitting(limit: int, error: Exception, seconds: float = 0.0) -> Callable[[Any], Any]:
    """A decoder that does not fit more rows than this into memory."""
    w = torch.randn(32, 4, generator=torch.Generator().manual_seed(0))

    def decoder(z: torch.Tensor) -> torch.Tensor:
        if len(z) > limit:
            raise error
        time.sleep(seconds * len(z))
        return torch.tanh(z @ w.T) * (1 + len(z) * 1e-7)  # as networks do, a bit more

    return decoder


def objective(limit: int, error: Exception = ERRORS[0], **settings: Any) -> bb.Objective:
    seconds = settings.pop("seconds", 0.0)
    score = settings.pop("score", bowl)
    decoder = fitting(limit, error, seconds)
    return bb.Objective(score, decoder, bb.Space.normal(4), name="large", **settings)


@pytest.mark.parametrize("seconds", [0.0, 0.004], ids=["free", "dear"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda e: f"{type(e).__name__} {str(e)[:4]}")
def test_a_decoder_that_fits_sixteen_rows_works_and_says_so(
    error: Exception, seconds: float
) -> None:
    large = objective(16, error, seconds=seconds)
    study = bb.compare(large, STRATEGIES, 60 if seconds else 120, seeds=1)
    assert (study.runs.status == "spent").all()
    assert (study.runs.n_invalid == 0).all()
    assert (study.runs.error == "").all()
    assert 16 < min(large.facts.too_large.values()) <= 32
    assert any("out of memory" in remark for remark in large.facts.remarks)
    told = study.facts().query("name == 'remarks'").value
    assert told.str.contains("out of memory").any()


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 100])
@pytest.mark.parametrize("form", ["torch", "numpy", "one"])
def test_whatever_fits_is_found(limit: int, form: str) -> None:
    """Down to one object a call; the probe's own batches do not kill it."""
    score = {
        "torch": bowl,
        "numpy": lambda x: bowl(np.asarray(x)),
        "one": lambda x: float(bowl(np.asarray(x))),
    }[form]
    large = objective(limit, score=score, batched=False if form == "one" else None)
    z = large.space.sample(np.random.default_rng(0), 150)
    expected = bowl(torch.tanh(torch.tensor(z, dtype=torch.float32) @ weights().T))
    answer = large.evaluate(bb.Ask(z))
    assert answer.valid.all()
    # The decoder stretches its objects by up to 128e-7, which the score squares.
    assert answer.score == pytest.approx(expected.numpy(), rel=5e-5)


def weights() -> torch.Tensor:
    return torch.randn(32, 4, generator=torch.Generator().manual_seed(0))


def test_a_scorer_that_does_not_fit_is_called_with_less() -> None:
    def score(x: torch.Tensor) -> torch.Tensor:
        if len(x) > 5:
            raise MemoryError
        return bowl(x)

    large = bb.Objective(score, space=bb.Space.normal(4))
    z = large.space.sample(np.random.default_rng(0), 40)
    answer = large.evaluate(bb.Ask(z, 1))
    assert answer.valid.all()
    assert answer.score == pytest.approx(bowl(z))
    assert answer.grad == pytest.approx(2 * (0.5 - z))


def test_gradients_that_take_more_memory_than_scores_are_called_with_less() -> None:
    def decoder(z: torch.Tensor) -> torch.Tensor:
        if len(z) > (4 if z.requires_grad else 64):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return torch.tanh(z)

    large = bb.Objective(bowl, decoder, bb.Space.normal(4), name="large")
    z = large.space.sample(np.random.default_rng(0), 40)
    answer = large.evaluate(bb.Ask(z, 1))
    assert answer.valid.all()
    assert answer.grad_valid.all()


def test_one_object_that_does_not_fit_is_no_fault_of_the_point() -> None:
    """A machine with more memory would score it: with `memory=` set it is the point's own."""

    def decoder(z: torch.Tensor) -> torch.Tensor:
        if float(z[:, 0].max()) > 1.5:
            raise MemoryError("a large molecule")
        return torch.tanh(z)

    large = bb.Objective(bb.Scorer(bowl, retries=0), decoder, bb.Space.normal(4), name="large")
    z = large.space.sample(np.random.default_rng(5), 60)
    fits = z[:, 0] <= 1.5
    assert large.evaluate(bb.Ask(z[fits])).valid.all()
    with pytest.raises(bb.Unavailable, match=r"tried once.*MemoryError: a large molecule"):
        large.evaluate(bb.Ask(z))


def test_what_was_learnt_is_kept_with_the_study(tmp_path: Path) -> None:
    dear = objective(16, seconds=0.004, version=1)
    first = bb.compare(dear, STRATEGIES[0], 40, seeds=1, store=tmp_path)
    assert 16 < first.measured["large"]["too_large"]["score"] <= 32
    rows = []

    def decoder(z: torch.Tensor) -> Any:
        rows.append(len(z))
        return fitting(16, ERRORS[0])(z)

    (tmp_path / "runs").glob("*.run").__next__().unlink()
    again = bb.Objective(bowl, decoder, bb.Space.normal(4), name="large", version=1)
    second = bb.compare(again, STRATEGIES[0], 40, seeds=1, store=tmp_path)
    assert max(rows) <= 16
    assert [t.digest() for t in second.traces] == [t.digest() for t in first.traces]


@pytest.mark.slow
@pytest.mark.parametrize("limit", [10, 20, 25])
def test_a_trace_does_not_depend_on_who_ran_out_of_memory_before(limit: int) -> None:
    """A call is cut by its own rows, whatever a neighbour's call has shown."""
    company = bb.compare(objective(limit, seconds=0.004), STRATEGIES, 50, seeds=1)
    for trace in company.traces:
        (alone,) = bb.compare(objective(limit, seconds=0.004), trace.strategy, 50, seeds=1).traces
        assert alone.digest() == trace.digest()
