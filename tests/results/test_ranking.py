"""Laws of mean ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare

import blackbox as bb
from blackbox.results.statistics.ranking import ranks

pytestmark = pytest.mark.slow


def runs(best: Mapping[str, Sequence[Sequence[float]]]) -> pd.DataFrame:
    """Best scores by strategy, objective and seed."""
    return pd.DataFrame(
        {"objective": f"o{o}", "strategy": name, "seed": seed, "status": "spent", "best": score}
        for name, objectives in best.items()
        for o, scores in enumerate(objectives)
        for seed, score in enumerate(scores)
    )


def test_the_best_of_a_seed_has_rank_one_and_ties_share() -> None:
    table = ranks(runs({"a": [[3, 3], [9, 9]], "b": [[2, 3], [1, 1]], "c": [[1, 0], [1, 0]]}))
    assert table.strategy.tolist() == ["a", "b", "c"]
    # o0: (1 + 1.5) / 2, o1: 1; b: (2 + 1.5) / 2, (2.5 + 2) / 2; c: 3, (2.5 + 3) / 2.
    assert table["rank"].tolist() == [1.125, 2.0, 2.875]
    assert table["first"].tolist() == [1.0, 0.25, 0.0]


def test_a_run_that_failed_counts_as_the_worst_and_a_missing_one_takes_its_seed_along() -> None:
    frame = runs({"a": [[3, 3]], "b": [[2, 2]], "c": [[1, 1]]})
    failed = frame.assign(status=["failed", "spent", "spent", "spent", "spent", "spent"])
    assert ranks(failed).set_index("strategy")["rank"].to_dict() == {"a": 1.75, "b": 1.5, "c": 2.75}
    missing = ranks(frame.drop(index=0)).set_index("strategy")
    assert missing["rank"].to_dict() == {"a": 1, "b": 2, "c": 3}
    assert missing["n_ok"].tolist() == ["1/1"] * 3
    assert missing[["low", "high"]].isna().all(axis=None)  # one seed says nothing of others


def test_who_was_skipped_somewhere_is_not_ranked() -> None:
    frame = runs({"a": [[3, 3], [1, 1]], "b": [[2, 2], [2, 2]], "c": [[9, 9]]})
    table = ranks(frame)
    assert set(table.strategy) == {"a", "b"}
    assert table["rank"].tolist() == [1.5, 1.5]
    assert ranks(frame.iloc[:0]).empty


scores = st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=3, max_size=3)


@settings(max_examples=30)  # each is four bootstraps
@given(scores=scores, seed=st.integers(0, 99))
def test_the_order_of_rows_and_the_scale_of_scores_change_nothing(
    scores: list[list[int]], seed: int
) -> None:
    frame = runs({name: [row, row[::-1]] for name, row in zip("abc", scores, strict=True)})
    table = ranks(frame)
    pd.testing.assert_frame_equal(table, ranks(frame.sample(frac=1, random_state=seed)))
    pd.testing.assert_frame_equal(table, ranks(frame.assign(best=np.exp(frame.best) * 7 - 3)))
    assert table["rank"].mean() == pytest.approx(2.0)
    assert ((table.low <= table["rank"]) & (table["rank"] <= table.high)).all()
    assert ((table.low >= 1) & (table.high <= len(table))).all()


def test_friedman_s_statistic_follows_from_the_ranks() -> None:
    best = {n: [list(np.random.default_rng(i).random(30))] for i, n in enumerate("abcd")}
    table, n, k = ranks(runs(best)), 30, 4
    chi2 = 12 * n / (k * (k + 1)) * ((table["rank"] - (k + 1) / 2) ** 2).sum()
    expected = friedmanchisquare(*(rows[0] for rows in best.values())).statistic
    assert chi2 == pytest.approx(expected)


def test_a_comparison_ranks_its_strategies() -> None:
    names = ["synthetic.sphere(d=4)", "synthetic.rastrigin(d=4)"]
    study = bb.compare(names, ["random_search", "gradient_ascent"], 60, seeds=3)
    assert study.ranks().strategy.tolist() == ["gradient_ascent", "random_search"]
    assert study.at(50).ranks().strategy.tolist() == ["random_search", "gradient_ascent"]
