"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import numpy as np
import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, mean, share, where
from blackbox.pages.estimate import digits
from reports.super_resolution.figures import ROWS


def nearer(frames: PageFrames, one: str, other: str) -> Estimate:
    """By how many dB `one` is nearer to the hidden picture than the `other`, paired by picture."""
    decibels = frames.ends.pivot_table("psnr", "picture", "what", dropna=False)
    return mean(decibels[one] - decibels[other])


def share_of(frames: PageFrames, what: str, judge: str) -> Estimate:
    """The share of pictures that a judge passes."""
    return share(where(frames.ends, what=what)[judge])


def times(frames: PageFrames, search: str, units: int) -> Estimate:
    """How many times Adam's error that of another search is, by geometric means over pictures."""
    costs = frames.costs[frames.costs["units"] == units]
    error = np.log(costs.pivot_table("error", "picture", "search", dropna=False))
    gain = mean((error[search] - error["Adam"]).to_numpy(float))
    return Estimate(*np.exp(np.array(gain)))


def the_flow_finds_it(frames: PageFrames) -> Figures:
    """Behind the flow nearly all are the hidden digit, and nearer to it than interpolation."""
    judged, bicubic = (share_of(frames, what, "digit") for what in ("flow", "bicubic"))
    gain = nearer(frames, "flow", "bicubic")
    if judged.low > max(0.8, bicubic.high) and gain.low > 0:
        yield {"judged": judged, "gain": gain, "bicubic": bicubic}


def a_fit_proves_nothing(frames: PageFrames) -> Figures:
    """In pixels the fit is by far the best, and no picture passes the harsh judges."""
    error = frames.ends.groupby("what")["error"].mean()
    feasible, harsh = (share_of(frames, "none", judge) for judge in ("feasible", "harsh"))
    if error["none"] < error["flow"] / 100 and feasible.low > 0.8 and harsh.high < 0.2:
        digit = share_of(frames, "none", "digit")
        yield {"times": error["flow"] / error["none"], "digit": digit, "harsh": harsh}


def the_gan_is_farther(frames: PageFrames) -> Figures:
    """The VAE is level with flow and autoencoder, and nearer than the GAN."""
    level = [nearer(frames, "vae", other) for other in ("flow", "autoencoder")]
    gan = nearer(frames, "vae", "gan")
    if all(gain.low < 0 < gain.high for gain in level) and gan.low > 0:
        yield {"gan": gan}


def little_is_left(frames: PageFrames) -> Figures:
    """What the VAE paints when it is shown the hidden picture is somewhat nearer."""
    gap, gained = nearer(frames, "seen by the VAE", "vae"), nearer(frames, "vae", "bicubic")
    if gap.low > 0 and gap.high < gained.low:
        yield {"gap": gap, "gained": gained}


def a_gradient_is_ahead(frames: PageFrames) -> Figures:
    """At equal cost Adam is ahead of searches without a gradient, of CMA-ES less so in the end."""
    middle, whole = 200, round(frames.setting("units"))
    early, late = (times(frames, "CMA-ES", units) for units in (middle, whole))
    random = times(frames, "random draws", whole)
    if early.low > late.high and late.low > 1 and random.low > early.high:
        yield {"early": early, "late": late, "units": [middle, whole], "random": random}


def settings(frames: PageFrames) -> Figures:
    """What was set: so many pictures, steps, climbs and units."""
    it = {name: frames.setting(name) for name in ("pictures", "steps", "climbs", "units")}
    counted = frames.ends.groupby("what").size().eq(it["pictures"]).all()
    if counted and frames.costs["units"].max() == it["units"] == 2 * it["steps"] * it["climbs"]:
        yield it


JUDGES = {"feasible": "shrinks right", "digit": "judged", "harsh": "harsh"}


def ends(frames: PageFrames) -> pd.DataFrame:
    """A row per decoder, and what needs no search: shares, and decibels to the hidden picture."""
    rows = []
    for what, cell in frames.ends[frames.ends["what"] != "hidden"].groupby("what", sort=False):
        row = {"picture": ROWS.get(str(what), what), "error": f"{cell['error'].mean():.2g}"}
        row |= {name: digits(share(cell[j]), 2) for j, name in JUDGES.items()}
        rows.append(row | {"dB": digits(mean(cell["psnr"]), 1)})
    return pd.DataFrame(rows)


def costs(frames: PageFrames) -> pd.DataFrame:
    """The mean error of each search at each cost."""
    return frames.costs.pivot_table("error", "search", "units").reset_index().rename(columns=str)
