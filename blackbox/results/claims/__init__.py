"""The verdict: what follows from the numbers of a study, in a few sentences, each with its figures.

A claim is a name and a function that makes its sentences; where it is false of a study, there are
none. A new claim is one function and one entry here; the order is that of importance.
"""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from blackbox.results.claims import (
    beforehand,
    gradient,
    raced,
    reality,
    trusting,
    tuned,
    warnings,
    who_is_best,
)
from blackbox.results.claims.claim import Claim, Numbers, Sentence, Tables

MOST = 8  # sentences: what does not fit is the least important
CLAIMS: tuple[Claim[Numbers, Sentence], ...] = (
    Claim("runs are missing", warnings.runs_are_missing),
    Claim("best", who_is_best.best),
    Claim("exploited", reality.exploited),
    Claim("harmed", reality.harmed),
    Claim("trust ended", trusting.ended),
    Claim("seeds are missing", who_is_best.seeds_are_missing),
    Claim("raced", raced.raced),
    Claim("known", beforehand.beaten),
    Claim("runs failed", warnings.runs_failed),
    Claim("noise", warnings.noisy_scorer),
    Claim("price of a gradient", gradient.worth_its_price),
    Claim("tuned", tuned.worth),
    Claim("untuned", tuned.untuned),
    Claim("outside the prior", reality.outside_the_prior),
    Claim("budget left", warnings.budget_left),
)
COLUMNS = ("claim", "sentence", "figure", "low", "high", "evidence")


def verdict(
    view: Tables, most: int | None = MOST, trusted: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per sentence, the most important first, at most so many (None: all that hold).

    `figure` is the number that the sentence turns on, with its 95 % interval where it has one, and
    `evidence` the table and rows that show it. `trusted`: where trust ended, a row per run.
    """
    numbers = Numbers(view, trusted)
    if not len(numbers.runs):
        return pd.DataFrame(columns=list(COLUMNS))
    made = [
        {"claim": claim.name, "sentence": sentence.text} | asdict(sentence)
        for claim in CLAIMS
        for sentence in claim.of(numbers)
    ]
    return pd.DataFrame(made[:most], columns=list(COLUMNS)).astype({"figure": float})
