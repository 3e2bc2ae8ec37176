"""BBOB's functions are those of COCO: by its own values, at the optima, in any dimension."""

from __future__ import annotations

import sys

import ioh
import numpy as np
import pytest
from numpy.typing import NDArray

import blackbox as bb
from blackbox.protocol import Ask

FUNCTIONS = range(1, 25)
# Values of COCO's own code (the package coco-experiment 2.8.2, `cocoex.Suite("bbob", ...)`), of
# instance 3 in three dimensions, at these two points.
POINTS = [[-1.5, 0.3, 2.7], [4.9, -4.2, 0.05]]
OF_COCO = {
    1: (-230.31774976000003, -151.51028976000003),
    2: (2045058.3214730492, 1703505.347237017),
    3: (285.7946744910896, 254.1404848636962),
    4: (6924.047223883427, 961.0294473317815),
    5: (163.9700715988924, 129.6398221281347),
    6: (149009.4168445295, 234611.59746920588),
    7: (175.60725692149236, 44.759862960041495),
    8: (2898.7257780901778, 224295.06491681308),
    9: (4727.968070999054, 9623.872444806142),
    10: (17213694.334805187, 11234642.097248536),
    11: (66986.60588291983, 21753293.315148707),
    12: (2352243749.643147, 459199471.40738434),
    13: (992.404915459322, 728.3530475411983),
    14: (106.72321348393653, 84.34040349755337),
    15: (548.4162891150561, 827.0051249783517),
    16: (305.38727363332913, 303.65586857208564),
    17: (300.7290397198017, 665.2956379355852),
    18: (406.858436176885, 2090.1747591980416),
    19: (218.719701719363, 313.806727494748),
    20: (215.3273242788378, 59226.33631192864),
    21: (-349.5223555938378, -307.81872970828),
    22: (-4.9881116811630335, -22.180918700536044),
    23: (-109.86529662132776, -110.16650553476671),
    24: (79.48340931706942, 105.49195795711432),
}


def values(name: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Losses, as BBOB has them."""
    return -bb.objective(name).evaluate(Ask(x)).score


@pytest.mark.parametrize("number", FUNCTIONS)
def test_values_are_those_of_coco(number: int) -> None:
    ours = values(f"bbob.f{number}(d=3, instance=3)", np.array(POINTS))
    np.testing.assert_allclose(ours, OF_COCO[number], rtol=1e-12)


@pytest.mark.parametrize("number", FUNCTIONS)
def test_values_are_those_of_ioh_bit_for_bit(number: int) -> None:
    rng = np.random.default_rng(number)
    for d, instance in ((2, 1), (13, 4)):
        problem = ioh.get_problem(number, instance, d, ioh.ProblemClass.BBOB)
        x = rng.uniform(-5, 5, (20, d))
        ours = values(f"bbob.f{number}(d={d}, instance={instance})", x)
        assert ours.tolist() == [problem(row) for row in x]


@pytest.mark.parametrize("number", FUNCTIONS)
def test_the_optimum_is_reached_where_ioh_says(number: int) -> None:
    objective = bb.objective(f"bbob.f{number}(d=5, instance=2)")
    problem = ioh.get_problem(number, 2, 5, ioh.ProblemClass.BBOB)
    x = np.array([problem.optimum.x])
    assert objective.space.contains(x).all()
    assert objective.evaluate(Ask(x)).score == pytest.approx(objective.optimum, abs=1e-9)


@pytest.mark.parametrize("name", ["bbob.f24(d=100)", "bbob.f10(d=100, instance=15)"])
def test_a_hundred_dimensions_are_as_good_as_two(name: str) -> None:
    objective = bb.objective(name)
    z = objective.space.sample(np.random.default_rng(0), 5)
    assert objective.optimum is not None
    assert (objective.evaluate(Ask(z)).score < objective.optimum).all()


def test_a_mixture_of_one_function_grows_as_that_function_does() -> None:
    """MA-BBOB scales logarithms of precisions, so that the order of points is that of the part."""
    mixed = bb.objective("ma_bbob.mixed(d=3, weights={'f1': 2})")
    rng = np.random.default_rng([1, 3])
    optimum = rng.uniform(-5, 5, 3)
    z = np.random.default_rng(0).uniform(-5, 5, (30, 3))
    by_distance = np.argsort(((z - optimum) ** 2).sum(axis=1))
    assert (np.diff(mixed.evaluate(Ask(z)).score[by_distance]) < 0).all()
    assert mixed.evaluate(Ask(optimum[None])).score == pytest.approx(0, abs=1e-9)


def test_a_mixture_of_the_generator_is_ioh_s_own() -> None:
    problem = ioh.problem.ManyAffine(7, 4)
    z = np.random.default_rng(0).uniform(-5, 5, (30, 4))
    ours = values("ma_bbob.mixed(d=4, instance=7)", z)
    assert ours.tolist() == [problem(row) for row in z]
    several = {tuple(values(f"ma_bbob.mixed(d=4, instance={nth})", z)) for nth in (1, 2, 3)}
    assert len(several) == 3


@pytest.mark.parametrize("name", ["bbob.f3(instance=77)", "ma_bbob.mixed(instance=77)"])
def test_the_missing_package_is_told_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ioh", None)
    with pytest.raises(bb.MissingPackage, match=r'pip install "blackbox\[bbob\]"'):
        bb.objective(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bbob.f8(d=1)", "bbob.f8 needs a whole number d >= 2, not 1"),
        ("bbob.f8(instance=0)", "bbob.f8 needs a whole number instance >= 1, not 0"),
        ("ma_bbob.mixed(d=2.5)", "ma_bbob.mixed needs a whole number d >= 2, not 2.5"),
        ("ma_bbob.mixed(weights=[1, 2])", r"one number for each of the 24 functions.*\[1, 2\]"),
        ("ma_bbob.mixed(weights=3)", "one number for each of the 24 functions.*3"),
        ("ma_bbob.mixed(weights={'f25': 1})", "'f1' to 'f24', not 'f25'"),
        ("ma_bbob.mixed(weights={'f1': -1})", "numbers from 0"),
        ("ma_bbob.mixed(weights={'f1': 0})", "numbers from 0, of which one is larger"),
        ("ma_bbob.mixed(weights={'f1': 'x'})", "numbers from 0"),
        ("bbob.f8(rotated=True)", "bbob.f8 has no setting 'rotated'"),
    ],
)
def test_bad_settings_are_told_with_what_to_do(name: str, message: str) -> None:
    with pytest.raises(bb.BlackboxError, match=message):
        bb.objective(name)
