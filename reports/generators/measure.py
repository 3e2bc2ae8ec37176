"""What a picture costs and is like: of searches that are paid for each, and trained generators."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import torch

import blackbox as bb
from blackbox.pages import Estimate, mean
from blackbox.pages.frames import Table
from blackbox.pages.grids import as_bytes
from blackbox.pages.making import Given, asked
from blackbox.trace import Trace
from blackbox.variety import apart
from reports.unjudged import judged

ASKED = asked(__file__)
SETTINGS = ("sure", "asked", "starts", "searched", "seeds", "last", "temperature")
SURE, LAST = ASKED["sure"], ASKED["last"]
SEEN, SHOWN = 20, 8  # pictures that judges see of each seed, and of each in the picture of the page


def measure(given: Given) -> dict[str, Table]:
    """The frames of the page."""
    searched, trained, pictures = [], [], []
    starts, seeds = (3, 2) if given.small else (ASKED["starts"], ASKED["seeds"])
    for family, name in ASKED["families"].items():
        how = name, ASKED["searches"], ASKED["searched"], starts
        runs = given.compare(*how, store=f"{family}-each").traces
        for maker in ASKED["searches"]:
            row, x = search(name, [run for run in runs if run.strategy == maker])
            searched.append({"family": family, "maker": maker} | row)
            pictures += drawn(family, maker, x)
    budgets = ASKED["budgets"][: 1 if given.small else None]
    cells = [*product(ASKED["families"], budgets, ASKED["generators"])]
    further = [] if given.small else [(f, budget, maker) for f, maker, budget in ASKED["further"]]
    for family, budget, maker in cells + further:
        name, store = ASKED["families"][family], f"{family}-{budget}-{maker}"
        runs = given.compare(name, ASKED["generators"][maker], budget, seeds, store=store).traces
        row, x = generator(name, budget, runs)
        trained.append({"family": family, "maker": maker, "budget": budget} | row)
        pictures += drawn(family, maker, x) if budget == budgets[-1] else []
    settings = {name: ASKED[name] for name in SETTINGS}
    return {"searches": searched, "trained": trained, "pictures": pictures, "settings": settings}


def search(name: str, runs: Sequence[Trace]) -> tuple[dict[str, float], np.ndarray]:
    """What a search pays for a hit, and the first hit of each run."""
    pairs = [(run, np.flatnonzero(is_hit(run))) for run in runs]
    paid = sum(run.cost()[hits[0]] if len(hits) else run.used for run, hits in pairs)
    x = np.concatenate([seen(name, run, hits[:1]) for run, hits in pairs if len(hits)])
    row = {"runs": len(runs), "hit": len(x) / len(runs), "units": paid / len(x)}
    return row | {"variety": variety(x)} | verdicts(name, x), x


def generator(name: str, budget: int, runs: Sequence[Trace]) -> tuple[dict[str, float], np.ndarray]:
    """How often the last pictures of a generator hit, how varied they are, and those of a seed."""
    pairs = [(run, np.flatnonzero(run.cost() > (1 - LAST) * budget)) for run in runs]
    x = [seen(name, run, rows[-SEEN:]) for run, rows in pairs]
    row: dict[str, float] = {"runs": len(runs)}
    hits = [is_hit(run)[rows].mean() for run, rows in pairs]
    for column, each in {"hit": hits, "variety": [*map(variety, x)]}.items():
        row |= Estimate(*np.clip([*mean(each)], 0, 1)).columns(column)
    return row | verdicts(name, np.concatenate(x)), x[0]


def is_hit(run: Trace) -> np.ndarray:
    """Of which pictures of a run the classifier is sure, `[n]`."""
    return run.valid & (run.score >= math.log(SURE))


def seen(name: str, run: Trace, rows: np.ndarray) -> np.ndarray:
    """The pictures of some rows of a run, `[m, h, w]`."""
    data = {place: run.x.get(int(row)) for place, row in enumerate(rows)}
    return np.asarray(bb.objective(name).see(run.z[rows], data))


def variety(x: np.ndarray) -> float:
    """How far two pictures are apart, per pixel."""
    return float(np.mean(np.asarray(apart(x), float)))


def verdicts(name: str, x: np.ndarray) -> dict[str, float]:
    """The shares of pictures that judges let pass."""
    table = judged(torch.from_numpy(x), bb.objective(name), ("digit", "harsh"))
    return dict(table.rename(columns={"digit": "judged"}).fillna(0.0).mean())


def drawn(family: str, maker: str, x: np.ndarray) -> list[dict[str, object]]:
    """Rows of the frame `pictures`."""
    pixels = as_bytes(torch.from_numpy(x[-SHOWN:]))
    return [{"family": family, "maker": maker, "pixels": one} for one in pixels]
