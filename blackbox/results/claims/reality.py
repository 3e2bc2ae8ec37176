"""Whether what was found is real: exploited scorers, judges' limits, and points off the prior."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from blackbox.late import stats
from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import SPELLED, listed, number, on, percent, rows
from blackbox.results.statistics.failed_runs import CELL


def exploited(numbers: Numbers) -> Iterator[Sentence]:
    """Which strategies were promised more than is real: the interval of rho lies below 1."""
    table = numbers.exploitation
    fooled = table[table["rho_high"] < 1].sort_values("rho", kind="stable")
    groups = list(fooled.groupby("objective", sort=False))
    names = numbers.objectives
    if len(groups) > SPELLED:
        worst = fooled.iloc[0]
        rho = number(worst["rho"], worst["rho_low"], worst["rho_high"])
        text = f"The scorer was exploited on {len(groups)} of {len(names)} objectives, most by "
        text += f"{worst['strategy']} on {worst['objective']}: rho {rho}."
        yield _sentence(text, worst)
        return
    for objective, cells in groups:
        worst = cells.iloc[0]
        rho = number(worst["rho"], worst["rho_low"], worst["rho_high"])
        real = f"{percent(worst['rho'])} of the gain that it promised is real"
        fell = "the true score fell as the score rose"
        text = f"{worst['strategy']} exploited the scorer{on(str(objective), numbers.objectives)}: "
        text += f"{real if worst['rho'] >= 0 else fell} (rho {rho}){_left(numbers.harm, worst)}"
        others = [
            f"{row['strategy']} (rho {row['rho']:.2g})" for _, row in cells.iloc[1:].iterrows()
        ]
        yield _sentence(f"{text}; {listed(others)} did too." if others else f"{text}.", worst)


def _left(harm: pd.DataFrame, cell: pd.Series) -> str:
    """What share of this cell's bests stayed within the limits that most of them left."""
    theirs = harm[(harm["objective"] == cell["objective"]) & (harm["strategy"] == cell["strategy"])]
    bad = theirs[theirs["harmed"].astype(bool)].sort_values("change", kind="stable")
    if not len(bad):
        return ""
    judge, share = bad["judge"].iloc[0], bad["within_best"].iloc[0]
    return f", and {percent(share)} of its bests lie within the limits of judge {judge}"


def _sentence(text: str, row: pd.Series) -> Sentence:
    evidence = f"exploitation(){rows(objective=row['objective'], strategy=row['strategy'])}"
    return Sentence(text, evidence, row["rho"], row["rho_low"], row["rho_high"])


def harmed(numbers: Numbers) -> Iterator[Sentence]:
    """Which strategies left a judge's limits, where the truth has not said that of them already."""
    rho = numbers.exploitation.set_index(CELL)["rho_high"]
    cells_of_all = numbers.harm[CELL].itertuples(index=False, name=None)
    fooled = np.array([bool(rho[cell] < 1) for cell in cells_of_all], bool)
    table = numbers.harm[~fooled]
    bad = table[table["harmed"].astype(bool)].sort_values("change", kind="stable")
    if not len(bad):
        return
    names = numbers.objectives
    worst = bad.iloc[0]
    cells = list(bad[CELL].drop_duplicates().itertuples(index=False, name=None))
    change = percent(worst["within_start"]), percent(worst["within_best"])
    interval = number(100 * worst["change"], 100 * worst["low"], 100 * worst["high"])
    text = f"{worst['strategy']}{on(worst['objective'], names)} left what judge {worst['judge']} "
    text += f"takes for real: {change[0]} of its starts, {change[1]} of its bests lie within its "
    text += f"limits (change {interval} points)"
    others = [f"{strategy}{on(objective, names)}" for objective, strategy in cells[1:]]
    text = f"{text}; {listed(others)} too." if others else f"{text}."
    where = {name: str(worst[name]) for name in ("objective", "strategy", "judge")}
    figures = (float(worst["change"]), float(worst["low"]), float(worst["high"]))
    yield Sentence(text, f"harm(){rows(**where)}", *figures)


def outside_the_prior(numbers: Numbers) -> Iterator[Sentence]:
    """Which strategies' bests mostly lie where the prior hardly ever draws."""
    table = numbers.exploitation
    off = table[table["off_prior"] > 0.5].sort_values("off_prior", ascending=False, kind="stable")
    if not len(off):
        return
    first = off.iloc[0]
    places = [
        listed(list(cells["strategy"])) + on(str(objective), numbers.objectives)
        for objective, cells in off.groupby("objective", sort=False)
    ]
    where = ", and of ".join(places) + ("," if len(places) > 1 else "")
    if len(places) > SPELLED:
        where = listed(list(off["strategy"].unique())) + f" on {len(places)} objectives"
    n = int(first["n_found"])
    hits = round(first["off_prior"] * n)
    low, high = stats.binomtest(hits, n).proportion_ci(method="wilson")
    share = percent(first["off_prior"], low, high)
    text = f"Most bests of {where} lie outside 99 % of prior draws ({share} of those of the first)."
    if len(off) == 1:
        text = f"{share} of the bests of {where} lie outside 99 % of prior draws."
    evidence = f"exploitation(){rows(objective=first['objective'], strategy=first['strategy'])}"
    yield Sentence(text, evidence, float(first["off_prior"]), float(low), float(high))
