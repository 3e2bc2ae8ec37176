"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, mean, share, where
from blackbox.pages.estimate import digits

CODE, SPHERE, STRINGS, DRAWS = "CMA-ES", "CMA-ES on the sphere", "genetic algorithm", "best of N"
CLIMB, WIDE = "climb", "CMA-ES, wide steps"
CLIMBS = "climb on the sphere, weighted"


def ended(frames: PageFrames, question: str, search: str) -> pd.DataFrame:
    """The runs of a search on a question, by seed."""
    return where(frames.runs, question=question, search=search).sort_values("seed")


def ahead(frames: PageFrames, question: str, search: str, other: str, column: str) -> Estimate:
    """How much more one search has than another, seed by seed."""
    one, two = (ended(frames, question, name)[column].to_numpy() for name in (search, other))
    return mean(one - two)


def draws_find_most(frames: PageFrames) -> Figures:
    """By QED CMA-ES in the code is level with the best of the prior's draws; strings are behind."""
    ends = [ended(frames, "qed", name) for name in (DRAWS, CODE, STRINGS)]
    apart = ahead(frames, "qed", DRAWS, CODE, "best")
    over = [ahead(frames, "qed", name, STRINGS, "best").low for name in (DRAWS, CODE)]
    passes = [int(runs["passes"].sum()) for runs in ends]
    if apart.low <= 0 <= apart.high and min(over) > 0 and passes[0] >= passes[1] > passes[2]:
        best = [runs["best"].mean() for runs in ends]
        yield {"best": best, "passes": passes, "n": len(ends[0])}


def the_decoder_does_it(frames: PageFrames) -> Figures:
    """On the sphere CMA-ES is level with draws, too, and only a bit ahead of the strings."""
    apart = ahead(frames, "qed", DRAWS, SPHERE, "best")
    strings = ahead(frames, "qed", SPHERE, STRINGS, "best")
    if apart.low <= 0 <= apart.high and strings.low > 0:
        yield {"apart": apart, "strings": strings}


def sooner_too(frames: PageFrames) -> Figures:
    """By the area under the ten best the code is ahead, whichever way calls are counted."""
    more = [ahead(frames, "qed", CODE, STRINGS, column).low for column in ("counted", "cached")]
    if min(more) > 0:
        names = (DRAWS, CODE, STRINGS)
        yield {"area": [ended(frames, "qed", name)["counted"].mean() for name in names]}


def wide_steps_lead_to_aspirin(frames: PageFrames) -> Figures:
    """Few calls lead nearer to aspirin in wide steps than in any other way; to QED they do not."""
    runs = where(frames.runs, question="aspirin")
    means, wide = runs.groupby("search")["best"].mean(), ended(frames, "aspirin", WIDE)
    more, less = (ahead(frames, name, WIDE, CODE, "best") for name in ("aspirin", "qed"))
    if more.low > 0 > less.value and means.idxmax() == WIDE:
        yield {
            "usual": means[CODE],
            "wide": mean(wide["best"]),
            "strings": means[STRINGS],
            "qed": ended(frames, "qed", WIDE)["best"].mean(),
            "passes": int(wide["passes"].sum()),
            "n": len(wide),
        }


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


def weights_make_a_front(frames: PageFrames) -> Figures:
    """Climbs of several weights on the sphere command most, promised and measured."""
    table = frames.fronts
    volumes = {name: runs.sort_values("seed") for name, runs in table.groupby("search")}
    climbs, draws = volumes[CLIMBS], volumes[DRAWS]
    measured = climbs["measured"].to_numpy()
    more = [mean(measured - one["measured"]).low for one in volumes.values() if one is not climbs]
    gap = mean((climbs["promised"] - climbs["measured"]).to_numpy())
    if min(more) > 0 and gap.low > 0:
        yield {
            "promised": climbs["promised"].mean(),
            "measured": mean(climbs["measured"]),
            "draws": mean(draws["measured"]),
        }


def settings(frames: PageFrames) -> Figures:
    """What was set: as many runs of each search as it says."""
    seeds = frames.setting("seeds")
    if (frames.runs.groupby(["question", "search"])["seed"].nunique() == seeds).all():
        names = ("qed", "aspirin", "logp", "two_sided", "front", "weights", "most logp")
        yield {"seeds": seeds} | {name.replace(" ", "_"): frames.setting(name) for name in names}


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


def every_front(frames: PageFrames) -> pd.DataFrame:
    """A row per search: how many points its front has, and its volume, promised and measured."""
    rows = []
    for search, runs in frames.fronts.groupby("search", sort=False):
        volumes = {name: digits(mean(runs[name]), 2) for name in ("promised", "measured")}
        points = {"points": f"{runs['points'].mean():.1f}"}
        points["molecules"] = f"{runs['molecules'].sum() / runs['points'].sum():.2f}"
        rows.append({"search": search, **points, **volumes})
    return pd.DataFrame(rows)
