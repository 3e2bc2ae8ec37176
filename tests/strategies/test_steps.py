"""Steps along slopes: rules, schedules, spheres, what ends a climb, and searches made of these."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Array
from blackbox.strategies.gradient.gradient_ascent import GradientAscent
from blackbox.strategies.moves.adam import Adam
from blackbox.strategies.moves.steps import RULES, SCHEDULES, StepSettings, normalised
from blackbox.strategies.moves.stopping import Stopping
from blackbox.trace import Status
from tests.conftest import bowl, finished, make_bowl

SLOPE = np.array([[3.0, -4.0, 0.0]])

TEXTBOOK = "step='adam', start='first'"


def test_rules_are_what_they_are_called() -> None:
    assert np.allclose(RULES["plain"](0.5).step(SLOPE), [[1.5, -2.0, 0.0]])
    assert np.allclose(RULES["normalised"](0.5).step(SLOPE), [[0.3, -0.4, 0.0]])
    assert np.allclose(RULES["sign"](0.5).step(SLOPE), [[0.5, -0.5, 0.0]])
    # Adam's first step is lr * sign, whatever the slope's size (section 2.1 of the paper).
    assert np.allclose(RULES["adam"](0.5).step(SLOPE), [[0.5, -0.5, 0.0]])
    assert not normalised(np.zeros((2, 3))).any()


def pulse(step: int, steps: int = 100) -> float:
    """PULSE's code, as it stands there: `linear1cycledrop`."""
    if step < 0.9 * steps:
        return (9 * (1 - abs(step / (0.9 * steps) - 1 / 2) * 2) + 1) / 10
    return 1 / 10 + (step - 0.9 * steps) / (0.1 * steps) * (1 / 1000 - 1 / 10)


def test_schedules_have_the_papers_values() -> None:
    shares = np.arange(101) / 100
    ours = [SCHEDULES["linear1cycledrop"](share) for share in shares]
    assert ours == pytest.approx([pulse(step) for step in range(101)], abs=1e-12)
    assert (max(ours), ours[0], ours[-1]) == pytest.approx((1.0, 0.1, 0.001))
    ends = {name: (schedule(0.0), schedule(1.0)) for name, schedule in SCHEDULES.items()}
    assert ends["constant"] == (1.0, 1.0)
    assert ends["cosine"] == pytest.approx((1.0, 0.0))
    assert ends["exponential"] == pytest.approx((1.0, 0.01))


@pytest.mark.parametrize("rule", RULES)
def test_a_step_on_a_sphere_is_tangential_and_then_retracted(rule: str) -> None:
    space, rng = bb.Space.sphere(5), np.random.default_rng(0)
    z = space.sample(rng, 1)
    walk = StepSettings(rule, 0.3, "constant").begin(space)
    for _ in range(5):
        slope = rng.standard_normal((1, 5)) + 10 * z  # mostly radial
        there, moved = walk.move(z, slope, 0.0)
        # Undo the projection: the point of the tangent plane above `there`.
        step = there * (space.radius**2 / (there * z).sum()) - z
        assert (step * z).sum() == pytest.approx(0, abs=1e-9)
        assert (step * slope).sum() > 0 or rule == "adam"  # Adam has momentum
        assert not moved.any()
        z = there
    if isinstance(walk.rule, Adam):
        walk.move(z, np.zeros((1, 5)), 0.0)
        assert (walk.rule.m * z).sum() == pytest.approx(0, abs=1e-9)


def test_a_radial_slope_moves_nothing_on_a_sphere() -> None:
    space = bb.Space.sphere(4)
    z = space.sample(np.random.default_rng(0), 1)
    for rule in ("adam", "plain"):
        there, _ = StepSettings(rule, 0.3, "constant").begin(space).move(z, 0 * z, 0.0)
        assert np.allclose(there, z)


def test_a_step_over_a_bound_is_counted_as_clipped() -> None:
    space = bb.Space.box(-1, 1, 2)
    walk = StepSettings("plain", 1.0, "constant").begin(space)
    z, moved = walk.move(np.array([[0.9, 0.0]]), np.array([[1.0, 0.0]]), 0.0)
    assert z.tolist() == [[1.0, 0.0]]
    assert moved.tolist() == [True]
    strategy = registry.strategy("gradient_ascent(step='plain', learning_rate=1.0)")
    columns = finished(strategy, make_bowl(space, lambda x: x.sum(-1))).recorder.filled()
    assert columns["clipped"].any()
    assert np.allclose(columns["z"][columns["clipped"]].max(axis=1), 1.0)


def test_a_target_that_no_score_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match="not nan"):
        GradientAscent(target=float("nan"))


def test_a_climb_ends_on_each_of_its_rules() -> None:
    slope = np.ones((1, 2))
    assert Stopping(9).over(0.0, 0 * slope)
    assert Stopping(9, min_slope=1.5).over(0.0, slope)
    assert not Stopping(9, min_slope=1.4).over(0.0, slope)
    assert Stopping(9, target=0.5).over(0.5, slope)
    stopping = Stopping(2)
    assert [stopping.over(score, slope) for score in (0.0, 1.0, 1.0, 2.0, 1.0, 2.0)] == [
        *(False, False, False, False, False),
        True,
    ]


@pytest.mark.parametrize(
    ("rule", "reached"),
    [
        ("target=-0.01", lambda scores, slopes: scores[-1] >= -0.01 > scores[-2]),
        ("min_slope=0.5", lambda scores, slopes: slopes[-1] <= 0.5 < slopes[-2]),
        ("patience=3", lambda scores, slopes: scores[-4] == scores.max() > scores[-3:].max()),
    ],
)
def test_what_ends_a_climb_ends_the_run_or_restarts_it(
    rule: str, reached: Callable[[Array, Array], bool]
) -> None:
    objective = make_bowl(bb.Space.normal(4))
    run = finished(
        registry.strategy(f"gradient_ascent({rule}, {TEXTBOOK}, after='stop')"),
        objective,
        budget=500,
    )
    assert run.status is Status.RETURNED
    scores = np.asarray(run.recorder.filled()["score"], float)
    slopes = 2 * np.sqrt(-scores)  # the bowl's
    assert reached(scores, slopes)
    on = finished(registry.strategy(f"gradient_ascent({rule}, {TEXTBOOK})"), objective, budget=500)
    assert on.status is Status.SPENT
    again = on.recorder.filled()["z"][len(scores)]
    assert np.array_equal(again, on.brief.start[1])


def test_a_schedule_spans_the_budget_at_any_price() -> None:
    flat = make_bowl(bb.Space.normal(3), lambda x: x.sum(-1))
    for gradient in ("exact", "central"):
        strategy = registry.strategy(
            f"gradient_ascent(step='normalised', learning_rate=1.0, schedule='cosine', "
            f"gradient={gradient!r}, samples=3, start='first')"
        )
        run = finished(strategy, flat, budget=121)
        z = run.recorder.filled()["z"]
        centres = z if gradient == "exact" else z[1:].reshape(-1, 6, 3).mean(axis=1)
        lengths = np.linalg.norm(np.diff(centres, axis=0), axis=1)
        shares = np.arange(1, len(lengths) + 1) / (len(lengths) + 1)
        assert lengths == pytest.approx(0.5 * (1 + np.cos(np.pi * shares)), abs=0.02)


def test_multi_start_climbs_from_the_best_and_keeps_the_better_half() -> None:
    objective = make_bowl(bb.Space.normal(4))
    run = finished(registry.strategy("multi_start(starts=12, climbs=4)"), objective, budget=200)
    columns = run.recorder.filled()
    drawn = np.asarray(columns["score"][:12], float)
    best = np.argsort(-drawn)[:4]
    assert np.array_equal(columns["z"][12:16], columns["z"][:12][best])
    # 0.3 of 200 less 12 scores are 24 gradients: 3 steps of 4 climbs, then 6 of 2.
    rungs = columns["score"][12:24].reshape(3, 4), columns["score"][24:36].reshape(6, 2)
    better = np.argsort(-rungs[0].max(axis=0))[:2]
    assert (rungs[1].max(axis=0) >= rungs[0].max(axis=0)[better]).all()
    assert columns["score"][36:].max() > rungs[1].max() > drawn.max()


def test_multi_start_finds_the_best_of_two_hills() -> None:
    # A wide hill of height 1, and a narrow one of height 2 that one start in ten sees.
    def hills(x: torch.Tensor) -> torch.Tensor:
        wide = torch.exp(-((x + 1) ** 2).sum(-1) / 8)
        return wide + 2 * torch.exp(-2 * ((x - 1) ** 2).sum(-1))

    objective = make_bowl(bb.Space.normal(2), hills)
    best = {
        name: [
            finished(registry.strategy(name), objective, budget=120, seed=seed)
            .recorder.filled()["score"]
            .max()
            for seed in range(8)
        ]
        for name in ("multi_start", f"gradient_ascent({TEXTBOOK})")
    }
    assert min(best["multi_start"]) > 2 > min(best[f"gradient_ascent({TEXTBOOK})"])


def test_a_hill_climb_takes_a_step_if_and_only_if_the_score_rises() -> None:
    objective = make_bowl(bb.Space.normal(3), bowl)
    strategy = registry.strategy("hill_climb(step=0.2, schedule='constant')")
    columns = finished(strategy, objective, budget=300).recorder.filled()
    z, score = columns["z"], columns["score"]
    rng, best = np.random.default_rng([0, 1]), 0
    for row in range(1, len(z)):
        assert np.allclose(z[row], z[best] + 0.2 * rng.standard_normal((1, 3)))
        best = row if score[row] > score[best] else best
    assert score[best] > -1e-2
