"""Thicker and a seven at once: what does boldness cost, and which weights give which compromise?

    python -m reports.criteria.criteria              # the runs that are missing, then README.md
    python -m reports.criteria.criteria --small      # two seeds, three weights

Nothing but the shipped weights and codes is needed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from blackbox.results.drawing.canvas import save
from reports import pages
from reports.criteria import criteria_page, drawn, telling, trade
from reports.criteria.sweep import (
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

HERE = Path(__file__).parent


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
    cells = [
        trade.dents(parts[MAIN], parts[WORST], sizes.budget),
        trade.dents(same[0], same[1], sizes.budget),
        trade.dents(long[0], long[1], longer.budget),
    ]
    dents = pages.keep(pd.concat(cells, ignore_index=True), folder / "dents.csv")
    save(drawn.fronts(points), folder / "fronts.svg")
    best = telling.boldest(volumes)
    save(drawn.strip(parts[MAIN], best), folder / "strip.png")
    pages.write(folder, criteria_page.page(points, volumes, dents, sizes, longer))


def _like(runs: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The runs of the same searches and seeds."""
    return runs[runs["search"].isin(others["search"]) & runs["seed"].isin(others["seed"])]


if __name__ == "__main__":
    main()
