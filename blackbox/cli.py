"""The command `blackbox`: run a study file, list what there is, report what was found."""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from blackbox.command_line import parser
from blackbox.errors import BlackboxError, StudyError
from blackbox.list_command import show_list
from blackbox.other_packages import silent_others
from blackbox.run_command import REPORT, carry_out
from blackbox.spelling import suggestion
from blackbox.stopping import stopped_by_signals
from blackbox.terminal import print_report, say, shown_in_a_line

if TYPE_CHECKING:
    from blackbox.comparison import Comparison
    from blackbox.scoring.objective import Objective

# What only some commands need is imported by them: a list does not wait for torch.

STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; alone it helps.

    0 if it worked, 1 if no run ended well, `check` found what must be mended or `diff` what got
    worse, 2 if it could not be done as asked, 3 if runs are not finished, 130 if it was stopped.
    """
    options = parser().parse_args(arguments)
    if options.command is None:
        parser().print_help()
        return 0
    # A file or a pipe has no edge to wrap at.
    wide = None if sys.stdout.isatty() else 200
    console = Console(width=wide)
    # One's own `module:attribute` is found from where the command is given, as with `python -m`.
    # At the end of the path, so that a file there never stands in for a package.
    sys.path.append(str(Path.cwd()))
    try:
        others = nullcontext() if options.verbose else silent_others()
        with stopped_by_signals(), others, shown_in_a_line(all_of_them=options.verbose):
            return _done(options, console)
    except BlackboxError as error:
        say(f"blackbox: {error}", "red")
        return 2
    except KeyboardInterrupt:
        say("blackbox: stopped; what was paid for is kept, run again to go on", "yellow")
        return STOPPED


def command() -> int:
    """`main` as a process: one that was stopped ends at once.

    To take apart all that torch holds takes Python seconds, and nobody needs it.
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
            return carry_out(options, console)
        case "list":
            show_list(options)
        case "export":
            from blackbox.comparison import load

            made = load(options.folder).at(options.price).export(options.out, options.format)
            console.print(f"{options.format}: {made}", soft_wrap=True, highlight=False)
        case "import":
            made = _import(options).save(options.out)
            console.print(f"runs: {made}", soft_wrap=True, highlight=False)
        case "status":
            _status(Path(options.folder), console, as_json=options.json)
        case "check":
            return _check(options.part, console, as_json=options.json)
        case "diff":
            return _diff(options, console)
        case "report":
            _report(options, console)
    return 0


def _report(options: argparse.Namespace, console: Console) -> None:
    """Make the report of a folder again, and show its tables."""
    from blackbox import as_json
    from blackbox.comparison import load
    from blackbox.printing import show

    comparison = load(options.folder)
    view = comparison.at()
    if options.baseline not in (None, *view.strategies):
        near = suggestion(options.baseline, view.strategies)
        raise StudyError(f"the baseline {options.baseline!r} did not run{near}")
    if options.json:
        made = comparison.report(Path(options.folder) / REPORT, options.baseline)
        as_json.print_json(as_json.study(comparison, [made]))
        return
    show(comparison, console, options.full)
    print_report(comparison.report(Path(options.folder) / REPORT, options.baseline), console)


def _import(options: argparse.Namespace) -> Comparison:
    """The runs of another tool's log."""
    from blackbox.external_logs import read_log

    given = {
        "columns": dict(options.column),
        "fixed": dict(options.set),
        "rename": dict(options.rename),
    }
    return read_log(options.log, options.format, maximize=options.maximize, **given)


def _check(reference: str, console: Console, *, as_json: bool) -> int:
    """Show what was found out about a part, or each objective of a file; 1 if one needs mending."""
    if Path(reference).suffix != ".toml":
        return _checked(reference, console, as_json=as_json)
    from blackbox import registry
    from blackbox.study_file import read

    study = read(Path(reference))
    sys.path.append(str(Path(reference).parent.resolve()))
    codes = []
    for one in study.objectives:
        name = registry.objective(one).name
        if not as_json:
            console.print(f"objective {name}", markup=False, highlight=False)
        codes.append(_checked(one, console, as_json=as_json, of=name))
    return max(codes)


def _checked(part: str | Objective, console: Console, *, as_json: bool, of: str = "") -> int:
    from blackbox.as_json import print_json, rows
    from blackbox.checking import FINE, LOOK, MEND, check

    table = check(part)
    if as_json:
        print_json({"part": of or part, "rows": rows(table)})
        return int((table.verdict == MEND).any())
    for row in table.itertuples(index=False):
        mark = {FINE: "  ", LOOK: "? ", MEND: "! "}[str(row.verdict)]
        advice = f"\n     -> {row[2]}" if row[2] else ""
        console.print(f"{mark} {row.tried}: {row.found}{advice}", markup=False, highlight=False)
    mended = int((table.verdict == MEND).sum())
    console.print(f"{mended} must be mended" if mended else "nothing must be mended")
    return 1 if mended else 0


def _status(folder: Path, console: Console, *, as_json: bool) -> None:
    """Show how far a study is, and who works on it."""
    from blackbox import as_json as content
    from blackbox.live import duration, sentence, table
    from blackbox.standing import total
    from blackbox.status import status

    now = status(folder)
    if as_json:
        content.print_json(content.status(now))
        return
    if now.rows:
        line = f"{now.name}: {sentence(total(now.rows), now.seconds_left)}"
        console.print(table(now.rows, line))
    for one in now.holders:
        since = duration(time.time() - one.since)
        console.print(f"{one} works on it, since {since}", markup=False, highlight=False)
    if not now.holders:
        console.print("nobody works on it")


def _diff(options: argparse.Namespace, console: Console) -> int:
    """Show what changed between two folders; 1 if something got worse."""
    from blackbox.as_json import print_json, rows
    from blackbox.difference import diff
    from blackbox.printing import print_table
    from blackbox.results.statistics.changes import WORSE
    from blackbox.results.writing import readable

    table = diff(options.before, options.after)
    if options.json:
        print_json(rows(table))
        return int((table["verdict"] == WORSE).any())
    print_table(readable.changes(table), f"{options.before} and {options.after}", console)
    worse = table[table["verdict"] == WORSE]
    cells = "; ".join(f"{row.strategy} on {row.objective}" for row in worse.itertuples())
    verdict = f"worse: {cells}" if cells else "nothing got worse"
    console.print(verdict, markup=False, highlight=False)
    return 1 if cells else 0
