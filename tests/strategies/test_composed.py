"""Strategies made of strategies: what each part gets, is told, and hands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Answer, Ask, Brief, Capability, Search
from blackbox.scoring.objective import ObjectiveError
from blackbox.strategies.bayesian.bayes_opt import BayesOpt
from blackbox.strategies.bayesian.turbo import Turbo
from blackbox.strategies.composed.auto import Auto
from blackbox.strategies.composed.chain import Chain
from blackbox.strategies.composed.guarded import Guarded, near
from blackbox.strategies.composed.restarts import Restarts
from blackbox.strategies.gradient.gradient_ascent import GradientAscent
from blackbox.strategies.sampling.random_search import RandomSearch
from blackbox.trace import Status
from tests.conftest import bowl, finished, make_bowl

pytestmark = pytest.mark.slow

NORMAL = bb.Space.normal(4)
FROM_FIRST = GradientAscent(start="first")


def columns(strategy: bb.Strategy, **settings: object) -> dict[str, np.ndarray]:
    return finished(strategy, make_bowl(NORMAL), **settings).recorder.filled()


def test_names_hold_names() -> None:
    reference = "restarts(strategy='gradient_ascent(learning_rate=0.3)', patience=50)"
    made = registry.strategy(reference)
    assert made == Restarts(GradientAscent(learning_rate=0.3), patience=50)
    assert registry.label(made) == reference
    chain = Chain((RandomSearch(), made), shares=(1, 2))
    assert registry.strategy(registry.label(chain)) == chain
    with pytest.raises(registry.NameProblem, match="did you mean 'gradient_ascent'"):
        registry.strategy("restarts(strategy='gradient_accent')")


def test_a_chain_gives_each_its_share_to_the_last_unit() -> None:
    chain = Chain((RandomSearch(batch=7), FROM_FIRST, RandomSearch(batch=64)), (3, 6, 1))
    found = columns(chain, budget=100)
    n_gradients = np.diff(found["n_gradients"], prepend=0)
    assert n_gradients.tolist() == 30 * [0] + 30 * [1] + 10 * [0]


def test_a_link_begins_where_the_last_one_found_most() -> None:
    found = columns(Chain((RandomSearch(), FROM_FIRST)), budget=60)
    best = np.argmax(found["score"][:30])
    assert np.array_equal(found["z"][30], found["z"][best])


def test_restarts_begin_anew_where_nothing_was_gained() -> None:
    found = columns(
        Restarts(GradientAscent(learning_rate=1e-9, start="first"), patience=3), budget=40
    )
    moved = np.linalg.norm(np.diff(found["z"], axis=0), axis=1) > 1e-3
    # A climb that stands still gains a little at each step, on a bowl: it never restarts.
    assert not moved.any()
    flat = make_bowl(NORMAL, lambda x: 0 * x.sum(-1))
    run = finished(Restarts(RandomSearch(batch=1), patience=4), flat, budget=23)
    first = (run.recorder.filled()["z"][:, None] == run.brief.start[None]).all(axis=2).any(axis=1)
    # The first score of a search is its best: four more, then the next start of the seed.
    assert np.flatnonzero(first).tolist() == [0, 5, 10, 15, 20]


def test_a_target_ends_a_run_or_begins_another() -> None:
    ends = finished(Restarts(FROM_FIRST, target=-0.5, after="stop"), make_bowl(NORMAL), budget=400)
    assert ends.status is Status.RETURNED
    score = ends.recorder.filled()["score"]
    assert score[-1] >= -0.5 > score[:-1].max()
    goes_on = columns(Restarts(FROM_FIRST, target=-0.5), budget=400)["score"]
    # Each climb ends at its first hit, so hits are followed by a start.
    hits = np.flatnonzero(goes_on >= -0.5)
    assert len(hits) >= 2
    assert (np.diff(hits) > 1).all()


def test_a_sphere_is_kept_from_the_second_point_on() -> None:
    radius = np.linalg.norm(columns(Guarded(guard="sphere"), budget=50)["z"], axis=1)
    assert radius[0] != pytest.approx(2.0)
    np.testing.assert_allclose(radius[1:], 2.0)


def test_a_clip_is_kept_and_the_score_recorded_is_the_score() -> None:
    found = columns(Guarded(GradientAscent(learning_rate=2.0), "clip", limit=0.25), budget=30)
    assert np.abs(found["z"][1:]).max() <= 0.25
    penalised = columns(
        Guarded(GradientAscent(start="first", step="adam"), "norm", weight=10.0), budget=300
    )
    np.testing.assert_allclose(penalised["score"], -((penalised["z"] - 0.5) ** 2).sum(axis=1))
    # The bowl pulls to 0.5 with slope 2, the prior to 0 with slope 10: 1 / 12 of each coordinate.
    np.testing.assert_allclose(penalised["z"][-1], 1 / 12, atol=0.05)


def reward(guard: Any, space: bb.Space = NORMAL) -> Callable[[np.ndarray], Answer]:
    codes = np.random.default_rng(5).standard_normal((20, space.dim))
    brief = Brief(space, space.sample(np.random.default_rng(0), 2), 10, codes=codes)
    guarded = Guarded(guard=guard, weight=1.0)

    def told(z: np.ndarray) -> Answer:
        nothing = Answer(score=np.zeros(len(z)), grad=np.zeros(z.shape))
        return guarded._rewarded(Ask(z, 1), nothing, brief)

    return told


@pytest.mark.parametrize("guard", ["norm", "typical", "data"])
@given(seed=st.integers(0, 50))
def test_a_reward_has_the_slope_that_it_tells(guard: str, seed: int) -> None:
    z = np.random.default_rng(seed).standard_normal((3, 4))
    told, h = reward(guard), 1e-6
    for axis in range(4):
        step = h * np.eye(4)[axis]
        slope = (told(z + step).score - told(z - step).score) / (2 * h)
        np.testing.assert_allclose(told(z).grad[:, axis], slope, atol=1e-5)


def test_the_typical_radius_is_where_the_prior_s_norm_has_its_mode() -> None:
    told = reward("typical")
    z = np.zeros((40, 4))
    z[:, 0] = np.linspace(0.1, 4, 40)
    assert z[np.argmax(told(z).score), 0] == pytest.approx(np.sqrt(3), abs=0.1)
    assert np.isfinite(told(np.zeros((1, 4))).score).all()


def test_in_a_box_every_point_is_as_likely_as_any_other() -> None:
    box = bb.Space.box(-1, 1, 4)
    z = box.sample(np.random.default_rng(0), 5)
    assert not reward("typical", box)(z).score.any()
    assert reward("data", box)(z).score.all()


def test_distance_to_data_is_to_the_nearest() -> None:
    codes = np.array([[0.0, 0.0], [2.0, 0.0], [9.0, 9.0]])
    value, slope = near(np.array([[1.0, 1.0]]), codes, 2)
    assert value == pytest.approx([-1.0])
    np.testing.assert_allclose(slope, [[0.0, -1.0]])


def test_an_invalid_point_is_not_rewarded() -> None:
    told = Guarded(guard="norm", weight=1.0)._rewarded(
        Ask(np.ones((2, 4))),
        Answer(score=np.array([1.0, -1e15]), valid=np.array([True, False])),
        Brief(NORMAL, np.zeros((1, 4)), 10),
    )
    assert told.score.tolist() == [-1.0, -1e15]


def test_data_guards_need_codes_and_say_so() -> None:
    guarded = Guarded(RandomSearch(), "data")
    study = bb.compare(make_bowl(NORMAL), [guarded, "random_search"], 5, seeds=1)
    assert "was given no codes" in study.skipped.reason[0]
    codes = np.full((3, 4), 0.5)
    objective = bb.Objective(bowl, space=NORMAL, name="with codes", codes=codes)
    assert bb.compare(objective, guarded, 5, seeds=1).runs.status[0] == "spent"
    with pytest.raises(ObjectiveError, match=r"codes of bowl .*normal\(4\).*\[3, 5\]"):
        bb.Objective(bowl, space=NORMAL, codes=np.zeros((3, 5)))


@dataclass(frozen=True)
class Scripted:
    """Asks one place again and again, so that it gains only at first."""

    at: float
    needs: ClassVar[frozenset[Capability]] = frozenset()

    def search(self, brief: Brief, rng: np.random.Generator) -> Search:
        while True:
            yield Ask(np.full((1, 4), self.at))


def test_auto_leaves_who_has_stalled_and_comes_back() -> None:
    # After 9 probes a turn is 2 d + 2 = 10 scores; 0.4 is a better place than any probe or 0.2.
    members = (Scripted(0.2), Scripted(0.4), Scripted(3.0))
    asked = columns(Auto(members, turns=10), budget=99)["z"][9:, 0]
    lengths = [len(list(same)) for _, same in groupby(asked)]
    assert [place for place, _ in groupby(asked)][:4] == [0.2, 0.4, 3.0, 0.2]
    # Each goes on for 10 scores beyond its last gain: 0.4 gains by its first.
    assert lengths[1:4] == [11, 10, 10]


def test_auto_climbs_where_it_may_and_only_there() -> None:
    space = bb.Space.normal(6)
    shown = finished(Auto(), make_bowl(space), budget=100).recorder.filled()
    hidden = finished(Auto(), make_bowl(space, differentiable=False), budget=100).recorder.filled()
    assert shown["n_gradients"][-1] > 0
    assert hidden["n_gradients"][-1] == 0
    assert shown["score"].max() > -1e-12
    assert hidden["score"].max() > -1e-6


@pytest.mark.parametrize("budget", [50, 300])
def test_auto_has_an_answer_for_many_dimensions(budget: int) -> None:
    wide = bb.Space.normal(150)
    weights = torch.randn(40, 150, generator=torch.Generator().manual_seed(0)) / 12
    for differentiable in (None, False):
        objective = make_bowl(
            wide, decoder=lambda z: torch.tanh(z @ weights.T), differentiable=differentiable
        )
        run = finished(Auto(), objective, budget=budget)
        score = run.recorder.filled()["score"]
        assert run.status is Status.SPENT, run.error
        assert score.max() > score[0]


def test_auto_passes_over_members_that_need_what_is_not_offered() -> None:
    hidden = make_bowl(NORMAL, differentiable=False)
    some = finished(Auto((GradientAscent(), RandomSearch())), hidden, budget=20)
    assert some.status is Status.SPENT
    none = finished(Auto((GradientAscent(),)), hidden, budget=20)
    assert none.status is Status.FAILED
    assert "every member (GradientAscent) needs" in none.error


@pytest.mark.parametrize("model", [BayesOpt(), Turbo()])
def test_a_model_goes_on_from_all_that_a_chain_has_paid_for(model: bb.Strategy) -> None:
    found = columns(Chain((RandomSearch(), model), shares=(30, 2)), budget=32)
    # No design and no start: its first point is already where the model hopes for the best.
    assert found["score"][30:].max() > found["score"][:30].max()


def test_parts_are_handed_what_others_have_paid_for() -> None:
    composed = ["auto", "chain", "restarts", "restarts(strategy='multi_start', patience=10)"]
    study = bb.compare("synthetic.rastrigin(d=4)", composed, 200, 2)
    for trace in study.traces:
        # A climb may ask again what was scored: for the gradient there.
        again = [row for row in range(len(trace)) if (trace.z[:row] == trace.z[row]).all(1).any()]
        assert np.diff(trace.n_gradients, prepend=0)[again].all()


def test_a_part_pays_for_what_it_asks_twice_itself_and_where_scores_are_noisy() -> None:
    @dataclass(frozen=True)
    class Twice:
        needs: ClassVar[frozenset[Capability]] = frozenset()

        def search(self, brief: Brief, rng: np.random.Generator) -> Search:
            yield Ask(np.vstack([brief.start[:1]] * 2))
            yield Ask(brief.start[:1])

    quiet = make_bowl(bb.Space.normal(4))
    noisy = make_bowl(bb.Space.normal(4), noise=True)
    both: Any = Chain((Twice(), Twice()))
    # Each asks for the start three times; the second is handed it once.
    for objective, rows in ((quiet, 5), (noisy, 6)):
        run = finished(both, objective, budget=20)
        assert (len(run.recorder.filled()["z"]), run.status) == (rows, Status.RETURNED)
