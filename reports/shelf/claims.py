"""What the page says: sentences, each with the numbers that it rests on."""

from itertools import product
from typing import Any

import pandas as pd

from blackbox.pages import Estimate, Figures, PageFrames, where
from blackbox.pages.making import asked

BUDGETS = (50, 200, 1000)
OFFERS = {0: "no gradients", 1: "gradients"}
CLIMBERS = {
    "auto",
    "gradient_ascent",
    "lbfgs",
    "scipy:l_bfgs_b",
    "scipy:basinhopping",
    "scipy:slsqp",
}
SHELF = asked(__file__)
PROBLEMS = (*SHELF["objectives"]["tuned"], *SHELF["objectives"]["new"])


def among(frames: PageFrames, problems: str, gradients: int, budget: int) -> dict[str, Any]:
    """Each strategy's row of a group at a budget, the best mean rank first."""
    group = where(frames.ranks, problems=problems, gradients=gradients, budget=budget)
    rows = group.sort_values("rank")
    return {str(row.strategy): row for row in rows.itertuples()}


def beats(row: Any) -> Estimate:
    """How often a strategy finds more than `auto`."""
    return Estimate(row.beats, row.beats_low, row.beats_high)


def auto_is_among_the_first(frames: PageFrames) -> Figures:
    """Over all problems it is, but for the fewest units without gradients: two are ahead there."""
    firsts = {(g, b): level(frames, g, "all", b) for g, b in product(OFFERS, BUDGETS)}
    without = {place for place, names in firsts.items() if "auto" not in names}
    here = "family == 'all' and gradients == 0 and budget == 50 and strategy == 'auto'"
    (behind,) = (Estimate.of(row, "behind") for _, row in frames.families.query(here).iterrows())
    if without == {(0, 50)}:
        n = frames.families.query("family == 'all'")["n_objectives"]
        counts = {"n": n.max(), "fewer": n.min(), "tuned": len(SHELF["objectives"]["tuned"])}
        yield counts | {"first": firsts[0, 50], "behind": behind}


def who_is_ahead_of_auto(frames: PageFrames) -> Figures:
    """Those that find more than `auto` clearly more often, and nobody else."""
    ahead = frames.ranks.query("problems != 'decoder' and beats_low > 0.5")
    shares = {(r.strategy, r.gradients, r.problems, r.budget): beats(r) for r in ahead.itertuples()}
    expected = {
        "ngopt": ("nevergrad:NGOpt", 0, "new", 50),
        "cobyqa": ("scipy:cobyqa", 0, "new", 200),
        "lbfgs": ("lbfgs", 1, "new", 200),
        "cobyla": ("scipy:cobyla", 0, "tuned", 50),
        "ngopt_tuned": ("nevergrad:NGOpt", 0, "tuned", 50),
        "hopping": ("scipy:basinhopping", 1, "tuned", 200),
        "hopping_late": ("scipy:basinhopping", 1, "tuned", 1000),
        "cobyqa_tuned": ("scipy:cobyqa", 1, "tuned", 1000),
    }
    if set(shares) == set(expected.values()):
        yield {name: shares[cell] for name, cell in expected.items()}


def gradients_pay(frames: PageFrames) -> Figures:
    """On new problems the same six that climb a gradient come first at all budgets."""
    firsts = [set([*among(frames, "new", 1, budget)][: len(CLIMBERS)]) for budget in BUDGETS]
    if all(first == CLIMBERS for first in firsts):
        yield {"n": len(CLIMBERS)}


def evolution_needs_a_budget(frames: PageFrames) -> Figures:
    """CMA-ES is ahead of random search at 50 units, and among far more at 1000."""
    few, many = among(frames, "tuned", 0, 50), among(frames, "tuned", 0, 1000)
    at = [{name: rows[name] for name in ("cma_es", "random_search")} for rows in (few, many)]
    ahead = all(one["cma_es"].high < one["random_search"].low for one in at)
    if ahead and at[1]["cma_es"].high / len(many) < at[0]["cma_es"].low / len(few):
        ranks = [{name: row.rank for name, row in one.items()} for one in at]
        yield {"few": ranks[0], "many": ranks[1], "of": len(few), "of_many": len(many)}


def models_early(frames: PageFrames) -> Figures:
    """TuRBO is level with `auto`, NGOpt ahead at 50 units and level at 200, TPE behind at both."""
    names = {"turbo": "turbo", "tpe": "optuna:TPESampler", "ngopt": "nevergrad:NGOpt"}
    few, more = (
        {short: beats(among(frames, "new", 0, budget)[name]) for short, name in names.items()}
        for budget in (50, 200)
    )
    level_ones = (few["turbo"], more["turbo"], more["ngopt"])
    if all(one.low < 0.5 < one.high for one in level_ones) and few["ngopt"].low > 0.5 > max(
        few["tpe"].high, more["tpe"].high
    ):
        yield {"few": few, "more": more}


def defaults_and_settings(frames: PageFrames) -> Figures:
    """At 50 units a setting from elsewhere is ahead of two defaults; at 200 of none."""
    rows = {(r["family"], r["budget"]): r for _, r in frames.defaults.iterrows()}
    ahead = {cell for cell, row in rows.items() if row["elsewhere_low"] > 0.5}
    here = [row["here"] for row in rows.values()]
    if ahead == {("cma_es", 50), ("bayes_opt", 50)} and min(here) > 0.5:
        cma, bo = (rows[name, 50] for name in ("cma_es", "bayes_opt"))
        shares = {"least": min(here), "most": max(here)}
        ones = {"cma": Estimate.of(cma, "elsewhere"), "bo": Estimate.of(bo, "elsewhere")}
        yield shares | ones | {"cma_best": cma["best"], "bo_best": bo["best"]}


def settings_of_families(frames: PageFrames) -> Figures:
    """Each family has its settings compared on all problems."""
    table = frames.defaults
    shares = table[["here", "elsewhere"]]
    are_shares = ((shares >= 0) & (shares <= 1)).to_numpy().all()
    if set(table["n_problems"]) == {len(PROBLEMS)} and are_shares:
        yield {"n": len(PROBLEMS), "seeds": SHELF["settings"]["seeds"]}


def order_by_truth(frames: PageFrames) -> Figures:
    """Who is first by score is last by truth on two objectives; on others the order is kept."""
    table = frames.by_truth.query("gradients == 0 and budget == 200").set_index("objective")
    taus = {name: Estimate.of(row, "tau") for name, row in table.iterrows()}
    last = [n for n, row in table.iterrows() if row["first_by_truth"] == row["n_strategies"]]
    against = [name for name, tau in taus.items() if tau.high < 0]
    digit, text = taus[SHELF["decoder"]], taus["text.eloquence"]
    if last == ["digits.thickness", "molecules.property"] and against and digit.low > 0.5:
        numbers = {"last": last, "against": against, "digit": digit, "text": text}
        yield numbers | {"taus": [taus[name] for name in against], "n": len(table)}


def settings(frames: PageFrames) -> Figures:
    """Every run found something, and is one of as many seeds as the page says."""
    scores = frames.runs.query("problems != 'real'")
    objectives = scores.groupby("problems")["objective"].nunique()
    ranks = frames.ranks.query("problems != 'decoder'")
    each = ranks["runs"] / ranks["problems"].map(objectives)
    seeds = {budget: SHELF["seeds"][str(budget)] for budget in BUDGETS}
    complete = (each == ranks["budget"].map(seeds)).all() and scores["best"].notna().all()
    if complete and dict(objectives) == {"new": 6, "tuned": 4}:
        counts = {"runs": len(scores), "strategies": scores["strategy"].nunique()}
        yield {"seeds": seeds[50], "half": seeds[1000], **counts}


def level(frames: PageFrames, gradients: int, family: str, budget: int) -> list[str]:
    """Who is first in a family, and who is not clearly behind the first, by mean rank."""
    rows = where(frames.families, gradients=gradients, family=family, budget=budget)
    rows = rows.sort_values("rank")
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
    """Landscapes and digits agree far less than halves of the seeds of either."""
    table = frames.agreement.query("gradients == 0").set_index(["one", "other", "budget"])
    across = [_tau(table, "landscapes", "digits", budget) for budget in BUDGETS]
    halves = [
        _tau(table, name, name, budget)
        for name, budget in product(("landscapes", "digits"), BUDGETS)
    ]
    if max(tau.high for tau in across) < min(tau.low for tau in halves):
        least = min(tau.value for tau in halves)
        yield {"few": across[0], "more": across[1], "many": across[2], "halves": least}


def _tau(table: pd.DataFrame, one: str, other: str, budget: int) -> Estimate:
    row = table.loc[[(one, other, budget)]].iloc[0]
    return Estimate(row["tau"], row["tau_low"], row["tau_high"])


def landscapes_and_real_domains(frames: PageFrames) -> Figures:
    """Landscapes order strategies as tables do, later as designs, and not as molecules or wings."""
    table = frames.agreement.query("gradients == 0").set_index(["one", "other", "budget"])
    names = ("tables", "designs", "molecules", "wings")
    taus = {
        name: [_tau(table, "landscapes", name, budget) for budget in (50, 200)] for name in names
    }
    far = [tau.high for name in ("molecules", "wings") for tau in taus[name]]
    if min(*(tau.low for tau in taus["tables"]), taus["designs"][1].low) > 0.5 > max(far):
        yield taus


def few_seeds(frames: PageFrames) -> Figures:
    """Real problems have few seeds, which their intervals show."""
    seeds, runs = frames.setting("few"), frames.runs.query("problems == 'real'")
    real = frames.families.query("n_seeds == @seeds and family != 'all'")
    if runs["seed"].nunique() == seeds and len(real):
        yield {"seeds": seeds, "families": real["family"].nunique(), "runs": len(runs)}
