"""The command `blackbox`: run a study file, list what there is, report what was found."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pandas as pd
from rich.console import Console

from blackbox import imports, registry
from blackbox.carry_out import run
from blackbox.checking import FINE, LOOK, MEND, check
from blackbox.comparison import Comparison, load
from blackbox.difference import diff
from blackbox.errors import BlackboxError
from blackbox.external_logs import read_log
from blackbox.folder import Again
from blackbox.imports.tables import LONG
from blackbox.printing import print_table, say, show, shown_in_a_line
from blackbox.results.export import FORMATS
from blackbox.results.statistics.changes import WORSE
from blackbox.results.writing import readable
from blackbox.stopping import stopped_by_signals
from blackbox.study_file import read
from blackbox.trace import ENDED_WELL
from blackbox.version import __version__

EXIT_CODES = (
    "exit codes: 0 it worked (of a study: no run is left to be made, and at least one ended well); "
    "1 all runs failed or were skipped, `check` found what must be mended, or `diff` what got "
    "worse; 2 it could not be done as asked; 3 runs are not finished, because time was up or "
    "something was away: run it again to go on; 130 stopped by a signal, run it again to go on"
)
UNFINISHED = 3
STOPPED = 130
OWN_PARTS = (
    "your own are named as module:attribute: an object, a class of a strategy, or a function that "
    "makes one, as mine:make(d=3), annotated `-> bb.Objective` or marked with @bb.maker"
)
AGAIN = (
    "make anew, as often as needed: runs whose code was `edited`, what `judges` say, runs most of "
    "whose points were `invalid`, or `all`; the earlier ones are kept in runs/replaced/"
)
REPORT = "report"  # the folder of a report, beside the study file and its `runs/`


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    0 if it worked, 1 if no run ended well, `check` found what must be mended or `diff` what got
    worse, 2 if it could not be done as asked, 3 if runs are not finished, 130 if it was stopped.
    """
    options = _parser().parse_args(arguments)
    # A file or a pipe has no edge to wrap at.
    wide = None if sys.stdout.isatty() else 200
    console = Console(width=wide)
    # One's own `module:attribute` is found from where the command is given, as with `python -m`.
    # At the end of the path, so that a file there never stands in for a package.
    sys.path.append(str(Path.cwd()))
    try:
        with stopped_by_signals(), shown_in_a_line():
            return _done(options, console)
    except BlackboxError as error:
        say(f"blackbox: {error}", "red")
        return 2
    except KeyboardInterrupt:
        say("blackbox: stopped; what was paid for is kept, run again to go on", "yellow")
        return STOPPED


def command() -> int:
    """`main` as a process: one that was stopped ends at once.

    To take torch and all it holds apart takes Python seconds, and a whole process has no need of it.
    """
    code = main()
    if code == STOPPED:
        atexit._run_exitfuncs()  # other packages' duties, which `os._exit` would skip
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _done(options: argparse.Namespace, console: Console) -> int:
    """Do it, and return the exit code."""
    match options.command:
        case "run":
            return _run(options, console)
        case "list":
            _list(options.what, console)
        case "export":
            made = load(options.folder).at(options.price).export(options.out, options.format)
            console.print(f"{options.format}: {made}", soft_wrap=True, highlight=False)
        case "import":
            made = _import(options).save(options.out)
            console.print(f"runs: {made}", soft_wrap=True, highlight=False)
        case "check":
            return _check(options.part, console)
        case "diff":
            return _diff(options, console)
        case "report":
            _tell(load(options.folder).report(Path(options.folder) / REPORT), console)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="blackbox", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    run_it = commands.add_parser("run", help="carry out a study; what is finished is left out")
    run_it.add_argument("study", help="a study file in TOML; runs/ and report/ land beside it")
    run_it.add_argument("--jobs", type=_positive, default=1, help="processes that share the work")
    run_it.add_argument(
        "--seconds", type=_seconds, help="stop after so long; run again to go on (exit code 3)"
    )
    run_it.add_argument("--again", choices=get_args(Again), action="append", default=[], help=AGAIN)
    listed = commands.add_parser(
        "list", help="strategies or objectives that can be named", epilog=OWN_PARTS
    )
    listed.add_argument("what", choices=("strategies", "objectives"))
    diff_it = commands.add_parser("diff", help="what got worse between two folders of one study")
    diff_it.add_argument("before", help="a folder that holds the runs of a study")
    diff_it.add_argument("after", help="a folder that holds them as they are now")
    check_it = commands.add_parser("check", help="try an objective, or a strategy's promises")
    check_it.add_argument("part", help="a name, or package.module:attribute")
    report = commands.add_parser("report", help="make FOLDER/report/ again: tables, figures, page")
    report.add_argument("folder", help="a folder that holds the runs of a study")
    export = commands.add_parser("export", help="write the runs of a folder for other tools")
    export.add_argument("folder", help="a folder that holds the runs of a study")
    export.add_argument("--format", choices=tuple(FORMATS), required=True)
    export.add_argument("--out", required=True, help="a new folder")
    export.add_argument("--price", type=float, help="of a gradient: leave out what it cuts off")
    _add_import(commands.add_parser("import", help="make a folder of what another tool logged"))
    return parser


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", help="a csv file, or a folder of COCO's or IOHprofiler's")
    parser.add_argument("--format", choices=imports.FORMATS, default="csv")
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


def _import(options: argparse.Namespace) -> Comparison:
    given = {
        "columns": dict(options.column),
        "fixed": dict(options.set),
        "rename": dict(options.rename),
    }
    return read_log(options.log, options.format, maximize=options.maximize, **given)


def _seconds(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"must be > 0, not {text}")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1, not {number}")
    return number


def _run(options: argparse.Namespace, console: Console) -> int:
    """Carry out a study and show its tables."""
    path = Path(options.study)
    study = read(path)
    sys.path.append(str(path.parent.resolve()))
    comparison = run(
        study,
        jobs=options.jobs,
        store=path.parent,
        seconds=options.seconds,
        again=options.again,
    )
    if comparison.traces:
        show(comparison, console)
        _tell(comparison.report(path.parent / REPORT), console)
    if not comparison.is_complete:
        say(f"blackbox: {_left(comparison.missing, len(comparison.traces))}", "yellow")
        return UNFINISHED
    ended_well = [trace.status in ENDED_WELL for trace in comparison.traces]
    return 0 if any(ended_well) else 1


def _left(missing: pd.DataFrame, n_finished: int) -> str:
    """What is not finished, and the reason that most of it has, in a line."""
    reasons = missing["reason"][missing["reason"] != ""]
    why = ""
    if len(reasons):
        commonest = str(reasons.mode()[0]).strip().splitlines()[-1]
        others = reasons.nunique() - 1
        why = f" ({commonest}{f', and {others} other reasons' if others else ''})"
    whole = len(missing) + n_finished
    return f"{len(missing)} of {whole} runs are not finished{why}; run again to go on"


def _tell(folder: Path, console: Console) -> None:
    for file in ("README.md", "report.html"):
        console.print(f"report: {folder / file}", soft_wrap=True, highlight=False, markup=False)


def _list(what: str, console: Console) -> None:
    print_table(pd.DataFrame(registry.listing(what)), what, console)


def _check(reference: str, console: Console) -> int:
    """Show what was found out about a part; 1 if something must be mended."""
    table = check(reference)
    for row in table.itertuples(index=False):
        mark = {FINE: "  ", LOOK: "? ", MEND: "! "}[str(row.verdict)]
        advice = f"\n     -> {row[2]}" if row[2] else ""
        console.print(f"{mark} {row.tried}: {row.found}{advice}", markup=False, highlight=False)
    mended = int((table.verdict == MEND).sum())
    console.print(f"{mended} must be mended" if mended else "nothing must be mended")
    return 1 if mended else 0


def _diff(options: argparse.Namespace, console: Console) -> int:
    """Show what changed between two folders; 1 if something got worse."""
    table = diff(options.before, options.after)
    print_table(readable.changes(table), f"{options.before} and {options.after}", console)
    worse = table[table["verdict"] == WORSE]
    cells = "; ".join(f"{row.strategy} on {row.objective}" for row in worse.itertuples())
    verdict = f"worse: {cells}" if cells else "nothing got worse"
    console.print(verdict, markup=False, highlight=False)
    return 1 if cells else 0
