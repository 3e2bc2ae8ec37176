"""What each weight finds: promised, and as the ruler and the judges see it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.objectives import mnist, morphology
from blackbox.pages import mean
from reports.criteria import study
from reports.criteria.study import BRED, SHARES, SWEEPS, TARGET, Sweep
from reports.make import Given
from reports.pictures import as_array
from reports.thickness.measure import OUTCOMES, Numbers, counted, gained, looked_at

SHOWN = 4  # starts in the strip
THICKEST = mnist.STROKES.thickness[1]  # px; one real digit in a thousand is thicker
AVERAGED = ("thickness_begun", "promised_nats", "too_thick")
NUMBERS: Numbers = {**dict.fromkeys(AVERAGED, np.mean), "promised_px": mean, **OUTCOMES}


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: each weight of each search, and pictures of the evolution's."""
    seeds, budget = (2, 12) if given.small else (study.SEEDS, study.BUDGET)
    runs = pd.concat([ended(sweep, seeds, budget, given) for sweep in SWEEPS], ignore_index=True)
    first = runs["seed"].isin(runs["seed"].unique()[:SHOWN])
    shown = runs[first & (runs["search"] == BRED.name)]
    settings = {"seeds": seeds, "units": budget, "thickest real stroke": THICKEST}
    return {
        "points": counted(runs[runs["share"] > 0], ["search", "share"], NUMBERS),
        "strip": shown[["seed", "share", "thickness", "kept", "pixels"]],
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def ended(sweep: Sweep, seeds: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per start and weight, of the best by its own score; the start itself has no weight."""
    runs = sweep.runs(seeds, budget, given)
    ends = [(0.0, trace, 0) for trace in runs[SHARES[0]]]
    ends += [(share, t, int(t.score.argmax())) for share, traces in runs.items() for t in traces]
    rows = []
    for share, trace, row in ends:
        px, nats = trace.criteria["thickness"], trace.criteria["digit"]
        rows.append((sweep.name, trace.seed, share, px[row] - px[0], nats[row]))
    names = ["search", "seed", "share", "promised_px", "promised_nats"]
    points = [trace.z[row] for _, trace, row in ends]
    table = pd.DataFrame(rows, columns=names).join(looked_at(points, TARGET))
    ruler = morphology.thickness(np.stack([*map(as_array, table["pixels"])]) / 255)
    table["too_thick"] = (ruler > THICKEST).astype(float)
    table["start"] = [trace.z[0].tobytes() for _, trace, _ in ends]
    table = gained(table.drop_duplicates(["start", "share"]))
    return table.rename(columns={"begun": "thickness_begun"})
