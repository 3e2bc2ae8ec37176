"""From 7 to 2 in data space and behind decoders: who reaches a two, and who only says so.

    python -m reports.blog.blog --jobs 2            # from the shipped codes of held-out sevens
    python -m reports.blog.blog --jobs 2 --real     # in data space, from 200 real ones
    python -m reports.blog.blog --small             # three searches from two sevens

What is finished is left out when it is run again; `--folder` writes elsewhere.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

import blackbox as bb
from reports.blog.figures import morph, strip
from reports.blog.measure import clear, measured, real_twos, table
from reports.blog.page import page
from reports.blog.sevens import FEW, REAL, SEARCHES, Search, seeds
from reports.pages import keep, options, write

HERE = Path(__file__).parent
SMALL = ("none-picture-none-normalised", "vae-code-none", "vae-picture-sphere")
# Whose way is drawn: kind, reads, guard, step.
SHOWN = (
    *(("none", "picture", "none", "normalised"), ("autoencoder", "code", "none", "adam")),
    *(("vae", "code", "none", "adam"), ("vae", "picture", "none", "adam")),
    *(("vae", "picture", "sphere", "adam"), ("vae", "code", "sphere", "adam")),
    *(("flow", "picture", "sphere", "adam"), ("gan", "picture", "sphere", "adam")),
    ("pixel_flow", "picture", "none", "adam"),
)


def main(arguments: list[str] | None = None) -> None:
    """Make the runs that are missing, then the tables, the pictures and the page."""
    given = options(__doc__, arguments, flags=("real",))
    folder, most = given.folder or HERE, 2 if given.small else 200
    chosen = list(REAL if given.real else SEARCHES)
    if given.small:
        chosen = [replace(s, steps=20) for s in chosen if s.name.startswith(SMALL)]
    starts, parts, drawn = seeds(most, given.real), [], []
    shown = clear(starts[:FEW])
    for search in chosen:
        study = made(search, starts, given.jobs, folder, given.real)
        objective = bb.objective(search.objective(given.real))
        parts.append(measured(search, study.traces, objective))
        if _place(search) in SHOWN and not search.rate:
            drawn.append((search, study.traces[shown], objective))
        print(f"{search.name}: {len(study.runs)} runs", file=sys.stderr, flush=True)
    name = "real" if given.real else "searches"
    keep(table(pd.concat(parts, ignore_index=True)), folder / f"{name}.csv")
    keep(real_twos(HERE / "twos.csv"), folder / "twos.csv")
    if not given.real:
        drawn.sort(key=lambda one: SHOWN.index(_place(one[0])))
        morph(drawn, folder / "morph.png")
        digits = range(2) if given.small else range(10)
        bolder = strip(folder / "strip.png", folder / "runs", digits)
        keep(pd.DataFrame(bolder), folder / "strip.csv")
    write(folder, page(folder))


def _place(search: Search) -> tuple[str, str, str, str]:
    return search.kind, search.reads, search.guard, search.step


def made(search: Search, starts: list[int], jobs: int, folder: Path, real: bool) -> bb.Comparison:
    """The runs of one search from its seeds."""
    store = folder / "runs" / (search.name + ("-real" if real else ""))
    chosen = starts[: search.starts]
    objective, budget = search.objective(real), 2 * search.steps + 2
    return bb.compare(objective, search.strategy, budget, chosen, jobs=jobs, store=store)


if __name__ == "__main__":
    main()
