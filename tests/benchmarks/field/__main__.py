"""Measure the field's loops beside ours: `make bench`, and `make bench-quick`.

    python -m tests.benchmarks.field                    all of the table, and the page of it
    python -m tests.benchmarks.field --rows start-up    only rows whose names hold one of these
    python -m tests.benchmarks.field --quick            our ways against the committed figures

Each turn is kept in `reports/speed/runs/bench.csv` as it ends, and a bench that was interrupted
goes on from there; `--again` begins at the beginning. A quick look exits with 1 where something
got slower, by more than chance and by more than it is between two runs of the same code.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from blackbox.pages import PageFrames
from tests.benchmarks.field import ledger, quick
from tests.benchmarks.field.medians import medians
from tests.benchmarks.field.rows import Row, Size

PAGE = "reports.speed"
HOME = Path(__file__).parents[3] / "reports" / "speed"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 1 where a quick look has seen something slower."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.field",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="compare with the committed figures")
    parser.add_argument("--again", action="store_true", help="measure what was measured, too")
    parser.add_argument("--rows", nargs="+", default=[], metavar="WORDS", help="only these")
    parser.add_argument("--list", action="store_true", help="only tell what would be measured")
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)  # a peer logs each step
    rows = ledger.all_rows(Size())
    if given.rows:
        rows = [row for row in rows if any(words in row.name for words in given.rows)]
    if given.list:
        for row in rows:
            print(f"{row.name} [{row.unit}]: {', '.join(way.name for way in row.ways)}")
        return 0
    if given.quick:
        return look(rows)
    load = f"{os.getloadavg()[0]:.1f}"
    file = HOME / "runs" / "bench.csv"
    if given.again:
        file.unlink(missing_ok=True)
    table = ledger.measured(rows, file)
    machine = ledger.conditions(rows)
    loads = {"load before": load, "load after": f"{os.getloadavg()[0]:.1f}"}
    told = pd.DataFrame({"what": loads.keys(), "is": loads.values()})
    ledger.merged(HOME / "frames", table, pd.concat([machine, told]))
    file.unlink()  # the next bench measures anew
    print(medians(table).to_string(index=False))
    print(f"the page: python -m blackbox.pages --write {PAGE}", file=sys.stderr)
    return 0


def look(rows: Sequence[Row]) -> int:
    """Our ways now, against the committed figures."""
    committed = PageFrames.read(HOME / "frames")[ledger.FRAME]
    with tempfile.TemporaryDirectory() as folder:
        fresh = ledger.measured(quick.quick_rows(rows), Path(folder) / "bench.csv")
    lines, status = quick.report(committed, fresh)
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
