"""What became of each start: how much bolder it truly is, and whether it is its digit still."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.objectives import mnist
from blackbox.pages import Estimate, mean, share, where
from reports.judged import judged
from reports.make import Given
from reports.thickness import study
from reports.thickness.study import SEARCHES, STEPS, Search

Numbers: TypeAlias = dict[str, Callable[[Any], Any]]  # of a column of runs, or an estimate
SEARCH = ["asked", "reads", "guard"]
OUTCOMES: Numbers = {"gain": mean, "seen": share, "kept": share, "harsh": share}
NUMBERS: Numbers = {**OUTCOMES, "measured": np.mean, "promised": np.mean}
SHOWN = 4  # digits in the strip


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: all searches, the best one again from other starts, pictures."""
    each, fresh = (1, 1) if given.small else (study.EACH, study.FRESH)
    searches = (SEARCHES[0], SEARCHES[-1]) if given.small else SEARCHES
    runs = pd.concat([ended(search, range(each), given) for search in searches])
    points = counted(runs[runs["steps"] > 0], [*SEARCH, "steps"], NUMBERS)
    enough = points[points["kept"] >= study.ENOUGH].sort_values("gain")
    winner = (enough if len(enough) else points).iloc[-1]
    best = Search(*winner[SEARCH])
    again = where(ended(best, range(each, each + fresh), given), steps=winner["steps"])
    again = again[~again["start"].isin(runs["start"])]
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
        "again": again[[*SEARCH, "steps", "digit", "begun", "gain", "seen", "kept", "harsh"]],
        "strip": pd.concat(strip(where(runs, **vars(one))) for one in (searches[0], best)),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def ended(search: Search, seeds: Sequence[int], given: Given) -> pd.DataFrame:
    """A row per start and number of steps: px gained, and what judges say.

    Starts that are not their digit by all judges are left out, and none is counted twice.
    """
    tables = []
    for digit, traces in search.carried_out(seeds, given).items():
        # The last row is where the climb stands after its last step.
        ends = [
            (trace, step, len(trace) - 1 - max(STEPS) + step if step else 0)
            for step in (0, *STEPS)
            for trace in traces
        ]
        table = looked_at([trace.z[row] for trace, _, row in ends], digit)
        table["start"] = [trace.z[0].tobytes() for trace, _, _ in ends]
        table["steps"] = [step for _, step, _ in ends]
        table["promised"] = [trace.score[row] - trace.score[0] for trace, _, row in ends]
        tables.append(table.assign(**vars(search), digit=digit))
    table = pd.concat(tables, ignore_index=True).drop_duplicates(["start", "steps"])
    # The score is in px where nothing else is asked for.
    promised = table["promised"] if search.asked == study.BOLD else np.nan
    return gained(table.assign(promised=promised))


def gained(table: pd.DataFrame) -> pd.DataFrame:
    """What each `start`, whose own row is the first, has gained, if it shows the digit to all."""
    begin = table.groupby("start")[["thickness", "kept"]].transform("first")
    # What cannot be measured is no digit: it has gained nothing.
    gain = (table["thickness"] - begin["thickness"]).fillna(0.0)
    return table.assign(begun=begin["thickness"], gain=gain)[begin["kept"] == 1]


def looked_at(z: Sequence[NDArray[np.float64]], digit: int) -> pd.DataFrame:
    """Pictures of codes that are to show the digit, and what judges say of them."""
    objective = mnist.bold_digit(target=digit)
    x = objective.decode(np.stack(z))
    table = judged(x, objective, ("thickness", "unanimous", "harsh"))
    measured, seen, harsh = table["thickness"].notna(), table["unanimous"] == 1, table["harsh"] == 1
    passed = {"seen": seen, "kept": measured & seen, "harsh": measured & harsh}
    verdicts = pd.DataFrame({"measured": measured, **passed}).astype(float)
    pixels = [np.uint8(255 * picture.numpy().clip(0, 1)).tobytes() for picture in x]
    return verdicts.assign(thickness=table["thickness"], pixels=pixels)


def counted(runs: pd.DataFrame, by: list[str], numbers: Numbers) -> pd.DataFrame:
    """A row per cell: how many runs there are, and what is asked of some of their columns."""
    rows = []
    for key, cell in runs.groupby(by, sort=False):
        row = dict(zip(by, key, strict=True)) | {"n": len(cell)}
        for name, number_of in numbers.items():
            number = number_of(cell[name])
            row |= number.columns(name) if isinstance(number, Estimate) else {name: number}
        rows.append(row)
    return pd.DataFrame(rows)


def strip(runs: pd.DataFrame) -> pd.DataFrame:
    """What the first start of some digits becomes."""
    first = runs.drop_duplicates("digit")["start"].head(SHOWN)
    shown = ["digit", "steps", "thickness", "kept", "pixels", *SEARCH]
    return runs.loc[runs["start"].isin(first), shown]
