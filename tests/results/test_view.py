"""One way to read a study: a view at a price, its tables, and the old ways that lead there."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blackbox as bb
from blackbox.results import frame
from blackbox.results.shorthand import WITH_PRICE
from blackbox.results.view import View
from tests.conftest import make_trace
from tests.results.studies import ASKED, OF_A_PRICE, RECIPE, difficult

EXPECTED = Path(__file__).parent / "expected" / "tables.txt"


def comparison(prices: tuple[float, ...] = (1.0, 3.0)) -> bb.Comparison:
    return bb.Comparison(RECIPE | {"prices": prices}, tuple(difficult()))


@pytest.mark.slow
def test_every_table_is_what_it_was_when_a_study_was_read_in_four_ways() -> None:
    """The text was written by the functions of that time; it is all of these tables, in digits."""
    lines = []
    for price in (None, 3.0):
        view = View(difficult(), RECIPE).at(price)
        for name in OF_A_PRICE:
            table = getattr(view, name)(*ASKED.get(name, ()))
            since = ["shown", "versions", "n_grad_invalid", "interval"]  # came later
            since += ["median_low", "median_high", "rope", "p_better", "p_equivalent", "p_worse"]
            table = table.drop(columns=since, errors="ignore")
            table = table.iloc[:: 1 + len(table) // 100]  # of a long one a hundred rows will do
            text = table.to_csv(index=False, float_format="%.9g", lineterminator="\n")
            lines.append(f"{name}, {price}\n{text}")
    # Nine digits: the last bits are the machine's.
    assert "\n".join(lines) == EXPECTED.read_text(encoding="utf-8")


SHORTHANDS = [
    name
    for name, made in vars(bb.Comparison).items()
    if getattr(made, "__wrapped__", None) is getattr(View, name, "") and name != "plot"
]


def test_a_study_has_the_tables_of_its_view() -> None:
    others = ("at", "invalid_points", "best_known", "plot", "choices", "verified_choices")
    tables = {
        name
        for name, made in inspect.getmembers(View, inspect.isfunction)
        if not name.startswith("_") and name not in others
    }
    assert set(SHORTHANDS) == tables


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORTHANDS)
def test_a_table_of_a_study_is_that_of_its_view(name: str, tmp_path: Path) -> None:
    study = comparison()
    near = {name: lambda z: np.exp(-np.abs(z).sum(axis=1)) for name in RECIPE["objectives"]}
    given = {"export": (tmp_path / "a", "csv"), "front": ("bowl",), "trusted": (near,)} | ASKED
    asked = given.get(name, ())
    ours = getattr(study, name)(*asked)
    if name == "export":
        asked = (tmp_path / "b", "csv")
    theirs = getattr(study.at(), name)(*asked)
    if isinstance(ours, pd.DataFrame):
        pd.testing.assert_frame_equal(ours, theirs)
    elif name == "export":
        files = [{path.name: path.read_text() for path in to.iterdir()} for to in (ours, theirs)]
        assert files[0] == files[1]
    elif name == "styled":
        assert ours.to_html() == theirs.to_html()
    else:
        assert ours == theirs


def test_a_study_at_the_price_that_was_granted_is_read_once() -> None:
    study = comparison()
    assert study.at() is study.at(1.0)
    assert study.at().price == 1.0
    assert study.at().runs is study.at().runs
    dear = study.at(3)
    assert dear.at(1) is not dear
    assert dear.at(3) is dear
    pd.testing.assert_frame_equal(dear.runs, frame.runs(study.traces, 3))
    pd.testing.assert_frame_equal(dear.at().runs, frame.runs(study.traces))


def test_runs_that_were_granted_at_several_prices_are_read_each_at_its_own() -> None:
    dear = replace(
        make_trace([1, 2], gradients=[1, 0], seed=1), price=bb.protocol.Price(gradient=2)
    )
    traces = [make_trace([1, 2], gradients=[1, 0]), dear]
    assert View(traces, RECIPE).price is None
    assert View(traces, RECIPE).runs["used"].tolist() == frame.runs(traces)["used"].tolist()
    assert View([], RECIPE).runs.empty


@pytest.mark.parametrize("price", [-1.0, np.nan, np.inf])
def test_what_is_no_price_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="a gradient price is a finite number >= 0, not"):
        comparison().at(price)


def test_what_a_user_does_to_a_frame_changes_no_table() -> None:
    study, untouched = comparison(), comparison()
    for table in (study.runs, study.evaluations, study.summary(), study.paths()):
        table["best"] = 0.0
        table["seed"] = -1
    pd.testing.assert_frame_equal(study.summary(), untouched.summary())
    pd.testing.assert_frame_equal(study.exploitation(), untouched.exploitation())
    pd.testing.assert_frame_equal(study.targets(), untouched.targets())


def test_one_number_is_a_target() -> None:
    study = comparison()
    pd.testing.assert_frame_equal(study.targets(-1.0), study.targets([-1.0]))
    name = study.runs.objective[0]
    pd.testing.assert_frame_equal(study.targets({name: -1.0}), study.targets({name: [-1.0]}))


def test_a_view_is_short_in_print_and_tells_its_price_in_a_notebook() -> None:
    view = comparison().at(3)
    assert len(repr(view)) < 100
    assert "A gradient costs 3. Other prices: 1." in view._repr_html_()
    assert "A gradient costs 1. Other prices: 3." in comparison()._repr_html_()


# Old ways


def test_old_names_lead_to_the_new_ones_and_say_so() -> None:
    study = comparison()
    with pytest.warns(
        DeprecationWarning, match=r"use study\.at\(price\)\.exploitation\(truth\)"
    ) as caught:
        old = study.found(3.0, "real")
    pd.testing.assert_frame_equal(old, study.at(3.0).exploitation("real"))
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=r"use study\.at\(price\)"):
        old = study.statistics(3.0).targets()
    pd.testing.assert_frame_equal(old, study.at(3.0).targets())


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_PRICE)
def test_a_price_in_a_table_still_reads_it_there_and_warns(name: str, tmp_path: Path) -> None:
    study = comparison()
    before = [(tmp_path / nth, "nevergrad") if name == "export" else () for nth in "abc"]
    message = rf"study\.{name}\(price\) goes .* use study\.at\(price\)\.{name}\(\)"
    with pytest.warns(DeprecationWarning, match=message) as caught:
        last = getattr(study, name)(*before[0], 3.0)
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=re.escape(f"study.{name}(price)")):
        by_name = getattr(study, name)(*before[1], price=3.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new = getattr(study.at(3.0), name)(*before[2])
    if isinstance(new, Path):
        assert last.joinpath("nevergrad.csv").read_text() == (new / "nevergrad.csv").read_text()
    elif name == "styled":
        assert last.to_html() == by_name.to_html() == new.to_html()
    elif isinstance(new, str):
        assert last == by_name == new
    else:
        pd.testing.assert_frame_equal(last, new)
        pd.testing.assert_frame_equal(by_name, new)


def test_a_table_that_never_had_a_price_takes_none() -> None:
    with pytest.raises(TypeError):
        comparison().ecdf(price=3.0)  # type: ignore[call-arg]


def test_a_summary_in_three_forms_reads_the_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a notebook quick: most of the time goes into the frames and the bootstrap."""
    calls: list[str] = []

    def counting(name: str) -> Callable[..., pd.DataFrame]:
        make: Callable[..., pd.DataFrame] = getattr(frame, name)

        def counted(*given: Any) -> pd.DataFrame:
            calls.append(name)
            return make(*given)

        return counted

    for name in ("runs", "evaluations"):
        monkeypatch.setattr(frame, name, counting(name))
    study = comparison()
    study.summary(), study.to_markdown(), study._repr_html_(), study.at(1.0).targets()
    assert sorted(calls) == ["evaluations", "runs"]
