"""What networks of three sizes promise of the airfoils that are found, and what XFOIL finds."""

from typing import Any

import pandas as pd
import torch

import blackbox as bb
from blackbox.objectives.airfoils.shape import outline, stations
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from reports.unjudged import judged

ASKED = asked(__file__)
JUDGES = {"xfoil": "true", "largest_network": "largest", "confidence": "confidence"}
SHOWN = 3  # seeds whose outlines are drawn


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: a row per run, the starts, and outlines of some."""
    seeds, budget = (2, 12) if given.small else (ASKED["seeds"], ASKED["budget"])
    parts = [searched(size, seeds, budget, given) for size in ASKED["sizes"]]
    table = pd.concat([rows for rows, _ in parts], ignore_index=True)
    outlines = pd.concat([drawings for _, drawings in parts], ignore_index=True)
    is_first = (table["size"] == ASKED["sizes"][0]) & (table["search"] == "random_search")
    starts = judged_ends(table[is_first], "start").drop(columns="confidence")
    runs = table.join(judged_ends(table, "best")).drop(columns=["start", "best"])
    settings = {"seeds": seeds, "budget": budget, "least confidence": least_confidence()}
    return {"runs": runs, "starts": starts, "outlines": outlines, "settings": settings}


def searched(size: str, seeds: int, budget: int, given: Given) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per search and seed of a network, and the outlines of the first seeds."""
    question = {size: f"reports.unjudged:lift_to_drag(size={size!r})"}
    objective = bb.objective(f"airfoils.lift_to_drag(size={size!r})")
    rows, outlines = [], []
    for trace in given.traces(question, ASKED["strategies"], budget, seeds, store=size)[size]:
        last = trace.best_row() or 0  # the start, where no airfoil met the constraints
        shapes = torch.as_tensor(objective.decode(trace.z[[0, last]]))
        run: dict[str, Any] = {"size": size, "search": spoken(trace.strategy), "seed": trace.seed}
        promised = {"promised": trace.score[last], "start": shapes[0], "best": shapes[1]}
        rows.append(run | promised)
        if trace.seed < SHOWN:
            outlines.append(drawn(shapes).assign(**run))
    return pd.DataFrame(rows), pd.concat(outlines)


def judged_ends(table: pd.DataFrame, place: str) -> pd.DataFrame:
    """What the judges say of the airfoils in a column."""
    objective = bb.objective("airfoils.lift_to_drag")
    verdicts = judged(torch.stack([*table[place]]), objective, [*JUDGES])
    return verdicts.rename(columns=JUDGES).set_index(table.index)


def least_confidence() -> float:
    """Of the largest network in its answer: what real airfoils have."""
    return bb.objective("airfoils.lift_to_drag").judges["confidence"].low


def spoken(strategy: str) -> str:
    """A strategy as the page calls it."""
    return "held near real ones" if strategy.startswith("guarded") else strategy


def drawn(shapes: torch.Tensor) -> pd.DataFrame:
    """Where the upper and lower side of a run's first airfoil, and of its best, lie."""
    above, below = outline(shapes)
    sides = [{"above": above[nth].numpy(), "below": below[nth].numpy()} for nth in (0, 1)]
    ends = [pd.DataFrame({"x": stations(), **one}) for one in sides]
    return pd.concat([ends[0].assign(place="start"), ends[1].assign(place="best")])
