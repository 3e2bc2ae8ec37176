"""Studies are measured by one command; their pictures and tables come from frames."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import blackbox as bb
from blackbox.errors import PageError
from blackbox.identity.owners import house_version
from blackbox.pages import Page, PageFrames, made_with
from blackbox.pages.grids import GreyPicture, as_array, as_bytes, draw_grid
from blackbox.pages.making import Given, asked, make
from blackbox.pages.making import main as make_main
from blackbox.results.drawing.canvas import new_figure
from tests.pages.conftest import edit

MEASURE = """
def measure(given):
    rows = [{"space": "behind", "judged": 0.9}, {"space": "bare", "judged": 0.3}]
    return {"shares": rows[: 1 if given.small else None], "settings": {"seeds": given.jobs}}
"""


def test_a_study_is_measured_and_its_page_is_written(home: Path) -> None:
    with pytest.raises(PageError, match=r"no measure\.py"):
        make("helping")
    (home / "measure.py").write_text(MEASURE)
    (home / "study.toml").write_text("seeds = 3")
    assert asked(str(home / "measure.py")) == {"seeds": 3}
    assert make("helping", jobs=2).read_text() == Page("helping").render()
    assert Page("helping").frames.setting("seeds") == 2


def test_a_small_study_has_frames_only(home: Path, tmp_path: Path) -> None:
    (home / "measure.py").write_text(MEASURE)
    (tmp_path / "elsewhere").mkdir()
    assert make_main(["helping", "--small", "--folder", str(tmp_path / "elsewhere")]) == 0
    assert len(PageFrames.read(tmp_path / "elsewhere" / "helping" / "frames").shares) == 1
    assert not (home / "README.md").exists()
    assert make_main(["no_such_package"]) == 1


def test_the_runs_of_each_question_are_those_of_its_objective(tmp_path: Path) -> None:
    questions = {2: "synthetic.sphere(d=2)", 3: "synthetic.sphere(d=3)"}
    runs = Given(runs=tmp_path).traces(questions, "random_search", 2, 2, store="runs")
    assert {d: [trace.z.shape for trace in traces] for d, traces in runs.items()} == {
        2: [(2, 2)] * 2,
        3: [(2, 3)] * 2,
    }


def test_pictures_come_back_from_their_bytes_and_are_drawn_in_a_grid() -> None:
    x = np.linspace(0, 1, 8).reshape(2, 2, 2)
    first, last = map(as_array, as_bytes(x))
    assert first.tolist() == [[0, 36], [73, 109]]
    assert last.tolist() == [[146, 182], [219, 255]]
    figure = new_figure(2, 2)
    draw_grid(figure, [GreyPicture(one, "one", "red") for one in as_bytes(x)], ["a", "b"], ["row"])
    assert [axes.get_xlabel() for axes in figure.axes] == ["one", "one"]


def test_a_table_that_no_function_makes_is_the_frame_of_its_name(home: Path) -> None:
    edit(home / "page.md", "tables.all_shares", "tables.shares")
    assert "| behind | 0.9 |" in Page("helping").render()


COMPARES = """
def measure(given):
    many = ["random_search", "restarts(strategy='cma_es(popsize=4)')"]
    given.compare("synthetic.sphere(d=2)", many, 9, 2, store="runs")
    rows = [{"space": "behind", "judged": 0.9}, {"space": "bare", "judged": 0.3}]
    return {"shares": rows, "settings": {"seeds": given.jobs}}
"""


def test_a_page_says_which_versions_made_it_and_which_are_older_now(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "measure.py").write_text(COMPARES)
    now = {name: house_version(type(bb.strategy(name))) for name in ("cma_es", "restarts")}
    parts = [f"`cma_es` {now['cma_es']}", "`random_search` 1", f"`restarts` {now['restarts']}"]
    foot = f"Versions of the searches that made these frames: {', '.join(parts)}.\n"
    page = make("helping").read_text()
    assert page.endswith(f"\n\n{foot}")
    assert "now)" not in page
    Page("helping").check()
    monkeypatch.setattr(sys.modules[type(bb.strategy("cma_es")).__module__], "VERSION", 99)
    assert f"{parts[0]} (it is 99 now), `random_search` 1," in Page("helping").render()
    with pytest.raises(PageError, match=r"it is 99 now"):
        Page("helping").check()
    table = home / "frames" / made_with.FILE
    table.write_text(table.read_text().replace(f"cma_es,{now['cma_es']}", "cma_es,"))
    assert "`cma_es` (not recorded), `random_search` 1" in Page("helping").render()
    table.unlink()
    assert "Versions of" not in Page("helping").render()
