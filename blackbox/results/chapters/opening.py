"""What a reader sees first: a picture of what was cells, and who ranks where."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blackbox.results.chapters.ending import price_ending
from blackbox.results.drawing import figures
from blackbox.results.drawing.canvas import missing
from blackbox.results.drawing.plots import cost_label
from blackbox.results.drawing.sheets import as_image, strips
from blackbox.results.view import View
from blackbox.results.writing import readable
from blackbox.results.writing.cells import cell_text
from blackbox.results.writing.document import Part, Picture, Section, Table

FILE = "figures/found.svg"
BY = {
    "score": "By the score:",
    "truth": "By the truth:",
    "unharmed": "By the score, of those that no judge saw leave its limits:",
}
BOARD = (
    "Rank: the mean over objectives and seeds, with its 95 % interval. Best on: objectives on "
    "which a strategy is best beyond chance; level on: on which it is that, or nobody is separated "
    "from it and the leader. Exploited: objectives whose scorer promised it more than is real."
)


def picture(view: View) -> tuple[Part, ...]:
    """One search that fooled the scorer and one that did not, or the leader; with a sentence."""
    if missing():
        return ()
    if (chosen := _chosen(view)) is not None:
        objective, runs = chosen
        figure = strips({name: rows for name, (rows, _) in runs.items()}, objective)
        sentence = f"{'; '.join(words for _, words in runs.values())}."
        return sentence, Picture(FILE, "from start to best", figure)
    return ()


def curves(view: View) -> Section | None:
    """Where objects are no pictures, what was reached over cost; the page has the curves below."""
    if missing() or not view.budgets:
        return None
    strategies, cost = view.strategies, cost_label(view)
    objective, *others = view.budgets
    if others:
        curve, budget = view.ecdf(by=["strategy"]), max(view.budgets.values())
        figure = figures.runtime_distribution(curve, budget, strategies, cost)
        says = "runs and targets reached over cost, all objectives together"
    else:
        budget = view.budgets[objective]
        curve = view.scores.curves[objective]
        is_loss = objective in view.losses
        figure = figures.convergence(curve, budget, strategies, cost, is_loss=is_loss)
        says = "best score so far over cost"
    return Section("In a picture", (Picture(FILE, says, figure),), on_page=False)


def leaderboard(view: View) -> Section | None:
    """Who ranks where over all objectives, by the score and, where there is one, by the truth."""
    boards = view.leaderboards
    parts: list[Part] = [BOARD]
    for by, table in boards.items():
        parts += [BY[by]] * (len(boards) > 1) + [Table(readable.leaderboard(table))]
    title = "Leaderboard" + f" when a gradient costs {view.price:g}" * bool(price_ending(view))
    return Section(title, tuple(parts), on_page=False) if boards else None


def _chosen(view: View) -> tuple[str, dict[str, tuple[pd.DataFrame, str]]] | None:
    """An objective, and of its strategies one run each with the words for it; None: no pictures.

    The objective is that whose scorer was exploited most. Shown are who exploited it, the leader by
    the score first, and the best by the truth of those that did not, from the same start: if there
    is one, of those that no judge saw leave its limits.
    """
    seen = view.paths()
    first = seen.dropna(subset="shown").groupby("objective", sort=False)["shown"].first()
    with_pictures = [name for name, shown in first.items() if as_image(shown) is not None]
    pictured = seen[seen["objective"].isin(with_pictures)]
    cells = view.scores.exploitation()  # as scores, to find who promised most
    cells = cells[cells["objective"].isin(with_pictures)]
    if not len(cells):
        return None
    fooled = cells[cells["rho_high"] < 1].sort_values("rho", kind="stable")
    objective = str((fooled if len(fooled) else cells)["objective"].iloc[0])
    here = cells[cells["objective"] == objective].sort_values(
        "score_best", ascending=False, kind="stable"
    )
    bad, good = here[here["rho_high"] < 1], here[~(here["rho_high"] < 1)]
    harm = view.harm()
    left = harm.loc[(harm["objective"] == objective) & harm["harmed"].astype(bool), "strategy"]
    stayed = good[~good["strategy"].isin(left)]
    by_truth = (stayed if len(stayed) else good).sort_values(
        "true_best", ascending=False, kind="stable"
    )
    rows = pd.concat([bad.head(1), by_truth.head(1)]) if len(bad) else here.head(1)
    runs: dict[str, tuple[pd.DataFrame, str]] = {}
    for strategy in rows["strategy"].astype(str):
        theirs = pictured[(pictured["objective"] == objective) & (pictured["strategy"] == strategy)]
        if len(theirs):
            seeds = {run["seed"].iloc[0] for run, _ in runs.values()}
            same = theirs[theirs["seed"].isin(seeds)]
            runs[strategy] = _run(same if len(same) else theirs)
    return objective, runs


def _run(seen: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The run of a strategy whose best is the middle one, from start to best, and the words."""
    best = seen[seen["best"].astype(bool)].sort_values(["score", "seed"], kind="stable")
    middle = best.iloc[len(best) // 2] if len(best) else seen.iloc[-1]
    run = seen[(seen["seed"] == middle["seed"]) & (seen["row"] <= middle["row"])]
    who, score = str(middle["strategy"]), cell_text(middle["score"])
    if not middle["truth"]:
        return run, f"{who} finds {score} (seed {middle['seed']})"
    true = cell_text(middle["true"])
    if np.isnan(middle["true"]):
        return run, f"{who} is promised {score}, judge {middle['truth']} refuses to measure it"
    return run, f"{who} is promised {score}, judge {middle['truth']} measures {true}"
