"""Named parameters, as other packages' optimizers get them: of their own kinds."""

from __future__ import annotations

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

import blackbox as bb
from blackbox.parameters import Choice, Integer, NamedRow, Parameters, Real
from blackbox.strategies.libraries.nevergrad_form import TypedForm
from blackbox.strategies.peers.ax import parameters_of as ax_parameters
from blackbox.strategies.peers.smac import hyperparameters, lasting_hash
from blackbox.testing.runs import finished
from blackbox.trace import Status
from tests.campaigns import mixed_problems
from tests.campaigns import peer_domains as campaign

pytestmark = pytest.mark.slow

PLANT = Parameters(
    rate=Real(1e-5, 1e-1, log=True),
    heat=Real(20, 90),
    stages=Integer(1, 8),
    cells=Integer(1, 1000, log=True),
    pump=Integer(0, 1),
    solvent=Choice("water", "ethanol", 3, True),
)


def plant(row: Any) -> float:
    """Best with ethanol, by far."""
    pace, heat, size = np.log10(row.rate) + 3, (row.heat - 50) / 30, np.log10(row.cells) - 2
    loss = pace**2 + heat**2 + ((row.stages - 4) / 3) ** 2 + size**2 + (row.pump != 1)
    return -float(loss + 5.0 * (row.solvent != "ethanol"))


# What a package needs until it is plain whether it understood the parameters. A step of the last
# two takes a tenth of a second and more: of them most is held before a release only.
PEERS: list[Any] = [
    ("nevergrad:NGOpt", 100),
    ("nevergrad:TwoPointsDE", 100),
    ("nevergrad:OnePlusOne", 100),
    ("nevergrad:CMA", 100),
    ("optuna:TPESampler", 60),
    ("optuna:NSGAIISampler", 100),
    ("cmaes:CatCMAwM", 100),
    pytest.param(("smac(model='forest', initial=10)", 24), marks=pytest.mark.dear),
    pytest.param(("smac(initial=10)", 20), marks=pytest.mark.dear),
    pytest.param(("ax(initial=10)", 18), marks=pytest.mark.dear),
]
FEW = [("smac(model='forest', initial=4)", 5), ("ax(initial=4)", 4)]


@cache
def heard(name: str, budget: int) -> tuple[list[NamedRow], np.ndarray]:
    """The rows that a scorer was handed in a run, and the points."""
    rows: list[NamedRow] = []

    def score(row: NamedRow) -> float:
        rows.append(row)
        return plant(row)

    objective = bb.Objective(score, space=PLANT, name="plant", noise=False)
    rows.clear()
    run = finished(bb.strategy(name), objective, budget=budget)
    assert run.status is Status.SPENT, run.error
    return rows, run.recorder.filled()["z"]


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_finds_the_best_option(peer: tuple[str, int]) -> None:
    rows, points = heard(*peer)
    scores = [plant(row) for row in rows]
    best = rows[int(np.argmax(scores))]
    assert best["solvent"] == "ethanol"
    assert max(scores) > scores[0]
    np.testing.assert_array_equal(PLANT.canonical(points), points)


@pytest.mark.parametrize("peer", [*PEERS, *FEW])
def test_what_is_scored_has_the_kinds_of_the_parameters(peer: tuple[str, int]) -> None:
    rows, points = heard(*peer)
    for row in rows:
        assert 1e-5 <= row["rate"] <= 1e-1
        assert 20 <= row["heat"] <= 90
        assert type(row["stages"]) is type(row["cells"]) is type(row["pump"]) is int
        assert row["solvent"] in ("water", "ethanol", 3, True)
    again, same = heard.__wrapped__(*peer)
    assert again == rows
    assert same.tobytes() == points.tobytes()


def test_nevergrad_gets_scalars_logs_and_choices() -> None:
    form = TypedForm(PLANT.space, PLANT.starts(np.random.default_rng(0), 1)[0])
    rate, heat, stages, cells, pump, solvent = form.parametrization
    assert [type(one).__name__ for one in (rate, heat, stages, cells, pump, solvent)] == [
        "Log",
        "Scalar",
        "TransitionChoice",
        "Log",
        "TransitionChoice",
        "Choice",
    ]
    assert cells.integer and not rate.integer
    assert len(stages) == 8
    assert len(solvent) == 4


def test_smac_gets_configspace_s_kinds() -> None:
    kinds = pytest.importorskip("ConfigSpace")
    made = hyperparameters(PLANT.space, np.zeros(6), kinds)
    assert [type(one).__name__ for one in made] == [
        "UniformFloatHyperparameter",
        "UniformFloatHyperparameter",
        "UniformIntegerHyperparameter",
        "UniformIntegerHyperparameter",
        "UniformIntegerHyperparameter",
        "CategoricalHyperparameter",
    ]
    assert [one.log for one in made[:5]] == [True, False, False, True, False]
    assert (made[2].lower, made[2].upper) == (1, 8)


def test_ax_gets_ranges_and_a_choice_in_no_order() -> None:
    configs = pytest.importorskip("ax.api.configs")
    rate, _, stages, cells, _, solvent = ax_parameters(PLANT.space, np.zeros(6), configs)
    assert (rate.parameter_type, rate.scaling, rate.bounds) == ("float", "log", (1e-5, 1e-1))
    assert (stages.parameter_type, stages.scaling, stages.bounds) == ("int", None, (1, 8))
    assert (cells.parameter_type, cells.scaling) == ("int", "log")
    assert (solvent.values, solvent.is_ordered) == ([0, 1, 2, 3], False)


def test_catcmawm_gets_continuous_discrete_and_categorical_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = pytest.importorskip("cmaes")
    seen: list[dict[str, Any]] = []

    def spy(**settings: Any) -> Any:
        seen.append(settings)
        return real(**settings)

    real = package.CatCMAwM
    monkeypatch.setattr(package, "CatCMAwM", spy)
    finished(bb.strategy("cmaes:CatCMAwM"), mixed_problems.plant(), budget=20)
    (settings,) = seen
    assert settings["x_space"] == [[0.0, 1.0], [0.0, 1.0]]  # temperature and the logarithm of rate
    assert [len(row) for row in settings["z_space"]] == [8, 1000]
    assert settings["c_space"] == [3, 2]


@pytest.mark.parametrize("numbers", [1000, 10**9])
def test_catcmawm_rounds_whole_numbers_of_a_wide_range(numbers: int) -> None:
    space = Parameters(n=Integer(1, numbers), kind=Choice(*"ab"))
    objective = bb.Objective(lambda row: -abs(row.n - numbers // 3), space=space, name="wide")
    rows = finished(bb.strategy("cmaes"), objective, budget=150).recorder.filled()
    assert rows["score"].max() > -0.02 * numbers


# normal priors


@pytest.mark.parametrize("reach", [3.0, 5.0])
@pytest.mark.parametrize("name", ["nevergrad:NGOpt", "nevergrad:TwoPointsDE", "cmaes:CatCMAwM"])
def test_a_normal_prior_ends_where_reach_says(name: str, reach: float) -> None:
    objective = bb.Objective(lambda z: z.sum(-1), space=bb.Space.normal(3), name="slope")
    run = finished(bb.strategy(f"{name}(reach={reach})"), objective, budget=80)
    z = run.recorder.filled()["z"]
    assert (np.abs(z) <= np.maximum(reach, np.abs(z[0]))).all()
    assert z.max() > 0.8 * reach


@pytest.mark.parametrize("name", ["nevergrad:NGOpt", "cmaes:CatCMAwM"])
def test_without_reach_it_does_not_end(name: str) -> None:
    objective = bb.Objective(lambda z: z.sum(-1), space=bb.Space.normal(3), name="slope")
    run = finished(bb.strategy(f"{name}(reach=None)"), objective, budget=200)
    assert run.recorder.filled()["z"].max() > 6


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nevergrad:NGOpt(reach=0)", "reach must be > 0 or None, not 0"),
        ("cmaes(reach=-1)", "reach must be > 0 or None, not -1"),
        ("cmaes:CMA", "of cmaes there is CatCMAwM, not 'CMA'"),
        ("cmaes(popsize=2)", "popsize must be >= 4, not 2"),
    ],
)
def test_what_cannot_be_is_refused(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bb.strategy(name)


def test_the_campaign_makes_a_run_once_and_its_page_names_each_peer(tmp_path: Path) -> None:
    peers = [
        campaign.Peer(
            "cmaes(reach=None)", (None, 3.0, "quantiles"), None, campaign.PROBLEMS[:2], (9,)
        )
    ]
    mixed = [campaign.Peer("cmaes", (None, "cube"), None, campaign.MIXED[:1], (9,))]
    first, again = (list(campaign.page(peers, mixed, 2, tmp_path / "runs.csv")) for _ in range(2))
    assert first == again
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 1 + 12 + 4
    committed = Path(campaign.__file__).with_suffix(".md").read_text()
    for peer in [*campaign.ON_PRIORS, *campaign.ON_MIXED]:
        assert f"| {peer.name.partition('(')[0]} | {peer.budgets[0]} |" in committed


def test_smac_s_configurations_have_the_same_hash_in_every_process() -> None:
    """Else its local searches begin in another order."""
    kinds = pytest.importorskip("ConfigSpace")
    space = kinds.ConfigurationSpace({"heat": (0.0, 1.0), "solvent": ["water", "ethanol"]})
    one, twin, other = (
        kinds.Configuration(space, {"heat": heat, "solvent": "ethanol"})
        for heat in (0.5, 0.5, 0.25)
    )
    numbers = np.array([0.5, 1.0])
    assert lasting_hash(one) == lasting_hash(twin) == zlib.crc32(numbers.tobytes())
    assert lasting_hash(one) != lasting_hash(other)


def test_optuna_draws_numbers_with_a_prior_from_it() -> None:
    """Its random draws are those of the priors, and its first trial is the start."""
    parameters = Parameters(
        heat=Real(0, 100, prior=scipy.stats.norm(20, 2)),
        stages=Integer(0, 50, prior=scipy.stats.poisson(3)),
        rate=Real(1e-5, 1, log=True),
    )
    rows: list[NamedRow] = []

    def score(row: NamedRow) -> float:
        rows.append(row)
        return -float(row.heat)

    objective = bb.Objective(score, space=parameters, name="heat", noise=False)
    rows.clear()
    finished(bb.strategy("optuna:RandomSampler"), objective, budget=200)
    heat, stages = (np.array([row[name] for row in rows]) for name in ("heat", "stages"))
    # Each mean of 200 lies within five of its standard errors.
    assert abs(heat.mean() - 20) < 5 * 2 / np.sqrt(200)
    assert abs(stages.mean() - 3) < 5 * np.sqrt(3 / 200)
    assert all(isinstance(row.stages, int) for row in rows)
