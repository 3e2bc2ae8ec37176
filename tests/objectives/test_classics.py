"""Engineers' classics: published designs have their published values and meet the constraints."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations_with_replacement as pairs
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import blackbox as bb
from blackbox.objectives import TABLE
from blackbox.objectives.classics.design import DesignScorer
from blackbox.objectives.classics.gear_train import RATIO
from blackbox.protocol import Ask

CLASSICS = [name for name in TABLE if name.startswith("classics.")]
# Designs as they were published, digit by digit, with their cost: who, where. Plates of the
# pressure vessel are in sixteenths of an inch.
PUBLISHED = {
    # Coello and Mezura-Montes 2002; He and Wang 2007; Yang et al. 2013.
    "pressure_vessel": [
        ("13 7 42.097398 176.654047", "6059.9464"),
        ("13 7 42.091266 176.746500", "6061.0779"),
        ("13 7 42.0984456 176.6365958", "6059.7143348"),
    ],
    # Coello 2000; Cagnina et al. 2008, Wang and Li 2010.
    "welded_beam": [
        ("0.208800 3.420500 8.997500 0.210000", "1.748309"),
        ("0.205730 3.470489 9.036624 0.205730", "1.724855"),
        ("0.2057296398 3.4704886656 9.0366239104 0.2057296398", "1.7248523086"),
    ],
    # Belegundu 1982; Coello 2000; He and Wang 2007; Wang and Li 2010.
    "spring": [
        ("0.050000 0.315900 14.250000", "0.0128334"),
        ("0.051480 0.351661 11.632201", "0.0127048"),
        ("0.051728 0.357644 11.244543", "0.0126747"),
        ("0.051689061 0.356717741 11.288965", "0.012665233"),
    ],
    # Mezura-Montes et al. 2003; Cagnina et al. 2008; Wang and Li 2010.
    "speed_reducer": [
        ("3.506163 0.700831 17 7.460181 7.962143 3.362900 5.308949", "3025.006"),
        ("3.5 0.7 17 7.3 7.8 3.350214 5.286683", "2996.348"),
        ("3.5 0.7 17 7.3 7.71531991147825 3.35021466609645 5.28665446498022", "2994.471066147"),
    ],
    # Gandomi et al. 2013.
    "cantilever": [("6.0089 5.3049 4.5023 3.5077 2.1504", "1.33999")],
    # Deb and Goyal 1997, an earlier and the best design.
    "gear_train": [("14 17 33 50", "1.362e-9"), ("16 19 43 49", "2.7009e-12")],
    # Gandomi et al. 2013; Ray and Saini 2001; Zhang et al. 2008.
    "three_bar_truss": [
        ("0.78867 0.40902", "263.9716"),
        ("0.795 0.395", "264.36"),
        ("0.78867513 0.40824828", "263.8958"),
    ],
}
DESIGNS = [(name, *one) for name, them in PUBLISHED.items() for one in them]


def parts(name: str) -> tuple[bb.Objective, DesignScorer]:
    objective = bb.objective(f"classics.{name}")
    wrapped: Any = objective.scorer.function
    scorer: DesignScorer = wrapped.function
    return objective, scorer


def half(digits: str) -> float:
    """Half a unit of the last digit of a number as it is written."""
    exponent = Decimal(digits).as_tuple().exponent
    assert isinstance(exponent, int)
    return 0.5 * 10.0**exponent


@pytest.mark.parametrize(("name", "design", "cost"), DESIGNS)
def test_a_published_design_has_its_value_and_is_feasible(
    name: str, design: str, cost: str
) -> None:
    """To the digits that it was published with: each number may be half a unit of its last off."""
    objective, scorer = parts(name)
    assert objective.parameters is not None
    digits = design.split()
    values = dict(zip(objective.parameters, map(float, digits), strict=True))
    value, margins = scorer.design({key: np.array([one]) for key, one in values.items()})
    reach = dict.fromkeys(["cost", *margins], 0.0)
    for key, written in zip(values, digits, strict=True):
        if "." in written:
            off = {**values, key: values[key] + half(written)}
            other, moved = scorer.design({k: np.array([one]) for k, one in off.items()})
            reach["cost"] += abs(other[0] - value[0])
            for margin in margins:
                reach[margin] += abs(moved[margin][0] - margins[margin][0])
    assert value[0] == pytest.approx(float(cost), abs=half(cost) + reach["cost"], rel=0)
    for margin, slack in margins.items():
        # Rounded twice: as it was published, and as its own digits are.
        assert slack[0] >= -2 * reach[margin] - 1e-9 * abs(value[0]), margin


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_objective_is_that_design_as_a_loss_with_constraints(name: str) -> None:
    objective, scorer = parts(name)
    assert objective.parameters is not None
    z = objective.space.sample(np.random.default_rng(3), 20)
    frame = pd.DataFrame(objective.parameters.rows(z))
    cost, margins = scorer.design({str(key): frame[key].to_numpy(float) for key in frame})
    answer = objective.evaluate(Ask(z))
    np.testing.assert_allclose(answer.score, -cost, rtol=1e-12)
    if margins:
        assert answer.violations is not None
        beyond = np.maximum(0, -np.stack([*margins.values()], axis=1))
        np.testing.assert_allclose(answer.violations, beyond, rtol=1e-9, atol=1e-9)
    assert (answer.feasible == (np.stack([*margins.values(), np.zeros(20)]) >= 0).all(0)).all()


def test_every_classic_is_held() -> None:
    assert [name.removeprefix("classics.") for name in CLASSICS] == [*PUBLISHED]


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "gear_train"])
def test_no_feasible_design_near_the_best_published_one_is_better(name: str) -> None:
    """By scipy's SLSQP, which ends at the optimum that is said to be known."""
    objective, scorer = parts(name)
    assert objective.parameters is not None and objective.optimum is not None
    best = [float(one) for one in PUBLISHED[name][-1][0].split()]
    scale = np.array(best)
    fixed = [type(one) is bb.Integer for one in objective.parameters.values()]
    bounds = [
        (1.0, 1.0) if is_fixed else (one.lower / at, one.upper / at)  # type: ignore[union-attr]
        for one, at, is_fixed in zip(objective.parameters.values(), best, fixed, strict=True)
    ]

    def at(u: np.ndarray) -> dict[str, float]:
        return dict(zip(objective.parameters or (), (u * scale).tolist(), strict=True))

    def margins(u: np.ndarray) -> np.ndarray:
        slack, size = scorer.design(at(u))[1], scorer.design(at(np.ones(len(best)) * 0.9))[1]
        return np.array([slack[key] / (1 + abs(size[key])) for key in slack])

    end = minimize(
        lambda u: scorer.design(at(u))[0] / -objective.optimum,
        np.ones(len(best)),
        method="SLSQP",
        bounds=bounds,
        constraints=[{"type": "ineq", "fun": margins}],
        options={"ftol": 1e-15, "maxiter": 200},
    )
    assert end.fun == pytest.approx(1, abs=1e-7)


def test_the_gear_train_s_optimum_is_the_best_of_all() -> None:
    teeth = np.array(sorted({a * b for a, b in pairs(range(12, 61), 2)}), float)
    errors = (RATIO - teeth[:, None] / teeth) ** 2
    optimum = bb.objective("classics.gear_train").optimum
    assert optimum is not None and -optimum <= errors.min() <= -optimum * (1 + 1e-9)


def test_a_truss_of_nothing_has_no_score() -> None:
    answer = bb.objective("classics.three_bar_truss").evaluate(Ask(np.zeros((1, 2))))
    assert not answer.valid.any()


def test_a_study_of_classics_shows_units_and_feasible_designs() -> None:
    study = bb.compare("classics.cantilever", ["random_search"], 30, seeds=2)
    assert (study.runs["n_feasible"] > 0).all()
    best = study.best()
    assert best["param_side_1"].between(0.01, 100).all()
    assert (best["constraint_deflection"] >= 0).all()
