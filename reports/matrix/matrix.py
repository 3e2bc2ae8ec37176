"""The 10 x 10 ways between digits: where judges agree that the target was reached, and where not.

    python -m reports.matrix.matrix --jobs 2     # 20 held-out digits of each class, 10 targets
    python -m reports.matrix.matrix --small      # one of each, one target

What is finished is left out when it is run again; `--folder` writes elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from blackbox.results.drawing.canvas import save
from reports.matrix.heat import heat_maps
from reports.matrix.matrix_page import page
from reports.matrix.ways import DIGITS, JUDGES, WAYS, sources, walked
from reports.pages import keep, options, write

HERE = Path(__file__).parent
EACH = 20  # starts of each digit


def main(arguments: list[str] | None = None) -> None:
    """Make the runs that are missing, then the table, the picture and the page."""
    given = options(__doc__, arguments)
    folder = given.folder or HERE
    starts = sources(1 if given.small else EACH)
    targets = (2,) if given.small else tuple(DIGITS)
    parts = []
    for nth, way in enumerate(WAYS):
        store = folder / "runs" / str(nth)
        parts.append(walked(way, starts, targets, given.jobs, store))
        print(f"{way.name}: {len(parts[-1])} runs", file=sys.stderr, flush=True)
    ends = pd.concat(parts, ignore_index=True)
    table = ends.groupby(["way", "source", "target"], sort=False).agg(
        n=("predicted", "size"),
        evaluations=("evaluations", "median"),
        predicted=("predicted", "mean"),
        **{name: (name, "mean") for name in JUDGES},
    )
    table = keep(table.reset_index(), folder / "matrix.csv")
    save(heat_maps(table), folder / "matrix.png")
    write(folder, page(table))


if __name__ == "__main__":
    main()
