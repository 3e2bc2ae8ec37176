"""What each weight finds: promised, and as the ruler and the judges see it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.objectives import mnist, morphology
from reports.criteria import study
from reports.criteria.study import BRED, SWEEPS, TARGET, Sweep
from reports.make import Given
from reports.thickness.measure import judged, mean_of, shares_of
from reports.thickness.picture import SIDE

SHOWN = 4  # starts in the strip
THICKEST = mnist.STROKES.thickness[1]  # px; one real digit in a thousand is thicker


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: each weight of each search, and pictures of the evolution's."""
    seeds, budget = (2, 12) if given.small else (study.SEEDS, study.BUDGET)
    runs = pd.concat([ended(sweep, seeds, budget, given) for sweep in SWEEPS], ignore_index=True)
    first = runs["seed"].isin(runs["seed"].unique()[:SHOWN])
    shown = runs[first & (runs["search"] == BRED.name)]
    settings = {"seeds": seeds, "units": budget, "thickest real stroke": THICKEST}
    return {
        "points": counted(runs[runs["share"] > 0]),
        "strip": shown[["seed", "share", "thickness", "kept", "pixels"]],
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def ended(sweep: Sweep, seeds: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per start and weight, of the best by its own score; the start itself has no weight."""
    runs = list(sweep.runs(seeds, budget, given.jobs, str(given.runs / str(SWEEPS.index(sweep)))))
    ends = [(weight, trace, int(trace.score.argmax())) for weight, trace in runs]
    starts = [(0.0, trace, 0) for weight, trace in runs if weight == study.SHARES[0]]
    rows = []
    for weight, trace, row in (*starts, *ends):
        px, nats = trace.criteria["thickness"], trace.criteria["digit"]
        rows.append((sweep.name, trace.seed, weight, px[row] - px[0], nats[row]))
    names = ["search", "seed", "share", "promised_px", "promised_nats"]
    points = [trace.z[row] for _, trace, row in (*starts, *ends)]
    table = pd.DataFrame(rows, columns=names).join(judged(points, TARGET))
    # A start counts once, and only where it is a seven itself.
    start = table[(table["share"] == 0) & (table["kept"] == 1)].drop_duplicates("pixels")
    table = table.merge(start[["seed", "thickness"]], on="seed", suffixes=("", "_begun"))
    x = np.stack([np.frombuffer(pixels, np.uint8) for pixels in table["pixels"]]) / 255
    ruler = morphology.thickness(x.reshape(-1, SIDE, SIDE))
    table["too_thick"] = (ruler > THICKEST).astype(float)
    # What cannot be measured is no seven: it has gained nothing.
    return table.assign(gain=(table["thickness"] - table["thickness_begun"]).fillna(0.0))


def counted(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per search and weight: means over starts with 95 % intervals."""
    rows = []
    for (search, weight), cell in runs.groupby(["search", "share"], sort=False):
        row = {"search": search, "share": weight, "n": len(cell)}
        row |= cell[["thickness_begun", "promised_nats", "too_thick"]].mean()
        rows.append(row | mean_of("promised_px", cell) | mean_of("gain", cell) | shares_of(cell))
    return pd.DataFrame(rows)
