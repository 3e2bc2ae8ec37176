"""A page: rendered from its template and frames, and compared with the one that is there."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from blackbox.errors import PageError
from blackbox.pages import made_with
from blackbox.pages.frames import PageFrames
from blackbox.pages.pictures import Pictures
from blackbox.pages.prose import sentences_without_claims
from blackbox.pages.template import Rendered, Template, claims_of, functions_of
from blackbox.results.claims.claim import Claim

NOTE = (
    "<!-- Made from page.md and frames/ by `python -m blackbox.pages --write {}`: edit those. -->\n"
)


class Page:
    """The page of a package, `Page("reports.blog")`; made in `folder` if not there."""

    def __init__(self, package: str, folder: Path | None = None) -> None:
        """Of a package that can be imported. Raises PageError where it has no template."""
        self.package = package
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise PageError(f"there is no package {package} that could hold a page")
        self.home = Path(next(iter(spec.submodule_search_locations)))
        self.folder = folder or self.home
        if not (self.home / "page.md").is_file():
            raise PageError(f"{self.home} holds no page.md")
        self.source = (self.home / "page.md").read_text(encoding="utf-8")

    @cached_property
    def claims(self) -> Mapping[str, Claim[PageFrames, Mapping[str, Any]]]:
        """The claims of `claims.py`, by name."""
        return claims_of(self._module("claims"))

    @property
    def frames(self) -> PageFrames:
        """The frames beside the page."""
        return PageFrames.read(self.folder / "frames")

    def render(self, frames: PageFrames | None = None) -> str:
        """The page as text. Raises PageError that names each sentence which is false."""
        rendered = self.rendered(self.frames if frames is None else frames)
        problems = [*rendered.wrong, *sentences_without_claims(self.source)]
        problems += [
            f"claims.py: no sentence needs {name}" for name in self.claims.keys() - rendered.used
        ]
        if problems:
            raise PageError(f"{self.package}:\n" + "\n".join(f"  {line}" for line in problems))
        foot = made_with.sentence(self.folder / "frames")
        return NOTE.format(self.package) + rendered.text + (f"\n{foot}\n" if foot else "")

    def rendered(self, frames: PageFrames) -> Rendered:
        """The text, with what is wrong with its sentences."""
        tables = functions_of(self._module("claims")) | functions_of(self._module("tables"))
        return Template(self.source, frames, self.claims, tables).render()

    def check(self) -> None:
        """Raises PageError where the page is not what its template and frames make of it."""
        frames = self.frames
        made, path = self.render(frames), self.folder / "README.md"
        there = path.read_text(encoding="utf-8") if path.is_file() else ""
        lines = difflib.unified_diff(
            there.splitlines(), made.splitlines(), "as it is", "as it is made", n=0, lineterm=""
        )
        problems = [*self._pictures.wrong(frames)] + ([*lines] if made != there else [])
        if problems:
            text = "\n".join(f"  {line}" for line in problems)
            write = f"`python -m blackbox.pages --write {self.package}` makes it anew"
            raise PageError(f"{self.package} is not made from its frames; {write}:\n{text}")

    def write(self) -> Path:
        """Draw its pictures and write it; the file. Raises PageError as `render` does."""
        frames = self.frames
        self._pictures.draw(frames)
        path = self.folder / "README.md"
        path.write_text(self.render(frames), encoding="utf-8", newline="\n")
        return path

    @property
    def _pictures(self) -> Pictures:
        made_by: Mapping[str, Callable[[PageFrames], Any]] = functions_of(self._module("figures"))
        return Pictures(self.folder, self.source, made_by)

    def _module(self, name: str) -> ModuleType | None:
        if not (self.home / f"{name}.py").is_file():
            return None
        return importlib.import_module(f"{self.package}.{name}")
