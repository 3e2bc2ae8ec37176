"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, share
from blackbox.pages.estimate import digits

PIXELS, BEST = "data space", "VAE, sphere, head on z"
PICTURE = "VAE, sphere, classifier on the picture"
NEARLY_ALL, HARDLY_ANY = 0.95, 0.05


def gone(frames: PageFrames, search: str | None = None) -> pd.DataFrame:
    """The ways from a digit to another one, of one search or of all."""
    ways = frames.ways
    ways = ways[ways["source"] != ways["target"]]
    return ways if search is None else ways[ways["search"] == search]


def pooled(ways: pd.DataFrame, judge: str) -> Estimate:
    """The share of all runs that a judge accepts, as if ways were alike."""
    hits = round(float((ways[judge] * ways["n"]).sum()))
    return share([1.0] * hits + [0.0] * (int(ways["n"].sum()) - hits))


def the_decoder_is_what_it_takes(frames: PageFrames) -> Figures:
    """Behind the decoder nearly all arrive, in data space hardly any does."""
    best, pixels = gone(frames, BEST), gone(frames, PIXELS)
    behind, bare = pooled(best, "judged"), pooled(pixels, "judged")
    if behind.low > NEARLY_ALL and bare.high < 0.15 and pooled(pixels, "harsh").high < HARDLY_ANY:
        yield {"behind": behind, "bare": bare, "harsh": pooled(pixels, "harsh")}


def the_classifier_is_sure_of_all(frames: PageFrames) -> Figures:
    """In data space the classifier that is climbed believes every end."""
    least, sure = gone(frames, PIXELS)["predicted"].min(), frames.setting("sure enough")
    if least > sure - 0.005:
        yield {"least": least, "steps": gone(frames, PIXELS)["evaluations"].median() - 1}


def most_ways_are_open(frames: PageFrames) -> Figures:
    """By the best search most ways are gone from nearly all starts, in data space hardly any."""
    open_ways = {
        search: int((gone(frames, search)["judged"] >= NEARLY_ALL).sum())
        for search in (BEST, PIXELS)
    }
    ways, are_shares = len(gone(frames, BEST)), gone(frames)["judged"].between(0, 1).all()
    if are_shares and open_ways[BEST] > 0.8 * ways and open_ways[PIXELS] < 0.05 * ways:
        yield {"best": open_ways[BEST], "pixels": open_ways[PIXELS], "ways": ways}


def the_head_pleases_the_harsh_judge_better(frames: PageFrames) -> Figures:
    """Most judges see no difference between the readers, the harsh judge does."""
    head, picture = gone(frames, BEST), gone(frames, PICTURE)
    level = abs(pooled(head, "judged").value - pooled(picture, "judged").value) < 0.01
    if level and pooled(head, "harsh").low > pooled(picture, "harsh").high:
        yield {"head": pooled(head, "harsh"), "picture": pooled(picture, "harsh")}


def a_one_is_the_hardest_target(frames: PageFrames) -> Figures:
    """By the harsh judge the best search finds no target as seldom as a one."""
    by_target = gone(frames, BEST).groupby("target")["harsh"].mean().sort_values()
    if by_target.index[0] == 1 and by_target.iloc[0] < by_target.iloc[1] - 0.05:
        yield {"one": by_target.iloc[0], "next": by_target.iloc[1]}


def settings(frames: PageFrames) -> Figures:
    """What was set: as many starts on each way as it says."""
    starts = frames.setting("starts of a digit")
    if (frames.ways["n"] == starts).all():
        steps, sure = frames.setting("steps"), frames.setting("sure enough")
        yield {"starts": starts, "steps": steps, "sure": sure}


def a_share_of_one_is_not_certain(frames: PageFrames) -> Figures:
    """How low a share may be where all starts arrive."""
    starts = int(frames.ways["n"].max())
    low = share([1.0] * starts).low
    if starts == frames.ways["n"].min() and low < 0.9:
        yield {"low": low}


JUDGES = ("judged", "unanimous", "harsh")
HARDEST = 8


def together(frames: PageFrames) -> pd.DataFrame:
    """A row per search: shares over all ways and starts."""
    rows = [
        {
            "search": search,
            "ways": len(part),
            "runs": int(part["n"].sum()),
            "steps": f"{part['evaluations'].median():.0f}",
            "predicted P": f"{part['predicted'].mean():.3f}",
        }
        | {judge: digits(pooled(part, judge), 3) for judge in JUDGES}
        for search, part in gone(frames).groupby("search", sort=False)
    ]
    return pd.DataFrame(rows)


def hardest(frames: PageFrames) -> pd.DataFrame:
    """The ways on which the fewest arrive by the best search; the harsh judge breaks ties."""
    ways = gone(frames, BEST).sort_values(["judged", "harsh", "source", "target"])
    return ways.head(HARDEST)[["source", "target", "predicted", *JUDGES]].rename(
        columns={"source": "from", "target": "to", "predicted": "predicted P"}
    )
