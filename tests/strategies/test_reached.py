"""What strategies reach on problems of engineers: samples of the campaigns, and their pages."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

import blackbox as bb
from blackbox.protocol import Capability, wishes
from tests.campaigns import classics, mixed

pytestmark = pytest.mark.slow


def test_a_published_design_is_found_and_one_beside_it_is_not() -> None:
    for problem in classics.PROBLEMS:
        optimum = classics.least(problem)
        assert classics.is_found(problem, optimum)
        assert not classics.is_found(problem, math.nan)
        assert not classics.is_found(problem, 1.002 * optimum + 2e-9)


def test_classics_are_made_once_and_the_page_names_each_strategy(tmp_path: Path) -> None:
    sample = classics.Field(40, 1, ("cma_es", "cmaes:CatCMAwM", "random_search", "optuna, merits"))
    first, again = (list(classics.page([sample], tmp_path / "runs.csv")) for _ in range(2))
    assert first == again
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 1 + 4 * len(classics.PROBLEMS)
    committed = Path(classics.__file__).with_suffix(".md").read_text()
    for field in (classics.CHEAP, classics.MODELS):
        _, _, part = committed.partition(f"## With {field.budget} scores")
        for strategy in field.strategies:
            assert f"| {strategy} | " in part or f"`{strategy}`" in part


def test_told_merits_a_strategy_does_not_ask_for_constraints() -> None:
    assert Capability.CONSTRAINTS in wishes(bb.strategy("cma_es"))
    assert Capability.CONSTRAINTS not in wishes(classics.Unaware("cma_es"))
    costs = [
        classics.cost(name, 60, "classics.three_bar_truss", 0)
        for name in ("cma_es", "cma_es, merits")
    ]
    assert costs[0] != costs[1]


def test_of_runs_that_both_have_made_the_difference_has_an_interval() -> None:
    index = pd.MultiIndex.from_product([["a", "b"], range(6)], names=["problem", "seed"])
    all_found, none = pd.Series(1.0, index), pd.Series(0.0, index)
    assert classics.difference(all_found, none) == "+100 % [+100, +100]"
    assert classics.difference(none, none) == "+0 % [+0, +0]"
    assert classics.difference(all_found, none[:6]) == "+100 % [+100, +100]"
    assert classics.difference(all_found, none[:1]) == "+100 %"


def test_mixed_problems_are_made_once_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    strategies, file = ("cmaes", "optuna"), tmp_path / "runs.csv"
    first, again = (list(mixed.page([strategies], 1, file)) for _ in range(2))
    assert first == again
    frame = mixed.measured(strategies, 2, file, more=False)
    assert len(frame) == 2 * len(mixed.PROBLEMS)
    assert not frame["n_duplicate"].any()
    committed = Path(mixed.__file__).with_suffix(".md").read_text()
    for strategy in (name for group in mixed.DEAR for name in group):
        assert f"| {strategy} | " in committed or f"`{strategy}`" in committed
