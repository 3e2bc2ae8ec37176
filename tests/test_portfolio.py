"""The composed problems, and what the page of `auto` and its peers is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.protocol import Capability
from tests.campaigns import gradient_problems, portfolio
from tests.campaigns.portfolio_problems import FAMILIES, HELD_OUT, TUNED, VARIANTS, problem


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_problems_that_differ_in_their_scores(family: str) -> None:
    for number in (0, VARIANTS - 1):
        one = problem(f"{family}.{number}")
        z = one.objective.space.sample(np.random.default_rng(0), 30)
        answer = one.objective.evaluate(bb.Ask(z))
        assert answer.valid.any()
        assert one.objective.name.rpartition(".")[2]
        if one.truth is not None:
            assert np.ptp(one.truth(z)) > 0


@pytest.mark.parametrize("family", gradient_problems.FAMILIES)
def test_each_family_with_gradients_has_some_that_are_finite(family: str) -> None:
    for number in (0, VARIANTS - 1):
        one = gradient_problems.problem(f"{family}.{number}").objective
        assert Capability.GRADIENT in one.capabilities
        z = one.space.sample(np.random.default_rng(0), 30)
        answer = one.evaluate(bb.Ask(z, 1))
        assert answer.valid.all()
        assert answer.grad_valid.all()
        assert np.ptp(answer.score) > 0 or family == "plateaus"


def test_no_family_is_in_both_halves() -> None:
    assert not TUNED.keys() & HELD_OUT.keys()
    assert not gradient_problems.TUNED.keys() & gradient_problems.HELD_OUT.keys()
    assert len(FAMILIES) * VARIANTS >= 100


def frame() -> pd.DataFrame:
    """Eight seeds of two problems: `auto` is ahead of luck on one, and behind on the other."""
    rows = [
        [name, strategy, 60, seed, best + seed]
        for name, scores in (("a.0", (2.0, 1.0)), ("b.0", (1.0, 2.0)))
        for strategy, best in zip(("auto", "random_search"), scores, strict=True)
        for seed in range(8)
    ]
    return pd.DataFrame(rows, columns=[*portfolio.KEY, "best"])


def test_ranks_and_what_lies_below_luck() -> None:
    ranks = portfolio.ranked(frame(), 60)
    assert len(ranks) == 16
    assert ranks["auto"].groupby("problem").mean().to_dict() == {"a.0": 1.0, "b.0": 2.0}
    assert portfolio.behind(ranks)["rank"].tolist() == [1.5, 1.5]
    names, chances = portfolio.below_luck(frame(), 60, "auto")
    assert names == ["b.0"]
    assert chances == pytest.approx([0.5**8, 1.0])


def test_nothing_found_ranks_last() -> None:
    some = frame()
    some.loc[(some["problem"] == "a.0") & (some["strategy"] == "auto"), "best"] = np.nan
    ranks = portfolio.ranked(some, 60)
    assert ranks["auto"].groupby("problem").mean().to_dict() == {"a.0": 2.0, "b.0": 2.0}


def test_a_short_run_of_the_campaign() -> None:
    best = portfolio.best_of(problem("steps.1"), "random_search", 60, 0)
    assert list(best) == [60]
    assert np.isfinite(best[60])
    climbed = gradient_problems.problem("bowls.1")
    ends = portfolio.best_of(climbed, "lbfgs", 120, 0)
    assert list(ends) == [60, 120]
    assert ends[120] >= ends[60] > portfolio.best_of(climbed, "random_search", 60, 0)[60]
    limited = portfolio.best_of(problem("classics.3"), "random_search", 60, 0)
    assert list(limited) == [60]
