"""What became of each start: how much bolder it truly is, and whether it is its digit still."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.objectives import mnist
from blackbox.pages import share
from blackbox.results.statistics.intervals import mean_interval
from reports.make import Given
from reports.thickness import study
from reports.thickness.study import DIGITS, SEARCHES, STEPS, Search

SEARCH = ["asked", "reads", "guard"]
JUDGES = ("thickness", "unanimous", "harsh")
BATCH = 64  # pictures that are judged together
SHOWN = 4  # digits in the strip


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: all searches, the best one again from other starts, pictures."""
    each, fresh = (1, 1) if given.small else (study.EACH, study.FRESH)
    searches = (SEARCHES[0], SEARCHES[-1]) if given.small else SEARCHES
    runs = {search: ended(search, range(each), given) for search in searches}
    points = pd.concat([counted(search, table) for search, table in runs.items()])
    enough = points[points["kept"] >= study.ENOUGH].sort_values("gain")
    winner = (enough if len(enough) else points).iloc[-1]
    best = Search(*winner[SEARCH])
    again = ended(best, range(each, each + fresh), given)
    fresh_starts = ~again["start"].isin(set(runs[best]["start"]))
    again = again[(again["steps"] == winner["steps"]) & fresh_starts]
    settings = {
        "starts of a digit": each,
        "steps": max(STEPS),
        "target": study.TARGET,
        "px per nat": study.PER_PIXEL,
        "rate": study.RATE,
        "kept enough": study.ENOUGH,
        "thickest real stroke": mnist.STROKES.thickness[1],
    }
    return {
        "points": points,
        "again": again.assign(**vars(best))[
            [*SEARCH, "steps", "digit", "begun", "gain", "seen", "kept", "harsh"]
        ],
        "strip": pd.concat(strip(search, runs[search]) for search in (searches[0], best)),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def ended(search: Search, seeds: Sequence[int], given: Given) -> pd.DataFrame:
    """A row per start and number of steps: px gained, and what judges say.

    Starts that are not their digit by all judges are left out, and none is counted twice.
    """
    store = given.runs / str(SEARCHES.index(search))
    runs = search.carried_out(DIGITS, seeds, given.jobs, str(store))
    tables = []
    for digit, traces in runs.items():
        start = judged([trace.z[0] for trace in traces], digit)
        columns: dict[str, Any] = {
            "digit": digit,
            "start": [trace.z[0].tobytes() for trace in traces],
            "begun": start["thickness"],
        }
        for step in (0, *STEPS):
            # The last row is where the climb stands after its last step.
            rows = [len(t) - 1 - max(STEPS) + step if step else 0 for t in traces]
            scores = [t.score[row] - t.score[0] for t, row in zip(traces, rows, strict=True)]
            end = judged([t.z[row] for t, row in zip(traces, rows, strict=True)], digit)
            # What cannot be measured is no digit: it has gained nothing.
            gain = (end["thickness"] - start["thickness"]).fillna(0.0)
            table = end.assign(**columns, steps=step, gain=gain, promised=scores)
            tables.append(table[start["kept"] == 1])
    return pd.concat(tables, ignore_index=True).drop_duplicates(["start", "steps"])


def judged(z: Sequence[NDArray[np.float64]], digit: int) -> pd.DataFrame:
    """What judges say of the pictures of codes that are to show the digit."""
    objective = mnist.bold_digit(target=digit)
    objective.judges = {name: objective.judges[name] for name in JUDGES}
    x = objective.decode(np.stack(z))
    parts = [pd.DataFrame(objective.judge(x[n : n + BATCH])) for n in range(0, len(x), BATCH)]
    table = pd.concat(parts, ignore_index=True)
    measured = table["thickness"].notna()
    return pd.DataFrame(
        {
            "thickness": table["thickness"],
            "measured": measured.astype(float),
            "seen": (table["unanimous"] == 1).astype(float),
            "kept": (measured & (table["unanimous"] == 1)).astype(float),
            "harsh": (measured & (table["harsh"] == 1)).astype(float),
            "pixels": [np.uint8(255 * picture.numpy().clip(0, 1)).tobytes() for picture in x],
        }
    )


def counted(search: Search, runs: pd.DataFrame) -> pd.DataFrame:
    """A row per number of steps: means over starts with 95 % intervals."""
    rows = []
    for steps, cell in runs[runs["steps"] > 0].groupby("steps"):
        row = vars(search) | {"steps": steps, "n": len(cell)} | mean_of("gain", cell)
        row |= shares_of(cell) | {"measured": cell["measured"].mean()}
        # The score is in px where nothing else is asked for.
        promised = cell["promised"].mean() if search.asked == study.BOLD else np.nan
        rows.append(row | {"promised": promised})
    return pd.DataFrame(rows)


def mean_of(name: str, cell: pd.DataFrame) -> dict[str, float]:
    """The mean of a column and the ends of its interval, by name."""
    ends = mean_interval(cell[name].to_numpy(float))
    return dict(zip((name, f"{name}_low", f"{name}_high"), (cell[name].mean(), *ends), strict=True))


def shares_of(cell: pd.DataFrame) -> dict[str, float]:
    """The shares that judges pass, each with its interval, by name."""
    row: dict[str, float] = {}
    for name in ("seen", "kept", "harsh"):
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), share(cell[name]), strict=True))
    return row


def strip(search: Search, runs: pd.DataFrame) -> pd.DataFrame:
    """What the first start of some digits becomes."""
    first = runs.drop_duplicates("digit")["start"].head(SHOWN)
    pictures = runs[runs["start"].isin(first)]
    return pictures[["digit", "steps", "thickness", "kept", "pixels"]].assign(**vars(search))
