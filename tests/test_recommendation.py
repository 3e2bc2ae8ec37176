"""`bb.recommend`: a ranking from stored problems that are alike, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.recommendation import FEATURES, TABLE, features_of, ranking
from blackbox.testing.shared_runs import flat


def stored(smooth: list[float], rough: list[float]) -> pd.DataFrame:
    """Two families of four problems each, in whose ranks `a`, `b` and `c` differ."""
    rows = []
    for family, ties, ranks in (("smooth", 0.0, smooth), ("steps", 0.9, rough)):
        for nth in range(4):
            features = dict.fromkeys(FEATURES, 0.0) | {"ties": ties, "log2_d": 2.0}
            key = {"family": family, "problem": f"{family}.{nth}", "budget": 100}
            rows.append(key | features | dict(zip("abc", ranks, strict=True)))
    return pd.DataFrame(rows)


def test_what_is_alike_decides() -> None:
    table = stored([0.0, 0.5, 1.0], [1.0, 0.5, 0.0])
    alike = dict.fromkeys(FEATURES, 0.0) | {"log2_d": 2.0}
    assert list(ranking(table, alike, 100).index) == ["a", "b", "c"]
    stepped = ranking(table, alike | {"ties": 0.9}, 100)
    assert list(stepped.index) == ["c", "b", "a"]
    assert stepped["expected_rank"].tolist() == pytest.approx([1.0, 2.0, 3.0], abs=0.05)
    assert "(steps 9" in stepped["why"].iloc[0] or "(steps 100%" in stepped["why"].iloc[0]
    assert stepped["confidence"].iloc[0] == "surely before the next"


def test_a_difference_that_the_stored_ranks_do_not_show_is_told() -> None:
    table = stored([0.0, 0.5, 1.0], [0.5, 0.0, 1.0])
    between = dict.fromkeys(FEATURES, 0.0) | {"log2_d": 2.0, "ties": 0.45}
    told = ranking(table, between, 100)
    assert told["expected_rank"].iloc[:2].tolist() == pytest.approx([1.5, 1.5])
    assert told["confidence"].tolist()[0] == "hardly told from the next"
    # What is not known of a problem tells no two stored ones apart.
    unknown = ranking(table, between | {"ties": np.nan}, 100)
    assert unknown["expected_rank"].tolist() == pytest.approx(told["expected_rank"].tolist())


def test_ranks_a_problem_and_says_what_it_paid() -> None:
    found = bb.recommend("synthetic.sphere(d=4)", 120)
    assert found.spent == 20
    assert found.best == found.frame["strategy"].iloc[0]
    assert found.frame["expected_rank"].is_monotonic_increasing
    text = repr(found)
    assert "by 20 scores of it" in text
    assert "gradients" in text
    assert all(name in text for name in found.frame["strategy"])
    hidden = bb.recommend("synthetic.sphere(d=4, differentiable=False)", 7)
    assert hidden.spent == 0
    assert "gradients" not in repr(hidden)
    again = bb.recommend("synthetic.sphere(d=4)", 120)
    assert again.frame.equals(found.frame)


def test_features_survive_a_scale_and_what_has_none() -> None:
    def score(z: Any) -> Any:
        return -(z**6).sum(1)

    def named(function: Any) -> bb.Objective:
        return bb.Objective(function, space=bb.Space.normal(3), name="one", noise=False)

    plain, scaled = features_of(named(score)), features_of(named(lambda z: 2.0**40 * score(z)))
    assert plain == scaled
    assert plain["skew"] < 0
    still = features_of(bb.Objective(flat, space=bb.Space.normal(3), name="flat"))
    assert still["ties"] == pytest.approx(0.95)
    assert np.isnan(still["skew"])


@pytest.mark.parametrize("budget", [0, -3, float("nan"), "many"])
def test_refuses_a_budget_that_buys_nothing(budget: object) -> None:
    with pytest.raises(bb.StudyError, match="budget must be a number of units >= 1"):
        bb.recommend("synthetic.sphere(d=2)", budget)  # type: ignore[arg-type]


def test_the_stored_table_is_whole() -> None:
    table = pd.read_csv(TABLE)
    assert list(table.columns[:3]) == ["family", "problem", "budget"]
    assert set(FEATURES) <= set(table.columns)
    ranks = table.iloc[:, 3 + len(FEATURES) :]
    assert {"auto", "random_search"} <= set(ranks.columns)
    assert ((ranks.isna()) | ((ranks >= 0) & (ranks <= 1))).all(axis=None)
