"""What in the runs of a log looks as if something of it were missing; nothing is refused here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from blackbox.imports.records import Record

NEARLY = 0.1  # as few evaluations, of those up to a run's last, may be missing from a dense log
ENOUGH = 10  # evaluations in which so few are told from a log of improvements alone


def remarks(records: Sequence[Record]) -> list[str]:
    """One sentence for each kind of thing that is missing, if it is."""
    with_rows = [record for record in records if len(record.evaluations)]
    if not with_rows:
        return []
    kinds = (_unbalanced, _late, _gaps, _cut, _overspent)
    return [remark for kind in kinds for remark in kind(with_rows)]


def _name(record: Record) -> str:
    return f"run {record.seed} of {record.strategy} on {record.objective} (d={record.dim})"


def _unbalanced(records: Sequence[Record]) -> Iterator[str]:
    """Strategies that have fewer runs on an objective than others have, or none where most do."""
    counts = Counter((r.objective, r.dim, r.strategy) for r in records)
    objectives = dict.fromkeys((r.objective, r.dim) for r in records)
    strategies = dict.fromkeys(r.strategy for r in records)
    table = {(*o, s): counts[(*o, s)] for o in objectives for s in strategies}
    if 2 * len(counts) <= len(table):  # not every strategy was to run on every objective
        table = dict(counts)
    fewest = min(table, key=lambda cell: table[cell])
    most = max(table, key=lambda cell: table[cell])
    if table[fewest] < table[most]:
        yield (
            f"{fewest[2]} has {table[fewest]} runs on {fewest[0]} (d={fewest[1]}), but {most[2]} "
            f"has {table[most]} on {most[0]} (d={most[1]}): are some missing?"
        )


def _late(records: Sequence[Record]) -> Iterator[str]:
    late = [r for r in records if r.evaluations[0] > 1]
    if 0 < len(late) < len(records):
        yield (
            f"{_name(late[0])} begins with evaluation {late[0].evaluations[0]}, where others begin "
            "with 1: what it had before is unknown"
        )


def _gaps(records: Sequence[Record]) -> Iterator[str]:
    """Runs without some of their evaluations, in a log that otherwise has them all.

    Of logs that say how many there were, rows are those of improvements and milestones.
    """
    records = [record for record in records if not record.spent]
    lacks = [int(r.evaluations[-1] - r.evaluations[0]) + 1 - len(r.evaluations) for r in records]
    whole = sum(n == 0 and len(r.evaluations) > 1 for n, r in zip(lacks, records, strict=True))
    for record, n in zip(records, lacks, strict=True):
        last = int(record.evaluations[-1])
        is_nearly_whole = last >= ENOUGH and n <= NEARLY * last
        if n > 0 and (2 * whole > len(records) or is_nearly_whole):
            steps = np.flatnonzero(np.diff(record.evaluations) > 1)
            first = int(record.evaluations[steps[0]]) + 1
            yield f"{_name(record)} lacks {n} evaluations, {first} the first: are they lost?"
            return


def _cut(records: Sequence[Record]) -> Iterator[str]:
    """A run at the end of the log that ends earlier than all others, which end together.

    Of logs that say how many evaluations there were, it is known where a run ends.
    """
    last, ends = records[-1], {_end(record) for record in records[:-1] if not record.spent}
    if len(ends) == 1 and not last.spent and _end(last) < max(ends):
        yield (
            f"{_name(last)} ends with evaluation {_end(last)}, where all others end with "
            f"{max(ends)}: was the log cut off?"
        )


def _overspent(records: Sequence[Record]) -> Iterator[str]:
    """Runs that have spent more than they were granted: what is beyond is in no table."""
    over = [r for r in records if r.budget is not None and r.used > r.budget * (1 + 1e-12)]
    if over:
        yield (
            f"{_name(over[0])} has spent {over[0].used:g}, more than the budget of "
            f"{over[0].budget:g}, which is where tables end"
        )


def _end(record: Record) -> int:
    return max(int(record.evaluations[-1]), record.spent)
