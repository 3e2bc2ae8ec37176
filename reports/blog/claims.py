"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, share, where
from blackbox.pages.estimate import digits

BEST = {"decoder": "vae", "reads": "code", "guard": "sphere", "rate": 0.1, "stop": "end"}


def most(table: pd.DataFrame, judge: str = "harsh") -> Estimate:
    """The share that a judge lets pass, with its interval, in the row in which most do."""
    row = table.sort_values(judge).iloc[-1]
    hits = round(row[judge] * row["n"])
    return share([1.0] * hits + [0.0] * (int(row["n"]) - hits))


def a_decoder_is_what_it_takes(frames: PageFrames) -> Figures:
    """In data space the classifier is sure and no two is drawn; behind the VAE they all are."""
    pixels, sure = where(frames.searches, decoder="none"), frames.setting("sure")
    early, late = (where(pixels, stop=stop) for stop in ("sure", "end"))
    best, fooled = most(where(frames.searches, **BEST)), early["predicted"].min() > sure - 0.001
    if fooled and most(early).high < 0.05 and most(late).high < 0.25 and best.low > 0.95:
        yield {"sure": sure, "early": most(early).value, "late": most(late), "best": best}


def the_same_seven(frames: PageFrames) -> Figures:
    """When all are as sure, no two is seen in the pixels, and the VAE's passes all judges."""
    sure = frames.setting("sure")
    look = where(frames.morph, sure=sure).set_index("decoder")
    if look["predicted"].between(sure, 1).all() and look["harsh"]["vae"] > look["digit"]["none"]:
        yield {"sure": sure, **look["step"]}


def steps_fool_judges_and_draw_no_two(frames: PageFrames) -> Figures:
    """In data space the step decides how many judges are convinced; hardly a two is drawn."""
    pixels = where(frames.searches, decoder="none")
    adam, end = where(pixels, step="adam", stop="sure"), where(pixels, stop="end")
    coarse, small = (most(where(adam, rate=rate), "digit") for rate in (0.1, 0.02))
    real = most(where(frames.real, step="adam", stop="sure", rate=0.1), "digit")
    judged, harsh = most(end, "digit"), most(where(end, step="normalised", rate=0.5))
    if small.high < min(coarse.low, real.low) and judged.low > 0.95 and harsh.high < 0.05:
        yield {"coarse": coarse, "small": small, "real": real, "judged": judged, "harsh": harsh}


def patience_finishes_the_two(frames: PageFrames) -> Figures:
    """Early and unguarded most judges see a two, the harsh one not yet; it does in the end."""
    pixels = most(where(frames.searches, decoder="none", stop="sure"), "digit")
    coded = where(frames.searches, guard="none").query("decoder in ['autoencoder', 'vae', 'flow']")
    fewest, heads = where(coded, stop="sure")["digit"].min(), where(coded, reads="code")
    first, late = (most(where(heads, decoder="vae", stop=stop)) for stop in ("sure", "end"))
    auto, steps = most(where(heads, decoder="autoencoder", stop="end")), frames.setting("steps")
    if fewest > 2 * pixels.high and max(first.high, auto.high) < late.low:
        early = {"fewest": fewest, "pixels": pixels.value, "steps": steps}
        yield {**early, "first": first, "late": late, "auto": auto}


def the_head_leads_further(frames: PageFrames) -> Figures:
    """On the VAE's sphere the head's twos pass the harsh judge more often; both are as sure."""
    best = where(frames.searches, decoder="vae", guard="sphere", rate=0.1, stop="end")
    head, picture = (most(where(best, reads=reads)) for reads in ("code", "picture"))
    if head.low > picture.high and (sure := best["predicted"].min()) > 0.999:
        yield {"head": head, "picture": picture, "sure": sure}


def twos_that_pass_are_alike(frames: PageFrames) -> Figures:
    """The best twos vary less than real ones and pass more often; a reward leaves but one."""
    best, flat = where(frames.searches, **BEST), where(frames.searches, **{**BEST, "guard": "norm"})
    variety, one = (table["apart"].item() / frames.twos["apart"].item() for table in (best, flat))
    real, judged, harsh = most(frames.twos), most(flat, "digit"), most(flat)
    if variety < 0.8 and most(best).low > real.high and one < 0.01 and harsh.high < 0.05:
        yield {"variety": variety, "real": real, "judged": judged, "harsh": harsh}


def other_decoders_stay_behind(frames: PageFrames) -> Figures:
    """The GAN, and the flow as wide as the picture, whatever guards them."""
    gan, wide = (where(frames.searches, decoder=name, stop="end") for name in ("gan", "pixel_flow"))
    if max(most(gan).high, most(wide).high) < most(where(frames.searches, **BEST)).low:
        yield {"gan": most(gan), "wide": most(wide), **wide[["n", "steps", "predicted"]].min()}


def strokes_thicken(frames: PageFrames) -> Figures:
    """Few steps thicken the stroke and keep the digit; many promise what they do not bring."""
    few, many = (where(frames.thickness, step=step) for step in (10, 50))
    keeps, loses = most(few, "digit"), most(many, "digit")
    first, last = few.iloc[0], many.iloc[0]
    gain, late = (Estimate.of(row, "gain") for row in (first, last))
    if gain.low > 0.5 and 2 * late.high < last["promised"] and loses.high < 0.9 < keeps.low:
        promises = {"n": first["n"], "promised": first["promised"], "promises": last["promised"]}
        yield {**promises, "gain": gain, "keeps": keeps, "late": late, "loses": loses}


def starts_are_as_many(frames: PageFrames) -> Figures:
    """All searches in data space have as many starts as it says, others no more."""
    starts, searches = frames.setting("starts"), frames.searches
    if (where(searches, decoder="none")["n"] == starts).all() and searches["n"].max() == starts:
        yield {name: frames.setting(name) for name in ("starts", "steps", "sure")}


def searches(frames: PageFrames) -> pd.DataFrame:
    """All searches, each where it is sure and where it ends; at the bottom from real sevens."""
    table = pd.concat([frames.searches, frames.real.assign(decoder="none, real 7s")])
    table = table.reset_index(drop=True).rename(columns={"digit": "judged"})
    table["variety"] = table.pop("apart") / frames.twos["apart"].item()
    for judge in ("judged", "unanimous", "harsh"):
        table[judge] = [digits(most(table.loc[[row]], judge), 3) for row in table.index]
    return table.round(3)
