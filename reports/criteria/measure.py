"""Thicker and a seven at once: who searches with which weights, and what judges see of the ends."""

import numpy as np
import pandas as pd

from blackbox.objectives import mnist, morphology
from blackbox.pages import mean
from blackbox.pages.estimate import Numbers, cells
from blackbox.pages.frames import Table
from blackbox.pages.grids import as_array
from blackbox.pages.making import Given, asked
from reports.thickness.measure import OUTCOMES, gained, looked_at

ASKED = asked(__file__)
TARGET = 7
SHOWN = 4  # starts in the strip
THICKEST = mnist.STROKES.thickness[1]  # px; one real digit in a thousand is thicker
AVERAGED = ("thickness_begun", "promised_nats", "too_thick")
NUMBERS: Numbers = {**dict.fromkeys(AVERAGED, np.mean), "promised_px": mean, **OUTCOMES}


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: each weight of each search, and pictures of the evolution's."""
    seeds, budget = (2, 12) if given.small else (ASKED["seeds"], ASKED["budget"])
    ends = [ended(search, seeds, budget, given) for search in ASKED["strategies"]]
    runs = pd.concat(ends, ignore_index=True)
    first = runs["seed"].isin(runs["seed"].unique()[:SHOWN])
    shown = runs[first & (runs["search"] == "CMA-ES on the sphere")]
    return {
        "points": cells(runs[runs["share"] > 0], ["search", "share"], NUMBERS),
        "strip": shown[["seed", "share", "thickness", "kept", "pixels"]],
        "settings": {"seeds": seeds, "units": budget, "thickest real stroke": THICKEST},
    }


def objective(search: str, share: float) -> str:
    """What is wanted with this share of thickness, by name."""
    weights = {"thickness": share, "digit": round(1 - share, 6)}
    reads = "code" if search.endswith("heads on z") else "picture"
    rest = f"source={TARGET}, reads={reads!r}, weights={weights!r}"
    return f"reports.unjudged:bold_digit(target={TARGET}, {rest})"


def ended(search: str, seeds: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per start and weight, of the best by its own score; the start itself has no weight."""
    questions = {share: objective(search, share) for share in ASKED["shares"]}
    runs = given.traces(questions, ASKED["strategies"][search], budget, seeds, store=search)
    ends = [(0.0, trace, 0) for trace in runs[ASKED["shares"][0]]]
    ends += [(share, t, int(t.score.argmax())) for share, traces in runs.items() for t in traces]
    rows = []
    for share, trace, row in ends:
        px, nats = trace.criteria["thickness"], trace.criteria["digit"]
        rows.append((search, trace.seed, share, px[row] - px[0], nats[row]))
    names = ["search", "seed", "share", "promised_px", "promised_nats"]
    points = [trace.z[row] for _, trace, row in ends]
    table = pd.DataFrame(rows, columns=names).join(looked_at(points, TARGET))
    ruler = morphology.thickness(np.stack([*map(as_array, table["pixels"])]) / 255)
    table["too_thick"] = (ruler > THICKEST).astype(float)
    table["start"] = [trace.z[0].tobytes() for _, trace, _ in ends]
    table = gained(table.drop_duplicates(["start", "share"]))
    return table.rename(columns={"begun": "thickness_begun"})
