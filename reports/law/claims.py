"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import pandas as pd

from blackbox.pages import Figures, PageFrames
from reports.law.fits import BY, LOG, SQUARE, by_error, explained, foretold, repeated, turns

BOLD, WINGS = "bold digits", "wings"


def r_squared(fits: pd.DataFrame, part: str, form: str = LOG) -> dict[str, float]:
    """R² of what is `foretold` of a part of the distance, by problem: `digits`, `wings`."""
    values = explained(fits)
    return {"digits": values[BOLD, form, part], "wings": values[WINGS, form, part]}


def it_describes_and_does_not_foretell(frames: PageFrames) -> Figures:
    """Over all distances a fit is as good as other starts; of what lies beyond it tells nothing."""
    fits, starts = foretold(frames.gains), repeated(frames.gains)
    whole, far = r_squared(fits, "whole"), r_squared(fits, "far")
    again = {"digits": starts[BOLD], "wings": starts[WINGS]}
    if all(value > again[name] - 0.1 for name, value in whole.items()) and max(far.values()) < 0:
        figures = whole | {f"far_{name}": value for name, value in far.items()}
        yield figures | {f"starts_{name}": value for name, value in again.items()}


def nearby_it_holds(frames: PageFrames) -> Figures:
    """Fitted near, it tells other starts' gains at the same distances, and few farther ones."""
    fits = foretold(frames.gains)
    near = r_squared(fits, "near")
    far = fits[(fits["part"] == "far") & (fits["form"] == LOG)]
    hits = int((far["error"] < far["flat"]).sum())
    if min(near.values()) > 0.8 and hits < len(far) / 2:
        yield near | {"hits": hits, "n": len(far)}


def no_form_is_the_better(frames: PageFrames) -> Figures:
    """What either form explains of all distances differs little, and less than with distance."""
    fits = foretold(frames.gains)
    log, square = (r_squared(fits, "whole", form) for form in (LOG, SQUARE))
    if all(abs(log[name] - square[name]) < 0.05 for name in log):
        yield square | {f"far_{name}": of for name, of in r_squared(fits, "far", SQUARE).items()}


def where_a_fit_turns(frames: PageFrames) -> Figures:
    """The top of a fit to the near half: no help on digits; on wings a little too far, or near."""
    fits, tops = foretold(frames.gains), turns(frames.gains)
    near = fits[fits["part"] == "near"].merge(tops, on=BY)
    on_digits = near[(near["problem"] == BOLD) & (near["form"] == LOG)]["turn"]
    beyond = int((on_digits > frames.setting("farthest")).sum())
    on_wings = near[near["problem"] == WINGS].groupby("form")["turn"].median()
    at = {"log": on_wings[LOG], "square": on_wings[SQUARE]}
    true = tops[tops["problem"] == WINGS]["distance"].median()
    is_within = true <= frames.setting("farthest") / 2
    if beyond > 0.9 * len(on_digits) and is_within and at["square"] < true < at["log"] < 1.5 * true:
        yield at | {"beyond": beyond, "n": len(on_digits), "true": true}


def held_out_error_does_not_tell(frames: PageFrames) -> Figures:
    """Turning points do not follow the error on held-out rows, on either problem."""
    tops = turns(frames.gains)
    values = by_error(tops, frames.scorers)
    low, high = tops["distance"].min(), tops["distance"].max()
    if values.max() < 0.1 and low > 0 and high < frames.setting("farthest"):
        ends = {"low": low, "high": high, "n": len(tops), "median": tops["distance"].median()}
        yield {"digits": values[BOLD], "wings": values[WINGS], **ends}


def size_changes_the_promise(frames: PageFrames) -> Figures:
    """What is truly gained differs little between sizes; the narrowest promises least there."""
    tops = turns(frames.gains).groupby(["problem", "width"])[["true", "promised"]].mean()
    figures: dict[str, float] = {}
    for name, problem in (("digits", BOLD), ("wings", WINGS)):
        true, (narrow, *wider) = tops["true"][problem], tops["promised"][problem]
        if true.max() > 1.1 * true.min() or min(wider) < 1.2 * narrow:
            return
        figures |= {f"least_{name}": true.min(), f"most_{name}": true.max()}
        figures |= {f"narrow_{name}": narrow, f"wide_{name}": wider[-1]}
    yield figures


def promises(frames: PageFrames) -> Figures:
    """At the turning point about half of what is promised is true, far out nearly nothing."""
    tops = turns(frames.gains)
    ends = frames.gains[frames.gains["distance"] == frames.setting("farthest")]
    sums = ends.groupby("problem")[["true", "promised"]].mean()
    at_top = (tops["true"] / tops["promised"]).groupby(tops["problem"]).median()
    at_end = sums["true"] / sums["promised"]
    if at_top.between(0.4, 0.65).all() and at_end.max() < 0.25:
        shares = {"digits": at_top[BOLD], "wings": at_top[WINGS]}
        yield shares | {"end_digits": at_end[BOLD], "end_wings": at_end[WINGS]}


def settings(frames: PageFrames) -> Figures:
    """What was set."""
    names = ("draws", "seeds", "taught", "tested", "farthest", "step")
    shown = {name: frames.setting(name) for name in names}
    scorers = frames.scorers.groupby("problem")["draw"].nunique()
    if (scorers == shown["draws"]).all() and frames.gains["distance"].max() == shown["farthest"]:
        yield shown


def ladder(frames: PageFrames) -> pd.DataFrame:
    """A row per problem and width, means over draws of rows."""
    tops = turns(frames.gains).merge(frames.scorers, on=BY)
    columns = {
        "error": "held-out error, deviations",
        "distance": "turns at, prior deviations",
        "true": "true gain there",
        "promised": "promised there",
    }
    table = tops.groupby(["problem", "width"])[list(columns)].mean().rename(columns=columns)
    return table.map("{:.2f}".format).reset_index()


def forms(frames: PageFrames) -> pd.DataFrame:
    """A row per problem and form: R² of each part of the distance."""
    titles = {
        "near": "near half, fitted there",
        "far": "far half, fitted to the near one",
        "whole": "all, fitted to all",
    }
    table = explained(foretold(frames.gains)).rename("r2").reset_index()
    table = table.pivot_table("r2", ["problem", "form"], "part", sort=False)
    return table[list(titles)].rename(columns=titles).map("{:.2f}".format).reset_index()
