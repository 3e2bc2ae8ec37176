"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, mean, share, where
from blackbox.pages.estimate import digits

CODE, SPHERE, STRINGS, DRAWS = "CMA-ES", "CMA-ES on the sphere", "genetic algorithm", "best of N"
CLIMB = "climb"


def ended(frames: PageFrames, question: str, search: str) -> pd.DataFrame:
    """The runs of a search on a question, by seed."""
    return where(frames.runs, question=question, search=search).sort_values("seed")


def ahead(frames: PageFrames, question: str, search: str, other: str, column: str) -> Estimate:
    """How much more one search has than another, seed by seed."""
    one, two = (ended(frames, question, name)[column].to_numpy() for name in (search, other))
    return mean(one - two)


def the_code_finds_more(frames: PageFrames) -> Figures:
    """In the code CMA-ES ends higher than the strings' rival, and at what judges pass."""
    code, strings = (ended(frames, "qed", name) for name in (CODE, STRINGS))
    more = ahead(frames, "qed", CODE, STRINGS, "best").low > 0
    if more and code["passes"].sum() > strings["passes"].sum():
        ends = {"best": code["best"].mean(), "strings": strings["best"].mean()}
        passes = {"passes": int(code["passes"].sum()), "strings_pass": int(strings["passes"].sum())}
        yield ends | passes | {"n": len(code)}


def draws_do_as_well(frames: PageFrames) -> Figures:
    """By QED no search is told from the best of as many draws of the prior."""
    apart = ahead(frames, "qed", CODE, DRAWS, "best")
    if apart.low <= 0 <= apart.high and max(-apart.low, apart.high) < 0.01:
        yield {"draws": ended(frames, "qed", DRAWS)["best"].mean(), "apart": apart}


def sooner_too(frames: PageFrames) -> Figures:
    """Also by the area under the ten best, whichever way calls are counted."""
    counted = ahead(frames, "qed", CODE, STRINGS, "counted")
    if min(counted.low, ahead(frames, "qed", CODE, STRINGS, "cached").low) > 0:
        code, strings = (ended(frames, "qed", name)["counted"].mean() for name in (CODE, STRINGS))
        yield {"code": code, "strings": strings}


def aspirin_is_far(frames: PageFrames) -> Figures:
    """Few calls do not lead to aspirin, by whatever search; those in the code come nearest."""
    runs = where(frames.runs, question="aspirin")
    means = runs.groupby("search")["best"].mean()
    if runs["best"].max() < 0.6 and means.idxmax() == CODE:
        yield {"best": means[CODE], "highest": runs["best"].max(), "strings": means[STRINGS]}


def logp_has_no_end(frames: PageFrames) -> Figures:
    """The highest penalised logP of a search is no molecule of the usual kind."""
    code = ended(frames, "logp", CODE)
    top = code.iloc[int(code["best"].argmax())]
    if top["passes"] == 0:
        yield {"best": top["best"], "passes": int(code["passes"].sum()), "n": len(code)}


def the_climb_is_fooled(frames: PageFrames) -> Figures:
    """Most ends of the climb are no molecule, whatever the heads promise."""
    climb = ended(frames, "two_sided", CLIMB)
    none = int(climb["measured"].isna().sum())
    most = where(frames.runs, question="two_sided")["measured"].max()
    if mean(climb["best"]).low > 2 * most and none > len(climb) / 2:
        yield {"promised": climb["best"].mean(), "most": most, "none": none, "n": len(climb)}


def the_committee_sees_it(frames: PageFrames) -> Figures:
    """On the sphere all climbs end at one molecule, which judges pass and the committee doubts."""
    climb, sphere = (ended(frames, "two_sided", name) for name in (CLIMB, f"{CLIMB} on the sphere"))
    gap = mean((sphere["best"] - sphere["measured"]).to_numpy())
    passed, unsure = share(sphere["passes"]), share(sphere["unsure"])
    is_one = len(set(sphere["found"])) == 1
    if climb["passes"].sum() == 0 and gap.low > 0 and is_one and passed.value == unsure.value == 1:
        yield {"gap": gap.value, "n": len(sphere)}


def settings(frames: PageFrames) -> Figures:
    """What was set: as many runs of each search as it says."""
    seeds = frames.setting("seeds")
    if (frames.runs.groupby(["question", "search"])["seed"].nunique() == seeds).all():
        names = ("qed", "aspirin", "logp", "two_sided")
        yield {"seeds": seeds} | {name: frames.setting(name) for name in names}


def every_search(frames: PageFrames) -> pd.DataFrame:
    """A row per question and search: best, areas, and what the judges pass."""
    rows = []
    for (question, search), runs in frames.runs.groupby(["question", "search"], sort=False):
        rows.append(
            {
                "question": question,
                "search": search,
                "start": f"{runs['first'].mean():.2f}",
                "best": digits(mean(runs["best"]), 3),
                "ten best, calls counted": f"{runs['counted'].mean():.3f}",
                "cached": f"{runs['cached'].mean():.3f}",
                "passes": f"{int(runs['passes'].sum())} of {len(runs)}",
                "different": f"{runs['distinct'].mean():.2f}",
            }
        )
    return pd.DataFrame(rows)
