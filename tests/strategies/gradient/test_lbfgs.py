"""L-BFGS and its line search against scipy, Newton, eigenvectors and the Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
import torch
from scipy import optimize

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Answer, Array, Brief
from blackbox.runtime.run import Run
from blackbox.strategies.gradient.lbfgs import LBFGS, _direction
from blackbox.strategies.gradient.wolfe import C1, C2, Trial, weak_wolfe
from tests.conftest import finished, make_bowl

Function = Callable[[Array], float]
Slope = Callable[[Array], Array]
OfLength = Callable[[float], float]


def first_climb(space: bb.Space, start: Array, f: Function, slope: Slope) -> tuple[Array, Array]:
    """All points that the first climb asks about while it minimises f, and f there."""
    restart = space.sample(np.random.default_rng(0), 1)
    search = LBFGS(draws=1).search(Brief(space, start[None], budget=1e9), np.random.default_rng(0))
    asked, message = [], next(search)
    while not np.array_equal(message.points, restart):
        asked.append(message.points[0])
        answer = Answer(score=np.array([-f(asked[-1])]), grad=-slope(asked[-1])[None])
        message = search.send(answer)
    return np.array(asked), np.array([f(z) for z in asked])


@pytest.mark.parametrize("d", [2, 10, 30])
def test_reaches_rosenbrock_s_optimum_in_scipy_s_number_of_gradients(d: int) -> None:
    space, ours, theirs = bb.Space.normal(d), 0, 0
    for seed in range(3):
        start = space.sample(np.random.default_rng([d, seed]), 1)[0]
        f, slope = optimize.rosen, optimize.rosen_der
        options = {"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-8}
        known = optimize.minimize(f, start, jac=slope, method="L-BFGS-B", options=options)
        points, values = first_climb(space, start, f, slope)
        # From four dimensions on there is a second optimum, near 4.
        assert abs(values.min() - known.fun) < 1e-7 or values.min() < 1e-7
        ours, theirs = ours + len(points), theirs + known.nfev
    assert ours < 1.2 * theirs


def quadratic(hessian: Array, centre: Array) -> tuple[Function, Slope]:
    return lambda z: float(
        0.5 * (z - centre) @ hessian @ (z - centre)
    ), lambda z: hessian @ (z - centre)


def test_finds_the_optimum_of_a_box_in_scipy_s_number_of_gradients() -> None:
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.standard_normal((12, 12)))
    hessian = basis @ np.diag(np.logspace(0, 3, 12)) @ basis.T
    ours, theirs = 0, 0
    for _ in range(5):
        centre = rng.standard_normal(12)
        space = bb.Space.box(-1, np.linspace(0.1, 1, 12))  # some bounds hold at the optimum
        start = space.sample(rng, 1)[0]
        f, slope = quadratic(hessian, centre)
        known = optimize.minimize(
            f,
            start,
            jac=slope,
            method="L-BFGS-B",
            bounds=list(zip(space.lower, space.upper, strict=True)),
            options={"ftol": 1e-15, "gtol": 1e-10},
        )
        points, values = first_climb(space, start, f, slope)
        assert space.contains(points).all()
        assert values.min() == pytest.approx(known.fun, rel=1e-9)
        ours, theirs = ours + len(points), theirs + known.nfev
    assert ours < 2 * theirs


def test_finds_the_first_eigenvector_on_a_sphere() -> None:
    rng = np.random.default_rng(0)
    half = rng.standard_normal((6, 6))
    matrix = half @ half.T
    top, axis = np.linalg.eigh(matrix)
    space = bb.Space.sphere(6, 1.0)
    points, values = first_climb(
        space,
        space.sample(rng, 1)[0],
        lambda z: float(-z @ matrix @ z),
        lambda z: -2 * matrix @ z,
    )
    assert -values.min() == pytest.approx(top[-1], rel=1e-10)
    assert abs(points[values.argmin()] @ axis[:, -1]) == pytest.approx(1, rel=1e-10)
    assert len(points) < 60


def test_direction_is_newton_s_on_a_quadratic_once_every_axis_is_known() -> None:
    rng = np.random.default_rng(1)
    half = rng.standard_normal((4, 4))
    hessian = half @ half.T + np.eye(4)
    # Conjugate steps: BFGS then ends with the inverse itself (Nocedal and Wright, theorem 6.4).
    steps = np.linalg.inv(np.linalg.cholesky(hessian))[:, None, :]
    slope = rng.standard_normal((1, 4))
    found = _direction(slope, [[s, s @ hessian] for s in steps])
    assert np.allclose(found, slope @ np.linalg.inv(hessian))


def search_line(score: OfLength, rise: OfLength, first: float) -> tuple[Trial, Trial | None, int]:
    """What the line search finds of a function of the length alone, and after how many trials."""
    count = 0

    def trial(t: float) -> Trial:
        return Trial(t, np.array([[t]]), score(t), np.array([[rise(t)]]), rise(t))

    def path(t: float) -> Generator[Any, Any, Trial]:
        nonlocal count
        count += 1
        yield from ()
        return trial(t)

    search = weak_wolfe(path, trial(0.0), first, 1e3)
    with pytest.raises(StopIteration) as end:
        next(search)
    return trial(0.0), end.value.value, count


@pytest.mark.parametrize("first", [0.01, 0.1, 1.0, 10.0, 100.0])
def test_the_line_search_ends_at_wolfe_points(first: float) -> None:
    lines: list[tuple[OfLength, OfLength]] = [
        # More and Thuente 1994 (doi:10.1145/192115.192132), their first function.
        (lambda t: t / (t**2 + 2), lambda t: (2 - t**2) / (t**2 + 2) ** 2),
        (lambda t: -((t - 3) ** 2), lambda t: -2 * (t - 3)),
        (lambda t: np.sin(t) + t / 9, lambda t: np.cos(t) + 1 / 9),
        # An edge, beside which no slope is flat.
        (lambda t: -abs(t - 1), lambda t: 1.0 if t < 1 else -1.0),
    ]
    for score, rise in lines:
        start, found, count = search_line(score, rise, first)
        assert found is not None
        assert found.score >= start.score + C1 * found.length * start.rise
        assert found.rise <= C2 * start.rise
        assert count <= 8


def test_the_line_search_finds_nothing_where_nothing_rises_and_goes_as_far_as_it_may() -> None:
    assert search_line(lambda t: -t, lambda t: 1.0, 1.0)[1] is None  # a slope that lies
    assert search_line(lambda t: -np.inf if t else 0.0, lambda t: 1.0, 1.0)[1] is None
    _, furthest, _ = search_line(lambda t: t, lambda t: 1.0, 100.0)
    assert furthest is not None
    assert furthest.length == 1000.0


def test_edges_do_not_end_a_climb() -> None:
    def ridges(x: torch.Tensor) -> torch.Tensor:
        return -(x - 0.3).abs().sum(-1) - 3 * (x - 0.3).sum(-1).abs()

    objective = make_bowl(bb.Space.normal(5), ridges, dtype=torch.float64)
    best = [
        finished(registry.strategy("lbfgs"), objective, budget=240, seed=seed).recorder.best
        for seed in range(5)
    ]
    assert min(best) > -1e-3


def test_no_scale_of_the_score_changes_a_climb() -> None:
    def trace(scale: float) -> Any:
        def score(x: torch.Tensor) -> torch.Tensor:
            return -scale * (10 ** torch.linspace(0, 5, 6) * (x - 0.3) ** 2).sum(-1)

        objective = make_bowl(bb.Space.normal(6), score, dtype=torch.float64)
        return finished(registry.strategy("lbfgs"), objective, budget=120).recorder.filled()["z"]

    assert np.array_equal(trace(1.0), trace(2.0**40))
    assert np.array_equal(trace(1.0), trace(2.0**-40))


def test_the_first_step_is_of_prior_scale_where_nothing_curves_down() -> None:
    def growing(x: torch.Tensor) -> torch.Tensor:
        return 1e-6 * torch.exp(x.sum(-1))

    space = bb.Space.box(-5, 5, 3)
    objective = make_bowl(space, growing, dtype=torch.float64)
    run = finished(registry.strategy("lbfgs"), objective, budget=60)
    assert run.recorder.best == pytest.approx(1e-6 * np.exp(15))


def test_a_climb_starts_again_where_it_has_converged() -> None:
    run: Run = finished(
        registry.strategy("lbfgs(draws=1)"), make_bowl(bb.Space.normal(4)), budget=60
    )
    z = run.recorder.filled()["z"]
    begun = [(z == start).all(axis=1).argmax() for start in run.brief.start[:4]]
    assert begun[0] == 0
    assert begun == sorted(begun)
    assert begun[3] > begun[2] > begun[1] > 1
    # A round bowl: the first step finds the way, the second the top.
    assert begun[1] <= 5


def test_an_invalid_trial_is_stepped_back_from() -> None:
    def walled(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x[:, 0] > 1, torch.nan, x[:, 0] - 0.05 * (x**2).sum(-1))

    run = finished(
        registry.strategy("lbfgs(draws=1)"), make_bowl(bb.Space.normal(2), walled), budget=100
    )
    columns = run.recorder.filled()
    assert not columns["valid"].all()
    assert np.nanmax(columns["score"]) > 0.9  # 0.95 at the wall


def test_a_climb_begins_at_the_best_of_its_draws() -> None:
    run = finished(registry.strategy("lbfgs(draws=7)"), make_bowl(bb.Space.normal(4)), budget=40)
    columns = run.recorder.filled()
    best = columns["score"][:7].argmax()
    assert columns["n_gradients"][6:8].tolist() == [0, 1]
    assert np.array_equal(columns["z"][7], columns["z"][best])


def test_a_slope_too_small_to_square_is_flat() -> None:
    def saturated(x: torch.Tensor) -> torch.Tensor:
        return torch.exp(x.sum(-1) - 400)  # a slope of 1e-174, whose square is 0

    objective = make_bowl(bb.Space.normal(3), saturated, dtype=torch.float64)
    run = finished(registry.strategy("lbfgs(draws=1)"), objective, budget=40)
    z = run.recorder.filled()["z"]
    assert run.meter.spent == 40
    assert np.array_equal(z[:8], run.brief.start[:8])
