"""What a report is made of, its page as a file, and tables for papers and notebooks."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import blackbox as bb
from blackbox.results import frame, report
from blackbox.results.page import explorer, render
from blackbox.results.statistics.curves import grid
from blackbox.results.statistics.summary import summary
from blackbox.results.view import View
from blackbox.results.writing import markdown, typeset
from blackbox.results.writing.document import Code, Section, Table, Terms
from blackbox.trace import Trace
from tests.conftest import make_trace
from tests.results.studies import RECIPE, make_study

pytestmark = pytest.mark.slow

EVIL = "</script><script>alert(1)</script>"


def write(
    folder: Path,
    traces: Sequence[Trace] | None = None,
    prices: Sequence[float] = (1.0, 3.0),
    **recipe: Any,
) -> Path:
    traces = make_study() if traces is None else traces
    return report.write(folder, View(traces, RECIPE | {"prices": prices} | recipe))


def data_of(folder: Path) -> Any:
    """The data that the page carries, read as a browser reads it."""

    class Reader(HTMLParser):
        inside, text = False, ""

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            self.inside = dict(attributes).get("id") == "data"

        def handle_data(self, text: str) -> None:
            self.text += text if self.inside else ""

        def handle_endtag(self, tag: str) -> None:
            self.inside = False

    reader = Reader()
    reader.feed((folder / "report.html").read_text())
    return json.loads(reader.text)


# sections


def test_a_section_is_written_with_what_it_holds() -> None:
    inner = Section("in <it>", (Code("a `tick`"), Table(pd.DataFrame({"n": [1.5]}))))
    text = markdown.text("top", ["# no heading", Terms({"a*b": "c|d"}), Section("one", (inner,))])
    assert text == (
        "# top\n\n\\# no heading\n\n- *a\\*b*: c\\|d\n\n## one\n\n### in &lt;it\\>\n\n"
        "```\na 'tick'\n```\n\n| n |\n| ---: |\n| 1.5 |\n"
    )


@pytest.mark.usefixtures("undrawn")
def test_a_report_takes_away_its_own_old_figures_and_nothing_else(tmp_path: Path) -> None:
    def study(
        objective: str,
    ) -> list[Trace]:  # without pictures of objects, which take longest to draw
        return [make_trace([0, 1, 2, 3], gradients=[0, 1, 1, 1], objective=objective)]

    write(tmp_path, study("bowl"))
    own = tmp_path / "figures" / "mine.svg"
    own.write_text("mine")
    old = {path.name for path in (tmp_path / "figures").iterdir()}
    write(tmp_path, study("bowl"), prices=[1.0])
    kept = {path.name for path in (tmp_path / "figures").iterdir()}
    shown = set(re.findall(r"\(figures/(.+?)\)", (tmp_path / "README.md").read_text()))
    assert "bowl.svg" in shown
    assert kept == shown | {"mine.svg"}
    assert "bowl-gradient-3.svg" in old
    reached = tmp_path / "figures" / "bowl.svg"
    reached.write_text(f"{reached.read_text()}<!-- mine -->")
    write(tmp_path, study("other"), prices=[1.0])
    assert own.exists()
    assert reached.exists()  # it was changed since: somebody's work
    assert (tmp_path / "figures" / "other.svg").exists()
    write(tmp_path, study("bowl2"), prices=[1.0])
    assert not (tmp_path / "figures" / "other.svg").exists()


@pytest.mark.usefixtures("undrawn")
def test_runs_that_were_read_from_a_log_are_not_said_to_be_made_by_us(tmp_path: Path) -> None:
    write(tmp_path, make_study(["bowl"], seeds=1), [1.0], read_from="theirs.csv (csv)")
    text = (tmp_path / "README.md").read_text()
    assert "read from theirs.csv (csv)" in text
    assert "bb.compare(" not in text


# readings at a part of the budget


def test_a_part_of_the_budget_is_read_as_if_it_had_been_all() -> None:
    traces = [make_trace([0, 1, 2, 3], seed=seed) for seed in (0, 1)]
    view = View(traces, RECIPE)
    half = view.at(share=0.5)
    short = [make_trace([0, 1], seed=seed, budget=2.0) for seed in (0, 1)]
    columns = ["granted", "used", "best", "best_cost", "n_scores", "status"]
    pd.testing.assert_frame_equal(half.runs[columns], frame.runs(short)[columns])
    pd.testing.assert_frame_equal(half.evaluations, frame.evaluations(short))
    pd.testing.assert_frame_equal(
        half.at(1.0).summary(), summary(frame.runs(traces), frame.evaluations(traces))
    )


@given(st.floats(0.5, 1e6))
@settings(max_examples=50)
def test_curves_are_read_from_nothing_to_the_budget(budget: float) -> None:
    costs = grid(budget)
    assert (costs[0], costs[-1]) == (0, budget)
    assert (np.diff(costs) > 0).all()
    assert 100 < len(costs) < 145


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30))
@settings(max_examples=50)
def test_points_that_are_left_out_of_a_curve_change_nothing(scores: list[float]) -> None:
    best = np.maximum.accumulate(np.round(scores))
    cost = np.arange(len(best), dtype=float)
    table = pd.DataFrame({"cost": cost, "mean": best, "low": best - 1, "high": best + 1})
    line = explorer.thinned(table)
    holding = np.searchsorted(line["cost"], cost, side="right") - 1
    np.testing.assert_array_equal(np.array(line["mean"])[holding], best)
    assert line["cost"][-1] == cost[-1]


# the page as a file


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    traces = [dataclasses.replace(t, strategy=f"{t.strategy}{EVIL}") for t in make_study()]
    return write(tmp_path_factory.mktemp("written"), traces, name=EVIL)


def test_no_name_ends_a_script_or_makes_an_element(written: Path) -> None:
    text = (written / "report.html").read_text()
    assert "<script>alert" not in text
    assert text.count("</script>") == 1 + len(render.SCRIPTS)
    assert list(data_of(written)["strategies"]) == [f"random_search{EVIL}", f"climb{EVIL}"]


def test_the_page_asks_for_nothing_beside_it(written: Path) -> None:
    text = (written / "report.html").read_text()
    assert "default-src 'none'" in text
    ours = [(render.HERE / name).read_text() for name in (*render.SCRIPTS, *render.STYLES)]
    for file in ours:
        text = text.replace(file, "")
    assert not re.search(r"https?:|<link|@import|url\(", text)
    assert "sourceMappingURL" not in "".join(ours)


def test_the_page_holds_each_price_at_each_part_of_the_budget(written: Path) -> None:
    data = data_of(written)
    assert [panel["price"] for panel in data["panels"]] == [1, 3]
    for panel in data["panels"]:
        assert [len(rows) for rows in panel["tables"]] == [4] * len(explorer.SHARES)
        assert list(panel["charts"]) == data["objectives"] == ["bowl", "a<b|c"]
    whole, quarter = data["panels"][0]["tables"][-1], data["panels"][0]["tables"][0]
    titles = [column["title"] for column in data["columns"]]
    assert [row[titles.index("used")] for row in whole] == ["4/4"] * 4
    assert {row[titles.index("used")] for row in quarter} == {"0/1", "1/1"}
    assert whole[0][:2] == ["bowl", f"climb{EVIL}"]


def test_a_large_study_makes_a_page_that_still_opens(tmp_path: Path) -> None:
    shared: dict[str, Any] = {"objective": "o", "budget": 300.0}
    traces = [
        make_trace(np.random.default_rng([s, n]).random(300), strategy=f"s{n}", seed=s, **shared)
        for n in range(20)
        for s in range(3)
    ]
    write(tmp_path, traces, prices=[1.0], objectives=["o"])
    assert (tmp_path / "report.html").stat().st_size < 3e6  # of which the libraries are 1.7e6


def test_vendored_files_are_those_of_the_record() -> None:
    vendor = render.HERE / "vendor"
    record = json.loads((vendor / "vendor.json").read_text())
    files = {name for package in record.values() for name in package["files"].values()}
    assert files == {path.name for path in vendor.iterdir()} - {"vendor.json", "renew.sh"}
    for package in record.values():
        assert package["licence"] == "MIT"
        (library,) = (name for name in package["files"].values() if name.endswith(".js"))
        assert package["version"] in (vendor / library).read_text()


# tables for papers and notebooks


def small() -> bb.Comparison:
    strategies = ["random_search", "gradient_ascent"]
    return bb.compare("synthetic.sphere(d=2)", strategies, 12, seeds=2, prices=[1, 2], name=EVIL)


def test_a_comparison_shows_itself_in_a_notebook_and_in_print() -> None:
    study = small()
    shown = study._repr_html_()
    assert "gradient_ascent" in shown
    assert EVIL not in shown
    assert "Other prices: 2." in shown
    assert "font-weight: bold" in study.styled().to_html()
    assert study.to_markdown().startswith("| objective | strategy | ok |")
    assert study.to_latex().count(r"\midrule") == 1


def test_the_best_of_each_objective_is_bold() -> None:
    traces = make_study()
    table = summary(frame.runs(traces), frame.evaluations(traces))
    lines = typeset.to_latex(table).splitlines()
    assert lines[:2] == [r"\begin{tabular}{llrrrrrrrr}", r"\toprule"]
    assert sum(r"& climb & 3/3 & \textbf{6 {[}3.516, 8.484]} &" in line for line in lines) == 2
    assert not any(r"random\_search & 3/3 & \textbf" in line for line in lines)
    assert lines.count(r"\midrule") == 2


@given(st.text(max_size=20))
@settings(max_examples=100)
def test_no_name_is_a_command_of_latex(name: str) -> None:
    told = typeset.latex(name)
    for known in (*typeset.LATEX.values(), "--"):
        told = told.replace(known, "")
    assert not re.search(r"[&%$#_{}~^\\\n]", told)


def test_a_row_of_latex_has_a_cell_per_column() -> None:
    names: dict[str, Any] = {"objective": "[a&b]", "strategy": r"50 % \\ # {x}"}
    traces = [make_trace([0, 1], **names)]
    table = typeset.to_latex(summary(frame.runs(traces), frame.evaluations(traces)))
    head, row = (line for line in table.splitlines() if "&" in line)
    cells = [re.findall(r"(?<!\\)&", line) for line in (head, row)]
    assert len(cells[0]) == len(cells[1])
    assert row.startswith(r"{[}a\&b] & 50 \% \textbackslash{}")
