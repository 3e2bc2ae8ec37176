"""A study that grows: the same folder takes more of everything, and only what is new is paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox.trace import Trace

SPACE = bb.Space.normal(3)
# Those that go on where the budget grows; the second asks for gradients, the third for batches.
GROWING = ("one_plus_one", "lbfgs", "cma_es(popsize=7)")


class Counted:
    """A scorer that counts the objects that it is called for; it does not pad."""

    def __init__(self, noise: float = 0.0) -> None:
        self.calls, self.noise = 0, noise
        self.rng = np.random.default_rng(0)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += len(x)
        bowl = -(x - 0.5).square().sum(-1)
        if not self.noise:
            return bowl
        return bowl + self.noise * torch.tensor(self.rng.standard_normal(len(x)))


class Desk:
    """Carries a study out in one folder again and again, and counts what is paid each time."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder, self.settings = folder, settings
        self.counted = Counted(settings.pop("noise_sd", 0.0))

    def objective(self, name: str = "bowl") -> bb.Objective:
        scorer = bb.Scorer(self.counted, batched=True, version=1)
        settings = {"noise": False, "seconds": 1.0} | self.settings
        return bb.Objective(scorer, space=SPACE, name=name, version=1, **settings)

    def study(
        self,
        budget: float = 24,
        strategies: Sequence[str] = GROWING,
        names: Sequence[str] = ("bowl",),
        **more: Any,
    ) -> tuple[int, bb.Comparison]:
        """The objects that were called for runs, and the study."""
        objectives = [self.objective(name) for name in names]
        before = self.counted.calls
        measured = bb.load(self.folder).measured if (self.folder / "runs").exists() else {}
        settings: dict[str, Any] = {"seeds": 2, "measured": measured} | more
        study = bb.compare(objectives, strategies, budget, store=self.folder, **settings)
        probed = sum(
            study.measured[one.name]["probed"] if one.name not in measured else 0
            for one in objectives
        )
        return self.counted.calls - before - probed, study


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield Desk(tmp_path / "study")


def paid(study: bb.Comparison) -> int:
    return sum(len(trace) for trace in study.traces)


def bits(study: bb.Comparison) -> dict[Any, Any]:
    """All that a study holds but what the clock says."""

    def of(trace: Trace) -> list[bytes]:
        arrays = (trace.z, trace.score, trace.valid, trace.n_scores, trace.n_gradients)
        return [array.tobytes() for array in (*arrays, *trace.criteria.values())]

    return {(t.objective, t.strategy, t.seed): (of(t), t.used, t.status) for t in study.traces}


GROWTHS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "seeds": {"seeds": 4},
    "another strategy": {"strategies": (*GROWING, "sobol_search")},
    "another objective": {"names": ("bowl", "second")},
    "another order": {"strategies": GROWING[::-1]},
    "another name": {"name": "another"},
    "fewer": {"strategies": GROWING[:1], "seeds": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("what", GROWTHS)
def test_only_what_is_new_is_paid_for(desk: Desk, tmp_path: Path, what: str) -> None:
    first, begun = desk.study()
    slack = 8  # rehearsals of the first points
    assert paid(begun) <= first <= paid(begun) + slack
    more, grown = desk.study(**GROWTHS[what])
    new = paid(grown) - sum(len(t) for t in begun.traces if bits(grown).get(_cell(t)))
    assert new <= more <= new + slack
    assert grown.is_complete
    assert bits(Desk(tmp_path / "at once").study(**GROWTHS[what])[1]) == bits(grown)
    assert bits(bb.load(desk.folder)) == bits(grown)


def _cell(trace: Trace) -> tuple[str, str, int]:
    return trace.objective, trace.strategy, trace.seed


@pytest.mark.slow
@pytest.mark.parametrize("prices", [(1,), (0, 1), (0.5,)])
@pytest.mark.parametrize("settings", [{}, {"duplicates": "cached"}], ids=["counted", "cached"])
def test_a_larger_budget_continues(
    tmp_path: Path, settings: dict[str, Any], prices: tuple[float, ...]
) -> None:
    desk = Desk(tmp_path / "grown", **settings)
    first, begun = desk.study(23, prices=prices)
    more, grown = desk.study(47, prices=prices)
    whole, at_once = Desk(tmp_path / "at once", **settings).study(47, prices=prices)
    assert bits(grown) == bits(at_once)
    # What a small budget had left without a gradient is asked once more, with one.
    assert first + more <= whole + 8 * len(begun.traces)
    assert desk.study(23, prices=prices)[0] <= 8


def test_a_cheaper_gradient_continues_and_a_dearer_one_is_made_anew(
    desk: Desk, tmp_path: Path
) -> None:
    first, _ = desk.study(strategies=["lbfgs"], prices=(1,))
    more, cheaper = desk.study(strategies=["lbfgs"], prices=(0.25,))
    _, at_once = Desk(tmp_path / "at once").study(strategies=["lbfgs"], prices=(0.25,))
    assert bits(cheaper) == bits(at_once)
    assert first + more < paid(at_once) + 16
    _, dearer = desk.study(strategies=["lbfgs"], prices=(3,))
    assert bits(dearer) == bits(Desk(tmp_path / "x").study(strategies=["lbfgs"], prices=(3,))[1])


def test_one_that_plans_by_its_budget_is_made_anew(desk: Desk, tmp_path: Path) -> None:
    strategies = ["hill_climb", "gradient_ascent"]
    desk.study(20, strategies)
    more, grown = desk.study(40, strategies)
    assert more >= paid(grown)
    assert bits(grown) == bits(Desk(tmp_path / "at once").study(40, strategies)[1])


def test_a_noisy_run_keeps_what_was_measured_and_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path, noise=True, noise_sd=1.0)
    _, begun = desk.study(20, ["cma_es(popsize=7)"])
    more, grown = desk.study(40, ["cma_es(popsize=7)"])
    assert 70 <= more <= 78  # ten scores to confirm each best, and ten the better one
    for short, long in zip(begun.traces, grown.traces, strict=True):
        assert long.score[: len(short)].tobytes() == short.score.tobytes()


def criteria(x: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.where(x[:, 0] > 0.4, torch.nan, x[:, 1]), x[:, 2]], -1)


@pytest.mark.parametrize("weights", [[1.0, 0.5]])
def test_criteria_and_points_without_a_score_are_continued(
    tmp_path: Path, weights: list[float]
) -> None:
    def study(folder: str, budget: int) -> bb.Comparison:
        scorer = bb.Scorer(criteria, weights=weights)
        objective = bb.Objective(scorer, space=SPACE, name="two", noise=False)
        return bb.compare(objective, GROWING, budget, 2, store=tmp_path / folder)

    study("grown", 23)
    assert bits(study("grown", 47)) == bits(study("at once", 47))
    assert any(not trace.valid.all() for trace in bb.load(tmp_path / "grown").traces)


def test_a_goal_and_a_larger_budget_go_together(
    desk: Desk, recwarn: pytest.WarningsRecorder, tmp_path: Path
) -> None:
    whole = desk.study(60)[1]
    goal = float(np.median([trace.score.max() for trace in whole.traces]))
    more, reached = desk.study(60, stop_at=goal)
    assert more <= 8
    assert {str(trace.status) for trace in reached.traces} == {"reached", "spent"}
    assert bits(Desk(tmp_path / "x").study(60, stop_at=goal)[1]) == bits(reached)
    assert desk.study(60, stop_at=None)[0] <= 8
    assert [str(one.message) for one in recwarn] == []


def test_points_without_a_score_are_made_anew_on_request(tmp_path: Path) -> None:
    works, calls = [False], [0]

    def scorer(x: Any) -> float:
        calls[0] += 1
        if not works[0] and calls[0] > 30:
            raise ValueError("no such file")
        return float(x[0])

    def study(budget: int, **more: Any) -> bb.Comparison:
        made = bb.Objective(
            bb.Scorer(scorer, batched=False, version=1), space=SPACE, name="o", noise=False
        )
        made.adopt(facts)
        return bb.compare(made, "one_plus_one", budget, 1, store=tmp_path, **more)

    facts = bb.Objective(
        bb.Scorer(scorer, batched=False, version=1), space=SPACE, name="o", noise=False
    ).facts
    calls[0] = 25
    assert study(20).traces[0].valid.mean() < 0.5
    works[0] = True
    assert study(40).traces[0].valid.mean() < 0.7  # what was answered is kept
    assert study(20).traces[0].valid.mean() < 0.5
    assert study(20, again="invalid").traces[0].valid.all()
    assert study(40).traces[0].valid.all()


def test_everything_again_pays_for_everything(desk: Desk) -> None:
    desk.study(20)
    _, grown = desk.study(40)
    more, again = desk.study(40, again="all")
    assert more >= paid(again)
    assert bits(again) == bits(grown)
    replaced = list((desk.folder / "runs" / "replaced").glob("*.run"))
    assert len(replaced) == 2 * len(grown.traces)
