"""The price of a gradient: what each run found at any price, and where two strategies swap."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import combinations, pairwise
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

import blackbox as bb
from blackbox.results import frame
from blackbox.results.costs.break_even import break_even, price_curve
from blackbox.results.costs.prices import at_price, price_table, steps
from blackbox.results.drawing.figures import price_ranks
from blackbox.results.statistics.failed_runs import as_worst
from blackbox.results.statistics.summary import summary
from blackbox.results.writing import readable
from blackbox.trace import Status, Trace
from tests.conftest import make_trace

pytestmark = pytest.mark.slow

BUDGET = 6
# A row of `s` scores and `g` gradients is paid for up to the price (BUDGET - s) / g: all there are.
LIMITS = sorted({(BUDGET - s) / g for s in range(1, BUDGET + 1) for g in range(1, s + 1)})
# Every price at which something may change, and one between any two of them.
EVERYWHERE = [p for p in sorted({*LIMITS, *np.convolve(LIMITS, [0.5, 0.5], "valid")}) if p >= 1]


def a_run(score: ArrayLike, gradients: ArrayLike | None = None, **changes: Any) -> Trace:
    return make_trace(score, gradients=gradients, budget=float(BUDGET), **changes)


def climbing(seed: int = 0, score: Sequence[float] = (1, 5, 9), **changes: Any) -> Trace:
    """A gradient with each score: 9 is paid for up to the price 1, 5 up to 2, 1 up to 5."""
    return a_run(score, [1, 1, 1], strategy="climb", seed=seed, **changes)


def plain(seed: int = 0, best: float = 4.0, **changes: Any) -> Trace:
    return a_run([best] * BUDGET, strategy="plain", seed=seed, **changes)


def evens(traces: list[Trace], **asked: Any) -> pd.DataFrame:
    return break_even(steps(traces), **asked)


@st.composite
def studies(draw: st.DrawFn) -> list[Trace]:
    """A few runs granted at the price 1; whole scores, so that sums are exact."""
    traces = []
    for strategy, seed in [(s, n) for s in "abc" for n in range(3)]:
        if draw(st.integers(0, 9)) == 0:
            continue  # a run that is missing
        gradients = draw(st.lists(st.integers(0, 1), min_size=1, max_size=BUDGET))
        while len(gradients) + sum(gradients) > BUDGET:
            gradients.pop()
        points = st.one_of(st.integers(-9, 9), st.just(np.nan))
        score = draw(st.lists(points, min_size=len(gradients), max_size=len(gradients)))
        status = draw(st.sampled_from([Status.SPENT, Status.SPENT, Status.FAILED]))
        cell = {"strategy": strategy, "seed": seed, "status": status}
        traces.append(a_run(score, gradients or None, **cell))
    return traces


def test_a_row_is_paid_up_to_the_price_that_its_counters_leave() -> None:
    assert climbing().paid_up_to().tolist() == [5, 2, 1]
    assert plain().paid_up_to().tolist() == [np.inf] * BUDGET


def test_what_a_run_found_falls_in_known_steps() -> None:
    table = steps([climbing(), plain()])
    climb = table[table["strategy"] == "climb"]
    np.testing.assert_equal(climb["upto"].to_numpy(), [1, 2, 5, np.inf])
    np.testing.assert_equal(climb["best"].to_numpy(), [9, 5, 1, np.nan])
    assert climb["cheapest"].tolist() == [1] * 4
    (one,) = table[table["strategy"] == "plain"].to_dict("records")
    assert (one["upto"], one["best"], one["cheapest"], one["n_gradients"]) == (np.inf, 4, 0, 0)


@given(studies(), st.sampled_from(EVERYWHERE))
@settings(max_examples=20)
def test_a_step_reads_what_the_frame_of_runs_reads(traces: list[Trace], price: float) -> None:
    if traces:
        read = at_price(steps(traces), price).set_index(["strategy", "seed"]).sort_index()
        cut = frame.runs(traces, price).set_index(["strategy", "seed"]).sort_index()
        np.testing.assert_equal(read["best"].to_numpy(), cut["best"].to_numpy())
        assert read["status"].tolist() == cut["status"].tolist()


@given(studies())
@settings(max_examples=8)
def test_a_dearer_gradient_never_helps(traces: list[Trace]) -> None:
    well = steps([dataclasses.replace(trace, status=Status.SPENT) for trace in traces])
    for cheaper, dearer in pairwise(at_price(well, price) for price in EVERYWHERE):
        both = cheaper.merge(dearer, on=["strategy", "seed"])
        assert (both["best_x"].fillna(-np.inf) >= both["best_y"].fillna(-np.inf)).all()


# the table


def test_the_table_ranks_at_each_price_and_at_the_dimension() -> None:
    traces = [climbing(0), climbing(1), plain(0), plain(1)]
    table = price_table(steps(traces), [0, 1, 2, 4, "d"])  # the dimension is 2
    assert table["price"].drop_duplicates().tolist() == ["0", "1", "2", "4", "d"]
    climb = table[table["strategy"] == "climb"].set_index("price")
    assert climb["gradient_price"].tolist() == [0, 1, 2, 4, 2]
    assert climb["best_mean"].tolist()[1:] == [9, 5, 1, 5]
    assert climb["rank"].tolist()[1:] == [1, 1, 2, 1]
    assert climb["n_ok"].tolist() == ["–", "2/2", "2/2", "2/2", "2/2"]  # noqa: RUF001


def test_a_price_below_the_granted_one_is_not_known_unless_nobody_asked_a_gradient() -> None:
    below = price_table(steps([climbing(), plain()]), [0.5])
    assert below[["best_mean", "best_low", "score", "rank"]].isna().all(axis=None)
    assert price_table(steps([plain()]), [0.5])["best_mean"].tolist() == [4]
    assert steps([plain()])["cheapest"].tolist() == [0]


def test_the_table_agrees_with_the_summary_where_runs_failed_and_one_is_missing() -> None:
    failed = plain(2, best=8.0, status=Status.FAILED)
    random = [a_run([3], strategy="random_search", seed=seed) for seed in range(3)]
    traces = [climbing(0), climbing(1), plain(0), failed, *random]
    for price in (1.0, 2.0, 4.0):
        table = price_table(steps(traces), [price]).set_index("strategy")
        cut = frame.runs(traces, price), frame.evaluations(traces, price)
        told = summary(*cut).set_index("strategy").loc[table.index]
        same = ["n_ok", "best_mean", "best_low", "best_high", "score"]
        pd.testing.assert_frame_equal(table[same], told[same])


def test_equal_means_share_a_rank_and_nothing_found_has_none() -> None:
    twins = [plain(), dataclasses.replace(plain(), strategy="twin")]
    assert price_table(steps(twins), [1])["rank"].tolist() == [1.5, 1.5]
    assert price_table(steps([a_run([np.nan])]), [1])["rank"].isna().all()
    assert price_table(steps([])).empty


@pytest.mark.parametrize("price", [-1, np.nan, np.inf, "D", "cheap"])
def test_what_is_no_price_is_refused(price: Any) -> None:
    with pytest.raises(ValueError, match="a gradient price is a finite number >= 0 or 'd'"):
        price_table(steps([plain()]), [price])


# the break-even price


def test_the_break_even_price_is_exact() -> None:
    """Up to 2 the climber has 5 or more against 4; above it has 1."""
    (row,) = evens([t for seed in range(3) for t in (plain(seed), climbing(seed))]).to_dict(
        "records"
    )
    assert (row["first"], row["second"]) == ("climb", "plain")
    assert (row["ahead_cheap"], row["ahead_dear"]) == ("climb", "plain")
    assert (row["break_even"], row["low"], row["high"]) == (2, 2, 2)
    assert (row["n_swaps"], row["cheapest"]) == (1, 1)
    assert (row["n_ok_first"], row["n_ok_second"]) == ("3/3", "3/3")


def test_who_is_ahead_at_every_price_is_told_without_a_swap() -> None:
    climbers = [climbing(seed) for seed in range(3)]
    (row,) = evens([*climbers, *(plain(seed, 10.0) for seed in range(3))]).to_dict("records")
    assert (row["ahead_cheap"], row["ahead_dear"], row["n_swaps"]) == ("plain", "plain", 0)
    assert np.isnan(row["break_even"])
    assert (row["low"], row["high"]) == (1, 1)  # `second` is ahead from the cheapest price on
    (row,) = evens([*climbers, *(plain(seed, 0.5) for seed in range(3))]).to_dict("records")
    assert row["ahead_cheap"] == "climb"
    assert (row["low"], row["high"]) == (np.inf, np.inf)  # nor above 5: it is worst, and level


def test_several_swaps_are_counted_and_the_first_is_given() -> None:
    """A late gradient is lost above 1, where the climber still has 5; above 2 it has 1."""
    late = a_run([3, 3, 3, 3, 10], [0, 0, 0, 0, 1], strategy="late")
    (row,) = evens([climbing(), late]).to_dict("records")
    assert (row["ahead_cheap"], row["ahead_dear"]) == ("late", "late")
    assert (row["break_even"], row["n_swaps"]) == (1, 2)
    assert np.isnan(row["low"])  # one seed has no interval


def test_strategies_that_found_the_same_are_level_at_every_price() -> None:
    # 0.1 + 0.2 and 0.3 + 0.0 are the same sum but for the last bit.
    one = [plain(0, 0.1), plain(1, 0.2)]
    other = [dataclasses.replace(plain(s, b), strategy="p") for s, b in [(0, 0.3), (1, 0.0)]]
    (row,) = evens([*one, *other]).to_dict("records")
    assert (row["ahead_cheap"], row["ahead_dear"], row["n_swaps"]) == ("", "", 0)
    assert np.isnan(row["break_even"])


def both_ran(traces: list[Trace], one: str, other: str) -> set[int]:
    seeds = [{t.seed for t in traces if t.strategy == name} for name in (one, other)]
    return seeds[0] & seeds[1]


@given(studies())
@settings(max_examples=8)
def test_the_break_even_price_is_that_of_brute_force(traces: list[Trace]) -> None:
    """By the frames and the rule at every price that matters, which know nothing of steps."""
    found = evens(traces).set_index(["first", "second"])
    prices_seen = [*EVERYWHERE, 1e9] if found["cheapest"].max() == 1 else []
    read = [as_worst(frame.runs(traces, price)) for price in prices_seen]
    bests = [runs.pivot_table(index="seed", columns="strategy", values="best") for runs in read]
    for one, other in combinations(sorted({trace.strategy for trace in traces}), 2):
        row: Any = found.loc[(one, other) if (one, other) in found.index else (other, one)]
        if not both_ran(traces, one, other):
            assert (row["n_swaps"], row["n_ok_first"]) == (0, "0/0")
            continue
        gaps = [best.get(one, 0.0) - best.get(other, 0.0) for best in bests]
        ahead = [np.sign(np.nansum(gap)) for gap in gaps]
        seen = [(price, sign) for price, sign in zip(prices_seen, ahead, strict=True) if sign]
        swapped = [p for (_, a), (p, b) in pairwise(seen) if a != b]
        assert row["n_swaps"] == len(swapped)
        if seen:
            ends = [one if sign > 0 else other for _, sign in (seen[0], seen[-1])]
            assert row[["ahead_cheap", "ahead_dear"]].tolist() == ends
        if swapped:  # the price above which they swap, and one just above that, are both looked at
            at_limit = max(p for p in EVERYWHERE if p < swapped[0])
            assert row["break_even"] == pytest.approx(at_limit, rel=1e-12)


@given(studies(), st.permutations([0, 1, 2]), st.randoms())
@settings(max_examples=10)
def test_neither_the_order_of_runs_nor_the_names_of_seeds_matter(
    traces: list[Trace], relabelled: list[int], shuffle: Random
) -> None:
    moved = [dataclasses.replace(t, seed=relabelled[t.seed]) for t in traces]
    shuffle.shuffle(moved)
    order = ["objective", "first", "second"]
    one, other = (evens(ts).sort_values(order, ignore_index=True) for ts in (traces, moved))
    pd.testing.assert_frame_equal(one, other)


def test_the_interval_is_wider_where_seeds_disagree_and_holds_the_price() -> None:
    rng = np.random.default_rng(0)
    bests = rng.normal(4.7, 2, 12)
    traces = [t for n, best in enumerate(bests) for t in (climbing(n), plain(n, best))]
    (row,) = evens(traces).to_dict("records")
    assert row["low"] <= row["break_even"] <= row["high"]
    assert row["low"] < row["high"]


def test_a_baseline_keeps_its_own_pairs_and_must_have_run() -> None:
    traces = [climbing(), plain(), a_run([2], strategy="third")]
    kept = evens(traces, baseline="plain")
    assert [{row.first, row.second} for row in kept.itertuples()] == [
        {"climb", "plain"},
        {"plain", "third"},
    ]
    with pytest.raises(ValueError, match=r"no strategy 'best'.*there are climb, plain, third"):
        evens(traces, baseline="best")


# for people, and from a real study


def test_people_read_means_with_ranks_and_who_is_ahead_up_to_what() -> None:
    known = steps([climbing(0), climbing(1), plain(0), plain(1)])
    told = readable.price_table(price_table(known, [0, 1, 4]))
    assert told["strategy"].tolist() == ["climb", "plain"]
    assert told["price 4"].tolist() == ["1 (2)", "4 (1)"]
    assert told["price 0"].tolist() == ["–", "–"]  # noqa: RUF001
    (row,) = readable.break_even(break_even(known)).to_dict("records")
    assert (row["ahead when cheap"], row["up to"]) == ("climb > plain", "2")
    (row,) = readable.break_even(evens([plain(0), climbing(0, score=[0, 0, 0])])).to_dict("records")
    assert (row["ahead when cheap"], row["up to"], row["95 %"]) == (
        "plain > climb",
        "every price",
        "–",  # noqa: RUF001
    )


def test_the_figure_has_a_line_per_strategy_and_shows_names_as_they_are() -> None:
    named = dataclasses.replace(climbing(), strategy="_a $x$")
    curve = price_curve(steps([named, plain()]))
    assert curve.groupby("strategy")["rank"].first().to_dict() == {"_a $x$": 1, "plain": 2}
    assert curve.groupby("strategy")["rank"].last().to_dict() == {"_a $x$": 2, "plain": 1}
    figure = price_ranks(curve)
    assert len(figure.axes[0].lines) == 2
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [r" _a \$x\$", "plain"]


def test_a_study_tells_its_prices_and_nothing_below_the_cheapest() -> None:
    study = bb.compare("synthetic.sphere(d=3)", ["gradient_ascent", "cma_es"], 30, 2, prices=[1, 2])
    table = study.price_table()
    assert table["price"].unique().tolist() == ["0", "1", "2", "4", "d"]
    assert table[table["price"] == "0"]["best_mean"].isna().all()
    for price in (1, 2):
        means = study.at(price).summary().set_index("strategy")["best_mean"]
        read = table[table["price"] == str(price)].set_index("strategy")["best_mean"]
        pd.testing.assert_series_equal(read, means.loc[read.index])
    (row,) = study.break_even(baseline="cma_es").to_dict("records")
    assert (row["first"], row["cheapest"]) == ("gradient_ascent", 1)
