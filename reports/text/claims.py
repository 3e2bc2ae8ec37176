"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from blackbox.pages import Figures, PageFrames, mean, share, where

LIGHT, HEAVY = 1.0, 3.0  # what content weighs
CMA, DRAWS, LOCAL = "CMA-ES", "random draws", "one plus one"
CLIMB, HELD = "climb", "climb near real ones"
SHOWN = 15  # sentences in the table


def simple(frames: PageFrames, **which: object) -> pd.DataFrame:
    """Runs that simplify, with what they won."""
    runs = where(frames.simple, **which)
    return runs.assign(won=runs["ease"] - runs["ease_begun"])


def settings(frames: PageFrames) -> Figures:
    """What was set, and that all runs are there."""
    names = ("sentences", "budget", "hard", "words", "held out")
    it = {name.replace(" ", "_"): frames.setting(name) for name in names}
    n = frames.simple.groupby(["weight", "search"]).size()
    if n.eq(it["sentences"]).all() and (frames.simple["ease_begun"] < it["hard"]).all():
        yield it


def simpler(frames: PageFrames) -> pd.DataFrame:
    """What the best search makes of each sentence."""
    runs = simple(frames, search=CMA, weight=HEAVY)
    table = runs[["source", "best"]].rename(columns={"source": "given", "best": "found"})
    table["ease"] = [f"{a:.0f} → {b:.0f}" for a, b in zip(runs["ease_begun"], runs["ease"])]
    table["content"] = runs["content"].map("{:.2f}".format)
    table["English"] = runs["english"].map({1: "yes", 0: "no"})
    return table
