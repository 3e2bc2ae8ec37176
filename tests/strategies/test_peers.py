"""Peers behind the protocol do what they do alone, are audited, and cannot hang."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import blackbox as bb
from blackbox import registry
from blackbox.optional import require
from blackbox.protocol import Answer, Brief
from blackbox.strategies.libraries import nevergrad_loop
from blackbox.strategies.peers.scipy import CLIMBERS, LOCAL, METHODS, Scipy
from blackbox.strategies.peers.scipy_loss import ScipyLoss
from blackbox.trace import Status
from tests.conftest import finished, make_bowl, numpy_words

pytestmark = pytest.mark.slow

NORMAL = bb.Space.normal(4)


def banana(z: np.ndarray) -> np.ndarray:
    """Rosenbrock's valley in float64, upside down."""
    height: np.ndarray = (100 * (z[:, 1:] - z[:, :-1] ** 2) ** 2 + (1 - z[:, :-1]) ** 2).sum(1)
    return -height


def asked(strategy: str, objective: bb.Objective, **settings: Any) -> dict[str, np.ndarray]:
    run = finished(bb.strategy(strategy), objective, **settings)
    assert run.status is Status.SPENT, run.error
    return run.recorder.filled()


# nevergrad


@pytest.mark.parametrize("space", [bb.Space.normal(2), bb.Space.box(-3, 3, 2)])
def test_ngopt_ends_where_its_metamodel_hung(space: bb.Space) -> None:
    threads = threading.active_count()
    # nevergrad 1.0.12 with numpy 2.4: the first fit, after 14 scores, raised in one thread while
    # another waited for its answer; a process could not end.
    assert len(asked("nevergrad:NGOpt", make_bowl(space), budget=60)["score"]) == 60
    assert threading.active_count() == threads


def test_without_its_patches_it_fails_but_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = threading.active_count()

    def broken(value: object) -> float:
        raise TypeError("only 0-dimensional arrays can be converted")

    metamodel = require("nevergrad.optimization.metamodel", "nevergrad")
    monkeypatch.setattr(nevergrad_loop, "_patches", lambda: [(metamodel, "float", broken)])
    run = finished(bb.strategy("nevergrad:MetaModel"), make_bowl(bb.Space.normal(2)), budget=60)
    assert run.status is Status.FAILED
    assert "only 0-dimensional arrays" in run.error
    assert threading.active_count() == threads


def test_nothing_of_nevergrad_stays_mended() -> None:
    asked("nevergrad:OnePlusOne", make_bowl(NORMAL), budget=5)
    metamodel = require("nevergrad.optimization.metamodel", "nevergrad")
    recaster = require("nevergrad.optimization.recaster", "nevergrad")
    assert not hasattr(metamodel, "float")
    assert recaster.queue is queue


@pytest.mark.parametrize("word", [None, ValueError("diverged")])
def test_the_last_word_of_a_thread_is_heard_by_whoever_asks_again(word: object) -> None:
    box = nevergrad_loop._Mailbox()
    for item in (1.0, word):
        box.put(item)
    assert [box.get() for _ in range(3)] == [1.0, word, word]


# CmaFmin2 seeds numpy's global generator from the clock and draws from it, in a thread of its own;
# MultiDS does so in three.
@pytest.mark.parametrize("name", ["CmaFmin2", "MultiDS"])
def test_a_library_s_random_numbers_are_those_of_its_own(name: str) -> None:
    before, objective = numpy_words(), make_bowl(NORMAL)
    first, again = (asked(f"nevergrad:{name}", objective, seed=3)["z"] for _ in range(2))
    assert np.array_equal(first, again)
    assert np.array_equal(numpy_words(), before)


def test_the_first_import_of_a_library_draws_nothing_from_the_caller() -> None:
    code = (
        "import numpy as np, blackbox as bb; before = np.random.get_state()[1].copy(); "
        "bb.strategy('nevergrad:MultiDS'); "
        "assert np.array_equal(np.random.get_state()[1], before)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


# scipy


@pytest.mark.parametrize("method", sorted({*LOCAL} - {"newton_cg"}))
def test_scipy_walks_the_path_that_it_walks_alone(method: str) -> None:
    climbs = method in CLIMBERS
    objective = bb.Objective(banana, space=NORMAL, name="banana")
    strategy = f"scipy:{method}(differences=True)" if climbs else f"scipy:{method}"
    z = asked(strategy, objective, budget=60)["z"]
    alone: list[np.ndarray] = []

    def loss(x: np.ndarray) -> float:
        alone.append(x.copy())
        return float(-banana(x[None])[0])

    optimize.minimize(loss, z[0], method=LOCAL[method])
    # The start is charged once, however often scipy asks for it.
    path = [x for nth, x in enumerate(alone) if nth == 0 or not np.array_equal(x, z[0])]
    assert len(path) >= 60
    assert np.array_equal(z, path[:60])


@pytest.mark.parametrize("space", [bb.Space.sphere(3, 2.0), bb.Space.box([10, 0, -1], [12, 1, 4])])
def test_the_slope_is_that_of_the_moved_point(space: bb.Space) -> None:
    slope = np.array([1.0, -2.0, 0.5])
    objective = bb.Objective(lambda z: (z * z.new_tensor(slope)).sum(-1), space=space, name="hill")
    run_brief = Brief(space, objective.starts(np.random.default_rng(0), 1), 100.0)
    seen: list[float] = []

    def say(message: Any) -> Any:
        seen.append(float(message.clipped[0]))
        return objective.evaluate(message)

    loss = ScipyLoss(run_brief, say, order=1)
    loss.begin(run_brief.start)
    # Outside of the space, where one coordinate of the box is beyond its end.
    x = np.array([11.0, 1.7, 2.0]) / space.scale
    value, gradient = loss(x)
    # The objective is evaluated in float32: steps of 1e-2 leave errors of about 1e-4.
    step = 1e-2
    ahead, behind = ([loss(x + s * e)[0] for e in np.eye(3)] for s in (step, -step))
    assert value == pytest.approx(float(loss(x)[0]))
    assert gradient == pytest.approx((np.array(ahead) - behind) / (2 * step), abs=5e-3)
    assert seen[1:] == [1.0] * (len(seen) - 1)


def test_scipy_s_methods_are_known_by_both_spellings() -> None:
    assert Scipy("L-BFGS-B") == bb.strategy("scipy:l_bfgs_b")
    assert Scipy("Nelder-Mead").needs == frozenset()
    assert Scipy("BFGS").needs == {bb.Capability.GRADIENT}
    assert Scipy("BFGS", differences=True).needs == frozenset()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "space", [bb.Space.box([10, -3, -1], [12, 3, 4]), bb.Space.normal(2, 1.5), bb.Space.sphere(5)]
)
def test_every_method_of_scipy_restarts_until_the_budget_is_spent(
    method: str, space: bb.Space
) -> None:
    rows = asked(f"scipy:{method}", make_bowl(space), budget=150)
    assert rows["score"][-1] <= rows["score"].max()
    assert space.contains(rows["z"]).all()


# optuna


def test_tpe_proposes_what_it_proposes_alone() -> None:
    optuna = pytest.importorskip("optuna")
    z = asked("optuna", bb.Objective(banana, space=NORMAL, name="banana"), budget=40)["z"]
    rng = np.random.default_rng([0, 1])
    rng.integers(2**32)  # of the isolated globals
    sampler = optuna.samplers.TPESampler(seed=int(rng.integers(2**32)))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial({f"x{nth}": value for nth, value in enumerate(z[0])})
    reach = np.maximum(3.0, np.abs(z[0]))
    alone = []
    for _ in range(40):
        trial = study.ask()
        alone.append([trial.suggest_float(f"x{n}", -r, r) for n, r in enumerate(reach)])
        study.tell(trial, float(banana(np.array(alone[-1:]))[0]))
    assert np.array_equal(z, alone)


def test_optuna_writes_no_log(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("optuna")
    asked("optuna:CmaEsSampler", make_bowl(NORMAL), budget=20)
    assert not caplog.records


def test_a_gaussian_process_of_optuna_finds_the_bowl() -> None:
    pytest.importorskip("optuna")
    rows = asked("optuna:GPSampler", make_bowl(bb.Space.normal(2)), budget=16)
    assert rows["score"][10:].max() > rows["score"][:10].max()


# the audit


@pytest.mark.parametrize(
    "strategy",
    ["nevergrad:CMA", "optuna", "scipy:nelder_mead", "differential_evolution", "particle_swarm"],
)
def test_points_that_were_moved_are_counted(strategy: str) -> None:
    study = bb.compare(
        [make_bowl(NORMAL), bb.Objective(banana, space=bb.Space.sphere(4), name="ball")],
        strategy,
        50,
        seeds=1,
    )
    counts = study.runs.set_index("objective").n_clipped
    assert counts["bowl"] == 0
    assert counts["ball"] >= 45  # all but the start, and what lies on the sphere by itself


# families of nevergrad


def generations(strategy: str, popsize: int) -> np.ndarray:
    """The first two generations `[2, popsize, d]`; the seed's start is a member of the first."""
    z = asked(strategy, make_bowl(NORMAL), budget=1 + 2 * popsize)["z"]
    return z[1:].reshape(2, popsize, 4)


def test_without_differences_each_trial_is_its_parent() -> None:
    z = generations("differential_evolution(popsize=6, f1=0.0, f2=0.0)", 6)
    first = {*map(tuple, z[0])}
    assert sum(tuple(trial) in first for trial in z[1]) >= 5  # one descends from the start


def test_without_the_random_difference_each_trial_is_the_best() -> None:
    rows = asked(
        "differential_evolution(popsize=6, f1=0.0, f2=1.0, crossover=1.0)",
        make_bowl(NORMAL),
        budget=13,
    )
    best = rows["z"][:7][rows["score"][:7].argmax()]
    assert rows["z"][7:] == pytest.approx(np.tile(best, (6, 1)))


def test_a_swarm_without_inertia_and_pulls_stands_still() -> None:
    z = generations("particle_swarm(popsize=5, inertia=0.0, own=0.0, swarm=0.0)", 5)
    first = {*map(tuple, z[0])}
    assert sum(tuple(particle) in first for particle in z[1]) >= 4  # one descends from the start


def test_a_swarm_with_inertia_alone_flies_on_by_half() -> None:
    rows = asked(
        "particle_swarm(popsize=3, inertia=0.5, own=0.0, swarm=0.0)", make_bowl(NORMAL), budget=16
    )
    # Particles are asked in turn: each one's steps halve, whatever it finds.
    steps = np.linalg.norm(np.diff(rows["z"][1:].reshape(5, 3, 4), axis=0), axis=2)
    assert steps[1:] == pytest.approx(steps[:-1] / 2)


def test_scipy_s_own_options_are_handed_on_and_an_unknown_one_is_told() -> None:
    small, usual = (
        finished(registry.strategy(name), make_bowl(bb.Space.normal(4)), budget=6).recorder.filled()
        for name in ("scipy:cobyla(options={'rhobeg': 0.125})", "scipy:cobyla")
    )
    steps = [np.linalg.norm(np.diff(z, axis=0), axis=1)[0] for z in (small["z"], usual["z"])]
    np.testing.assert_allclose(steps, [0.125, 1.0])
    wrong = registry.strategy("scipy:cobyla(options={'rho': 1.0})")
    run = finished(wrong, make_bowl(bb.Space.normal(4)), budget=6)
    assert run.status is Status.FAILED
    assert "Unknown solver options: rho" in run.error
    with pytest.raises(ValueError, match="options are for a local method"):
        registry.strategy("scipy:dual_annealing(options={'maxiter': 3})")


def test_scipy_s_settings_survive_their_label() -> None:
    given = registry.strategy("scipy:cobyla(options={'tol': 0.1, 'rhobeg': 0.5})")
    assert registry.strategy(registry.label(given)) == given
    assert hash(given) == hash(
        registry.strategy("scipy:cobyla(options={'rhobeg': 0.5, 'tol': 0.1})")
    )


# Py-BOBYQA


@pytest.mark.parametrize(("noise", "points"), [(None, 9), (0.1, 15)])
@pytest.mark.parametrize("restarts", [None, True])
def test_py_bobyqa_is_told_of_noise_and_then_fits_whole_quadratics(
    monkeypatch: pytest.MonkeyPatch, noise: float | None, points: int, restarts: bool | None
) -> None:
    package = pytest.importorskip("pybobyqa")
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(package, "solve", lambda *_, **settings: calls.append(settings))
    rng = np.random.default_rng(0)
    brief = Brief(NORMAL, rng.standard_normal((1, NORMAL.dim)), 40, noise=noise)
    search = bb.strategy(f"py_bobyqa(restarts={restarts})").search(brief, rng)
    with closing(search):
        next(search)
        search.send(Answer(score=np.zeros(1), valid=np.ones(1, bool)))
    assert calls[0]["objfun_has_noise"] == (noise is not None)
    assert calls[0]["npt"] == points
    expected = {} if restarts is None else {"restarts.use_restarts": True}
    assert calls[0]["user_params"] == expected  # else whether it restarts is its own rule
