"""From every digit to every digit: the searches, and their ends as judges see them."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import networks
from blackbox.pages.frames import Table
from blackbox.pages.making import Given, asked
from reports.unjudged import CLASSIFIERS, distinct, judged, start

ASKED = asked(__file__)


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page: `ways`, and the `settings` that it names."""
    starts, targets = (
        sources(1 if given.small else ASKED["starts"]),
        (2,) if given.small else range(10),
    )
    ways = product(ASKED["searches"], targets)
    ends = [reached(search, target, starts, given) for search, target in ways]
    counted = (
        pd.concat(ends)
        .groupby(["search", "source", "target"], sort=False)
        .agg(
            n=("predicted", "size"),
            evaluations=("evaluations", "median"),
            predicted=("predicted", "mean"),
            **{judge: (judge, "mean") for judge in CLASSIFIERS},
        )
    )
    settings = {"steps": ASKED["steps"], "starts of a digit": ASKED["starts"]}
    settings |= {"sure enough": ASKED["enough"]}
    table = counted.rename(columns={"digit": "judged"}).reset_index()
    return {"ways": table, "settings": settings}


def sources(each: int) -> dict[int, int]:
    """Seed -> the digit at which it starts: the first seeds with starts of their own, `each` many.

    A gradient search makes no use of chance: from the same start it would count twice.
    """
    codes = networks.codes("vae", "test")
    digit = {z.tobytes(): int(shown) for z, shown in zip(codes.z, codes.classes, strict=True)}
    objective = mnist.digit(source="any")
    seeds = distinct(objective, 100 * each)
    shown = pd.Series([digit[start(objective, seed).tobytes()] for seed in seeds], seeds)
    first = shown.groupby(shown).head(each)
    return dict(zip(first.index.tolist(), first.tolist(), strict=True))


def reached(
    search: dict[str, Any], target: int, starts: dict[int, int], given: Given
) -> pd.DataFrame:
    """A row per run of one search to one target; a step costs a score and its gradient."""
    name, budget = search["objective"].format(target), 2 * ASKED["steps"] + 2
    study = given.compare(name, search["strategy"], budget, [*starts], store=search["name"])
    traces = study.traces
    columns = {
        "search": search["name"],
        "source": [starts[trace.seed] for trace in traces],
        "target": target,
        "evaluations": [len(trace) for trace in traces],
        "predicted": np.exp([trace.score[-1] for trace in traces]),
    }
    x = bb.objective(name).decode(np.stack([trace.z[-1] for trace in traces]))
    return pd.DataFrame(columns).join(judged(x, mnist.digit(target=target)))
