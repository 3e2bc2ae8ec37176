"""What the page says: sentences, each with the numbers that it rests on, and tables."""

from typing import Any

import pandas as pd

from blackbox.pages import Figures, PageFrames, estimates, mean, share, where, written
from blackbox.pages.grids import GreyPicture
from blackbox.results.drawing.canvas import COLOURS
from reports.thickness.measure import BOLD, BOTH, BOUND, READS, Search

HEAD, NETWORK = READS
BEST = Search(BOUND, NETWORK, "data")


def last(frames: PageFrames, search: Search) -> dict[str, Any]:
    """What a search has gained and kept after all steps, and promised."""
    steps = frames.setting("steps")
    return estimates(where(frames.points, steps=steps, **vars(search)).iloc[0])


def digits_grow_and_stay(frames: PageFrames) -> Figures:
    """The search that was chosen, from other starts: half again as bold, nearly all kept."""
    again, begun = frames.again, frames.again["begun"].mean()
    gain, kept = mean(again["gain"].to_numpy()), share(again["kept"])
    is_best = len(where(again, **vars(BEST))) == len(again)
    half_again = gain.low / begun > 0.4 and gain.high / begun < 0.6
    if is_best and half_again and kept.low > 0.85:
        ends = {"begun": begun, "end": begun + gain.value, "steps": int(again["steps"].max())}
        yield ends | {"gain": gain, "kept": kept, "n": len(again)}


def the_head_alone_is_exploited(frames: PageFrames) -> Figures:
    """It promises far more than is true, and most digits are lost."""
    alone = last(frames, Search(BOLD, HEAD, "none"))
    if alone["promised"] > 2 * alone["gain"].high and alone["kept"].high < 0.5:
        yield alone


def only_the_data_keep_it(frames: PageFrames) -> Figures:
    """After all steps nearly all are kept near the data, whatever is asked; on the sphere few."""
    by_guard = where(frames.points, steps=frames.setting("steps")).groupby("guard")["kept"]
    least, most = by_guard.min()["data"], by_guard.max()["sphere"]
    if least > 0.9 and most < 0.5:
        yield {"least": least, "most": most}


def a_target_gains_more(frames: PageFrames) -> Figures:
    """Near the data a target gains more than asking for all there is, by either reader."""
    pairs = [
        (last(frames, Search(BOUND, reads, "data")), last(frames, Search(BOLD, reads, "data")))
        for reads in (NETWORK, HEAD)
    ]
    if all(target["gain"].low > most["gain"].high for target, most in pairs):
        yield {"target": pairs[0][0]["gain"], "most": pairs[0][1]["gain"]}


def asking_for_the_digit_keeps_no_stroke(frames: PageFrames) -> Figures:
    """Paid for the digit too, with no guard, more are seen, and few measure like real ones."""
    both, bold = (last(frames, Search(asked, NETWORK, "none")) for asked in (BOTH, BOLD))
    if both["seen"].low > bold["seen"].high and both["kept"].high < 0.5:
        yield both | {"bold": bold["seen"]}


def settings(frames: PageFrames) -> Figures:
    """What was set, and how many starts are digits to all."""
    shown = {name.replace(" ", "_"): frames.setting(name) for name in frames.settings["setting"]}
    n, starts = frames.points["n"], 10 * shown["starts_of_a_digit"]
    as_set = frames.points["steps"].max() == shown["steps"] and 0 < shown["kept_enough"] < 1
    if (n == n.iloc[0]).all() and 0.8 * starts < n.iloc[0] <= starts and as_set:
        yield shown | {"starts": starts, "n": int(n.iloc[0]), "again": len(frames.again)}


SHOWN = (20, 50)  # steps: where the first digits are lost, and the end
TITLES = {
    "gain": "true gain in px [95 %]",
    "seen": "its digit to all classifiers [95 %]",
    "kept": "and measures like a real one [95 %]",
    "harsh": "and no detector objects [95 %]",
}


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per search and number of steps."""
    points = frames.points[frames.points["steps"].isin(SHOWN)]
    ends = dict.fromkeys(TITLES, 2)
    return written(points, "asked", "reads", "guard", "steps", **ends).rename(columns=TITLES)


def measured(table: pd.DataFrame) -> list[GreyPicture]:
    """Each row's picture above its thickness, framed where it is no longer the digit."""
    caption = table["thickness"].map("{:.1f} px".format).replace({"nan px": "none"})
    colour = [None if kept else COLOURS[1] for kept in table["kept"]]
    return list(map(GreyPicture, table["pixels"], caption, colour))
