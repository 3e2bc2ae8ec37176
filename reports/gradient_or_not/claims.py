"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import numpy as np
import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames
from blackbox.pages.estimate import digits, signed

DIFFERENCES = "Adam on differences"
MANY_HILLS = "rastrigin, d = 16"


def flipping(frames: PageFrames, reader: str, budget: int, same: bool = False) -> pd.DataFrame:
    """Where a reader leads while gradients are cheap, and falls behind at a price: `price / d`.

    Behind the best that needs no gradient, or (`same`) behind Adam on differences.
    """
    rows = frames.flips.query("budget == @budget and solved == 0 and ahead_cheap == @reader")
    against = (rows[["first", "second"]] == DIFFERENCES).any(axis=1)
    rows = rows[(against == same) & rows["break_even"].notna()]
    return rows.assign(**{"price / d": rows["break_even"] / rows["d"]})


def lbfgs_leads_but_on_many_hills(frames: PageFrames) -> Figures:
    """The best with a gradient is L-BFGS, ahead in most cells, and behind on one landscape."""
    table = frames.leaders
    ahead, behind = table["gap_low"] > 0, table["gap_high"] < 0
    if set(table["shown"]) != {"L-BFGS"} or set(table.loc[behind, "landscape"]) != {MANY_HILLS}:
        return
    counts = {"n": len(table), "ahead": int(ahead.sum()), "behind": int(behind.sum())}
    if counts["ahead"] > 2 * len(table) / 3:
        yield counts | {"level": len(table) - counts["ahead"] - counts["behind"]}


def adam_makes_little_of_it(frames: PageFrames) -> Figures:
    """With the longest budget Adam is surely ahead, at a price of 1, on few landscapes."""
    budget, n = frames.leaders["budget"].max(), frames.leaders["landscape"].nunique()
    rows = frames.flips.query("budget == @budget and first == 'Adam' and second != @DIFFERENCES")
    ahead = len(rows.query("ahead_cheap == 'Adam' and low > 1"))
    if len(rows) == n and ahead < n / 4:
        yield {"ahead": ahead, "n": n, "budget": budget}


def a_gradient_may_cost_some_d(frames: PageFrames) -> Figures:
    """Where its order flips with both budgets L-BFGS leads up to about d, and further with more."""
    some = [flipping(frames, "L-BFGS", budget).query("d < 100") for budget in (200, 2000)]
    few, many = (one.set_index("landscape")["price / d"] for one in some)
    both = few.index.intersection(many.index)
    few, many, d = few[both], many[both], some[0].set_index("landscape")["d"][both].max()
    if few.between(0.25, 4).all() and (many > 2 * few).all():
        ends = {"low": few.min(), "high": few.max(), "n": len(few), "d": d}
        yield ends | {"low_later": many.min(), "high_later": many.max()}


def pixels_are_cheaper(frames: PageFrames) -> Figures:
    """In many dimensions an evolution that adapts its axes is ahead from far less than d on."""
    pixels = flipping(frames, "L-BFGS", 2000).set_index("d").loc[784]
    if pixels["high"] < 0.5 * 784 and pixels["second"] == "CMA-ES, diagonal":
        yield {"price": pixels["break_even"], "d": 784}


def differences_cost_d(frames: PageFrames) -> Figures:
    """Exact gradients lead differences up to a price of about d: the median, for each budget."""
    few, many = (flipping(frames, "Adam", budget, True)["price / d"] for budget in (200, 2000))
    medians = {"few": few.median(), "many": many.median(), "n": len(few)}
    if min(medians.values()) > 0.8 and medians["many"] < 1.2 and few.max() < 1.2:
        later = {"low_later": many.min(), "high_later": many.max()}
        yield medians | later | {"low": few.min(), "high": few.max()}


def settings(frames: PageFrames) -> Figures:
    """What was set: as many seeds as it says, on each landscape and with each budget."""
    table, seeds, few = frames.leaders, frames.setting("seeds"), frames.setting("seeds on pixels")
    if (table["n"] == np.where(table["d"] == 784, few, seeds)).all():
        budgets = ", ".join(f"{budget:,}" for budget in table["budget"].unique())
        yield {"seeds": seeds, "few": few, "budgets": budgets}


def leaders(frames: PageFrames) -> pd.DataFrame:
    """A row per landscape and budget: the best with a gradient, the best without."""
    table = frames.leaders
    columns = {
        "landscape": table["landscape"],
        "budget": table["budget"].map("{:,}".format),
        "with gradient": table["shown"] + table["decades shown"].map(" {:.2f}".format),
        "without": table["hidden"] + table["decades hidden"].map(" {:.2f}".format),
        "decades ahead": [signed(Estimate.of(row, "gap"), 2) for _, row in table.iterrows()],
    }
    return pd.DataFrame(columns)


def flips(frames: PageFrames) -> pd.DataFrame:
    """A row per landscape, budget and pair: who leads at no price, and up to which price."""
    table = frames.flips
    prices = [digits(price, 2) if price == price else "no price" for price in table["break_even"]]
    ends = table["low"].map("[{:.3g}, ".format) + table["high"].map("{:.3g}]".format)
    columns = {
        "landscape": table["landscape"],
        "budget": table["budget"].map("{:,}".format),
        "pair": table["first"] + ", " + table["second"],
        "ahead at first": table["ahead_cheap"].fillna("neither"),
        "up to": prices,
        "interval": ends.mask(table["solved"] == 1, "both solved it"),
    }
    return pd.DataFrame(columns)
