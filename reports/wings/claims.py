"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from typing import Any

import pandas as pd

from blackbox.pages import Figures, PageFrames, mean, share, where

SMALL, MIDDLE, LARGE = "xxsmall", "medium", "xxxlarge"
NEAR, CLIMB, DRAWS, AUTO = "held near real ones", "gradient_ascent", "random_search", "auto"
CLOSE = 0.1  # a promise is kept where the truth lies within a tenth of it


def judged(frames: PageFrames, **which: object) -> pd.DataFrame:
    """Runs, with whether their promise is kept."""
    runs = where(frames.runs, **which)
    return runs.assign(kept=(runs["true"] / runs["promised"] - 1).abs() <= CLOSE)


def outcome(frames: PageFrames, size: str, search: str) -> dict[str, Any]:
    """Medians of what is promised, what is true where there is a flow, and how often it is kept."""
    runs = judged(frames, size=size, search=search)
    numbers = {name: float(runs[name].median()) for name in ("promised", "largest")}
    numbers |= {f"most_{name}": float(runs[name].max()) for name in numbers}
    none, kept = int(runs["true"].isna().sum()), int(runs["kept"].sum())
    return numbers | {"n": len(runs), "none": none, "kept": kept, "share": share(runs["kept"])}


def even_draws_fool_it(frames: PageFrames) -> Figures:
    """On the middle network the best of random draws is no airfoil, though promised a wonder."""
    it = outcome(frames, MIDDLE, DRAWS)
    if it["promised"] > 1e4 and it["none"] == it["n"] and it["most_largest"] < 1000:
        yield it


def a_climb_on_the_largest_is_true(frames: PageFrames) -> Figures:
    """The climb keeps its promises on the largest network, and on the middle one half of them."""
    large, middle = (outcome(frames, size, CLIMB) for size in (LARGE, MIDDLE))
    true = mean(judged(frames, size=LARGE, search=CLIMB)["true"].dropna())
    if large["share"].low > 0.7 > 0.5 > middle["share"].value and true.high < 200:
        yield {"large": large, "middle": middle, "true": true}


def size_is_no_guard(frames: PageFrames) -> Figures:
    """`auto` leads to what is no airfoil on each network, least often on the largest."""
    none = [outcome(frames, size, AUTO) for size in (SMALL, MIDDLE, LARGE)]
    fooled = [one["none"] for one in none]
    is_wonder = none[1]["promised"] > 1e4 > max(none[0]["promised"], none[2]["most_promised"])
    if fooled[0] > fooled[2] < fooled[1] and is_wonder:
        yield {"small": none[0], "middle": none[1], "large": none[2]}


def a_weak_hold_changes_nothing(frames: PageFrames) -> Figures:
    """Held near real airfoils the climb keeps as many promises as without, but for one run."""
    pairs = [
        tuple(outcome(frames, size, search)["kept"] for search in (NEAR, CLIMB))
        for size in (SMALL, MIDDLE, LARGE)
    ]
    if max(abs(near - free) for near, free in pairs) <= 1 and len(set(pairs)) == len(pairs):
        yield {"pairs": pairs, "n": outcome(frames, SMALL, NEAR)["n"]}


def the_solver_refuses_real_ones(frames: PageFrames) -> Figures:
    """It finds no flow around some of the airfoils that searches begin with."""
    true = frames.starts["true"]
    if true.isna().sum() > 3 and true.max() < 1000:
        yield {"none": int(true.isna().sum()), "n": len(true), "mean": mean(true.dropna())}


def settings(frames: PageFrames) -> Figures:
    """What was set, and that all runs are there."""
    it = {name: frames.setting(name) for name in ("seeds", "budget")}
    if frames.runs.groupby(["size", "search"]).size().eq(it["seeds"]).all():
        yield it | {"close": CLOSE}


def all_runs(frames: PageFrames) -> pd.DataFrame:
    """A row per network and search: medians, and in how many runs what was so."""
    cells = judged(frames).groupby(["size", "search"], sort=False)
    table = cells[["promised", "true", "largest"]].median()
    table = table.map(lambda median: f"{median:,.0f}" if median == median else "none")
    table["no flow"] = cells["true"].apply(lambda true: int(true.isna().sum()))
    return table.assign(kept=cells["kept"].sum()).reset_index()
