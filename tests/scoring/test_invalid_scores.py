"""Points without a score: NaN in the record, told relative to their run, and paid for once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import blackbox as bb
from blackbox.protocol import Answer
from blackbox.scale import LOWEST, UNKNOWN, Scale
from tests.conftest import bowl, finished, notes_of

SPACE = bb.Space.normal(4)


def holed(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x[:, 0] > 0.4, torch.nan, bowl(x))


# What a strategy is told


@pytest.mark.slow
@settings(max_examples=15)
@given(
    strategy=st.sampled_from(["one_plus_one", "nelder_mead", "cma_es", "hill_climb"]),
    exponent=st.integers(-6, 15),
    offset=st.floats(-3, 3),
    seed=st.integers(0, 5),
)
def test_another_scale_of_the_score_asks_the_same_points(
    strategy: str, exponent: int, offset: float, seed: int
) -> None:
    """A law: `a * score + b` with holes in the landscape; -1e15 lay above scores of that size."""
    a = 2.0**exponent if exponent % 2 else 10.0**exponent
    runs = [
        finished(bb.strategy(strategy), bb.Objective(score, space=SPACE), budget=40, seed=seed)
        for score in (holed, lambda x: a * (holed(x) + offset))
    ]
    (first, scaled) = (run.recorder.filled() for run in runs)
    assert np.array_equal(first["valid"], scaled["valid"])
    # Rounding of the offset may turn a comparison of near equals, hardly ever and late.
    assert scaled["z"] == pytest.approx(first["z"], abs=1e-6)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e15, 1e100])
@pytest.mark.parametrize("strategy", ["one_plus_one", "nelder_mead", "hill_climb", "cma_es"])
def test_invalid_points_never_look_good(strategy: str, scale: float) -> None:
    """58 of 60 points of `one_plus_one` were invalid where scores lay below the floor."""
    objective = bb.Objective(lambda x: scale * (holed(x) - 3), space=SPACE, name="deep")
    (trace,) = bb.compare(objective, strategy, 60, seeds=1).traces
    assert trace.valid.mean() > 0.4
    assert trace.best_so_far()[-1] > trace.score[trace.valid][0]


def seen(*scores: float) -> Scale:
    scale = Scale()
    array = np.array(scores)
    scale.see(Answer(score=array, valid=np.isfinite(array)))
    return scale


def test_what_is_told_lies_as_far_below_the_worst_as_the_best_above() -> None:
    assert seen(1.0, np.nan, 3.0).invalid == -1.0
    assert seen(np.nan).invalid == UNKNOWN
    assert seen().invalid == UNKNOWN
    assert seen(2.0).invalid == np.nextafter(2.0, -np.inf)
    assert seen(-1.7e308, 1.7e308).invalid == LOWEST
    told = seen(1.0, 3.0).told(
        Answer(score=np.array([2.0, np.nan]), valid=np.array([True, False]), grad=np.ones((2, 1)))
    )
    assert told.score.tolist() == [2.0, -1.0]
    assert told.valid.tolist() == [True, False]
    assert told.grad.tolist() == [[1.0], [1.0]]


@given(
    scores=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9),
    a=st.floats(1e-3, 1e3),
    b=st.floats(-1e3, 1e3),
)
def test_what_is_told_moves_with_the_scores(scores: list[float], a: float, b: float) -> None:
    plain, moved = seen(*scores), seen(*[a * s + b for s in scores])
    size = max(abs(b), *(abs(a * s) for s in scores), 1e-300)
    assert moved.invalid == pytest.approx(a * plain.invalid + b, abs=1e-12 * size + 1e-300)
    assert plain.invalid < min(scores)


# What is recorded


def test_an_invalid_point_is_nan_in_answers_records_frames_and_the_store(tmp_path: Path) -> None:
    """It was a floor of -1e15."""
    objective = bb.Objective(holed, space=SPACE, name="holed")
    answer = objective.evaluate(bb.Ask(np.array([[1.0, 0, 0, 0], [0.0, 0, 0, 0]]), 1))
    assert answer.valid.tolist() == [False, True]
    assert np.isnan(answer.score[0])
    assert (answer.grad[0] == 0).all()
    study = bb.compare(objective, "random_search", 20, seeds=2, store=tmp_path)
    for comparison in (study, bb.load(tmp_path)):
        for trace in comparison.traces:
            assert np.array_equal(np.isnan(trace.score), ~trace.valid)
            assert np.array_equal(trace.valid, trace.z[:, 0] <= 0.4)
        rows = comparison.evaluations
        assert np.array_equal(rows.score.isna(), rows.status == "invalid")
        assert (comparison.runs.n_invalid > 0).all()


NO_SCORE: dict[str, tuple[Callable[[Any], Any], bool | None]] = {
    "nan": (holed, None),
    "inf": (lambda x: torch.where(x[:, 0] > 0.4, torch.inf, bowl(x)), None),
    "minus inf": (lambda x: torch.where(x[:, 0] > 0.4, -torch.inf, bowl(x)), None),
    "None in a list": (lambda x: [None if v[0] > 0.4 else float(bowl(v)) for v in x], None),
    "None for one": (lambda x: None if x[0] > 0.4 else float(bowl(x)), None),
    "nan for one": (lambda x: np.nan if x[0] > 0.4 else float(bowl(x)), None),
    "raises for one": (lambda x: 1 / 0 if x[0] > 0.4 else float(bowl(x)), None),
    "raises in a batch": (lambda x: 1 / 0 if (x[:, 0] > 0.4).any() else bowl(x), None),
    "raises in numpy": (
        lambda x: 1 / 0 if (np.asarray(x)[:, 0] > 0.4).any() else bowl(np.asarray(x)),
        None,
    ),
    "one nan for a batch": (
        lambda x: torch.tensor(torch.nan) if (x[:, 0] > 0.4).any() else bowl(x),
        None,
    ),
    "one nan of numpy": (
        lambda x: np.nan if (np.asarray(x)[:, 0] > 0.4).any() else bowl(np.asarray(x)),
        None,
    ),
}


@pytest.mark.parametrize("d", [1, 4])
@pytest.mark.parametrize("name", NO_SCORE)
def test_however_no_score_is_said_neighbours_keep_theirs(name: str, d: int) -> None:
    score, batched = NO_SCORE[name]
    objective = bb.Objective(score, space=bb.Space.normal(d), batched=batched)
    z = objective.space.sample(np.random.default_rng(1), 40)
    answer = objective.evaluate(bb.Ask(z))
    valid = z[:, 0] <= 0.4
    assert np.array_equal(answer.valid, valid)
    assert answer.score[valid] == pytest.approx(bowl(z[valid]), rel=1e-6)
    assert np.isnan(answer.score[~valid]).all()
    assert all(notes_of(answer)[~valid])
    assert not any(notes_of(answer)[valid])


CRITERIA: dict[str, tuple[Callable[[Any], Any], bool | None]] = {
    "a row of nan": (
        lambda x: torch.where(x[:, :1] > 0.4, torch.nan, torch.stack([bowl(x), x[:, 0]], 1)),
        None,
    ),
    "one criterion of nan": (
        lambda x: torch.stack([holed(x), x[:, 0]], 1),
        None,
    ),
    "a scalar for one": (
        lambda x: torch.nan if float(x[0]) > 0.4 else torch.stack([bowl(x), x[0]]),
        False,
    ),
    "a scalar for one of numpy": (
        lambda x: np.nan if x[0] > 0.4 else np.array([bowl(np.asarray(x)), float(x[0])]),
        None,
    ),
    "None for one": (
        lambda x: None if x[0] > 0.4 else (float(bowl(x)), float(x[0])),
        None,
    ),
    "a scalar for a batch": (
        lambda x: (
            torch.tensor(torch.nan) if (x[:, 0] > 0.4).any() else torch.stack([bowl(x), x[:, 0]], 1)
        ),
        None,
    ),
    "raises": (
        lambda x: 1 / 0 if (x[:, 0] > 0.4).any() else torch.stack([bowl(x), x[:, 0]], 1),
        None,
    ),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_no_score_of_several_criteria_kills_no_run(name: str) -> None:
    score, batched = CRITERIA[name]
    objective = bb.Objective(score, space=SPACE, weights=[1.0, 2.0], batched=batched, name="pair")
    (trace,) = bb.compare(objective, "random_search", 30, seeds=1).traces
    assert trace.status == "spent", trace.error
    valid = trace.z[:, 0] <= 0.4
    assert np.array_equal(trace.valid, valid)
    assert trace.score[valid] == pytest.approx((bowl(trace.z) + 2 * trace.z[:, 0])[valid], rel=1e-5)


# What it costs


def picky(bad: np.ndarray, kind: str, calls: list[int]) -> Callable[[Any], Any]:
    """A batched scorer that raises where a batch holds one of the bad points."""

    def score(x: Any) -> Any:
        calls.append(len(x))
        points = np.asarray(x.detach() if isinstance(x, torch.Tensor) else x)
        if (np.abs(points[:, None] - bad).max(-1) < 1e-6).any():
            raise ValueError("bad")
        return bowl(x) if kind == "torch" else bowl(points)

    return score


@pytest.mark.parametrize("kind", ["torch", "numpy"])
@pytest.mark.parametrize("seconds", [1e-6, 1.0], ids=["free", "dear"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("n_bad", [1, 2, 5])
def test_who_is_to_blame_is_found_by_halving(
    kind: str, seconds: float, order: Literal[0, 1], n_bad: int
) -> None:
    """At most 2 log2(batch) calls per bad row; nothing is decoded again for it."""
    if order and kind == "numpy":
        pytest.skip("has no gradient")
    z = SPACE.sample(np.random.default_rng(5), 32)
    calls: list[int] = []
    decoded: list[int] = []

    def decoder(points: torch.Tensor) -> torch.Tensor:
        decoded.append(len(points))
        return points * 1.0

    bad = z[3 : 3 + 6 * n_bad : 6]
    objective = bb.Objective(
        picky(bad, kind, calls), decoder, SPACE, seconds=seconds, dtype=torch.float64
    )
    _ = objective.facts
    calls.clear()
    decoded.clear()
    answer = objective.evaluate(bb.Ask(z, order))
    assert (~answer.valid).sum() == n_bad
    assert answer.score[answer.valid] == pytest.approx(bowl(z)[answer.valid])
    if order:
        assert answer.grad[answer.valid] == pytest.approx(2 * (0.5 - z)[answer.valid])
    assert len(calls) <= 1 + 2 * np.log2(32) * n_bad
    assert sum(decoded) == 32
    assert answer.called == sum(calls)


def test_one_object_a_call_is_called_exactly_once() -> None:
    """157 objects were called for 120, and 244 of a batch."""
    calls: list[int] = []

    def score(x: Any) -> float:
        calls.append(1)
        return 1 / 0 if x[0] > 0.4 else float(bowl(np.asarray(x)))

    for decoder in (None, lambda z: z * 1.0):
        objective = bb.Objective(score, decoder, SPACE, batched=False, name="one")
        objective.rehearse([0], 1)
        calls.clear()
        study = bb.compare(objective, ["random_search", "cma_es"], 30, seeds=2)
        assert len(calls) == 120
        assert study.runs.n_invalid.sum() > 20


def test_a_decoder_that_raises_is_an_invalid_point_and_spares_its_neighbours() -> None:
    def decoder(z: torch.Tensor) -> torch.Tensor:
        if (z[:, 0] > 0.4).any():
            raise ValueError("no such object")
        return 2 * z

    objective = bb.Objective(bowl, decoder, SPACE, name="picky")
    z = SPACE.sample(np.random.default_rng(1), 20)
    answer = objective.evaluate(bb.Ask(z, 1))
    assert np.array_equal(answer.valid, z[:, 0] <= 0.4)
    assert answer.score[answer.valid] == pytest.approx(bowl(2 * z)[answer.valid], rel=1e-5)
    assert "no such object" in notes_of(answer)[~answer.valid][0]


# What a report makes of scores at the end of all numbers


@pytest.mark.slow
def test_the_largest_numbers_end_no_report(tmp_path: Path) -> None:
    """Figures of a study whose scores reach 1e308, after all is paid."""
    objectives = [
        bb.Objective(lambda x: 1e308 * torch.tanh(bowl(x) + 2), space=SPACE, name="huge"),
        bb.Objective(lambda x: -1.7e308 * torch.sigmoid(x[:, 0]), space=SPACE, name="deep"),
    ]
    study = bb.compare(objectives, ["random_search", "one_plus_one"], 12, seeds=3)
    assert (study.runs.status == "spent").all()
    assert (study.runs.n_invalid == 0).all()
    study.report(tmp_path)
    assert (tmp_path / "report.html").exists()
    assert len(study.summary()) == 4
    assert len(study.audit()) == 4
    assert not study.price_table().empty
