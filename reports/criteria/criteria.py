"""Thicker and a seven at once: what does boldness cost, and which weights give which compromise?

    python reports/criteria/criteria.py              # the runs that are missing, then README.md
    python reports/criteria/criteria.py --small      # two seeds, three weights

Nothing but the shipped weights and codes is needed.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # the modules of this folder, and what studies share

import criteria_page  # noqa: E402
import drawn  # noqa: E402
import pages  # noqa: E402
import pandas as pd  # noqa: E402
import telling  # noqa: E402
import trade  # noqa: E402
from sweep import (  # noqa: E402
    LONG,
    LONGER,
    MAIN,
    SETTINGS,
    SMALL,
    SMALL_LONGER,
    WORST,
    Sizes,
    swept,
)

from blackbox.results.drawing.canvas import save  # noqa: E402


def main(arguments: list[str] | None = None) -> None:
    """Make the runs that are missing, then the tables, the figures and the page."""
    given = pages.options(__doc__, arguments)
    folder, sizes = given.folder or HERE, SMALL if given.small else Sizes()
    parts = {}
    for setting in (*SETTINGS, WORST):
        parts[setting] = swept(setting, sizes, folder, given.jobs)
        print(f"{setting.name}: {len(parts[setting])} results", file=sys.stderr, flush=True)
    runs = pd.concat(parts.values(), ignore_index=True)
    points = pages.keep(trade.points(runs), folder / "points.csv")
    volumes = pages.keep(trade.volumes(runs), folder / "volumes.csv")
    longer = SMALL_LONGER if given.small else LONGER
    long = [swept(setting, longer, folder, given.jobs, LONG) for setting in (MAIN, WORST)]
    same = [_like(parts[setting], runs) for setting, runs in zip((MAIN, WORST), long, strict=True)]
    dents = [
        trade.dents(parts[MAIN], parts[WORST], sizes.budget),
        trade.dents(*same, sizes.budget),
        trade.dents(*long, longer.budget),
    ]
    dents = pages.keep(pd.concat(dents, ignore_index=True), folder / "dents.csv")
    save(drawn.fronts(points), folder / "fronts.svg")
    best = telling.boldest(volumes)
    save(drawn.strip(parts[MAIN], best), folder / "strip.png")
    pages.write(folder, criteria_page.page(points, volumes, dents, sizes, longer))


def _like(runs: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The runs of the same searches and seeds."""
    return runs[runs["search"].isin(others["search"]) & runs["seed"].isin(others["seed"])]


if __name__ == "__main__":
    main()
