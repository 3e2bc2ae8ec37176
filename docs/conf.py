"""How the site is built: `make docs`. Each block of a page is run (executed.py)."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sphinx_gallery.scrapers import figure_rst  # noqa: E402

from blackbox.version import __version__  # noqa: E402
from docs.executed import executed  # noqa: E402

project, author, release = "blackbox", "the blackbox authors", __version__
copyright = "the blackbox authors, MIT licence"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
html_theme, html_title = "furo", f"blackbox {__version__}"
exclude_patterns = ["_build", "gallery/README*"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
# Docstrings are written for people: one backtick is code.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "undoc-members": False}
suppress_warnings = ["config.cache", "docutils", "myst.header"]


def copied_examples() -> Path:
    """The examples in a folder of their own: they are run where they lie, and some write files."""
    copy = HERE / "_build" / "examples"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for file in (HERE.parent / "examples").glob("*.*"):
        if file.suffix == ".py" or file.stem == "GALLERY_HEADER":
            shutil.copy(file, copy)
    return copy


def figures(block: Any, variables: dict[str, Any], conf: Any) -> str:
    """Save the `figure` of an example: pyplot knows nothing of it."""
    figure = variables["example_globals"].pop("figure", None)
    if figure is None:
        return ""
    path = next(variables["image_path_iterator"])
    figure.savefig(path, dpi=100)
    return str(figure_rst([path], conf["src_dir"]))


sphinx_gallery_conf = {
    "image_scrapers": [figures],
    "examples_dirs": str(copied_examples()),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "download_all_examples": False,
    "show_memory": False,
    "abort_on_example_error": True,
    "min_reported_time": 1e9,
}


def run_blocks(app: Any, name: str, source: list[str]) -> None:
    """Run the blocks of a page, and show what they print; a study's page is that of its report."""
    if name.startswith("studies/"):
        source[0] = study_page(name.removeprefix("studies/"))
    elif not name.startswith("gallery"):
        source[0] = executed(source[0], name)


def study_page(name: str) -> str:
    """The page of reports/NAME, its links to other studies led to their pages here."""
    text = (HERE.parent / "reports" / name / "README.md").read_text()

    def led(match: re.Match[str]) -> str:
        mark, words, target = match.groups()
        if mark:
            return f"![{words}](../../reports/{name}/{target})"
        if study := re.fullmatch(r"\.\./(\w+)/README\.md", target):
            return f"[{words}]({study[1]}.md)"
        return match[0] if target.startswith(("http", "#")) else f"{words} (`{target}`)"

    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", led, text)


def setup(app: Any) -> None:
    """Listen for pages as they are read."""
    app.connect("source-read", run_blocks)
