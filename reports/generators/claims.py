"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import numpy as np
import pandas as pd

from blackbox.pages import Figures, PageFrames, written


def with_pay(frames: PageFrames) -> pd.DataFrame:
    """The generators; `pays`: after how many hits, against the cheapest search, whose `each` it is.

    A hit costs a generator one score over its share of hits, since every picture is scored.
    """
    cheapest = frames.searches.sort_values("units").groupby("family").first()
    table = frames.trained.join(cheapest[["units", "variety"]].add_prefix("each_"), on="family")
    saved = table["each_units"] - 1 / table["hit"]
    return table.assign(pays=(table["budget"] / saved).where(saved > 0, np.inf))


def few_instances_suffice(frames: PageFrames) -> Figures:
    """When training pays at the earliest, where what is made is half as varied as what is found."""
    table = with_pay(frames)
    varied = table[table["variety_low"] > table["each_variety"] / 2].sort_values("pays")
    first = varied.groupby("family").first()
    if (
        first["pays"].max() < 50
        and first["budget"].min() == first["budget"].max()
        and (frames.searches["hit"] > 0.9).all()
    ):
        yield {str(name): row for name, row in first.iterrows()}


def a_conditional_generator_hits_early(frames: PageFrames) -> Figures:
    """From the small budget the conditional generator hits more often than the other two."""
    table = frames.trained
    table = table[table["budget"] == table["budget"].min()]
    ours = table[table["maker"] == "conditional_generator"]
    others = table[table["maker"].isin(["generator_network", "finetune_decoder"])]
    if ours["hit_low"].min() > others["hit_high"].max():
        it = {"worst": ours["hit"].min(), "best": others["hit"].max()}
        yield {**it, "budget": ours["budget"].max()}


def it_can_be_asked_for_more_variety(frames: PageFrames) -> Figures:
    """Of wider noise, or asked for a score that suffices, it makes more varied digits."""
    table = with_pay(frames).set_index(["maker", "family", "budget"])
    ways = {"best": "", "warm": "(temperature)", "asked": "(score)"}
    rows = {way: table.loc[f"conditional_generator{name}"] for way, name in ways.items()}
    best, warm, asked = rows.values()
    wider = (asked["variety_low"] > best["variety_high"]).xs("digits").all()
    if wider and (warm["variety"] > best["variety"]).all() and (asked["hit"] < best["hit"]).all():
        shares = {way: part["variety"] / part["each_variety"] for way, part in rows.items()}
        it = {way: [share.min(), share.max()] for way, share in shares.items()}
        yield it | {"temperature": frames.setting("temperature"), "hit": asked["hit"].min()}


def the_harsh_judge_prefers_the_conditional(frames: PageFrames) -> Figures:
    """Of what conditional generators make the harsh judge passes more than of lbfgs' hits."""
    ours = frames.trained[frames.trained["maker"].str.startswith("conditional_generator")]
    climbed = frames.searches.query("maker == 'lbfgs'")["harsh"]
    if ours["harsh"].min() > climbed.max() + 0.05:
        yield {"least": ours["harsh"].min(), "low": climbed.min(), "high": climbed.max()}


def more_training_makes_one_picture(frames: PageFrames) -> Figures:
    """With the largest budget a network makes one picture, which the harsh judge refuses."""
    table = with_pay(frames).query("maker == 'generator_network'").sort_values("budget")
    one = table.iloc[-1]
    collapsed = one["variety_high"] < one["each_variety"] / 4
    if collapsed and one["hit_low"] > 0.95 and one["harsh"] < 0.05:
        yield {"budget": one["budget"], "variety": one["variety"], "each": one["each_variety"]}


def settings(frames: PageFrames) -> Figures:
    """What was set, as the runs have it."""
    it = frames.settings.set_index("setting")["value"]
    starts, seeds = frames.searches["runs"], frames.trained["runs"]
    if (starts == it["starts"]).all() and (seeds == it["seeds"]).all():
        yield dict(it)


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per family and search."""
    return frames.searches.drop(columns="runs").round(2)


def trained(frames: PageFrames) -> pd.DataFrame:
    """A row per family, generator and budget."""
    table = with_pay(frames).round({"judged": 2, "harsh": 2, "pays": 0})
    cells = written(table, "family", "maker", "budget", hit=2, variety=2)
    return cells.join(table[["judged", "harsh", "pays"]])
