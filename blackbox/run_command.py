"""The command `blackbox run`: carry out a study file, alone, beside others, or on a cluster."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from blackbox.terminal import print_report, say

if TYPE_CHECKING:
    import pandas as pd

    from blackbox.comparison import Comparison

UNFINISHED = 3
REPORT = "report"  # the folder of a report, beside the study file and its `runs/`


def carry_out(options: argparse.Namespace, console: Console) -> int:
    """Carry out a study and show its tables; the exit code."""
    from blackbox import as_json
    from blackbox.carry_out import run
    from blackbox.part import ANOTHER_PART, WHOLE, StudyPart
    from blackbox.study_file import read
    from blackbox.trace import ENDED_WELL

    path = Path(options.study)
    study = read(path)
    if options.confirm is not None:
        study = replace(study, confirm=options.confirm)
    sys.path.append(str(path.parent.resolve()))
    part = WHOLE if options.shard is None else StudyPart.parse(options.shard)
    reports: list[Path | None] = []

    def report(made: Comparison) -> None:
        reports.append(made.report(path.parent / REPORT) if made.traces else None)

    with _executor(options.scheduler) as executor:
        comparison = run(
            study,
            jobs=options.jobs,
            store=path.parent,
            seconds=options.seconds,
            again=options.again,
            progress=options.progress or None,
            executor=executor,
            part=part,
            lease=options.lease,
            at_end=report,
        )
    if options.json:
        as_json.print_json(as_json.study(comparison, reports))
    else:
        _show(comparison, reports, console, full=options.full)
    if (comparison.missing["reason"] != ANOTHER_PART).any():
        return UNFINISHED
    ended_well = [trace.status in ENDED_WELL for trace in comparison.traces]
    has_none = part != WHOLE and not comparison.traces  # there are more parts than runs
    return 0 if any(ended_well) or has_none else 1


def _show(
    comparison: Comparison, reports: Sequence[Path | None], console: Console, *, full: bool
) -> None:
    """Show the tables of what there is, where its report lies, and what is missing."""
    from blackbox.printing import show

    if comparison.traces:
        show(comparison, console, full)
    for folder in filter(None, reports):
        print_report(folder, console)
    if not reports:
        say("blackbox: others work in this folder; the last one writes the report", "yellow")
    if len(comparison.missing):
        say(f"blackbox: {_left(comparison.missing, len(comparison.traces))}", "yellow")


def _executor(scheduler: str | None) -> AbstractContextManager[Executor | None]:
    """The workers of a Dask scheduler, where one is named."""
    if scheduler is None:
        return nullcontext()
    from blackbox.cluster import workers_of

    return workers_of(scheduler)


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
