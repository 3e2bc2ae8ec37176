"""Studies whose pages these are: carried out, measured, and written by one command.

    python -m blackbox.pages.making reports.matrix reports.blog --jobs 2
    python -m blackbox.pages.making reports.matrix --small      # a few runs, to see that it works

A study is a package that holds a page and `measure.py`, whose `measure(given)` returns the tables
of the page by name; what is run may stand in `study.toml` (see `asked`). What is finished is left
out when a study is made again: runs are kept in `runs/` of its folder, and `--folder` puts all of
it elsewhere.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from blackbox.carry_out import compare
from blackbox.comparison import Comparison
from blackbox.errors import BlackboxError, PageError
from blackbox.pages import made_with
from blackbox.pages.build import Page
from blackbox.pages.frames import PageFrames
from blackbox.pages.made_with import versions_of
from blackbox.protocol import Strategy
from blackbox.registry import objective, strategy
from blackbox.study_file import as_list
from blackbox.trace import Trace

Key = TypeVar("Key")


@dataclass(frozen=True)
class Given:
    """What a study's `measure(given)` is told: processes, where its runs are kept, how much."""

    jobs: int = 1
    runs: Path = Path("runs")
    small: bool = False  # a few runs, in minutes
    versions: dict[str, int] = field(default_factory=dict)  # of the strategies, by name

    def compare(self, *asked: Any, store: object, **settings: Any) -> Comparison:
        """What `bb.compare` is asked, with its runs in a folder of this name.

        Runs of code that was edited since are made anew: a page speaks of the code beside it.
        """
        where = self.runs / str(store)
        _, strategies, *_ = asked
        self.made_with(*as_list(strategies))
        return compare(*asked, jobs=self.jobs, store=where, again="edited", **settings)

    def made_with(self, *strategies: str | Strategy) -> None:
        """Note the versions of strategies that were run, for the page; `compare` does."""
        for one in strategies:
            self.versions.update(versions_of(strategy(one)))

    def traces(
        self, questions: Mapping[Key, str], *asked: Any, store: object
    ) -> dict[Key, list[Trace]]:
        """The runs for each question, an objective's name; the rest as for `compare`."""
        runs = defaultdict(list)
        for trace in self.compare([*questions.values()], *asked, store=store).traces:
            runs[trace.objective].append(trace)
        return {key: runs[objective(name).name] for key, name in questions.items()}


def asked(module: str) -> dict[str, Any]:
    """What `study.toml` says, beside the module whose `__file__` this is."""
    return tomllib.loads(Path(module).with_name("study.toml").read_text(encoding="utf-8"))


def make(package: str, jobs: int = 1, folder: Path | None = None, *, small: bool = False) -> Path:
    """Make what is missing of a study, then its frames, its pictures and its page; the page.

    A small study has frames only, whose folder is returned: its page speaks of the whole. Raises
    PageError where there is no such study, and as `Page.render` does.
    """
    page = Page(package, folder and folder / package.rpartition(".")[2])
    if not (page.home / "measure.py").is_file():
        raise PageError(f"{page.home} holds no measure.py: its frames cannot be made again")
    study, frames = importlib.import_module(f"{package}.measure"), page.folder / "frames"
    given = Given(jobs, page.folder / "runs", small)
    PageFrames(study.measure(given)).write(frames)
    made_with.write(frames, given.versions)
    return frames if small else page.write()


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 where a study cannot be made, or its page is false."""
    parser = argparse.ArgumentParser(
        prog="python -m blackbox.pages.making", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("packages", nargs="+", metavar="PACKAGE", help="such as reports.blog")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="a few runs, to see that it works")
    parser.add_argument("--folder", type=Path, help="where to write, if not beside the scripts")
    given = parser.parse_args(arguments)
    failed = False
    for package in given.packages:
        try:
            print(make(package, given.jobs, given.folder, small=given.small), flush=True)
        except BlackboxError as error:
            failed = True
            print(error, file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
