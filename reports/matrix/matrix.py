"""The 10 x 10 ways between digits: where judges agree that the target was reached, and where not.

    python reports/matrix/matrix.py --jobs 2     # 20 held-out digits of each class, 10 targets
    python reports/matrix/matrix.py --small      # one of each, one target

What is finished is left out when it is run again; `--folder` writes elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # the modules of this folder, and what studies share

import pandas as pd  # noqa: E402
from heat import heat_maps  # noqa: E402
from matrix_page import page  # noqa: E402
from pages import keep, options, write  # noqa: E402
from ways import DIGITS, JUDGES, WAYS, sources, walked  # noqa: E402

from blackbox.results.drawing.canvas import save  # noqa: E402

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
