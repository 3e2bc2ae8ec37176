"""What the page says: sentences, each with the numbers that it rests on."""

from itertools import product
from typing import Any

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames

BUDGETS = (50, 200, 1000)
OFFERS = {0: "no gradients", 1: "gradients"}
CLIMBERS = {"auto", "lbfgs", "scipy:l_bfgs_b", "scipy:basinhopping", "scipy:slsqp"}


def among(frames: PageFrames, problems: str, gradients: int, budget: int) -> dict[str, Any]:
    """Each strategy's row of a group at a budget, the best mean rank first."""
    group = "problems == @problems and gradients == @gradients and budget == @budget"
    rows = frames.ranks.query(group).sort_values("rank")
    return {str(row.strategy): row for row in rows.itertuples()}


def beats(row: Any) -> Estimate:
    """How often a strategy finds more than `auto`."""
    return Estimate(row.beats, row.beats_low, row.beats_high)


def no_peer_is_ahead_on_new_problems(frames: PageFrames) -> Figures:
    """No other package's optimizer finds more than `auto` clearly more often."""
    new = frames.ranks.query("problems == 'new'")
    peers = new[new["strategy"].str.contains(":")]
    if (peers["beats_low"] <= 0.5).all() and set(new["budget"]) == set(BUDGETS):
        yield {"peers": peers["strategy"].nunique(), "budgets": BUDGETS}


def auto_is_a_choice(frames: PageFrames) -> Figures:
    """It is level with the searches that it begins with, and L-BFGS for the most part."""
    choices = ((50, "scipy:cobyla"), (200, "scipy:cobyqa"))
    level = [
        beats(among(frames, problems, 0, budget)[peer])
        for problems, (budget, peer) in product(("new", "tuned"), choices)
    ]
    early, later = (among(frames, "new", 1, budget)["lbfgs"].ties for budget in (50, 200))
    if all(peer.low < 0.5 < peer.high for peer in level) and early > later > 0.5:
        yield {"early": early, "later": later}


def who_is_ahead_of_auto(frames: PageFrames) -> Figures:
    """Those that find more than `auto` clearly more often, and nobody else."""
    ahead = frames.ranks.query("problems != 'decoder' and beats_low > 0.5")
    shares = {(r.strategy, r.gradients, r.problems, r.budget): beats(r) for r in ahead.itertuples()}
    expected = {
        "cobyla": ("scipy:cobyla", 0, "tuned", 200),
        "hopping": ("scipy:basinhopping", 1, "tuned", 1000),
        "early": ("lbfgs", 1, "tuned", 200),
        "new": ("lbfgs", 1, "new", 200),
        "late": ("lbfgs", 1, "new", 1000),
    }
    if set(shares) == set(expected.values()):
        yield {name: shares[cell] for name, cell in expected.items()}


def gradients_pay(frames: PageFrames) -> Figures:
    """On new problems the same five that climb a gradient come first at all budgets."""
    firsts = [set([*among(frames, "new", 1, budget)][: len(CLIMBERS)]) for budget in BUDGETS]
    if all(first == CLIMBERS for first in firsts):
        yield {"n": len(CLIMBERS)}


def evolution_needs_a_budget(frames: PageFrames) -> Figures:
    """CMA-ES is level with random search at 50 units and far ahead of it at 1000."""
    few, many = among(frames, "tuned", 0, 50), among(frames, "tuned", 0, 1000)
    evolved, drawn = few["cma_es"], few["random_search"]
    level = max(evolved.low, drawn.low) < min(evolved.high, drawn.high)
    evolved, drawn = many["cma_es"], many["random_search"]
    if level and evolved.high < drawn.low / 2:
        yield {"cma": evolved.rank, "random": drawn.rank, "of": len(many)}


def models_early(frames: PageFrames) -> Figures:
    """Of TuRBO, TPE and NGOpt TuRBO alone keeps up with `auto`, and at 50 units alone."""
    few, more = among(frames, "new", 0, 50), among(frames, "new", 0, 200)
    names = {"turbo": "turbo", "tpe": "optuna:TPESampler", "ngopt": "nevergrad:NGOpt"}
    shares = {short: beats(few[name]) for short, name in names.items()}
    later = max(beats(more[name]).high for name in names.values())
    level = shares["turbo"].low < 0.5 < shares["turbo"].high
    if level and max(shares["tpe"].high, shares["ngopt"].high, later) < 0.5:
        yield shares


def settings(frames: PageFrames) -> Figures:
    """Every run found something, and is one of as many seeds as the page says."""
    seeds, runs = frames.setting("seeds"), frames.runs
    objectives = runs.groupby("problems")["objective"].nunique()
    ranks = frames.ranks.query("problems != 'decoder'")
    each = ranks["runs"] / ranks["problems"].map(objectives) / seeds
    expected = 1 - 0.5 * ((ranks["problems"] == "new") & (ranks["budget"] == 1000))
    scores = runs.query("problems != 'real'")
    complete = (each == expected).all() and scores["best"].notna().all()
    counted = {name: n for name, n in objectives.items() if name != "real"}
    if complete and counted == {"new": 6, "tuned": 4}:
        counts = {"runs": len(scores), "strategies": scores["strategy"].nunique()}
        yield {"seeds": seeds, "half": seeds / 2, **counts}


def level(frames: PageFrames, gradients: int, family: str, budget: int) -> list[str]:
    """Who is first in a family, and who is not clearly behind the first, by mean rank."""
    place = "gradients == @gradients and family == @family and budget == @budget"
    rows = frames.families.query(place).sort_values("rank")
    return rows.loc[~(rows["behind_low"] > 0), "strategy"].tolist()


def which_to_take(frames: PageFrames) -> Figures:
    """Over all families together, who is level with the first at each budget."""
    ranks = frames.families.query("family == 'all'")["rank"]
    cells = [
        {"offered": words, "budget": budget, "names": level(frames, offer, "all", budget)}
        for (offer, words), budget in product(OFFERS.items(), BUDGETS)
    ]
    here = [cell for cell in cells if cell["names"]]
    if here and (ranks >= 1).all():
        yield {"cells": here}


def orders_differ_between_families(frames: PageFrames) -> Figures:
    """Landscapes and digits agree far less than halves of the seeds of either, ever less so."""
    table = frames.agreement.query("gradients == 0").set_index(["one", "other", "budget"])
    across = [_tau(table, "landscapes", "digits", budget) for budget in BUDGETS]
    halves = [
        _tau(table, name, name, budget)
        for name, budget in product(("landscapes", "digits"), BUDGETS)
    ]
    falls = across[0].value > across[1].value > across[2].value
    if falls and max(tau.high for tau in across) < min(tau.low for tau in halves):
        least = min(tau.value for tau in halves)
        yield {"few": across[0], "more": across[1], "many": across[2], "halves": least}


def _tau(table: pd.DataFrame, one: str, other: str, budget: int) -> Estimate:
    row = table.loc[[(one, other, budget)]].iloc[0]
    return Estimate(row["tau"], row["tau_low"], row["tau_high"])


def landscapes_and_real_domains(frames: PageFrames) -> Figures:
    """At 50 units landscapes order strategies as tables do, hardly as text, not as the others."""
    table = frames.agreement.query("gradients == 0").set_index(["one", "other", "budget"])
    names = ("tables", "text", "molecules", "designs")
    taus = {name: _tau(table, "landscapes", name, 50) for name in names}
    if (
        taus["tables"].low
        > 0.5
        > taus["text"].value
        > 0.2
        > max(taus["molecules"].high, taus["designs"].high)
    ):
        yield taus


def few_seeds(frames: PageFrames) -> Figures:
    """Real problems have few seeds, which their intervals show."""
    seeds, runs = frames.setting("few"), frames.runs.query("problems == 'real'")
    real = frames.families.query("n_seeds == @seeds and family != 'all'")
    if runs["seed"].nunique() == seeds and len(real):
        yield {"seeds": seeds, "families": real["family"].nunique(), "runs": len(runs)}
