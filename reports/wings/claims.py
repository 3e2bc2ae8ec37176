"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from blackbox.pages import Figures, PageFrames, mean, share, where

SMALL, LARGE = "xxsmall", "xxxlarge"
NEAR = "held near real ones"
CLOSE = 0.1  # a promise is kept where the truth lies within a tenth of it


def kept(runs: pd.DataFrame) -> pd.Series:
    """Whether the truth is there, and within a tenth of the promise."""
    return (runs["true"] / runs["promised"] - 1).abs() <= CLOSE


def auto_is_fooled(frames: PageFrames) -> Figures:
    """What `auto` finds on the smallest network is no airfoil to the solver."""
    runs = where(frames.runs, size=SMALL, search="auto")
    promised, largest = runs["promised"].median(), runs["largest"].median()
    no_flow = share(runs["true"].isna())
    if promised > 1000 and no_flow.low > 0.5 and largest < 20:
        yield {"promised": promised, "largest": largest, "no_flow": no_flow}
