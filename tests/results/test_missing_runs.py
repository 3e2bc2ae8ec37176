"""Runs that are not made yet: numbers are of those that are, and one sentence says what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import blackbox as bb
from blackbox.printing import show
from blackbox.results import report
from blackbox.results.statistics.missing_runs import missing_runs
from blackbox.results.view import View
from blackbox.results.writing import not_made
from blackbox.trace import Status, Trace
from tests.conftest import make_trace
from tests.results.studies import ASKED, OF_A_PRICE, RECIPE, comparison, make_study

WHO = ["objective", "strategy", "seed"]


def without(*cells: tuple[str, str, int]) -> list[Trace]:
    """Two strategies on two objectives and three seeds, without these runs."""
    return [t for t in make_study() if (t.objective, t.strategy, t.seed) not in cells]


LAST_TWO = [("bowl", "climb", seed) for seed in (1, 2)]


def test_numbers_of_a_strategy_are_of_the_runs_that_it_has() -> None:
    view = View(without(*LAST_TWO), RECIPE)
    row: Any = view.summary().set_index(["objective", "strategy"]).loc[("bowl", "climb")]
    assert list(row[["n_ok", "best_mean", "best_median"]]) == ["1/1", 5, 5]
    assert np.isnan([row["best_low"], row["best_high"]]).all()  # one run has no interval
    assert view.failures().empty
    audit = view.audit().set_index(["objective", "strategy"])
    assert audit.loc[("bowl", "climb"), "n_ok"] == "1/1"
    hits: Any = view.targets([4.0]).set_index(["objective", "strategy"]).loc[("bowl", "climb")]
    assert list(hits[["n_ok", "success_rate", "ert"]]) == ["1/1", 1, 4]


def test_a_failed_run_is_no_missing_one() -> None:
    traces = [
        replace(t, status=Status.FAILED) if (t.objective, t.strategy, t.seed) in LAST_TWO else t
        for t in make_study()
    ]
    table = View(traces, RECIPE).summary().set_index(["objective", "strategy"])
    row: Any = table.loc[("bowl", "climb")]
    assert list(row[["n_ok", "best_mean"]]) == ["1/3", (5 + 1 + 1) / 3]


def test_what_compares_takes_the_seeds_that_all_have_and_says_how_many() -> None:
    view = View(without(("bowl", "climb", 0)), RECIPE)
    paired = view.paired("random_search").set_index("objective")
    assert paired["n_ok"].to_dict() == {"bowl": "2/2", "a<b|c": "3/3"}
    assert list(paired.loc["bowl", ["difference", "wins"]]) == [4, 2]
    assert view.paired_over_objectives("random_search")["n_ok"].tolist() == ["5/5"]
    assert view.ranks()["n_ok"].tolist() == ["5/5", "5/5"]
    assert set(view.profiles()["n_ok"]) == {"5/5"}
    even = view.break_even().set_index("objective")
    assert list(even.loc["bowl", ["n_ok_first", "n_ok_second"]]) == ["2/2", "2/2"]


@pytest.mark.parametrize("name", [*OF_A_PRICE, "price_table", "break_even"])
def test_where_nothing_is_left_to_compare_there_is_no_number_and_no_crash(name: str) -> None:
    """Each strategy has the seeds that the other lacks."""
    mine = {"random_search": (0,), "climb": (1, 2)}
    traces = [t for t in make_study() if t.seed in mine[t.strategy]]
    made = View(traces, RECIPE)
    table = getattr(made, name)(*ASKED.get(name, ()))
    compared = {
        "paired": ["difference", "low", "high", "p_improvement", "p"],
        "paired_over_objectives": ["difference", "low", "high", "p_improvement", "p"],
        "ranks": ["rank", "low", "high", "first"],
        "critical_difference": ["rank"],
        "break_even": ["break_even", "low", "high"],
    }
    assert len(table) or name in ("failures", "invalid_points", "hypervolume", "profiles")
    assert table[compared.get(name, [])].isna().all(axis=None)


@pytest.mark.parametrize("name", ["ranks", "aggregate", "paired_over_objectives"])
def test_one_run_has_no_interval_over_objectives_either(name: str) -> None:
    view = View([t for t in make_study() if t.seed == 0], RECIPE)
    table = getattr(view, name)(*ASKED.get(name, ()))
    ends = [column for column in table.columns if "low" in column or "high" in column]
    assert ends
    assert table[ends].isna().all(axis=None)


def test_the_recipe_tells_what_is_missing_and_what_was_skipped_is_not() -> None:
    recipe = {"fingerprints": {"a": "", "b": ""}, "strategies": ["x", "y"], "seeds": [0, 1]}
    made = [("a", "x", 0), ("a", "x", 1), ("b", "x", 1)]
    table = missing_runs(recipe, made, [("a", "y")])
    assert table[WHO].to_numpy().tolist() == [["b", "x", 0], ["b", "y", 0], ["b", "y", 1]]
    assert set(table["state"]) == {"not made"}
    assert missing_runs(recipe | {"joined": True}, made).empty
    assert missing_runs(recipe | {"read_from": "x.csv"}, made).empty


def test_a_sentence_says_how_many_runs_of_which_cells() -> None:
    cells = [("bowl", "climb", s, "not made") for s in (1, 2, 3)]
    table = pd.DataFrame(cells, columns=[*WHO, "state"])
    assert not_made.missing(table.iloc[:0], 5) == ""
    sentence = "3 of 20 runs are not made yet: climb on bowl (seeds 1 to 3)."
    assert not_made.missing(table, 17) == sentence
    one = table.iloc[:1].assign(state="unfinished")
    sentence = "1 of 20 runs are not made yet (1 unfinished): climb on bowl (seed 1)."
    assert not_made.missing(one, 19) == sentence
    many = pd.concat([table.assign(strategy=f"s{n}") for n in range(9)])
    assert not_made.missing(many, 1).endswith("s5 on bowl (seeds 1 to 3); and 3 cells more.")


def test_a_loaded_folder_says_what_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = comparison([make_trace([1, seed], seed=seed) for seed in range(3)])
    assert whole.missing.empty
    folder = bb.Comparison(whole.recipe, whole.traces[:2]).save(tmp_path / "part")
    part = bb.load(folder)
    assert part.missing["seed"].tolist() == [2]
    sentence = "1 of 3 runs are not made yet: climb on bowl (seed 2)."
    assert sentence in part.to_markdown()
    assert sentence in part._repr_html_()
    show(part, Console(width=200))
    assert sentence in capsys.readouterr().out
    assert "not made" not in bb.load(whole.save(tmp_path / "whole")).to_markdown()


@pytest.mark.usefixtures("undrawn")
@pytest.mark.slow
def test_a_report_begins_with_what_is_not_made(tmp_path: Path) -> None:
    missing = pd.DataFrame([("bowl", "climb", 1, "not made")], columns=[*WHO, "state"])
    view = View(without(("bowl", "climb", 1)), RECIPE, missing=missing)
    text = (report.write(tmp_path, view) / "README.md").read_text()
    assert "## Not all runs are made yet\n\n1 of 12 runs are not made yet: climb on bowl" in text
