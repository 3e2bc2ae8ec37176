"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from typing import Any

import pandas as pd

from blackbox.pages import Figures, PageFrames, mean, share, where

LIGHT, HEAVY = 1.0, 3.0  # what content weighs
CMA, NEAR, DRAWS = "CMA-ES", "CMA-ES near real ones", "random draws"
CLIMB, HELD = "climb", "climb near real ones"


def simple(frames: PageFrames, **which: object) -> pd.DataFrame:
    """Runs that simplify, with what they won, and whether it counts as a simpler sentence."""
    runs = where(frames.simple, **which)
    runs = runs.assign(won=runs["ease"] - runs["ease_begun"])
    is_kept = runs["content"] >= frames.setting("kept")
    return runs.assign(counts=(runs["won"] > 0) & is_kept & (runs["english"] == 1))


def simpler_ones_are_found(frames: PageFrames) -> Figures:
    """Held near real sentences some results are easier, English, and have the content words."""
    near, draws = (simple(frames, search=one, weight=HEAVY) for one in (NEAR, DRAWS))
    counts = share(near["counts"])
    alone = draws["counts"] & (draws["best"] == draws["start"])
    by_luck = draws["counts"].mean()
    if counts.low < by_luck < counts.value < 1 and 2 * alone.sum() > draws["counts"].sum():
        it = {"counts": counts, "won": mean(near["won"]), "content": mean(near["content"])}
        drawn = {"draws": int(draws["counts"].sum()), "alone": int(alone.sum())}
        yield it | {"n": len(near)} | drawn


def weight_buys_content(frames: PageFrames) -> Figures:
    """Free CMA-ES wins more ease and has less content where content weighs less."""
    light, heavy = (simple(frames, search=CMA, weight=one) for one in (LIGHT, HEAVY))
    is_so = light["won"].mean() > heavy["won"].mean()
    if is_so and light["content"].mean() < heavy["content"].mean():
        yield {
            "light": mean(light["won"]),
            "heavy": mean(heavy["won"]),
            "content": [mean(light["content"]), mean(heavy["content"])],
        }


def verse(frames: PageFrames, search: str) -> dict[str, Any]:
    """What the head promised of a search, what the judge says, and how much is English."""
    runs = where(frames.verse, search=search)
    english = int(runs["english"].sum())
    by = {name: mean(runs[name]) for name in ("promised", "verse")}
    return by | {"english": english, "n": len(runs)}


def the_climb_leaves_english(frames: PageFrames) -> Figures:
    """The climb is promised most, and none of it is English; of CMA-ES's results some are."""
    climb, blind = verse(frames, CLIMB), verse(frames, CMA)
    if climb["promised"].low > blind["promised"].high and climb["english"] == 0 < blind["english"]:
        yield {"climb": climb, "blind": blind}


def a_hold_leaves_what_draws_have(frames: PageFrames) -> Figures:
    """Held near real sentences the climb is promised what draws are, and no more is English."""
    held, draws = verse(frames, HELD), verse(frames, DRAWS)
    is_alike = held["promised"].low <= draws["promised"].value <= held["promised"].high
    if is_alike and 0 < held["english"] <= draws["english"]:
        yield {"held": held, "draws": draws}


def verse_says_something_else(frames: PageFrames) -> Figures:
    """Whoever searches for verse ends at a sentence about something else."""
    content = frames.verse.groupby("search")["content"].mean()
    if content.max() < 0.2:
        yield {"most": content.max()}


def the_decoder(frames: PageFrames) -> Figures:
    """How many held-out sentences come back from their codes as they were."""
    again = frames.setting("as they were")
    if 0 < again < 1:
        yield {"share": again, "n": frames.setting("held out")}


def settings(frames: PageFrames) -> Figures:
    """What was set, and that all runs are there."""
    it = {name: frames.setting(name) for name in ("sentences", "budget", "hard", "words", "kept")}
    n = frames.simple.groupby(["weight", "search"]).size()
    if n.eq(it["sentences"]).all() and (frames.simple["ease_begun"] < it["hard"]).all():
        yield it


def simpler(frames: PageFrames) -> pd.DataFrame:
    """What the search held near real sentences makes of each."""
    runs = simple(frames, search=NEAR, weight=HEAVY)
    table = runs[["source", "best"]].rename(columns={"source": "given", "best": "simplified"})
    ends = zip(runs["ease_begun"], runs["ease"], strict=True)
    table["ease"] = [f"{begun:.0f} → {ease:.0f}" for begun, ease in ends]
    table["content"] = runs["content"].map("{:.2f}".format)
    return table.assign(English=runs["english"].map({1: "yes", 0: "no"}))


def verses(frames: PageFrames) -> pd.DataFrame:
    """What three searches for verse found from the same starts."""
    ends = frames.verse.pivot_table("best", "seed", "search", aggfunc="first")
    start = frames.verse.groupby("seed")["start"].first()
    return ends[[CMA, CLIMB, HELD]].head(6).assign(start=start)[["start", CMA, CLIMB, HELD]]


def all_searches(frames: PageFrames) -> pd.DataFrame:
    """A row per search and weight: means, and how many results count."""
    cells = simple(frames).groupby(["weight", "search"], sort=False)
    means = cells[["won", "content"]].mean().round(2).astype(str)
    table = means.rename(columns={"won": "gain"})
    return table.assign(english=cells["english"].sum(), counts=cells["counts"].sum()).reset_index()
