"""Who is best, by the score and by the truth, whether both agree, and whether that is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from blackbox.results.claims.claim import Numbers, Sentence
from blackbox.results.claims.words import SPELLED, listed, number, on, rows
from blackbox.results.judging.leaders import ALPHA, fewest_seeds

MOST_SEEDS = 1_000  # beyond them no number is told: the difference is next to nothing


def best(numbers: Numbers) -> Iterator[Sentence]:
    """Who is best by the score, and by the truth or among the unharmed; or who is not separated."""
    tables = (numbers.by_score, numbers.by_truth, numbers.of_the_unharmed)
    if len(tables[0]) > SPELLED:
        for table in filter(len, tables):
            yield _counted(table) if len(table) > 1 else _of_row(numbers, table, 0)
        return
    for objective in tables[0]["objective"]:
        for table in tables:
            for nth in np.flatnonzero(table["objective"] == objective).tolist():
                yield _of_row(numbers, table, nth)


def _of_row(numbers: Numbers, table: pd.DataFrame, nth: int) -> Sentence:
    """Who is best on the objective of this row."""
    row: dict[Any, Any] = table.to_dict("records")[nth]
    row["where"] = f"On {row['objective']} " if len(numbers.objectives) > 1 else ""
    return _sentence(row, _by(numbers, row), _least(table), _agreement(numbers, row))


def _by(numbers: Numbers, row: dict[str, Any]) -> str:
    """By what a strategy is best in this row, in words."""
    if row["by"] == "truth":
        table = numbers.exploitation
        judge = table.loc[table["objective"] == row["objective"], "truth"].iloc[0]
        return f"by the truth (judge {judge})"
    by = "loss" if row["objective"] in numbers.view.losses else "score"
    return {"score": f"by the {by}", "unharmed": "of those within the judges' limits"}[row["by"]]


def _least(table: pd.DataFrame) -> int:
    """The fewest seeds that can name a best in this table."""
    return fewest_seeds(ALPHA / max(len(table), 1))


def seeds_are_missing(numbers: Numbers) -> Iterator[Sentence]:
    """That with so few seeds nothing can be significant, and how many it would take.

    A race takes as many as it needs, and says itself what it could not tell.
    """
    if "until_settled" in numbers.view.recipe:
        return
    table = numbers.by_score
    least, n = fewest_seeds(ALPHA / max(len(table), 1)), table["n_seeds"].max()
    if not n < least:
        return
    hardest = table.sort_values("seeds_needed", kind="stable").iloc[-1]
    objectives = f" on {len(table)} objectives" if len(table) > 1 else ""
    if n > 1:
        smallest = f"the smallest p of a signed-rank test of {n} pairs is {2.0 ** (1 - n):.2g}"
        text = f"With {n} seeds nothing can be significant: {smallest}; "
    else:
        text = "With one seed nothing can be significant; "
    text += f"{least} seeds are the fewest for 5 %{objectives}"
    needed = float(hardest["seeds_needed"])
    if needed < float("inf"):
        where = on(hardest["objective"], numbers.objectives)
        pair = f"{hardest['leader']} from {hardest['closest']}{where}"
        text += f", and at the difference seen {_seeds(needed)} would tell {pair}"
    evidence = f"leaders('score'){rows(objective=hardest['objective'])}"
    yield Sentence(f"{text}.", evidence, needed)


def _seeds(needed: float) -> str:
    return f"more than {MOST_SEEDS} seeds" if needed > MOST_SEEDS else f"about {needed:.0f} seeds"


def _sentence(row: dict[str, Any], by: str, least: int, agreement: str) -> Sentence:
    """Who is best on one objective; `least` seeds can tell at all."""
    figures = row["mean"], row["low"], row["high"]
    where, leader, figure = row["where"], row["leader"], number(*figures)
    if row["is_best"]:
        lead = number(row["lead"], row["lead_low"], row["lead_high"])
        text = f"{where}{leader} is best {by}: {figure}, {lead} ahead of {row['next']} "
        text += f"(p = {row['p_holm']:.2g})"
    else:
        level, leading = row["level"].split("\n"), f"{leader} leads with {figure}"
        if row["lead"] == row["lead_low"] == row["lead_high"] == 0:
            leading = f"{leader} and {row['next']} are level at {figure}"
            level.remove(row["next"])
        is_all = len(level) == row["n_strategies"] - 1 > 2
        others = f"the other {len(level)}" if is_all else listed(level or [""])
        apart = f", not separated from {others}" if level else ""
        nobody = "nobody is best" if where else "Nobody is best"
        text = f"{where}{nobody} {by}: {leading}{apart}"
        if least <= row["n_seeds"] and row["seeds_needed"] < float("inf"):
            text += f" ({_seeds(row['seeds_needed'])} would tell it from {row['closest']})"
    evidence = f"leaders({row['by']!r}){rows(objective=row['objective'])}"
    return Sentence(f"{text}{agreement}.", evidence, *figures)


def _agreement(numbers: Numbers, row: dict[str, Any]) -> str:
    """How who is best by something else stands to who is best by the score."""
    table = numbers.by_score
    score = table[table["objective"] == row["objective"]].iloc[0]
    first = score["leader"]
    if row["by"] == "score" or not score["is_best"]:
        return ""
    if row["is_best"]:
        return "; the score agrees" if row["leader"] == first else f"; the score says {first}"
    if row["leader"] == first or first in row["level"].split("\n"):
        return f"; {first} is best by the score only"
    return f"; {first}, best by the score, is behind"


def _counted(table: pd.DataFrame) -> Sentence:
    """Who is best on how many of many objectives."""
    best_of = table[table["is_best"].astype(bool)]
    n, whole, evidence = len(best_of), len(table), f"leaders({table['by'].iloc[0]!r})"
    by = {"score": "the score", "truth": "the truth"}
    begin = f"By {by.get(table['by'].iloc[0], 'the score, within the limits of judges,')}"
    if not n:
        leader, times = Counter(table["leader"]).most_common(1)[0]
        text = f"{begin} nobody is best on any of {whole} objectives; {leader} leads on {times}, "
        return Sentence(f"{text}not separated from all others.", evidence, 0.0)
    counts = Counter(best_of["leader"]).most_common()
    listing = listed([f"{strategy} on {times}" for strategy, times in counts])
    rest = "" if n == whole else f"; on {whole - n} nobody is separated from all others"
    text = f"{begin} {counts[0][0]} is best most often, of {whole} objectives: {listing}{rest}."
    if len(counts) == 1:
        text = f"{begin} {counts[0][0]} is best on {n} of {whole} objectives{rest}."
    return Sentence(text, evidence, float(n))
