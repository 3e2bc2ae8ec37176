"""The page of a report, in a real browser: what a reader does with it, and what no name can do."""

from __future__ import annotations

import dataclasses
import shutil
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from blackbox.results import report
from blackbox.results.view import View
from blackbox.trace import JudgedPath, Status
from tests.conftest import make_trace
from tests.results.studies import RECIPE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium"),
]

EVIL = "<script>alert(1)</script>"
STRATEGIES = ("random_search", "climb", f"{EVIL}<img src=x onerror=alert(2)>")
OBJECTIVES = ("bowl", f"{EVIL}<b>bold</b> %{{y}}")


def make_study() -> list[Any]:
    """Two objectives, three strategies, three seeds, a budget of 40; the climber asks gradients."""
    pictured = JudgedPath(np.array([0, 1]), {"real": np.array([0.5, 1.0])}, np.ones((2, 8, 8)))
    traces = []
    for objective in OBJECTIVES:
        for nth, strategy in enumerate(STRATEGIES):
            for seed in range(3):
                n = 20 if strategy == "climb" else 40
                draws = np.random.default_rng([nth, seed]).standard_normal(n)
                shared: dict[str, Any] = {
                    "strategy": strategy,
                    "seed": seed,
                    "objective": objective,
                }
                asked = np.ones(n, int) if strategy == "climb" else None
                scores = np.maximum.accumulate(draws) + np.arange(n) / 5 - 10
                shared |= {"objective": objective, "budget": 40.0, "path": pictured}
                traces.append(make_trace(scores, gradients=asked, **shared))
    failed = dataclasses.replace(traces[-1], status=Status.FAILED, error=f"ValueError: {EVIL}")
    return [*traces[:-1], failed]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    recipe = RECIPE | {"name": EVIL, "objectives": [*OBJECTIVES], "strategies": [*STRATEGIES]}
    reason = f"{EVIL} needs a gradient"
    skipped = pd.DataFrame({"objective": ["bowl"], "strategy": [EVIL], "reason": [reason]})
    report.write(folder, View(make_study(), recipe, skipped))
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str, request: Any) -> Iterator[Page]:
    """A page that was just opened, for tests that leave it another one."""
    yield from opened(browser, address, getattr(request, "param", {}))


@pytest.fixture(scope="module")
def shared(browser: Browser, address: str) -> Iterator[Page]:
    """The page for tests that only look at it, or put back what they change."""
    yield from opened(browser, address, {})


def opened(browser: Browser, address: str, surroundings: dict[str, Any]) -> Iterator[Page]:
    """It may not complain, ask the network for anything, or open a dialog."""
    page = browser.new_page(**surroundings)
    page.set_default_timeout(10_000)
    wrong: list[str] = []

    def asked(url: str) -> None:
        if url != address and not url.startswith("data:"):
            wrong.append(f"request: {url}")

    def dismissed(dialog: Dialog) -> None:
        wrong.append("dialog")
        dialog.dismiss()

    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda sent: asked(sent.url))
    page.on("dialog", dismissed)
    page.goto(address)
    page.wait_for_selector("#charts .legend")
    yield page
    page.close()
    assert wrong == []


FIRST = ".objective:nth-child(1) .summary"


def column(page: Page, title: str, table: str = FIRST) -> list[str]:
    """The cells of a column, from the top."""
    field = page.locator(f"{table} .tabulator-col", has_text=title).get_attribute("tabulator-field")
    return page.locator(f'{table} .tabulator-cell[tabulator-field="{field}"]').all_inner_texts()


def curves(page: Page) -> list[dict[str, Any]]:
    """What plotly draws of the first objective: the mean of each strategy."""
    drawn = "document.querySelector('.chart')._fullData.map(({x, y, visible, uid, name}) => "
    lines = page.evaluate(drawn + "({x: [...x], y: [...y], visible, uid, name}))")
    return [line for line in lines if line["uid"].startswith("mean")]


def choose(page: Page, group: str, text: str) -> None:
    page.locator(f"{group} label", has_text=text).click()


def test_opens_from_a_file_without_complaint_or_request(page: Page) -> None:
    assert page.title() == EVIL
    assert len(column(page, "strategy")) == 3
    assert len(curves(page)) == 3
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    images = page.locator("img")
    images.last.scroll_into_view_if_needed()
    loaded = "all => all.map(image => image.complete && image.naturalWidth > 0)"
    assert images.evaluate_all(loaded) == [True] * images.count() != []


def test_a_click_on_a_heading_sorts_by_number(shared: Page) -> None:
    medians = [float(text) for text in column(shared, "median")]
    heading = shared.locator(f"{FIRST} .tabulator-col", has_text="median")
    heading.click()
    assert [float(text) for text in column(shared, "median")] == sorted(medians)
    heading.click()
    assert [float(text) for text in column(shared, "median")] == sorted(medians, reverse=True)


def test_the_filter_keeps_the_strategies_that_are_called_so(shared: Page) -> None:
    shared.fill("#filter", "CLIMB")
    assert column(shared, "strategy") == ["climb"]
    shared.fill("#filter", "")
    assert len(column(shared, "strategy")) == 3


def test_the_price_of_a_gradient_changes_table_curves_and_chapters(page: Page) -> None:
    def climb() -> tuple[str, float]:
        row = column(page, "strategy").index("climb")
        last = next(line for line in curves(page) if line["name"] == "climb")["y"][-1]
        return column(page, "median")[row], last

    cheap = climb()
    assert page.get_by_role("heading", name="When a gradient costs 1", exact=True).is_visible()
    choose(page, "#prices", "3")
    assert climb()[0] != cheap[0]
    assert climb()[1] < cheap[1]  # half of its rows are paid for
    assert page.get_by_role("heading", name="When a gradient costs 3", exact=True).is_visible()
    assert not page.get_by_role("heading", name="When a gradient costs 1", exact=True).is_visible()


def test_a_part_of_the_budget_is_read_from_table_and_curves(shared: Page) -> None:
    assert column(shared, "used")[0] == "40/40"
    choose(shared, "#shares", "25 %")
    assert set(column(shared, "used")) == {"10/10"}
    assert "read at 25 % of its budget" in shared.inner_text("#reading")
    shown = "document.querySelector('.chart')._fullLayout.xaxis.range"
    assert shared.evaluate(shown) == [0, 10]
    choose(shared, "#shares", "100 %")


def test_the_legend_switches_strategies_off_for_good(page: Page) -> None:
    entry = page.locator("#charts .legendtoggle").first
    entry.dispatch_event("mousedown")
    entry.dispatch_event("mouseup")
    page.wait_for_selector("#charts .legend .traces[style*='opacity: 0.5']")
    off = {line["name"] for line in curves(page) if line["visible"] == "legendonly"}
    assert len(off) == 1
    choose(page, "#prices", "3")
    assert {line["name"] for line in curves(page) if line["visible"] == "legendonly"} == off


def test_axes_can_be_logarithmic(shared: Page) -> None:
    kinds = "(({xaxis, yaxis}) => [xaxis.type, yaxis.type])"
    read = f"{kinds}(document.querySelector('.chart')._fullLayout)"
    before = shared.evaluate(read)
    shared.check("[name=log-x]")
    shared.set_checked("[name=log-y]", before[1] != "log")
    assert before[0] == "linear"
    assert shared.evaluate(read) == ["log", "linear" if before[1] == "log" else "log"]
    heights = [y for line in curves(shared) for y in line["y"] if y is not None]
    assert before[1] == "log" or min(heights) > 0
    shared.uncheck("[name=log-x]")
    shared.set_checked("[name=log-y]", before[1] == "log")


def test_curves_can_be_read_over_seconds(shared: Page) -> None:
    title = "document.querySelector('.chart')._fullLayout.xaxis.title.text"
    ends = [line["x"][-1] for line in curves(shared)]
    assert shared.evaluate(title) == "cost"
    shared.check("[name=seconds]")
    assert shared.evaluate(title).startswith("seconds")
    assert [line["x"][-1] for line in curves(shared)] != ends
    shared.uncheck("[name=seconds]")
    assert [line["x"][-1] for line in curves(shared)] == ends


def test_names_are_shown_as_text(shared: Page) -> None:
    assert shared.inner_text("h1") == EVIL
    assert STRATEGIES[2] in column(shared, "strategy")
    drawn = "all => all.map(text => text.textContent).join('')"
    assert EVIL in shared.locator("#charts .legend").evaluate_all(drawn)
    assert shared.locator("#charts h3").all_inner_texts() == [*OBJECTIVES]
    assert shared.locator("img[src=x]").count() == shared.locator("#charts b").count() == 0
    shared.locator(".chart .nsewdrag").first.hover()
    shared.wait_for_selector(".hoverlayer .hovertext")
    assert EVIL in (shared.locator(".hoverlayer").first.text_content() or "")
    for heading in shared.locator(f"{FIRST} .tabulator-col").all():
        heading.hover()


@pytest.mark.parametrize(
    "page", [{"viewport": {"width": 400, "height": 740}, "has_touch": True}], indirect=True
)
def test_a_phone_scrolls_one_way(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    table = "document.querySelector('.summary .tabulator-tableholder')"
    assert page.evaluate(f"{table}.scrollWidth > {table}.clientWidth")  # wide tables scroll inside
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize) >= 16")


CONTRAST = """selector => {
  const part = document.querySelector(selector);
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const bytes = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const ground = getComputedStyle(document.body).backgroundColor;
  return [bytes(getComputedStyle(part).color), bytes(ground)];
}"""


def luminance(colour: list[int]) -> float:
    """Relative luminance of an sRGB colour, as WCAG 2.2 defines it."""
    c = np.array(colour) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


@pytest.mark.parametrize(
    "page", [{"color_scheme": "dark"}, {"color_scheme": "light"}], indirect=True
)
def test_text_stands_out_by_day_and_by_night(page: Page) -> None:
    def grounds() -> set[bool]:
        dark = set()
        for selector in ("body", "#reading", "nav a", ".tabulator-cell", ".tabulator-col"):
            ink, ground = map(luminance, page.evaluate(CONTRAST, selector))
            assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5  # WCAG 2.2, AA
            dark.add(ink > ground)
        return dark

    first = grounds()
    assert first == {page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")}
    page.click("#theme")
    assert grounds() == {not first.pop()}


def test_chapters_and_objectives_are_folded_and_a_link_opens_them(page: Page) -> None:
    chapters = page.locator("details.chapter")
    is_open = "all => all.map(each => each.open)"
    assert chapters.evaluate_all(is_open) == [False] * chapters.count() != []
    page.locator("nav a", has_text="Audit").click()
    assert page.locator("details.chapter[open] h2").inner_text() == "Audit"
    assert page.locator("details.chapter[open] .tabulator-row").count() > 0


def test_the_leaderboard_names_every_strategy(shared: Page) -> None:
    assert set(column(shared, "strategy", "#board")) == {*STRATEGIES}
    shared.fill("#filter", "climb")
    assert column(shared, "strategy", "#board") == ["climb"]
    shared.fill("#filter", "")


@pytest.mark.parametrize("page", [{"color_scheme": "dark"}], indirect=True)
def test_figures_are_dark_by_night(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    ground = page.evaluate(CONTRAST, "figure")[0]
    assert luminance(ground) > 0.5  # of its text: the card behind it is that of the page
    svg = page.locator("figure img").first.get_attribute("src") or ""
    assert "prefers-color-scheme" in b64decode(svg.partition(",")[2]).decode()
