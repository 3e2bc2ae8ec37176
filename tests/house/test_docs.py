"""The pages of docs/: links lead somewhere, blocks are run by what runs them, examples are short.

All blocks and examples are run by `make docs`, which takes minutes; here is a sample.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import blackbox as bb
from blackbox import registry
from blackbox.protocol import Capability, wishes
from blackbox.strategies import TABLE
from blackbox.strategies.peers import scipy
from docs.executed import BlockFailed, executed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MADE = ("_build", "gallery")  # by `make docs`
PAGES = sorted(p for p in DOCS.rglob("*.md") if p.relative_to(DOCS).parts[0] not in MADE)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
ANCHOR = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """What a page can be entered at: its headings, and what it names."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
    return slugs | set(ANCHOR.findall(text))


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES], ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target, anchor in LINK.findall(text):
        place = page if not target else (page.parent / target).resolve()
        if "gallery/" in target:
            continue
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place.read_text()), f"{target}#{anchor}"


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = set()
    for page in PAGES:
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(), re.DOTALL):
            listed |= {line for line in tree.splitlines() if line and not line.startswith(":")}
    names = {str(page.relative_to(DOCS).with_suffix("")) for page in PAGES}
    assert listed - {"gallery/index"} == names - {"index"}


def test_it_says_who_handles_constraints_and_who_is_told_a_merit() -> None:
    text = (DOCS / "scorer.md").read_text()
    (passage,) = re.findall(r"handle both\s+themselves:(.*?)The others", text, re.DOTALL)
    names = set(re.findall(r"`([\w:]+)`", passage))
    asked = {*TABLE} - {"ax", "smac"} | {f"scipy:{method}" for method in scipy.METHODS}
    assert names == {
        one for one in asked if Capability.CONSTRAINTS in wishes(registry.strategy(one))
    }


def test_strategies_that_pages_recommend_exist() -> None:
    text = (DOCS / "choose.md").read_text()
    table = text[text.index("| your problem") : text.index("Always have")]
    names = [one for one in re.findall(r"`([^`]+)`", table) if one != "guarded(...)"]
    assert len(names) > 20
    for name in names:
        registry.strategy(name)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").rglob("*.py")), ids=str)
def test_examples_are_short(example: Path) -> None:
    assert len(example.read_text().splitlines()) <= 40


def test_the_notebook_was_run_and_shows_pictures() -> None:
    cells = json.loads((ROOT / "examples" / "notebook.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] for cell in code)
    shown = [output.get("data", {}) for cell in code for output in cell["outputs"]]
    assert sum("image/png" in data for data in shown) >= 2
    assert not any("0 % of the budget" in "".join(data.get("text/plain", "")) for data in shown)


def test_blocks_share_a_folder_and_show_what_they_print() -> None:
    page = (
        "```python\n# part.py\nvalue = 3\n```\n```python\nimport part\nprint(part.value)\n```\n"
        "```sh\nblackbox list strategies nothing  # exit code 2\n```\n"
        "```{made}\nprint('## made')\n```\n"
    )
    shown = executed(page, "page")
    assert "```text\n3\n```" in shown
    assert shown.endswith("## made\n\n")


@pytest.mark.parametrize(
    ("block", "line"),
    [("```python\n1 / 0\n```", "ZeroDivisionError"), ("```sh\nblackbox list x\n```", "with 2")],
)
def test_a_block_that_fails_fails_the_page_and_is_named(block: str, line: str) -> None:
    with pytest.raises(BlockFailed, match=rf"mine, line 3: .*{line}"):
        executed(f"# Page\n\n{block}\n", "mine")


@pytest.mark.slow
def test_a_page_does_what_it_says() -> None:
    assert "```text\n8\n```" in executed((DOCS / "budgets.md").read_text(), "budgets")


def test_the_reference_names_all_that_can_be_imported() -> None:
    listed = re.findall(
        r"auto\w+:: blackbox\.(\w+)$", (DOCS / "reference/index.md").read_text(), re.M
    )
    errors = {name for name in bb.__all__ if bb._FACE[name] == "blackbox.errors"}
    assert set(listed) - {"errors"} | errors == set(bb.__all__)
