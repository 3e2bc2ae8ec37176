"""Is a gradient worth its price? The same landscapes with the gradient shown and hidden.

python -m reports.gradient_or_not.gradient_or_not --jobs 2    # what is missing, then README.md
python -m reports.gradient_or_not.gradient_or_not --small     # two landscapes, two seeds
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from blackbox.results.drawing.canvas import save
from blackbox.trace import Trace
from reports.gradient_or_not.landscapes import (
    BOWLS,
    BUDGETS,
    LANDSCAPES,
    SEEDS,
    Landscape,
    blocks,
    made,
)
from reports.gradient_or_not.leads import curves, flips, lead, leaders, limits, ranks_by_price
from reports.gradient_or_not.price_page import Results, curves_figure, flips_figure, parts
from reports.pages import keep, options, write

HERE = Path(__file__).parent
AT = 2000  # units at which ranks over prices are shown
SMALL = ("rosenbrock, d = 2", "sphere, d = 2")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the runs that are missing, then the tables, the pictures and the page."""
    given = options(__doc__, arguments)
    folder, small = given.folder or HERE, given.small
    seeds, most = (2, 200) if small else (SEEDS, max(BUDGETS))
    chosen = [one for one in (*LANDSCAPES, *BOWLS) if not small or one.label in SMALL]
    todo = {one: list(blocks(one, seeds, most)) for one in chosen}
    made([block for part in todo.values() for block in part], folder / "runs", given.jobs)
    runs = {one: made(part, folder / "runs", 1) for one, part in todo.items()}
    bowls = {one: part for one, part in runs.items() if one in BOWLS}
    results = tables({one: part for one, part in runs.items() if one not in BOWLS}, bowls, most)
    for name, table in results._asdict().items():
        keep(table, folder / f"{name}.csv")
    save(curves_figure(results.curves), folder / "curves.svg")
    save(flips_figure(results.flips), folder / "flips.svg")
    write(folder, parts(results, AT))


def tables(
    runs: dict[Landscape, list[Trace]], bowls: dict[Landscape, list[Trace]], most: float
) -> Results:
    """All tables of the page."""
    units = {one: min(most, one.most) for one in runs}
    at = min(AT, most)

    def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
        return pd.concat(parts, ignore_index=True)

    return Results(
        curves=joined([curves(part, units[one]) for one, part in runs.items()]),
        leaders=joined([leaders(part, units[one]) for one, part in runs.items()]),
        flips=joined([flips(part, one, units[one]) for one, part in runs.items()]),
        leads=joined([lead(part, one) for one, part in runs.items()]),
        prices=joined([ranks_by_price(part, at) for part in runs.values()]),
        limits=pd.DataFrame([limits(part, one) for one, part in bowls.items()]),
    )


if __name__ == "__main__":
    main()
