"""A whole number is one whoever made it: numpy's counts, a float and a truth value do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import blackbox as bb
from blackbox import registry
from blackbox.objectives import digits, synthetic, tables
from blackbox.places import at
from blackbox.plain import COUNTS, is_whole, plain, settled
from blackbox.protocol import Capability, Strategy
from blackbox.scoring.objective import ObjectiveError
from blackbox.strategies import TABLE
from blackbox.strategies.composed.chain import Chain
from blackbox.strategies.composed.restarts import Restarts
from blackbox.strategies.evolution.cma_es import CmaEs
from blackbox.strategies.peers.scipy import Scipy
from blackbox.study_file import as_seeds

WHOLE: list[Callable[[int], Any]] = [int, np.int64, np.uint8, np.array, torch.tensor]
NUMBERS = st.one_of(
    st.integers(-99, 99).map(np.int64),
    st.floats(-9, 9, width=32).map(np.float32),
    st.booleans().map(np.bool_),
    st.floats(-9, 9).map(np.array),
    # Without NUL: numpy's own strings lose those at their end.
    st.text(st.characters(exclude_characters="\0"), max_size=3).map(np.str_),
)
OWN = st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none(), st.text())


def within(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values as settings hold them: themselves, or in lists, tuples and dicts."""
    inside = st.one_of(st.lists(values), st.lists(values).map(tuple))
    return st.one_of(values, inside, st.dictionaries(st.text(max_size=2), inside))


@given(within(OWN))
def test_what_is_plain_stays_the_object_that_it_is(value: Any) -> None:
    assert plain(value) is value


@given(within(NUMBERS))
def test_what_is_made_plain_is_equal_and_python_s_own(value: Any) -> None:
    made = plain(value)
    assert made == value
    assert "np." not in repr(made)
    assert type(made) in (int, float, bool, str, list, tuple, dict)
    assert plain(made) is made


@pytest.mark.parametrize("other", [16.0, np.float64(16), True, np.True_, "16", None, [16]])
def test_a_float_and_a_truth_value_are_no_whole_numbers(other: object) -> None:
    assert not is_whole(other)
    assert not is_whole(torch.tensor(True))
    assert not is_whole(np.array([16]))
    assert all(is_whole(make(16)) for make in WHOLE)


def counts() -> list[tuple[type, str, int]]:
    """Each setting of each strategy of the table that counts something, and another value."""
    classes = [at(place) for place in TABLE.values()]
    return [
        # A double of the default keeps what else is asked: a power of two, at most so many.
        (owner, one.name, 2 * (cast(int | None, one.default) or 4))
        for owner in classes
        for one in dataclasses.fields(owner)
        if one.type in COUNTS and one.name != "climbs"  # at most `starts`
    ]


@pytest.mark.parametrize(("owner", "setting", "value"), counts())
def test_a_strategy_s_counts_may_be_numpy_s_and_no_floats(
    owner: Callable[..., Strategy], setting: str, value: int
) -> None:
    usual = registry.strategy(owner(**{setting: value}))
    for make in (np.int64, np.array):
        strategy = owner(**{setting: make(value)})
        assert registry.label(strategy) == registry.label(usual)
        assert registry.strategy(strategy) == registry.strategy(registry.label(strategy)) == usual
        assert type(getattr(registry.strategy(strategy), setting)) is int
    with pytest.raises(ValueError, match=f"{setting} must be a .*whole .*, not {value}.0"):
        registry.strategy(owner(**{setting: float(value)}))


def test_a_label_with_numpy_s_numbers_leads_back() -> None:
    options = {"maxiter": np.int64(9), "CMA_elitist": np.True_}
    sigma0, half = cast(float, np.float32(0.1)), cast(float, np.float64(0.5))
    popsize, patience = cast(int, np.int64(12)), cast(int, np.int64(7))
    cma = CmaEs(sigma0=sigma0, popsize=popsize, options=options)
    for strategy in (
        cma,
        Restarts(cma, patience=patience, target=half),
        Chain((cma, CmaEs()), shares=cast("tuple[float, ...]", np.array([1, 2]))),
        Scipy("cobyla", options={"rhobeg": np.float64(0.5), "maxiter": np.int64(30)}),
    ):
        again = registry.strategy(registry.label(strategy))
        assert again == registry.strategy(strategy)
        assert registry.label(again) == registry.label(strategy)
        assert "np." not in repr(registry.strategy(strategy))


@dataclasses.dataclass
class Mine:
    """A strategy from elsewhere, with an array among its settings and a default of another type."""

    step: np.ndarray | None = None
    patience: int = np.inf  # type: ignore[assignment]
    seen: list[int] = dataclasses.field(default_factory=list, init=False)
    needs: frozenset[Capability] = frozenset()

    def search(self, brief: bb.Brief, rng: np.random.Generator) -> Any:
        """Stay."""
        self.seen.append(1)
        while True:
            yield bb.Ask(brief.start[:1])


def test_one_s_own_strategy_is_left_as_it_is() -> None:
    for mine in (Mine(), Mine(np.array([1.0, 2.0])), Mine(patience=3)):
        assert registry.strategy(mine) is settled(mine) is mine
    assert registry.label(Mine(np.array([1.0, 2.0]))) == "mine(step=[1.0, 2.0])"
    with pytest.raises(registry.NameProblem, match=r"Mine: patience must be .* not 3\.0"):
        registry.strategy(Mine(patience=3.0))  # type: ignore[arg-type]
    mine = Mine(patience=cast(int, np.int64(3)))
    copy = registry.strategy(mine)
    assert isinstance(copy, Mine)
    assert copy.seen is mine.seen  # with its state


@pytest.mark.parametrize("make", WHOLE)
def test_seeds_are_a_count_or_a_list(make: Callable[[int], Any]) -> None:
    assert as_seeds(make(3)) == (0, 1, 2)
    assert as_seeds([make(3), make(7)]) == (3, 7)
    assert {type(seed) for seed in as_seeds([make(3)])} == {int}
    assert as_seeds(np.arange(2)) == as_seeds(range(2)) == (0, 1)


@pytest.mark.parametrize("given", [10.0, np.float64(10), np.array(10.0), True, [True], [1.0], "10"])
def test_other_seeds_are_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="seeds are a count or a list of whole numbers, not"):
        as_seeds(given)


@pytest.mark.slow
def test_an_objective_s_name_is_the_same_whoever_s_numbers_it_has() -> None:
    two: Any = np.int64(2)
    seven: Any = np.array(7)
    layer: Any = np.uint8(1)
    goals: tuple[Any, ...] = (np.float32(120.5), np.int64(120))
    for made, name in (
        (synthetic.sphere(2 * two, instance=two), "synthetic.sphere(d=4, instance=2)"),
        (synthetic.sphere(seven, rotated=np.True_), "synthetic.sphere(d=7, rotated=True)"),
        (digits.digit(two, source=seven), "digits.digit(target=2, source=7)"),
        (digits.activation(two, layer=layer), "digits.activation(unit=2, layer=1)"),
        (digits.inversion(two, bulk=np.float64(0.5)), "digits.inversion(instance=2, bulk=0.5)"),
        (tables.regressor(goal=goals[0]), "tables.regressor(goal=120.5)"),
        (tables.regressor(goal=goals[1], near=np.float64(1)), None),
    ):
        assert made.name == (name or "tables.regressor(goal=120, near=1.0)")
        again = bb.objective(made.name)
        assert (again.name, str(again.space)) == (made.name, str(made.space))


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("synthetic.sphere(d=4.0)", "a whole number d >= 1, not 4.0"),
        ("synthetic.sphere(d=True)", "not True"),
        ("synthetic.sphere(instance=1.5)", "a whole number instance >= 0, not 1.5"),
        ("synthetic.sphere(instance=-1)", "instance >= 0, not -1"),
        ("digits.digit(target=3.0)", "target=0 to 9, not 3.0"),
        ("digits.digit(source=3.0)", "source=0 to 9, not 3.0"),
        ("digits.activation(unit=1.0)", "unit must be a whole number .*, not 1.0"),
        ("digits.inversion(layer=1.0)", "layer must be a whole number .*, not 1.0"),
        ("digits.inversion(instance=1.0)", "instance must be a whole number from 0, not 1.0"),
        ("tables.regressor(goal=True)", "not True"),
    ],
)
def test_an_objective_s_counts_are_no_floats(reference: str, error: str) -> None:
    with pytest.raises((ValueError, ObjectiveError), match=error):
        bb.objective(reference)
