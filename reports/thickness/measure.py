"""Bolder digits: how each is asked for, and what became of it, true thickness and judges' word."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blackbox.objectives import mnist
from blackbox.pages import mean, share, where
from blackbox.pages.estimate import Numbers, cells
from blackbox.pages.frames import Table
from blackbox.pages.making import Given
from blackbox.trace import Trace
from reports.unjudged import judged

RATE = 0.05  # prior sd per step of Adam: half its default, so that a digit is lost in many steps
CLIMB = f"gradient_ascent(learning_rate={RATE}, patience=100000, after='stop', start='first')"
STEPS = (10, 20, 30, 40, 50)
TARGET = 4.5  # px, where held-out digits have 2.7
PER_PIXEL = 3.0  # px that a nat of the digit's log-probability is worth
EACH, FRESH = 10, 20  # starts of each digit, and others on which the best search is tried again
ENOUGH = 0.95  # of the digits: the best search gains most of those that keep so many

BOLD, BOUND, BOTH = "as bold as can be", f"{TARGET:g} px", "bold, and its digit"
READS = {"head on z": "code", "network on the picture": "picture"}
GUARDS = {"none": "", "sphere": "", "data": ", weight=1.0"}  # score per nat
SEARCH = ["asked", "reads", "guard"]
OUTCOMES: Numbers = {"gain": mean, "seen": share, "kept": share, "harsh": share}
NUMBERS: Numbers = {**OUTCOMES, "measured": np.mean, "promised": np.mean}
SHOWN = 4  # digits in the strip


@dataclass(frozen=True)
class Search:
    """One way to a bolder digit."""

    asked: str
    reads: str
    guard: str

    def objective(self, digit: int) -> str:
        """What it climbs from starts that show the digit, by name."""
        rest = f"source={digit}, reads={READS[self.reads]!r}"
        if self.asked == BOTH:
            weights = {"thickness": 1.0, "digit": PER_PIXEL}
            return f"reports.unjudged:bold_digit(target={digit}, {rest}, weights={weights})"
        target = f", target={TARGET}" if self.asked == BOUND else ""
        return f"reports.unjudged:thickness({rest}{target})"

    @property
    def strategy(self) -> str:
        """Who climbs it."""
        held = f"guarded(strategy={CLIMB!r}, guard={self.guard!r}{GUARDS[self.guard]})"
        return CLIMB if self.guard == "none" else held

    def carried_out(self, seeds: Sequence[int], given: Given) -> dict[int, list[Trace]]:
        """The runs from each digit; a step costs a score and its gradient."""
        questions = {digit: self.objective(digit) for digit in range(10)}
        budget, store = 2 * (max(STEPS) + 1), SEARCHES.index(self)
        return given.traces(questions, self.strategy, budget, seeds, store=store)


SEARCHES = [Search(*ways) for ways in product((BOLD, BOUND, BOTH), READS, GUARDS)]


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: all searches, the best one again from other starts, pictures."""
    each, fresh = (1, 1) if given.small else (EACH, FRESH)
    searches = (SEARCHES[0], SEARCHES[-1]) if given.small else SEARCHES
    runs = pd.concat([ended(search, range(each), given) for search in searches])
    points = cells(runs[runs["steps"] > 0], [*SEARCH, "steps"], NUMBERS)
    enough = points[points["kept"] >= ENOUGH].sort_values("gain")
    winner = (enough if len(enough) else points).iloc[-1]
    best = Search(*winner[SEARCH])
    again = where(ended(best, range(each, each + fresh), given), steps=winner["steps"])
    again = again[~again["start"].isin(runs["start"])]
    settings = {"starts of a digit": each, "steps": max(STEPS), "target": TARGET}
    settings |= {"px per nat": PER_PIXEL, "rate": RATE, "kept enough": ENOUGH}
    settings |= {"thickest real stroke": mnist.STROKES.thickness[1]}
    return {
        "points": points,
        "again": again[[*SEARCH, "steps", "digit", "begun", "gain", "seen", "kept", "harsh"]],
        "strip": pd.concat(strip(where(runs, **vars(one))) for one in (searches[0], best)),
        "settings": settings,
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
    promised = table["promised"] if search.asked == BOLD else np.nan
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


def strip(runs: pd.DataFrame) -> pd.DataFrame:
    """What the first start of some digits becomes."""
    first = runs.drop_duplicates("digit")["start"].head(SHOWN)
    shown = ["digit", "steps", "thickness", "kept", "pixels", *SEARCH]
    return runs.loc[runs["start"].isin(first), shown]
