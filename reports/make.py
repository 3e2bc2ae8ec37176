"""Carry out studies, measure their runs, and write their pages.

    python -m reports.make matrix blog --jobs 2     # two of them
    python -m reports.make --jobs 2                 # all, which takes hours
    python -m reports.make matrix --small           # a few runs, to see that it works

What is finished is left out when a study is made again. Runs are kept in `runs/` of each study's
folder, and `--folder` puts all of it elsewhere.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import blackbox as bb
from blackbox.pages import Page, PageFrames
from blackbox.trace import Trace

HERE = Path(__file__).parent
Key = TypeVar("Key")
STUDIES = tuple(sorted(path.parent.name for path in HERE.glob("*/measure.py")))


@dataclass(frozen=True)
class Given:
    """What a study's `measure(given)` is told: processes, where its runs are kept, how much."""

    jobs: int = 1
    runs: Path = HERE
    small: bool = False  # a few runs, in minutes

    def compare(self, *asked: Any, store: object) -> bb.Comparison:
        """What `bb.compare` is asked, with its runs in a folder of this name."""
        return bb.compare(*asked, jobs=self.jobs, store=self.runs / str(store))

    def traces(
        self, questions: Mapping[Key, str], *asked: Any, store: object
    ) -> dict[Key, list[Trace]]:
        """The runs for each question, an objective's name; the rest as for `compare`."""
        runs = defaultdict(list)
        for trace in self.compare([*questions.values()], *asked, store=store).traces:
            runs[trace.objective].append(trace)
        return {key: runs[bb.objective(name).name] for key, name in questions.items()}


def make(name: str, jobs: int = 1, folder: Path | None = None, *, small: bool = False) -> Path:
    """Make what is missing of one study, then its frames, its pictures and its page.

    A small study has frames only: what its page claims is true of the whole.
    """
    at = (folder or HERE) / name
    study = importlib.import_module(f"reports.{name}.measure")
    tables = study.measure(Given(jobs, at / "runs", small))
    PageFrames(tables).write(at / "frames")
    return at / "frames" if small else Page(f"reports.{name}", at).write()


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the studies that are named, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=", ".join(STUDIES))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="a few runs, to see that it works")
    parser.add_argument("--folder", type=Path, help="where to write, if not beside the scripts")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.studies if name not in STUDIES]
    if unknown:
        parser.error(f"there is no study {', '.join(unknown)}; there are {', '.join(STUDIES)}")
    for name in given.studies or STUDIES:
        made = make(name, given.jobs, given.folder, small=given.small)
        print(made, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
