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


def near_real_ones_it_is_true(frames: PageFrames) -> Figures:
    """Held near real airfoils the climb keeps its promise on the two larger networks."""
    middle, large = (outcome(frames, size, NEAR) for size in (MIDDLE, LARGE))
    true = mean(judged(frames, size=MIDDLE, search=NEAR)["true"].dropna())
    if min(middle["share"].low, large["share"].low) > 0.6 and true.high < 200:
        yield {"middle": middle, "large": large, "true": true}


def size_is_no_guard(frames: PageFrames) -> Figures:
    """`auto` leads to what is no airfoil on each network, least often on the largest."""
    none = [outcome(frames, size, AUTO) for size in (SMALL, MIDDLE, LARGE)]
    fooled = [one["none"] for one in none]
    is_wonder = none[1]["promised"] > 1e4 > max(none[0]["promised"], none[2]["most_promised"])
    if fooled[0] > fooled[2] < fooled[1] and is_wonder:
        yield {"small": none[0], "middle": none[1], "large": none[2]}


def the_climb_stays(frames: PageFrames) -> Figures:
    """The free climb keeps its promises on the larger networks, on the smallest half of them."""
    small, middle, large = (outcome(frames, size, CLIMB) for size in (SMALL, MIDDLE, LARGE))
    is_far = max(one["most_promised"] for one in (small, middle, large)) > 1000
    if small["kept"] < min(middle["kept"], large["kept"]) and not is_far:
        yield {"small": small, "middle": middle, "large": large}


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
