"""Tables over whole studies: worked examples, laws, and runs that did not end well."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare

import blackbox as bb
from blackbox.results.statistics import pairs, ranking, targets
from blackbox.results.view import View
from tests.conftest import make_trace

pytestmark = pytest.mark.slow

Scores = dict[str, list[list[float]]]
Curves = dict[str, Scores]
BUDGET = 10.0


def study(curves: Curves, optimum: float = np.nan, **criteria: int) -> View:
    """Scores by objective, strategy and seed, a unit each; criteria `score * sign + row`."""
    shared = {"budget": BUDGET, "optimum": None if np.isnan(optimum) else optimum}
    traces = [
        make_trace(
            scores,
            objective=objective,
            strategy=strategy,
            seed=seed,
            criteria={c: sign * np.array(scores) + np.arange(len(scores)) for c, sign in ways},
            directions=criteria,
            **shared,
        )
        for ways in [criteria.items()]
        for objective, strategies in curves.items()
        for strategy, seeds in strategies.items()
        for seed, scores in enumerate(seeds)
    ]
    return View(traces)


def with_frames(of: View, **frames: pd.DataFrame) -> View:
    """The same view, where these frames have already been made."""
    other = View(of.traces)
    vars(other).update({f"_{name}": frame for name, frame in frames.items()})
    return other


def every_table(of: View) -> dict[str, pd.DataFrame]:
    return {
        "ranks": of.ranks(),
        "critical difference": of.critical_difference(),
        "aggregate": of.aggregate(),
        "paired": of.paired("random_search"),
        "over objectives": of.paired_over_objectives("random_search"),
        "targets": of.targets(),
        "ecdf": of.ecdf(by=["strategy"]),
        "aocc": of.aocc(),
        "profiles": of.profiles(),
        "hypervolume": of.hypervolume(),
    }


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order of their own, for tables that differ in nothing but that."""
    return table.sort_values(list(table.columns), ignore_index=True)


values = st.lists(st.integers(0, 9), min_size=4, max_size=4)
seeds = st.lists(values, min_size=3, max_size=3)
cells = st.fixed_dictionaries(dict.fromkeys(("random_search", "a"), seeds))
studies = st.fixed_dictionaries({f"o{nth}": cells for nth in range(3)})
FRAMES = ("runs", "evaluations")
few = settings(max_examples=3)  # each makes up to twenty tables


@few
@given(curves=studies, seed=st.integers(0, 9))
def test_the_order_of_rows_changes_no_number(curves: Curves, seed: int) -> None:
    one = study(curves, high=1, low=-1)
    shuffled = {n: getattr(one, n).sample(frac=1, random_state=seed) for n in FRAMES}
    other = every_table(with_frames(one, **shuffled))
    for name, table in every_table(one).items():
        pd.testing.assert_frame_equal(ordered(table), ordered(other[name]), check_exact=True)


def test_every_table_tells_how_many_runs_ended_well() -> None:
    cell: Scores = {"random_search": [[1, 2], [2, 3], [0, 1]], "a": [[1, 4], [2, 1], [0, 9]]}
    one = study({f"o{nth}": cell for nth in range(3)}, high=1, low=-1)
    one.runs.loc[(one.runs.strategy == "a") & (one.runs.seed == 1), "status"] = "failed"
    for name, table in every_table(one).items():
        n = table.loc[table.strategy == "a", "n_ok"].unique()
        assert set(n) <= {"2/3", "6/9"}, name
        assert set(table.loc[table.strategy == "random_search", "n_ok"]) <= {"3/3", "9/9"}, name


@few
@given(curves=studies, power=st.integers(-3, 3), shift=st.integers(-4, 4))
def test_the_unit_of_the_score_changes_no_verdict(curves: Curves, power: int, shift: int) -> None:
    def moved(a: float, b: float) -> View:
        return study(
            {
                objective: {s: (a * np.array(runs, float) + b).tolist() for s, runs in row.items()}
                for objective, row in curves.items()
            }
        )

    one, other = moved(1, 0), moved(2.0**power, shift)
    for name in ("ranks", "critical_difference", "aggregate"):
        pd.testing.assert_frame_equal(getattr(one, name)(), getattr(other, name)(), atol=1e-9)
    verdict = ["wins", "ties", "losses", "p", "p_holm", "p_improvement", "note"]
    there, back = one.paired("a"), other.paired("a")
    pd.testing.assert_frame_equal(there[verdict], back[verdict])
    scaled = moved(2.0**power, 0)  # without a shift, whose rounding could move a target off a score
    cost = ["level", "strategy", "success_rate", "ert", "par10"]
    pd.testing.assert_frame_equal(one.targets()[cost], scaled.targets()[cost])
    pd.testing.assert_frame_equal(one.ecdf(), scaled.ecdf())
    pd.testing.assert_frame_equal(one.profiles(), scaled.profiles())


@few
@given(curves=studies, optimum=st.sampled_from([np.nan, 9.0, 20.0]))
def test_shares_rise_with_cost_and_stay_within_one(curves: Curves, optimum: float) -> None:
    one = study(curves, optimum)
    for table, x in ((one.ecdf(), "cost"), (one.profiles(), "x")):
        names = [c for c in table.columns if c not in (x, "share")]
        for _, curve in table.groupby(names):
            assert (np.diff(curve[x]) > 0).all()
            assert (np.diff(curve["share"]) > 0).all()
            assert curve["share"].between(0, 1).all()
    rates = one.targets().sort_values("target").groupby(["objective", "strategy"])
    assert all((np.diff(cell["success_rate"]) <= 0).all() for _, cell in rates)
    assert all(
        np.all(cell["ert"].to_numpy()[1:] >= cell["ert"].to_numpy()[:-1]) for _, cell in rates
    )
    assert one.aocc()["aocc"].between(0, 1).all()


def test_a_study_without_runs_has_empty_tables() -> None:
    nothing = View([])
    for name in ("ranks", "critical_difference", "aggregate", "targets", "ecdf", "aocc"):
        assert getattr(nothing, name)().empty, name
    assert nothing.profiles().empty
    assert nothing.hypervolume().empty


# targets

CLIMB: Curves = {"o": {"random_search": [[0, 0, 2], [0, 4, 0]], "a": [[0, 8, 10], [0, 1, 8, 9]]}}


def test_default_targets_lie_between_random_search_and_the_best_known() -> None:
    table = study(CLIMB).targets()
    way = "random search + {} % of the way to best known"
    assert table.level.unique().tolist() == ["random search", way.format(50), way.format(90)]
    assert table.target.unique().tolist() == [3, 6.5, pytest.approx(9.3)]
    last = table.iloc[-2]
    # Seed 0 hits at 3; seed 1 misses and is charged its own four units, not the budget of ten.
    assert (last.strategy, last.ert, last.success_rate, last.par10) == ("a", 7, 0.5, 51.5)


def test_without_random_search_targets_begin_at_the_start() -> None:
    table = study({"o": {"a": [[1, 8, 11]]}}).targets()
    assert table.target.tolist() == [1, 6, 10]
    assert table.level.iloc[0] == "start"


def test_a_failed_run_has_hit_nothing_and_a_missing_one_is_charged_nothing() -> None:
    one = study(CLIMB)
    one.runs.loc[(one.runs.strategy == "a") & (one.runs.seed == 0), "status"] = "failed"
    assert one.targets([8]).ert.tolist() == [3 + 3, np.inf]
    missing = with_frames(one, runs=one.runs.drop(index=2))
    assert missing.targets([8]).ert.tolist() == [3, np.inf]


def test_a_score_that_is_not_valid_hits_nothing() -> None:
    one = study({"o": {"a": [[np.nan, 3, 5]]}})
    assert one.targets({"o": [-100, 4]}).ert.tolist() == [2, 3]


def test_targets_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="no objective 'p' for these targets; there are"):
        study(CLIMB).targets({"p": [3]})
    with pytest.raises(ValueError, match="must be one or more numbers"):
        study(CLIMB).targets([np.nan])
    with pytest.raises(ValueError, match="not 1, 0"):
        study(CLIMB).aocc(1, 0.5)


def test_the_ladder_follows_coco_where_the_optimum_is_known_and_is_even_elsewhere() -> None:
    curves: Curves = {"o": {"a": [[-100, -1]]}}
    known, found = study(curves, optimum=0.0), study(curves)
    regret = -targets.ladder(known.runs)["target"]
    np.testing.assert_allclose(regret, 10.0 ** np.arange(2, -8.1, -0.2))
    even = targets.ladder(found.runs)["target"]
    np.testing.assert_allclose(np.diff(even), 99 / 51)
    assert even.iloc[-1] == -1  # to the last bit: the best run reaches it
    assert found.ecdf().share.iloc[-1] == 1


# pairs


def test_differences_are_taken_seed_by_seed() -> None:
    curves: Curves = {"o": {"base": [[1], [2], [3], [4]], "a": [[2], [2], [5], [3]]}}
    row = study(curves).paired("base").iloc[0]
    assert row[["wins", "ties", "losses"]].tolist() == [2, 1, 1]
    assert (row.difference, row.p_improvement) == (0.5, 0.625)
    # Of 16 pairs of runs, 7 are won and 4 tied: (0 + 1/2) + ... by hand.
    wins = sum((x > y) + (x == y) / 2 for x in (2, 2, 5, 3) for y in (1, 2, 3, 4))
    assert row.p_improvement_unpaired == wins / 16


def test_seeds_that_all_say_the_same_are_flagged_and_not_tested() -> None:
    curves: Curves = {"o": {"base": [[1], [1], [1]], "a": [[2], [2], [2]], "b": [[2], [1], [5]]}}
    table = study(curves).paired("base").set_index("strategy")
    assert table.note.to_dict() == {"a": "the same in every seed: not tested", "b": ""}
    assert np.isnan(table["p_holm"]["a"])
    assert table["p"]["b"] == table["p_holm"]["b"]  # one test is no family
    single = study({"o": {"base": [[1]], "a": [[2]]}}).paired("base")
    assert single.note.tolist() == ["one seed: not tested"]


def test_a_run_that_failed_loses_to_every_run_that_is_not_the_worst() -> None:
    one = study({"o": {"base": [[1], [2]], "a": [[9], [9]]}})
    one.runs.loc[one.runs.strategy == "a", "status"] = "failed"
    row = one.paired("base").iloc[0]
    assert (row.n_ok, row.wins, row.ties, row.losses) == ("0/2", 0, 1, 1)


def test_objectives_and_not_seeds_are_the_sample_over_objectives() -> None:
    curves: Curves = {
        f"o{n}": {"random_search": [[0], [1]], "a": [[9], [9 - n]], "b": [[9], [9]]}
        for n in range(6)
    }
    table = study(curves).paired_over_objectives("random_search").set_index("strategy")
    assert table.n_objectives.tolist() == [6, 6]
    assert list(table.loc["a", ["wins", "ties", "losses"]]) == [12, 0, 0]
    assert table.loc["a", "p"] == 2 / 2**6  # six differences of one sign, twelve seeds or not
    assert table.loc["b", "note"] == "the same in every objective: not tested"
    with pytest.raises(ValueError, match="the baseline 'c' did not run; there are"):
        pairs.paired(study(curves).runs, "c")


# over objectives


def test_a_test_over_objectives_needs_five_and_says_so() -> None:
    rng = np.random.default_rng(0)
    curves: Curves = {
        f"o{o}": {s: rng.normal(i, 1, (4, 1)).tolist() for i, s in enumerate("abc")}
        for o in range(6)
    }
    table = study(curves).critical_difference()
    means = [[np.mean(cell[s]) for cell in curves.values()] for s in "abc"]
    assert table.friedman_p.iloc[0] == pytest.approx(friedmanchisquare(*means).pvalue)
    first = table["rank"] - table["rank"].min() > table["critical_difference"]
    assert (table["worse_than_first"] == (first & (table["friedman_p"] < 0.05))).all()
    four = study(dict(list(curves.items())[:4])).critical_difference()
    assert set(four.note) == {"4 of the 5 objectives that a test needs: not tested"}
    assert four.friedman_p.isna().all()
    assert four.critical_difference.isna().all()
    two = study({o: {s: cell[s] for s in "ab"} for o, cell in curves.items()})
    assert set(two.critical_difference().note) == {
        "2 of the 3 strategies that a test needs: not tested"
    }
    alike = {f"o{o}": {s: [[1.0], [2.0]] for s in "abc"} for o in range(5)}
    assert set(ranking.friedman_nemenyi(study(alike).runs).note) == {
        "all alike on every objective: not tested"
    }


def test_objectives_without_a_scale_are_left_out_of_the_aggregate_and_counted() -> None:
    curves: Curves = {
        "o": {"random_search": [[0], [2]], "a": [[3], [5]]},
        "flat": {"random_search": [[1], [1]], "a": [[1], [1]]},
    }
    table = study(curves).aggregate().set_index("strategy")
    assert table.n_objectives.tolist() == [1, 1]
    assert table.loc["random_search", "score"] == 0
    assert list(table.loc["a", ["score", "score_median", "iqm"]]) == [75, 75, 75]
    nothing = study({"flat": curves["flat"]}).aggregate()
    assert nothing.n_objectives.tolist() == [0, 0]
    assert nothing.score.isna().all()


def test_profiles_follow_more_and_wild() -> None:
    # From 0 towards 10: 9 solves at a tolerance of 0.1, so a needs 2 and 4 units, b 4 and never.
    curves: Curves = {"o": {"a": [[0, 9, 10], [0, 1, 2, 9]], "b": [[0, 1, 2, 9], [0, 1, 2, 8]]}}
    table = study(curves).profiles([0.1])
    steps = table.groupby(["kind", "strategy"])[["x", "share"]].apply(
        lambda t: t.to_numpy().tolist()
    )
    assert steps["performance", "a"] == [[0, 0], [1, 1]]
    assert steps["performance", "b"] == [[0, 0], [2, 0.5]]
    assert steps["data", "a"] == [[0, 0], [2 / 3, 0.5], [4 / 3, 1]]  # d + 1 = 3
    assert steps["data", "b"] == [[0, 0], [4 / 3, 0.5]]
    with pytest.raises(ValueError, match="between 0 and 1"):
        study(curves).profiles([1.0])


# several criteria

PLANE = ["high", "low"]


def plane(*points: tuple[float, float], strategy: str = "a") -> View:
    """One run that visits points of two criteria, the second wanted low."""
    one = study({"o": {strategy: [[0.0] * len(points)]}}, high=1, low=-1)
    high, low = zip(*points, strict=True)
    return with_frames(one, evaluations=one.evaluations.assign(high=high, low=low))


def test_the_front_is_what_nobody_beats_and_its_volume_is_the_area_of_the_steps() -> None:
    one = plane((0, 0), (1, -3), (3, -1), (1, -1), (-1, -9))
    front = one.front("o")
    assert front[PLANE].to_numpy().tolist() == [[1, -3], [3, -1], [-1, -9]]
    assert front.overall.all()
    row = one.hypervolume({"high": 0, "low": 0}).iloc[0]
    # Two rectangles, 1 x 3 and 3 x 1, that share 1 x 1; (-1, -9) is worse than the start.
    assert (row.hypervolume, row.together, row.n_front) == (5, 5, 3)
    assert row.reference == "high 0, low 0"
    assert one.hypervolume({"high": 0, "low": -2}).hypervolume.iloc[0] == 1


def test_the_front_of_a_study_that_began_well_in_one_criterion_commands_something() -> None:
    """Each start is the best of its run in one criterion: behind the worst start lies no point."""
    one = plane((9, 0), (0, -9), (5, -5), (-1, -10))
    row = one.hypervolume().iloc[0]
    # The ranges are 10 and 10, so the reference lies at -1 - 1 and 0 + 1; four steps of the front.
    assert row.reference == "high -2, low 1"
    assert row.hypervolume == 11 * 1 + 7 * 5 + 2 * 4 + 1 * 1
    alike = plane((1, -1), (1, -3)).hypervolume().iloc[0]
    assert (alike.reference, alike.hypervolume) == ("high 0, low -0.8", pytest.approx(2.2))


def test_a_criterion_keeps_its_name_where_a_column_of_ours_has_it() -> None:
    one = study({"o": {"a": [[0.0, 0.0]]}}, cost=-1, low=-1)
    two = with_frames(
        one, evaluations=one.evaluations.assign(criterion_cost=[1.0, 2.0], low=[2.0, 1.0])
    )
    assert two.directions[["criterion", "name"]].to_numpy().tolist() == [
        ["criterion_cost", "cost"],
        ["low", "low"],
    ]
    row = two.hypervolume({"cost": 3, "low": 3}).iloc[0]
    assert (row.reference, row.together) == ("cost 3, low 3", 3)
    figure = two.plot("pareto")
    assert figure.axes[0].get_xlabel() == "cost (low is good)"


def test_the_baseline_is_random_search_or_one_of_choice() -> None:
    curves = {"o": {"random_search": [[1.0, 2.0]], "a": [[1.0, 3.0]], "b": [[1.0, 4.0]]}}
    view = study(curves)
    assert set(view.paired()["baseline"]) == {"random_search"}
    other = replace(view, baseline="b")
    assert set(other.paired()["baseline"]) == {"b"}
    assert set(other.at(2).paired()["baseline"]) == {"b"}
    with pytest.raises(ValueError, match="baseline 'c' did not run; there are random_search, a, b"):
        replace(view, baseline="c")


coordinates = st.tuples(st.integers(-3, 9), st.integers(-9, 3))


@settings(max_examples=20)
@given(st.lists(coordinates, min_size=1, max_size=6), coordinates)
def test_one_more_point_never_takes_volume_away(
    points: list[tuple[int, int]], more: tuple[int, int]
) -> None:
    start = (0, 0)
    origin = {"high": 0, "low": 0}
    before = plane(start, *points).hypervolume(origin).hypervolume.iloc[0]
    after = plane(start, *points, more).hypervolume(origin).hypervolume.iloc[0]
    cells = {(x, y) for h, low in points for x in range(max(h, 0)) for y in range(max(-low, 0))}
    assert before == len(cells)
    assert after >= before


def test_a_failed_run_commands_as_little_as_the_worst() -> None:
    one = study({"o": {"a": [[0, 5], [0, 6]], "b": [[0, 2], [0, 1]]}}, high=1, low=-1)
    one.runs.loc[(one.runs.strategy == "a") & (one.runs.seed == 1), "status"] = "failed"
    table = one.hypervolume({"high": 0, "low": 5}).set_index("strategy")
    # (high, low) of the last rows are score + 1 and 1 - score, from (0, 5).
    assert table.hypervolume.to_dict() == {"a": (6 * 9 + 2 * 5) / 2, "b": (3 * 6 + 2 * 5) / 2}
    assert table.n_ok.tolist() == ["1/2", "2/2"]


def test_a_comparison_knows_which_way_its_criteria_are_wanted(tmp_path: Path) -> None:
    def both(x: torch.Tensor) -> torch.Tensor:
        return torch.stack([((x - 1) ** 2).sum(-1), ((x + 1) ** 2).sum(-1)], -1)

    settings: dict[str, Any] = {"space": bb.Space.normal(2), "maximize": False}
    near = bb.Objective(both, name="near", weights={"here": 1, "cost": -0.5}, **settings)
    single = bb.Objective(lambda x: (x**2).sum(-1), name="single", **settings)
    bb.compare([near, single], ["random_search"], 12, seeds=2, store=tmp_path)
    loaded = bb.load(tmp_path)
    assert loaded.at().directions.direction.tolist() == [-1, 1]
    assert loaded.hypervolume().objective.tolist() == ["near"]
    assert {"here", "criterion_cost"} < set(loaded.front("near").columns)
    with pytest.raises(ValueError, match="not 'single'; known:"):
        loaded.front("single")


def test_a_missing_moocore_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moocore", None)
    with pytest.raises(bb.MissingPackage, match=r'pip install "blackbox\[pareto\]"'):
        plane((0, 0), (1, -1)).front("o")
