"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from typing import Any

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, where
from blackbox.pages.estimate import digits

TABLE, WINGS, SENTENCES = "cell samples", "wings", "sentences"
HEADS = ("digits, 8 px", "digits, 28 px", "molecules")  # scorers that read the code
DRAWS, ORDER, CMA, CLIMB, LBFGS = "random draws", "zeroth order", "CMA-ES", "climb", "L-BFGS"
FREE = (ORDER, CMA, CLIMB, LBFGS)
SPHERE, NEAR = "climb on the sphere", "climb near real ones"


def leading(frames: PageFrames) -> pd.DataFrame:
    """A row per domain: which search has the most by its score, and which by the truth."""
    rows = []
    for domain, table in frames.cells.groupby("domain", sort=False):
        by_search = table.set_index("search")
        first, true = (str(by_search[column].idxmax()) for column in ("promise", "gain"))
        row = {"domain": domain, "by score": first, "promised": by_search["promise"][first]}
        row |= {"of which true": by_search["gain"][first], "by truth": true}
        rows.append(row | {"true": by_search["gain"][true]})
    return pd.DataFrame(rows)


def cell(frames: PageFrames, domain: str, search: str) -> dict[str, Any]:
    """What a search was promised in a domain, and what of it is true."""
    row = where(frames.cells, domain=domain, search=search).iloc[0]
    return dict(row) | {"rho": Estimate.of(row, "rho")}


def the_scorer_decides(frames: PageFrames) -> Figures:
    """On a table each search has most of what it was promised; on wings none, nor have draws."""
    table, wings = (where(frames.cells, domain=domain) for domain in (TABLE, WINGS))
    if table["rho"].min() > 0.7 and table["rho_low"].min() > 0.4 and wings["rho_high"].max() < 0.01:
        ends = {"least": table["rho"].min(), "most": table["rho"].max()}
        yield ends | {"draws": cell(frames, WINGS, DRAWS), "n": len(table)}


def the_first_by_score_is_not_by_truth(frames: PageFrames) -> Figures:
    """Who has the most by the scorer is in no domain who has the most by the truth."""
    table = leading(frames)
    lbfgs = int((table["by score"] == LBFGS).sum())
    if (table["by score"] != table["by truth"]).all() and lbfgs > len(table) / 2:
        none = int((table["of which true"] == 0).sum())
        yield {"lbfgs": lbfgs, "n": len(table), "none": none, "all": table["by truth"].nunique()}


def draws_are_least_fooled(frames: PageFrames) -> Figures:
    """Behind a head on the code draws keep most of a small promise, free searches next to none."""
    draws = [cell(frames, domain, DRAWS) for domain in HEADS]
    free = [cell(frames, domain, search) for domain in HEADS for search in FREE]
    most = max(one["rho"].value for one in free)
    if min(one["rho"].value for one in draws) > 0.5 > 0.1 > most and len(free) == 12:
        yield {"draws": [one["rho"].value for one in draws], "most": most}


def no_guard_holds_everywhere(frames: PageFrames) -> Figures:
    """The sphere keeps the promise for one size of digits and not for the other."""
    small, large = (cell(frames, domain, SPHERE) for domain in HEADS[:2])
    near, free = (cell(frames, HEADS[2], search) for search in (NEAR, CLIMB))
    wings = cell(frames, WINGS, NEAR)
    is_held = small["rho"].low > 0.8 and near["rho"].value > free["rho"].high
    if is_held and large["refused"] == large["runs"] == wings["refused"]:
        yield {"small": small, "large": large, "near": near, "free": free, "wings": wings}


def a_truth_may_miss_something(frames: PageFrames) -> Figures:
    """The truth about verse keeps the climb's promise, and other judges pass none of its ends."""
    climb, draws = (cell(frames, SENTENCES, search) for search in (CLIMB, DRAWS))
    if climb["rho"].low > 1 and climb["odd"] == 1 and draws["odd"] < 0.5:
        yield {"climb": climb, "draws": draws}


def without_gradient_too(frames: PageFrames) -> Figures:
    """Searches that see no gradient are fooled as often as those that do, but for a cell."""
    table = frames.cells
    fooled = table["rho_high"] < 1
    blind = table["search"].isin([DRAWS, ORDER, CMA])
    if abs(fooled[blind].mean() - fooled[~blind].mean()) < 1 / len(table):
        yield {
            "blind": int(fooled[blind].sum()),
            "n_blind": int(blind.sum()),
            "slope": int(fooled[~blind].sum()),
            "n_slope": int((~blind).sum()),
        }


def settings(frames: PageFrames) -> Figures:
    """What was set, and that all runs are there."""
    it = {name: frames.setting(name) for name in ("seeds", "budget", "near")}
    pairs = frames.cells.groupby("domain")["n"].agg(["min", "max"])
    is_whole = frames.runs.groupby(["domain", "search"])["seed"].nunique().eq(it["seeds"]).all()
    if is_whole and (pairs["min"] == pairs["max"]).all():
        yield it | {"wings": int(pairs["max"][WINGS]), "small": int(pairs["max"][HEADS[0]])}


def leaders(frames: PageFrames) -> pd.DataFrame:
    """The first of each domain by its score, and by the truth."""
    table = leading(frames)
    numbers = ("promised", "of which true", "true")
    return table.assign(**{name: table[name].map(digits) for name in numbers})


def every_search(frames: PageFrames) -> pd.DataFrame:
    """A row per domain and search."""
    table = frames.cells
    shown: dict[str, Any] = {
        "promised": table["promise"].map(digits),
        "true": table["gain"].map(digits),
        "rho": [digits(Estimate.of(row, "rho"), 2) for _, row in table.iterrows()],
        "refused": [f"{row['refused']} of {row['runs']}" for _, row in table.iterrows()],
        "odd": table["odd"].map("{:.2f}".format),
    }
    return table[["domain", "search"]].assign(**shown)
