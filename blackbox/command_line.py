"""What the command `blackbox` takes: its subcommands and their options."""

from __future__ import annotations

import argparse
import textwrap
from typing import get_args

from blackbox.again import Again
from blackbox.formats import EXPORTS, LOGS, LONG
from blackbox.version import __version__

DESCRIPTION = "Compare searches on one objective: run a study, list what there is, report."
EXAMPLE = """\
begin with:
  blackbox list strategies            what can search
  blackbox list strategies cma_es     its settings, their defaults and reasons
  blackbox check mymodule:objective   is mine called as it wants to be?
  blackbox run study.toml --jobs 2    make a study; again to go on

exit codes:
"""
EXIT_CODES = {
    0: "it worked (of a study: no run is left to be made, and at least one ended well)",
    1: "all runs failed or were skipped, `check` found what must be mended, or `diff` what got "
    "worse",
    2: "it could not be done as asked",
    3: "runs are not finished, because time was up or something was away: run it again to go on",
    130: "stopped by a signal: run it again to go on",
}
OWN_PARTS = (
    "your own are named as module:attribute: an object, a class of a strategy, or a function that "
    "makes one, as mine:make(d=3), annotated `-> bb.Objective` or marked with @bb.maker"
)
VERBOSE = "show what other packages log and warn of, too"
JSON = "print the result as JSON, and nothing else, on standard output"
PROGRESS = "where standard error is no terminal, print a line on it now and then, too"
FULL = "show the summary of each objective too, what was skipped, and why runs failed"
LEASE = (
    "seconds without a sign of life after which other processes that run this study in the same "
    "folder take over what this one was making (60); more where a call holds Python's lock for long"
)
AGAIN = (
    "make anew, as often as needed: runs whose code was `edited`, what `judges` say, runs most of "
    "whose points were `invalid`, or `all`; the earlier ones are kept in runs/replaced/"
)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    codes = "\n".join(
        textwrap.fill(text, 78, initial_indent=f"{code:>5}  ", subsequent_indent=" " * 7)
        for code, text in EXIT_CODES.items()
    )
    whole = argparse.ArgumentParser(
        prog="blackbox",
        description=DESCRIPTION,
        epilog=EXAMPLE + codes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=__version__)
    whole.add_argument("--verbose", action="store_true", help=VERBOSE)
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    _add_run(commands.add_parser("run", help="carry out a study; what is finished is left out"))
    listed = commands.add_parser(
        "list", help="what can be named, and the settings of each", epilog=OWN_PARTS
    )
    listed.add_argument("what", choices=("strategies", "objectives"))
    listed.add_argument("name", nargs="?", help="one of them: what it is, defaults and reasons")
    diff_it = commands.add_parser("diff", help="what got worse between two folders of one study")
    diff_it.add_argument("before", help="a folder that holds the runs of a study")
    diff_it.add_argument("after", help="a folder that holds them as they are now")
    status_of = commands.add_parser("status", help="how far a study is, and who works on it")
    status_of.add_argument("folder", help="a folder in which a study is run, now or once")
    check_it = commands.add_parser("check", help="try an objective, or a strategy's promises")
    check_it.add_argument("part", help="a name, module:attribute, or a study file's objectives")
    report = commands.add_parser("report", help="make FOLDER/report/ again: tables, figures, page")
    report.add_argument("folder", help="a folder that holds the runs of a study")
    report.add_argument("--full", action="store_true", help=FULL)
    report.add_argument("--baseline", help="the strategy that others are compared with")
    export = commands.add_parser("export", help="write the runs of a folder for other tools")
    export.add_argument("folder", help="a folder that holds the runs of a study")
    export.add_argument("--format", choices=EXPORTS, required=True)
    export.add_argument("--out", required=True, help="a new folder")
    export.add_argument("--price", type=float, help="of a gradient: leave out what it cuts off")
    _add_import(commands.add_parser("import", help="make a folder of what another tool logged"))
    for one in ("run", "list", "status", "check", "diff", "report"):
        commands.choices[one].add_argument("--json", action="store_true", help=JSON)
    return whole


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", help="a study file in TOML; runs/ and report/ land beside it")
    parser.add_argument("--jobs", type=_positive, default=1, help="processes that share the work")
    parser.add_argument(
        "--seconds", type=_seconds, help="stop after so long; run again to go on (exit code 3)"
    )
    parser.add_argument(
        "--confirm",
        type=_count,
        help="score the best of a run on a noisy scorer so often again (0: never), in place of "
        "what the study file says",
    )
    parser.add_argument(
        "--scheduler",
        metavar="tcp://HOST:8786",
        help="a Dask scheduler, whose workers make the runs (extra `cluster`)",
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="make the I-th of N parts of the runs only, which are the same everywhere",
    )
    parser.add_argument("--lease", type=_seconds, default=60.0, help=LEASE)
    parser.add_argument("--full", action="store_true", help=FULL)
    parser.add_argument("--progress", action="store_true", help=PROGRESS)
    parser.add_argument("--again", choices=get_args(Again), action="append", default=[], help=AGAIN)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", help="a file or a folder; may be compressed or an archive")
    parser.add_argument("--format", choices=LOGS, default="csv")
    parser.add_argument("--out", required=True, help="a new folder, for `blackbox report`")
    sign = parser.add_mutually_exclusive_group()
    sign.add_argument("--maximize", action="store_true", default=None, help="high is good in a csv")
    sign.add_argument("--minimize", action="store_false", dest="maximize", help="low is good")
    for name, what in (
        ("column", "MEANING=COLUMN, where a csv has another name for one of: " + ", ".join(LONG)),
        ("set", "MEANING=VALUE, the same for all rows of a csv; budget=VALUE too"),
        ("rename", "OLD=NEW, another name for an objective or a strategy"),
    ):
        parser.add_argument(f"--{name}", type=_pair, action="append", default=[], help=what)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, not {text!r}")
    return name, value


def _seconds(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"must be > 0, not {text}")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be >= 0, not {number}")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1, not {number}")
    return number
