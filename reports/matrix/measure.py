"""The ends of all runs, as judges see them: a row per search, source and target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.objectives import mnist
from reports.make import Given
from reports.matrix.study import DIGITS, EACH, ENOUGH, SEARCHES, STEPS, Search, sources

JUDGES = ("digit", "unanimous", "harsh")
BATCH = 64  # pictures that are judged together


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page: `ways`, and the `settings` that it names."""
    starts = sources(1 if given.small else EACH)
    ends = pd.concat(
        [
            reached(search, target, starts, given)
            for search in SEARCHES
            for target in ((2,) if given.small else DIGITS)
        ]
    )
    ways = ends.groupby(["search", "source", "target"], sort=False).agg(
        n=("predicted", "size"),
        evaluations=("evaluations", "median"),
        predicted=("predicted", "mean"),
        **{judge: (judge, "mean") for judge in JUDGES},
    )
    settings = {"steps": STEPS, "starts of a digit": EACH, "sure enough": ENOUGH}
    return {
        "ways": ways.rename(columns={"digit": "judged"}).reset_index(),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def reached(search: Search, target: int, starts: dict[int, int], given: Given) -> pd.DataFrame:
    """A row per run of one search to one target."""
    runs = given.runs / str(SEARCHES.index(search))
    study = search.carried_out(target, list(starts), given.jobs, str(runs))
    objective = bb.objective(search.objective(target))
    traces = [trace for trace in study.traces if trace.objective == objective.name]
    parts = [traces[first : first + BATCH] for first in range(0, len(traces), BATCH)]
    pictures = [objective.decode(np.stack([trace.z[-1] for trace in part])) for part in parts]
    columns = {
        "search": search.name,
        "source": [starts[trace.seed] for trace in traces],
        "target": target,
        "evaluations": [len(trace) for trace in traces],
        "predicted": np.exp([trace.score[-1] for trace in traces]),
    }
    return pd.DataFrame(columns | judged(torch.cat(pictures), target))


def judged(x: torch.Tensor, target: int) -> dict[str, np.ndarray]:
    """What judges say of pictures that are to show the target, `[n]` of 0 and 1 each."""
    judges = mnist.digit(target=target).judges
    return {
        name: np.concatenate([judges[name].verdict(part, name) for part in torch.split(x, BATCH)])
        for name in JUDGES
    }
