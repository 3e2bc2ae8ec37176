"""The best of each search, drawn and judged, and how fast its ten best molecules got there."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import blackbox as bb
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from reports.molecules.fronts import REFERENCE, fronts

ASKED = asked(__file__)
TOP, EVERY = 10, 100  # as PMO counts
WEIGHTED = "two_sided"
LIMITS = ("valid", "atoms", "ring", "accessibility", "nearest")


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: a row per run, and the settings."""
    questions = {name: one for name, one in ASKED.items() if name not in ("seeds", "front")}
    seeds = 2 if given.small else ASKED["seeds"]
    front = ASKED["front"]
    rows = [
        row
        for question, one in questions.items()
        for search, (name, strategy) in one["searches"].items()
        for row in ended(
            question, search, name, strategy, 24 if given.small else one["budget"], seeds, given
        )
    ]
    budgets = {question: one["budget"] for question, one in [*questions.items(), ("front", front)]}
    settings = {"seeds": seeds, **budgets, "weights": len(front["side_effects"])}
    settings["most logp"] = REFERENCE[1]
    of_front = fronts(front, seeds, 24 if given.small else front["budget"], given)
    return {"runs": pd.DataFrame(rows), "fronts": of_front, "settings": settings}


def ended(
    question: str, search: str, name: str, strategy: str, budget: int, seeds: int, given: Given
) -> list[dict[str, Any]]:
    """A row per seed: what it began with, its best, and what the judges say of that."""
    objective = bb.objective(name)
    study = given.compare([name], [strategy], budget, seeds, store=f"{question}, {search}")
    rows = []
    for trace in study.traces:
        smiles = objective.decode(trace.z)
        score = np.where(np.isfinite(trace.score), trace.score, -np.inf)
        best = int(score.argmax())
        ends = [smiles[0], smiles[best]]
        verdicts = objective.judge(ends)
        within = {
            judge: np.asarray((verdicts[judge] >= one.low) & (verdicts[judge] <= one.high))[1]
            for judge, one in objective.judges.items()
            if judge in LIMITS
        }
        row = {"question": question, "search": search, "seed": trace.seed, "start": ends[0]}
        row |= {"first": score[0], "best": score[best], "found": ends[1]}
        row |= {judge: float(verdict) for judge, verdict in within.items()}
        row |= {"novel": verdicts["novel"][1], "passes": float(all(within.values()))}
        row["distinct"] = len(set(smiles) - {""}) / len(smiles)
        row["counted"] = area(score, smiles, budget, free=False)
        row["cached"] = area(score, smiles, budget, free=True)
        for judge in ("measured", "committee", "disagreement"):
            row[judge] = verdicts[judge][1] if judge in verdicts else np.nan
        row["unsure"] = (
            float(row["disagreement"] > objective.judges["disagreement"].high)
            if ("disagreement" in verdicts)
            else np.nan
        )
        rows.append(row)
    return rows


def area(score: NDArray[np.float64], smiles: list[str], budget: int, *, free: bool) -> float:
    """The area below the mean of the ten best molecules, over the calls, from 0 to 1 of these.

    As in PMO (Gao et al. 2022, arXiv 2206.12411), each molecule is one of the ten once; a call for
    one that was scored before is `free` there, here also counted. What is missing is 0.
    """
    first = pd.Series(score, index=smiles).groupby(level=0, sort=False).head(1)
    at = np.flatnonzero(~pd.Series(smiles).duplicated())
    calls = np.arange(len(at)) if free else at
    worth = np.where(np.isfinite(first), first, 0.0)
    ends = [*range(EVERY, budget, EVERY), budget]
    means = [np.sort(worth[calls < end])[-TOP:].sum() / TOP for end in ends]
    return float(np.trapezoid([0.0, *means], [0, *ends]) / budget)
