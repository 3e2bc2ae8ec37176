"""Thicker and a seven at once: who searches with which weights, and what judges see of the ends."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from blackbox.objectives import mnist, morphology
from blackbox.pages import mean
from blackbox.pages.estimate import Numbers, cells
from blackbox.pages.frames import Table
from blackbox.pages.grids import as_array
from blackbox.pages.making import Given
from reports.thickness.measure import OUTCOMES, gained, looked_at

TARGET = 7
SEEDS, BUDGET = 32, 200  # starts, and units for each weight; a score costs 1, its gradient 1 more
# The share of thickness, per px; the rest goes to the log-probability, per nat.
SHARES = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9)
SHOWN = 4  # starts in the strip
THICKEST = mnist.STROKES.thickness[1]  # px; one real digit in a thousand is thicker
AVERAGED = ("thickness_begun", "promised_nats", "too_thick")
NUMBERS: Numbers = {**dict.fromkeys(AVERAGED, np.mean), "promised_px": mean, **OUTCOMES}


@dataclass(frozen=True)
class Sweep:
    """One search for each weight, from the same starts."""

    name: str
    strategy: str
    reads: str = "picture"

    def objective(self, share: float) -> str:
        """What is wanted with this share, by name."""
        weights = {"thickness": share, "digit": round(1 - share, 6)}
        rest = f"source={TARGET}, reads={self.reads!r}, weights={weights!r}"
        return f"reports.unjudged:bold_digit(target={TARGET}, {rest})"


CLIMB = "guarded(strategy='gradient_ascent', guard={})"
HELD = Sweep("climb on the sphere", CLIMB.format("'sphere'"))
NEAR = Sweep("climb near the data", CLIMB.format("'data', weight=1.0"))
HEADS = Sweep("climb on the sphere, heads on z", HELD.strategy, reads="code")
BRED = Sweep("CMA-ES on the sphere", "guarded(strategy='cma_es', guard='sphere')")
DRAWS = Sweep("random draws", "random_search")
SWEEPS = (HELD, NEAR, HEADS, BRED, DRAWS)


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: each weight of each search, and pictures of the evolution's."""
    seeds, budget = (2, 12) if given.small else (SEEDS, BUDGET)
    runs = pd.concat([ended(sweep, seeds, budget, given) for sweep in SWEEPS], ignore_index=True)
    first = runs["seed"].isin(runs["seed"].unique()[:SHOWN])
    shown = runs[first & (runs["search"] == BRED.name)]
    return {
        "points": cells(runs[runs["share"] > 0], ["search", "share"], NUMBERS),
        "strip": shown[["seed", "share", "thickness", "kept", "pixels"]],
        "settings": {"seeds": seeds, "units": budget, "thickest real stroke": THICKEST},
    }


def ended(sweep: Sweep, seeds: int, budget: int, given: Given) -> pd.DataFrame:
    """A row per start and weight, of the best by its own score; the start itself has no weight."""
    questions = {share: sweep.objective(share) for share in SHARES}
    runs = given.traces(questions, sweep.strategy, budget, seeds, store=SWEEPS.index(sweep))
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
