"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from typing import Any

import numpy as np
import pandas as pd

from blackbox.pages import Figures, PageFrames, estimates, where, written
from reports.thickness.claims import TITLES

HELD, NEAR, BRED = "climb on the sphere", "climb near the data", "CMA-ES on the sphere"
HEADS = "climb on the sphere, heads on z"
HUNDREDTH, TENTH, HALF, NEARLY_ALL = 0.01, 0.1, 0.5, 0.9  # of the weight


def at(frames: PageFrames, search: str, share: float) -> dict[str, Any]:
    """What a search found with a share: its figures, with their intervals where they have some."""
    return estimates(where(frames.points, search=search, share=share).iloc[0])


def pixels_cost_hardly_a_seven(frames: PageFrames) -> Figures:
    """With a hundredth of the weight nearly all starts end at a bolder seven."""
    best = at(frames, BRED, HUNDREDTH)
    if best["kept"].value > 0.9 and best["kept"].low > 0.8 and 2.5 < best["gain"].value < 3:
        yield best | {"end": best["thickness_begun"] + best["gain"].value}


def the_stroke_gives_way_first(frames: PageFrames) -> Figures:
    """With a tenth all see sevens, which are thicker than real ones; the seven goes later."""
    tenth, half, last = (at(frames, HELD, share) for share in (TENTH, HALF, NEARLY_ALL))
    all_seen = tenth["seen"].value == 1 and tenth["too_thick"] > 1 - tenth["kept"].high
    if all_seen and half["seen"].low > 0.5 > last["seen"].high:
        yield tenth | {"half": half["seen"], "last": last["seen"]}


def a_better_climb_is_no_better_design(frames: PageFrames) -> Figures:
    """At a tenth the climb gets more of the sum than the evolution, and keeps less."""
    climb, bred = at(frames, HELD, TENTH), at(frames, BRED, TENTH)
    more = climb["promised_px"].low > bred["promised_px"].high
    if more and climb["seen"].value == 1 and climb["kept"].high < bred["kept"].low:
        yield {"climb": climb["promised_px"], "bred": bred["promised_px"], "kept": climb["kept"]}


def heads_misprice_the_seven(frames: PageFrames) -> Figures:
    """With a tenth, heads are sure of sevens that no classifier sees; with a hundredth all do."""
    tenth, hundredth = at(frames, HEADS, TENTH), at(frames, HEADS, HUNDREDTH)
    believed = float(np.exp(tenth["promised_nats"]))
    if believed > 0.95 and tenth["seen"].high < 0.2 and hundredth["kept"].low > 0.8:
        yield {"believed": believed, "seen": tenth["seen"], "hundredth": hundredth["kept"]}


def the_data_keep_it_and_pay(frames: PageFrames) -> Figures:
    """Near the data nearly all are kept up to half the weight, and the gain is the smaller."""
    kept = where(frames.points, search=NEAR).query("share <= @HALF")["kept"]
    half, last = at(frames, NEAR, HALF), at(frames, NEAR, NEARLY_ALL)
    less = half["gain"].low > 0 and half["gain"].high < at(frames, BRED, HUNDREDTH)["gain"].low
    if kept.min() > 0.9 > last["kept"].high and less:
        yield {"least": kept.min(), "gain": half["gain"], "share": HALF, "last": last["kept"]}


def settings(frames: PageFrames) -> Figures:
    """What was set, and how many starts are sevens to all."""
    names = ("seeds", "units", "thickest real stroke")
    seeds, units, thickest = (frames.setting(name) for name in names)
    n = frames.points["n"]
    if (n == n.iloc[0]).all() and 0.8 * seeds < n.iloc[0] <= seeds and units > 0:
        yield {"seeds": seeds, "n": int(n.iloc[0]), "units": units, "thickest": thickest}


def all_points(frames: PageFrames) -> pd.DataFrame:
    """A row per search and weight."""
    points = frames.points.assign(share=frames.points["share"].map("{:g}".format))
    points["promised px"] = points["promised_px"].map("{:.2f}".format)
    places = {"promised_nats": 4} | dict.fromkeys(TITLES, 2)
    table = written(points, "search", "share", "promised px", **places)
    return table.rename(columns=TITLES | {"promised_nats": "promised log P(7)"})
