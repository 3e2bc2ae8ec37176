"""What a probe found out: kept with the study, sent to workers, taken again, told in words."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox.scoring.batching import Batching
from blackbox.scoring.facts import Facts, power_of_ten, two_digits
from blackbox.study import StudyError
from tests.conftest import bowl, path_of

SPACE = bb.Space.normal(4)


@given(
    facts=st.builds(
        Facts,
        kind=st.sampled_from(["torch", "numpy"]),
        batched=st.booleans(),
        dtype=st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64]),
        device=st.just(torch.device("cpu")),
        cast=st.sampled_from(["", "float32"]),
        why_not=st.text(max_size=9),
        batching=st.builds(Batching, st.integers(1, 128), st.integers(1, 32), st.booleans()),
        seconds=st.floats(1e-9, 1e3),
        judge_seconds=st.dictionaries(st.text(max_size=5), st.floats(1e-9, 1), max_size=2),
        gradient_price=st.none() | st.floats(0, 1e3),
        noise=st.floats(0, 1e9),
        noise_from=st.text(max_size=9),
        scores=st.lists(st.floats(allow_nan=False), max_size=2).map(tuple),
        probed=st.integers(0, 999),
        remarks=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    )
)
def test_facts_survive_json(facts: Facts) -> None:
    assert Facts.from_json(json.loads(json.dumps(facts.to_json()))) == facts


def test_facts_of_real_objectives_survive_json_and_the_store(tmp_path: Path) -> None:
    torch.manual_seed(0)
    objectives = [
        bb.Objective(bowl, torch.nn.Linear(4, 6).bfloat16(), SPACE, name="network"),
        bb.Objective(lambda x: float(x[0]), space=SPACE, name="one"),
        bb.Objective(lambda x: bowl(x) + torch.randn(len(x)), space=SPACE, name="noisy"),
        bb.Objective(bowl, space=SPACE, name="judged", judges={"size": lambda x: x.norm(dim=1)}),
    ]
    study = bb.compare(objectives, "random_search", 3, seeds=1, store=tmp_path)
    for objective in objectives:
        held = study.measured[objective.name]
        assert Facts.from_json(json.loads(json.dumps(held))) == objective.facts
    assert bb.load(tmp_path).measured == json.loads(json.dumps(study.measured))
    assert set(study.measured["judged"]["judge_seconds"]) == {"size"}


def counted(score: Callable[[Any], Any] = bowl, **settings: Any) -> tuple[bb.Objective, list[int]]:
    rows: list[int] = []

    def scorer(x: Any) -> Any:
        rows.append(1 if settings.get("batched") is False else len(x))
        return score(x)

    return bb.Objective(scorer, space=SPACE, name="counted", **settings), rows


@pytest.mark.parametrize("seconds", [1e-6, 1.0])
@pytest.mark.parametrize("batched", [None, False])
def test_facts_that_are_given_again_cost_one_draw_or_two(
    seconds: float, batched: bool | None
) -> None:
    settings: dict[str, Any] = {"seconds": seconds, "batched": batched}
    first = bb.compare(counted(**settings)[0], "random_search", 5, seeds=1)
    again, rows = counted(**settings)
    second = bb.compare(again, "random_search", 5, seeds=1, measured=first.measured)
    # Where padding is next to free a call is padded to a multiple of eight.
    check = 1 if seconds == 1.0 or batched is False else 8
    if batched is False:
        assert sum(rows) <= 5 + 2
    elif seconds == 1.0:
        assert sum(rows) == 5 + check
    else:
        assert sum(rows) <= 8 + 8 + 8
    assert second.measured == first.measured
    assert [t.digest() for t in second.traces] == [t.digest() for t in first.traces]


def test_facts_of_another_scorer_are_not_believed() -> None:
    generator = torch.Generator().manual_seed(0)
    first = bb.compare(counted()[0], "random_search", 5, seeds=1)
    for edited in (
        lambda x: 2 * bowl(x),
        lambda x: bowl(np.asarray(x)) + 1,
        lambda x: bowl(x)[:, None] - 1,
        lambda x: float(x.sum()),
        lambda x: bowl(x) + torch.randn(len(x), generator=generator),
    ):
        again, _ = counted(edited)
        study = bb.compare(again, "random_search", 5, seeds=1, measured=first.measured)
        (trace,) = study.traces
        if not study.measured["counted"]["noise_from"]:
            truth = [np.ravel(edited(torch.tensor(trace.z[i : i + 1]))) for i in range(len(trace))]
            assert trace.score == pytest.approx(np.concatenate(truth))
        assert study.measured != first.measured


def test_facts_of_unknown_objectives_are_let_alone() -> None:
    first = bb.compare(counted()[0], "random_search", 5, seeds=1)
    other = bb.Objective(bowl, space=SPACE, name="other")
    study = bb.compare(other, "random_search", 5, seeds=1, measured=first.measured)
    assert list(study.measured) == ["other"]


# What is timed, and the price of a gradient


def test_what_is_timed_is_rounded() -> None:
    assert [power_of_ten(s) for s in (0.0, 1e-12, 0.0031, 0.0032, 5.0)] == [
        1e-9,
        1e-9,
        1e-3,
        1e-2,
        10.0,
    ]
    assert [two_digits(p) for p in (0.0, 0.123, 1.249, 12.6, 987.0)] == [0, 0.12, 1.2, 13, 990]


def slow(forward: float, backward: float) -> bb.Objective:
    class Slow(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            time.sleep(forward * len(x))
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
            time.sleep(backward * len(grad))
            return grad

    called: Any = Slow.apply
    return bb.Objective(lambda x: bowl(called(x)), space=SPACE, name="slow")


def test_the_measured_price_is_what_a_gradient_costs_and_is_reproduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]  # a clock that only sleeping moves: a busy machine moves others

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    strategies = ["random_search", "gradient_ascent"]
    study = bb.compare(slow(0.004, 0.012), strategies, 8, seeds=1, prices=["measured"])
    price = study.measured["slow"]["gradient_price"]
    assert price == pytest.approx(3, rel=0.25)
    assert study.recipe["prices"] == [price]
    facts = study.facts().set_index("name").value
    assert facts["measured price of a gradient"] == f"{price:g} scores"
    again = bb.compare(
        slow(0.004, 0.012), strategies, 8, seeds=1, prices=["measured"], measured=study.measured
    )
    assert again.recipe == study.recipe
    assert [t.digest() for t in again.traces] == [t.digest() for t in study.traces]
    kept = bb.compare(
        slow(0.004, 0.012), strategies, 8, seeds=1, prices=["measured"], store=tmp_path
    )
    resumed = bb.compare(
        slow(0.004, 0.012), strategies, 8, seeds=1, prices=["measured"], store=tmp_path
    )
    assert resumed.recipe == kept.recipe


def test_two_measured_prices_have_no_common_table() -> None:
    one, other = (
        bb.Objective(bowl, space=SPACE, name="a"),
        bb.Objective(bowl, space=SPACE, name="b"),
    )
    one.adopt(replace(one.facts, gradient_price=1.5))
    other.adopt(replace(other.facts, gradient_price=2.5))
    with pytest.raises(StudyError, match=r"a 1.5, b 2.5.*compare them one by one"):
        bb.compare([one, other], "random_search", 5, seeds=1, prices=["measured"])
    study = bb.compare([one, other], "random_search", 5, seeds=1, prices=[2])
    assert study.recipe["prices"] == [2]


def test_no_clock_decides_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """With facts that are given, traces are the same whatever the clock says."""
    decoder = torch.nn.Linear(4, 32).eval()

    def build() -> bb.Objective:
        return bb.Objective(
            bowl, decoder, SPACE, name="clock", judges={"size": lambda x: x.norm(dim=1)}
        )

    strategies = ["random_search", "one_plus_one", "cma_es", "bayes_opt"]
    first = bb.compare(build(), strategies, 20, seeds=2)
    ticks = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: 0.01 * next(ticks))
    again = bb.compare(build(), strategies, 20, seeds=2, measured=first.measured)
    for here, there in zip(first.traces, again.traces, strict=True):
        assert here.digest() == there.digest()
        assert np.array_equal(path_of(here).judged["size"], path_of(there).judged["size"])


def test_bundled_objectives_declare_what_decides_their_bits() -> None:
    """A slow hour must not change the last bits of a report."""
    for name in ("mnist.digit(decoder='flow')", "mnist.perceptual", "mnist.text"):
        objective = bb.objective(name)
        slower = bb.objective(name)
        assert objective.facts.seconds == slower.facts.seconds
        assert objective._pipeline.seconds is not None


def test_declared_seconds_decide_who_is_dear() -> None:
    for seconds, dear in ((1e-6, False), (1e-3, False), (1e-2, True), (3.0, True)):
        facts = bb.Objective(bowl, space=SPACE, seconds=seconds).facts
        assert facts.dear == dear
        assert facts.batching.fused == (not dear)
        assert facts.seconds == power_of_ten(seconds)


@pytest.mark.parametrize("seconds", [0, -1, np.inf, np.nan, True, "fast"])
def test_seconds_that_are_none_are_refused(seconds: Any) -> None:
    with pytest.raises(bb.scoring.objective.ObjectiveError, match="seconds"):
        bb.Objective(bowl, space=SPACE, seconds=seconds)


@pytest.mark.slow
def test_what_was_found_is_told_in_words_and_in_the_report(tmp_path: Path) -> None:
    torch.manual_seed(0)
    objectives = [
        bb.Objective(lambda x: float(np.asarray(x)[0]), space=SPACE, name="single"),
        bb.Objective(bowl, torch.nn.Linear(4, 3).half(), SPACE, name="batch"),
    ]
    study = bb.compare(objectives, "random_search", 5, seeds=2)
    told = study.facts()
    single = told[told.kind == "objective single"].set_index("name").value
    batch = told[told.kind == "objective batch"].set_index("name").value
    assert (single["scorer is called with"], batch["scorer is called with"]) == (
        "one object",
        "a batch of objects",
    )
    assert "float16" in " ".join(batch) or "float16" in " ".join(batch.values)
    assert "cpu" in " ".join(batch.values)
    assert single["noise"] == batch["noise"] == "none seen"
    assert "works on arrays" in " ".join(single.values)
    assert {"seconds of a score", "objects called beyond those paid"} <= set(single.index)
    study.report(tmp_path)
    text = (tmp_path / "README.md").read_text()
    assert "scorer is called with" in text
    assert "measured price of a gradient" in text
    assert {f.name for f in fields(Facts)} >= {"noise", "why_not", "probed", "gradient_price"}


def test_a_hidden_gradient_is_not_told_to_be_there() -> None:
    for reference, words in (
        ("", "yes"),
        (", differentiable=False", "hidden: differentiable=False"),
    ):
        study = bb.compare(f"synthetic.sphere(d=3{reference})", "random_search", 5, seeds=1)
        assert study.facts().set_index("name").value["gradient of the score"] == words
