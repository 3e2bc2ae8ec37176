"""What the page says: sentences, each with the numbers that it rests on, and tables."""

import numpy as np
import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, mean, share

NETWORK, LBFGS, NGOPT = "model == 'network'", "strategy == 'lbfgs'", "strategy == 'nevergrad:NGOpt'"


def times(runs: pd.DataFrame, one: str, other: str) -> Estimate:
    """How many times the units of `one` the `other` needs: geometric means, paired by start."""
    paid = runs.assign(log=np.log(runs["units"])).pivot_table("log", ["table", "seed"], "strategy")
    return Estimate(*np.exp(mean((paid[other] - paid[one]).to_numpy())))


def judged(frames: PageFrames) -> pd.DataFrame:
    """The runs, with what is usual: how far apart models and rows lie where rows are real."""
    runs = frames.runs.merge(frames.questions, on=["table", "model", "near"])
    runs["believed"] = runs["disagreement"] <= runs["usual"]
    return runs.assign(like_real=runs["distance"] <= runs["far"])


def of_hits(frames: PageFrames, column: str, where: str = NETWORK) -> list[Estimate]:
    """The share of the network's hits that are so, without the price and with it."""
    hits = judged(frames).query(f"{NETWORK} and hits == 1 and {where}")
    return [share(hits.loc[hits["near"] == near, column]) for near in (0, 1)]


def the_gradient_finds_it(frames: PageFrames) -> Figures:
    """L-BFGS hits in all runs, with fewer units than whoever has no gradient."""
    runs = frames.runs.query(NETWORK)
    lbfgs, blind = runs.query(LBFGS), ("bayes_opt", "cma_es", "random_search")
    ngopt = times(runs, "lbfgs", "nevergrad:NGOpt")
    later = min(times(runs, "nevergrad:NGOpt", other).low for other in blind)
    if lbfgs["hits"].eq(1).all() and ngopt.low > 1 and later > 1:
        yield {"runs": len(lbfgs), "units": lbfgs["units"].mean(), "ngopt": ngopt}


def a_price_makes_it_believable(frames: PageFrames) -> Figures:
    """On the cancer table the second model believes hits near real rows more often."""
    free, priced = of_hits(frames, "believed", "table == 'cancer'")
    if free.high < min(0.5, priced.low):
        yield {"free": free, "priced": priced}


def the_price_costs_a_blind_search_more(frames: PageFrames) -> Figures:
    """With the price hits lie near real rows; L-BFGS hardly pays for it, NGOpt does."""
    free, priced = of_hits(frames, "like_real")
    cost = [frames.runs.query(f"{NETWORK} and {who}") for who in (LBFGS, NGOPT)]
    lbfgs, ngopt = (one.groupby("near")["units"].mean()[[0, 1]].to_numpy() for one in cost)
    if free.high < 0.25 and priced.low > 0.95 and lbfgs[1] / lbfgs[0] < 1.1 < ngopt[1] / ngopt[0]:
        yield {"free": free, "lbfgs": lbfgs, "ngopt": ngopt}


def diabetes_tells_little(frames: PageFrames) -> Figures:
    """On the diabetes table models differ so much on real rows that belief in most means little."""
    usual = frames.questions.query(f"{NETWORK} and table == 'diabetes'")
    free, priced = of_hits(frames, "believed", "table == 'diabetes'")
    if (usual["usual"] > usual["deviation"] / 2).all() and min(free.low, priced.low) > 0.5:
        yield {"usual": usual["usual"].max(), "free": free, "priced": priced}


def without_a_gradient(frames: PageFrames) -> Figures:
    """On the forest Bayesian optimisation is ahead of all; two others hit in every run, too."""
    runs = frames.runs.query("model == 'forest'")
    units, hits = (runs.groupby("strategy")[name] for name in ("units", "hits"))
    behind = set(runs["strategy"]) - {"bayes_opt"}
    sure = hits.all().loc[["bayes_opt", "auto", "cma_es"]].all()
    if sure and all(times(runs, "bayes_opt", other).low > 1 for other in behind):
        means, ngopt = units.mean(), runs.query(NGOPT)["hits"]
        it = {"units": means["bayes_opt"], "auto": means["auto"], "cma_es": means["cma_es"]}
        yield it | {"ngopt": ngopt.sum(), "runs": len(ngopt)}


def a_known_row_hits_already(frames: PageFrames) -> Figures:
    """In each table the prediction for some known row lies within the tolerance."""
    if (frames.questions["known_misses_by"] < frames.questions["tolerance"]).all():
        yield {}


def settings(frames: PageFrames) -> Figures:
    """What was set, and that it holds of the runs."""
    it = {name: frames.setting(name) for name in ("seeds", "budget", "tolerance")}
    cells = frames.runs.groupby(["table", "model", "near", "strategy"]).size()
    goals = dict(zip(frames.questions["table"], frames.questions["goal"], strict=True))
    if cells.eq(it["seeds"]).all() and frames.runs["units"].max() <= it["budget"]:
        yield it | goals


def searches(frames: PageFrames) -> pd.DataFrame:
    """A row per question and search: what its runs paid, and what became of them."""
    cells = judged(frames).groupby(["table", "model", "near", "strategy"], sort=False)
    made = cells[["hits", "believed", "like_real"]].sum().rename(columns={"like_real": "like real"})
    made.insert(0, "units per hit", (cells["units"].sum() / made["hits"]).map("{:.1f}".format))
    made.insert(0, "runs", cells.size())
    made["judge misses by"] = cells["miss"].median().map("{:.2f}".format)
    return made.reset_index()
