"""A race of seeds: fair bets, who is dropped, when it is settled, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom

from blackbox.printing import blocks
from blackbox.results.judging.racing import last_looks
from blackbox.results.statistics.betting import (
    evidence,
    fewest,
    mean_sequence,
    median_sequence,
    sign_p,
)
from blackbox.results.statistics.race import (
    BEST,
    DROPPED,
    LEVEL,
    RACING,
    UNDECIDED,
    Course,
    Race,
    needed_evidence,
)
from blackbox.results.view import View
from blackbox.results.writing.race import race as race_table
from blackbox.trace import JudgedPath, Status, Trace
from blackbox.until_settled import FEWEST, UntilSettled
from tests.campaigns import racing as campaign
from tests.campaigns.coverage import LAWS
from tests.conftest import make_trace
from tests.results.studies import RECIPE

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]


# bets


@pytest.mark.parametrize("doubted", [0.5, 0.75])
@pytest.mark.parametrize("n", [1, 7, 40])
def test_a_bet_is_fair_where_the_doubter_is_right(n: int, doubted: float) -> None:
    won = np.arange(n + 1)
    assert binom.pmf(won, n, doubted) @ evidence(won, n - won, doubted) == pytest.approx(1)
    less = binom.pmf(won, n, doubted - 0.1) @ evidence(won, n - won, doubted)
    assert less < 1


def test_six_seeds_are_the_fewest_and_more_objectives_need_more() -> None:
    assert fewest(needed_evidence(1)) == FEWEST == 6
    assert [fewest(needed_evidence(n)) for n in (2, 4, 20)] == [7, 8, 10]
    assert np.isinf(evidence(3_000, 0))


def test_a_p_that_may_be_looked_at_is_true_in_all_rounds() -> None:
    d = np.random.default_rng(0).normal(size=(500, 20))
    least = [min(sign_p(row[:n]) for n in range(6, 21, 2)) for row in d]
    assert np.mean(np.array(least) <= 0.05) <= 0.07  # 5 %, of 500
    assert sign_p(np.arange(1.0, 7)) == sign_p(-np.arange(1.0, 7)) < 0.05
    many = np.tile([1.0, -2.0], 2_000)
    assert sign_p(many) == 1
    untested = ([1.0] * 9, [1.0], [1.0, np.nan])
    assert np.isnan([sign_p(np.array(each)) for each in untested]).all()


def test_confidence_sequences_hold_in_all_rounds_at_once() -> None:
    rows = np.random.default_rng(1).normal(size=(400, 20))
    for ends_of in (mean_sequence, median_sequence):
        ends = np.array([[ends_of(row[:n]) for n in range(6, 21, 2)] for row in rows])
        missed = ((ends[..., 0] > 0) | (ends[..., 1] < 0)).any(axis=1)
        assert missed.mean() <= 0.05


@given(st.lists(st.floats(-1e308, 1e308), min_size=6, max_size=30), st.randoms())
def test_a_sequence_holds_its_own_middle_in_any_order(values: list[float], random: Any) -> None:
    ends = mean_sequence(np.array(values)), median_sequence(np.array(values))
    random.shuffle(values)
    again = mean_sequence(np.array(values)), median_sequence(np.array(values))
    np.testing.assert_array_equal(ends, again)
    assert ends[1][0] <= np.median(np.array(values) / 4) * 4 <= ends[1][1]


def test_where_few_seeds_tell_nothing_there_is_no_sequence() -> None:
    assert np.isnan([*mean_sequence(np.arange(2.0)), *median_sequence(np.arange(5.0))]).all()
    assert np.isnan(mean_sequence(np.array([1.0, np.nan, 2.0, 3.0]))).all()
    assert mean_sequence(np.full(6, 2.0)) == median_sequence(np.full(6, 2.0)) == (2.0, 2.0)


# races


def course(bests: Floats, at_most: int = 20, margin: float = 0.0, **more: Any) -> Course:
    settings: dict[str, Any] = {"needed": needed_evidence(1), "step": 2, "margin": margin} | more
    made = np.ones(bests.shape, bool)
    return Course(made, {"score": bests}, at_most=at_most, **settings)


def ended(bests: Floats, **settings: Any) -> tuple[tuple[str, ...], list[int]]:
    """How the strategies stand in the end, and how many seeds each has."""
    race = course(bests, **settings)
    *_, last = race.looks()
    return last.states, race.asked.tolist()


def drawn(*middles: float, n: int = 20, seed: int = 0, sd: float = 1.0) -> Floats:
    normal: Floats = np.random.default_rng(seed).normal(size=(n, len(middles)))
    shifted: Floats = sd * normal + np.array(middles)
    return shifted


def test_the_best_is_separated_by_as_few_seeds_as_can_tell() -> None:
    assert ended(drawn(9, 0)) == ((BEST, DROPPED), [6, 6])
    # The bet against each is split over the others: two more seeds where one of two beats it.
    assert ended(drawn(9, 0, 0)) == ((BEST, DROPPED, DROPPED), [8, 8, 8])
    assert ended(drawn(9, 5, 0)) == ((BEST, DROPPED, DROPPED), [8, 8, 6])


def test_who_cannot_be_the_best_gets_no_further_seeds() -> None:
    states, seeds = ended(drawn(9, 8.9, 0, n=40), at_most=40)
    assert states[2] == DROPPED
    assert seeds[2] == 6 < seeds[0] == seeds[1]


def test_a_race_is_given_up_only_where_nothing_could_settle_it() -> None:
    turns = np.tile([[1.0, 0.0], [0.0, 1.5]], (10, 1)) + drawn(0, 0, sd=0.01)
    race, n = Race(2, needed_evidence(1), 20), 6
    while race.outcome == RACING:
        before = race.outcome, n
        race.look(turns[:n])
        n += 1
    seeds = n - 1
    assert race.outcome == UNDECIDED
    assert before[1] == seeds < 20
    for winner in (0, 1):  # of all seeds that are left
        rest = np.zeros((20 - seeds, 2))
        rest[:, winner] = 1.0 + np.arange(20 - seeds)
        hopeful = Race(2, needed_evidence(1), 40)
        hopeful.look(np.concatenate([turns[:seeds], rest]))
        assert hopeful.outcome == RACING
        assert hopeful.running.all()


def test_those_that_are_equal_or_near_are_level() -> None:
    same = np.repeat(drawn(0), 2, axis=1)
    states, seeds = ended(same)
    assert states == (LEVEL, LEVEL)
    assert seeds == [16, 16]
    near = same + [0.0, 0.1] * np.tile([[1.0], [-1.0]], (10, 1))
    assert ended(near)[0] == (UNDECIDED, UNDECIDED)
    assert ended(near, margin=0.11)[0] == (LEVEL, LEVEL)
    far = near.copy()
    far[3, 1] -= 50  # one catastrophe: their means are apart
    assert ended(far, margin=0.11)[0] == (UNDECIDED, UNDECIDED)


def test_a_lead_in_seeds_and_not_in_the_mean_is_no_lead() -> None:
    bests = drawn(1, 0, sd=0.1)
    bests[2, 0] = -99.0  # wins all seeds but one
    assert ended(bests)[0] == (UNDECIDED, UNDECIDED)


def test_seeds_that_all_say_the_same_are_no_evidence() -> None:
    assert ended(np.tile([2.0, 1.0], (20, 1)))[0] == (UNDECIDED, UNDECIDED)


def test_a_run_that_failed_has_lost_to_all_others() -> None:
    bests = drawn(0, 5)
    bests[:, 1] = -np.inf
    assert ended(bests)[0] == (BEST, DROPPED)
    assert ended(np.full((20, 2), -np.inf))[0] == (LEVEL, LEVEL)


def test_one_strategy_alone_has_one_round() -> None:
    assert ended(drawn(0)) == ((BEST,), [6])


@given(st.integers(0, 99), st.sampled_from([1e-3, 1.0, 1e300]), st.permutations(range(4)))
def test_names_and_units_change_nothing(seed: int, unit: float, order: list[int]) -> None:
    bests = drawn(2, 1, 0, 0, seed=seed)
    states, seeds = ended(bests)
    again, other_seeds = ended(unit * bests[:, order])
    assert again == tuple(states[nth] for nth in order)
    assert other_seeds == [seeds[nth] for nth in order]


def test_among_equals_a_best_is_named_rarely() -> None:
    for size in (2, 4):
        races = [ended(drawn(*[0] * size, seed=seed, n=30), at_most=30)[0] for seed in range(200)]
        assert np.mean([BEST in states for states in races]) <= 0.08  # 5 %, of 200


# two measures


def test_one_is_left_while_one_measure_is_not_settled() -> None:
    score, truth = drawn(9, 5, 0, n=40), drawn(0, 0.1, -9, n=40)
    made = np.ones(score.shape, bool)
    race = Course(made, {"score": score, "truth": truth}, needed_evidence(1), 40, 2)
    looks = list(race.looks())
    assert [look.by for look in looks].count("score") == 2
    assert race.asked.tolist() == [looks[-1].seeds, looks[-1].seeds, 6]


# what is told


RULE = {"until_settled": UntilSettled().to_json(), "seeds": list(range(20)), "prices": [1.0]}


def runs(bests: Floats, seeds: Sequence[int]) -> list[Trace]:
    """So many runs of each strategy, which end at these bests."""
    return [
        make_trace([-99.0, best], strategy=name, seed=seed)
        for name, column, n in zip(("climb", "drift", "wait"), bests.T, seeds, strict=False)
        for seed, best in enumerate(column[:n])
    ]


def raced(bests: Floats) -> list[Trace]:
    """The runs that a race of these bests asks for."""
    return runs(bests, ended(bests)[1])


def view(traces: Sequence[Trace]) -> View:
    objectives = list(dict.fromkeys(trace.objective for trace in traces))
    strategies = list(dict.fromkeys(trace.strategy for trace in traces))
    recipe = RECIPE | RULE | {"objectives": objectives, "strategies": strategies}
    return View(traces, recipe, price=1)


def sentences(traces: Sequence[Trace], claim: str = "raced") -> list[str]:
    table = view(traces).verdict(None)
    return table.loc[table["claim"] == claim, "sentence"].tolist()


SETTLED, OPEN = raced(drawn(9, 5, 0)), raced(drawn(0.1, 0, -9))


def test_a_settled_race_names_the_best_and_who_was_dropped() -> None:
    table = view(SETTLED).racing()
    assert table["round"].tolist() == [1, 1, 1, 2, 2]
    assert table["state"].tolist() == [RACING, RACING, DROPPED, BEST, DROPPED]
    dropped = table[table["state"] == DROPPED]
    assert (dropped["e_value"] >= dropped["needed"]).all()
    assert (dropped["low"] > 0).all()
    (text,) = sentences(SETTLED)
    assert text == (
        "By the score the race was settled after 8 of at most 20 seeds; dropped: drift after 8 "
        "seeds and wait after 6 seeds."
    )
    row = view(SETTLED).leaders().iloc[0]
    assert row["is_best"]
    assert row["p"] == pytest.approx(2 / dropped["e_value"].min())
    assert row["lead_low"] > 0
    assert sentences(SETTLED, "best")[0].startswith("climb is best by the score")


def test_a_race_that_could_not_be_settled_says_so() -> None:
    (text,) = sentences(OPEN)
    seeds = view(OPEN).racing()["seeds"].max()
    assert text == (
        f"By the score the race was not settled: after {seeds} seeds, 20 could no longer tell "
        "climb and drift apart; dropped: wait after 6 seeds."
    )
    row = view(OPEN).leaders().iloc[0]
    assert not row["is_best"]
    assert row["level"] in ("climb", "drift")
    assert sentences(OPEN, "seeds are missing") == []


def test_a_race_is_about_the_first_price() -> None:
    dear = {"climb": [0.0, 9.0, 0.0], "drift": [0.0, 0.0, 20.0]}  # leads late
    traces = [
        make_trace(np.array(way) + 0.1 * seed, strategy=name, seed=seed, gradients=[1, 1, 1])
        for name, way in dear.items()
        for seed in range(20)
    ]
    recipe = RECIPE | RULE | {"objectives": ["bowl"], "strategies": list(dear)}
    prices = [{"prices": [3.0, 0.0]}, {"prices": [0.0, 3.0]}]
    first, other = (View(traces, recipe | price, price=0.0) for price in prices)
    assert first.racing()["leader"].unique() == ["climb"]
    assert other.racing()["leader"].unique() == ["drift"]
    assert first.at(3).racing().equals(first.racing())


def test_of_a_race_that_goes_on_nothing_is_claimed() -> None:
    assert sentences(SETTLED[:-1]) == []
    assert sentences([replace(t, objective=o) for o in "abc" for t in SETTLED[:-1]]) == []
    fixed = View(SETTLED, RECIPE, price=1)
    assert len(fixed.racing()) == 0
    assert "raced" not in set(fixed.verdict(None)["claim"])


def test_of_equals_it_is_said_that_they_are_level() -> None:
    level = raced(np.repeat(drawn(0), 2, axis=1))
    (text,) = sentences(level)
    assert text.endswith("16 of at most 20 seeds: climb and drift are level, equal in most seeds.")


def test_of_many_objectives_races_are_counted() -> None:
    traces = [
        make_trace([-99.0, best], strategy=name, seed=seed, objective=objective)
        for objective, middle in (("a", 5), ("b", 5), ("c", 9))
        for name, column in zip(("climb", "drift"), drawn(9, middle).T, strict=True)
        for seed, best in enumerate(column)
    ]
    assert set(view(traces).racing()["needed"]) == {120.0}  # of three objectives
    (text,) = sentences(traces)
    assert text.startswith("By the score 2 of 3 races were settled, after 9 of at")
    assert text.endswith("; on 1 so many could not tell those that are left apart.")


def test_the_truth_is_raced_too() -> None:
    true, traces = drawn(0, 5, 9), []
    for trace in runs(drawn(9, 5, 0), [20] * 3):
        place = ("climb", "drift", "wait").index(trace.strategy)
        seen = np.array([-99.0, true[trace.seed, place]])
        path = JudgedPath(np.array([0, 1]), {"real": seen}, truth="real", true=seen)
        traces.append(replace(trace, path=path))
    lanes = last_looks(view(traces).racing())
    best = lanes[lanes["state"] == BEST].set_index("by")["strategy"]
    assert best.to_dict() == {"score": "climb", "truth": "wait"}
    by_truth = view(traces).leaders("truth").iloc[0]
    assert (by_truth["leader"], bool(by_truth["is_best"])) == ("wait", True)
    assert len(sentences(traces)) == 2


def test_a_failed_run_counts_as_the_worst_in_a_race() -> None:
    traces = [
        replace(t, status=Status.FAILED, error="x") if t.strategy == "climb" else t for t in SETTLED
    ]
    states = view(traces).racing().set_index("strategy")["state"]
    assert states["climb"] == DROPPED


def test_tables_of_a_race_have_confidence_sequences() -> None:
    table, fixed = view(SETTLED).summary(), View(SETTLED, RECIPE, price=1).summary()
    wider = (table["best_high"] - table["best_low"]) >= (fixed["best_high"] - fixed["best_low"])
    assert wider.all()
    assert sorted(set(table["interval"])) == [
        f"{n} seeds of a race: confidence sequences, of means for normal bests" for n in (6, 8)
    ]
    paired = view(SETTLED).paired("wait")
    assert paired["p"].tolist() == [pytest.approx(2 / (evidence(6, 0) + evidence(0, 6)))] * 2
    shown = race_table(last_looks(view(OPEN).racing()))
    assert shown["state"].iloc[-1] == "dropped after 6 seeds"
    assert isinstance(next(blocks(shown, 80)), pd.DataFrame)


# the campaign, in the small


def test_the_campaign_measures_what_it_says() -> None:
    tables = campaign.shelf()
    assert len(tables) == 40
    assert all(table.bests.shape[0] == 20 for table in tables)
    rows = list(campaign.of_the_shelf(tables[:2], 1, 0))
    saved = float(rows[-2].split("|")[4])
    assert saved > 1.0  # fewer runs than all seeds, on these two
    many = replace(tables[0], bests=drawn(9, *range(7), n=60))
    assert all(" 0.0 % |" in row for row in list(campaign.against_many([many], 1, 0))[2:])
    assert list(campaign.designs(tables[:1], 1, 0))[-1].startswith("| exponential")
    assert len(list(campaign.of_sequences(2, 0))) == 1 + len(LAWS)
