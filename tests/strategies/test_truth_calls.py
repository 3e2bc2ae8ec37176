"""A search asks for the truth: out of its budget, under a limit of its own, and never twice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.results import schema

CLIMB = "gradient_ascent(start='first', patience=1000, after='stop')"
GUARDED = f"guarded(strategy={CLIMB!r}, guard='truth')"
ASKED: list[int] = []


def true(x: torch.Tensor) -> torch.Tensor:
    ASKED.append(len(x))
    return x[:, 0] - 0.2 * (x**2).sum(-1)  # its top is at 2.5 on the first axis


def slope(**settings: object) -> bb.Objective:
    judges = {"truth": bb.Judge(true, truth=True)}
    given: dict[str, object] = {"judges": judges, "starts": lambda rng, m: np.zeros((m, 3))}
    return bb.Objective(
        lambda x: x[:, 0],
        space=bb.Space.normal(3),
        name="slope",
        **(given | settings),  # type: ignore[arg-type]
    )


@dataclass(frozen=True)
class Greedy:
    """Verifies `many` points after each score."""

    many: int = 1
    needs = frozenset({bb.Capability.TRUTH})

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> bb.Search:
        z = brief.start[:1]
        for nth in count(1):
            yield bb.Ask(z)
            truth = yield bb.Verify(np.repeat(z, self.many, axis=0) + 0.5)
            assert truth.true[0] == pytest.approx(true(torch.tensor(z) + 0.5).item())
            z = z + 0.1 * nth


def test_calls_are_counted_apart_and_one_more_is_an_error() -> None:
    study = bb.compare(slope(), Greedy(2), 10, seeds=1, truth_calls=6)
    (trace,) = study.traces
    assert str(trace.status) == "failed"
    assert (
        "ProtocolError: 2 points are to be verified, and 0 of 6 truth calls are left" in trace.error
    )
    assert len(trace.verified) == 6
    assert trace.verified.after.tolist() == [1, 1, 2, 2, 3, 3]
    assert len(trace) == 4  # the budget pays for scores only
    assert study.evaluations["n_truths"].tolist() == [0, 2, 4, 6]  # before each row
    assert study.runs["truth_calls"].tolist() == [6]
    assert study.summary()["truth_calls"].tolist() == [6.0]
    assert {"n_truths"} <= {column.name for column in schema.TABLES["evaluations"]}


def test_all_scores_are_paid_where_the_calls_suffice() -> None:
    (trace,) = bb.compare(slope(), Greedy(), 5, seeds=1, truth_calls=5).traces
    assert (str(trace.status), len(trace), len(trace.verified)) == ("spent", 5, 4)


def test_without_calls_or_a_truth_it_is_skipped_with_what_to_do() -> None:
    for objective in (slope(), slope(judges={})):
        reason = bb.compare(objective, [GUARDED, "cma_es"], 5, seeds=1).skipped.reason.item()
        assert "give it a bb.Judge(truth=True), and the study truth_calls=" in reason
    assert "n_truths" not in bb.compare(slope(), "cma_es", 5, seeds=1, truth_calls=3).evaluations
    with pytest.raises(bb.StudyError, match="truth_calls is a whole number >= 0"):
        bb.compare(slope(), "cma_es", 5, truth_calls=-1)
    with pytest.raises(bb.ObjectiveError, match="no judge that says what is true"):
        slope(judges={}).evaluate(bb.Verify(np.zeros((1, 3))))


def test_a_loss_and_a_target_turn_the_truth_as_they_turn_the_score() -> None:
    loss = slope(maximize=False).evaluate(bb.Verify(np.eye(3)))
    target = slope(target=1.0).evaluate(bb.Verify(np.eye(3)))
    plain = slope().evaluate(bb.Verify(np.eye(3)))
    np.testing.assert_allclose(loss.true, -plain.true)
    np.testing.assert_allclose(target.true, -((plain.true - 1) ** 2))


def test_the_guard_ends_a_climb_after_the_truth_has_fallen() -> None:
    study = bb.compare(slope(), [GUARDED, CLIMB], 400, seeds=1, truth_calls=8)
    guarded, free = study.traces
    assert str(guarded.status) == "returned"
    assert len(guarded) < len(free)
    calls = guarded.verified.true
    assert len(calls) <= 8
    assert calls[-1] < calls[-2]
    assert (np.diff(calls[:-1]) > 0).all()
    assert guarded.verified.after[0] == 1  # the start


def test_what_was_answered_is_journaled_and_replayed(tmp_path: Path) -> None:
    whole = bb.compare(slope(), Greedy(), 9, seeds=1, truth_calls=9).traces[0]
    bb.compare(slope(), Greedy(), 4, seeds=1, truth_calls=9, store=tmp_path)
    ASKED.clear()
    objective = slope()
    continued = bb.compare(objective, Greedy(), 9, seeds=1, truth_calls=9, store=tmp_path)
    assert continued.traces[0].digest() == whole.digest()
    ASKED.clear()
    again = bb.compare(slope(), Greedy(), 9, seeds=1, truth_calls=9, store=tmp_path)
    assert again.traces[0].digest() == whole.digest()
    assert bb.load(tmp_path).traces[0].digest() == whole.digest()
    other = bb.compare(slope(), Greedy(), 9, seeds=1, truth_calls=8, store=tmp_path, again="edited")
    assert other.traces[0].digest() == whole.digest()  # 8 are made; yet it is another run
    assert len(list((tmp_path / "runs").glob("*.run"))) == 3


def test_a_journal_alone_gives_truths_back(tmp_path: Path) -> None:
    from blackbox.runtime.journal import JournalFile
    from blackbox.runtime.journal_reader import read

    file = JournalFile(tmp_path)
    run = file.open_run({"key": "k"})
    answer = bb.Answer(true=np.array([1.0, np.nan]))
    run.append((bb.Verify(np.ones((2, 3))), answer, 0.5))
    file.close()
    ((asked, answered, seconds),) = read(file.path).runs["k"].exchanges()
    assert isinstance(asked, bb.Verify)
    np.testing.assert_array_equal(asked.points, np.ones((2, 3)))
    np.testing.assert_array_equal(answered.true, [1.0, np.nan])
    assert seconds == 0.5


def test_another_truth_makes_its_runs_anew(tmp_path: Path) -> None:
    bb.compare(slope(), [GUARDED, CLIMB], 30, seeds=1, truth_calls=4, store=tmp_path)
    other = {"truth": bb.Judge(lambda x: -x[:, 0], truth=True)}
    with pytest.raises(bb.StoreError, match=r"was truth \w+, 4 calls, is truth"):
        bb.compare(
            slope(judges=other), [GUARDED, CLIMB], 30, seeds=1, truth_calls=4, store=tmp_path
        )
    with pytest.raises(bb.StoreError, match=r"4 calls, is truth \w+, 5 calls"):
        bb.compare(slope(), [GUARDED, CLIMB], 30, seeds=1, truth_calls=5, store=tmp_path)


def test_a_truth_that_compares_is_told_the_start_of_each_run() -> None:
    from_start = {"truth": bb.Judge(lambda x, start: x[:, 0] - start[0, 0], truth=True)}
    objective = slope(judges=from_start, starts=None)
    study = bb.compare(objective, GUARDED, 40, seeds=3, truth_calls=3)
    for trace in study.traces:
        assert trace.verified.true[0] == 0
        np.testing.assert_allclose(
            trace.verified.true, trace.verified.z[:, 0] - trace.z[0, 0], atol=1e-6
        )
    chosen = study.best("run", truth_calls=4)
    gains = [
        row["z"][0] - t.z[0, 0]
        for row, t in zip(chosen.to_dict("records"), study.traces, strict=True)
    ]
    np.testing.assert_allclose(chosen["true"], gains, atol=1e-6)
