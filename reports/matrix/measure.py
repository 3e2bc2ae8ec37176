"""The ends of all runs, as judges see them: a row per search, source and target."""

from __future__ import annotations

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.objectives import mnist
from reports.judged import CLASSIFIERS, judged
from reports.make import Given
from reports.matrix.study import DIGITS, EACH, ENOUGH, SEARCHES, STEPS, Search, sources


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
        **{judge: (judge, "mean") for judge in CLASSIFIERS},
    )
    settings = {"steps": STEPS, "starts of a digit": EACH, "sure enough": ENOUGH}
    return {
        "ways": ways.rename(columns={"digit": "judged"}).reset_index(),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def reached(search: Search, target: int, starts: dict[int, int], given: Given) -> pd.DataFrame:
    """A row per run of one search to one target."""
    traces = search.carried_out(target, list(starts), given)
    columns = {
        "search": search.name,
        "source": [starts[trace.seed] for trace in traces],
        "target": target,
        "evaluations": [len(trace) for trace in traces],
        "predicted": np.exp([trace.score[-1] for trace in traces]),
    }
    ends = np.stack([trace.z[-1] for trace in traces])
    x = bb.objective(search.objective(target)).decode(ends)
    return pd.DataFrame(columns).join(judged(x, mnist.digit(target=target)))
