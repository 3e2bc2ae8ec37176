"""What a picture costs and is like, by search and by generator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

import blackbox as bb
from blackbox.pages import Estimate, mean
from blackbox.trace import Trace
from blackbox.variety import apart
from reports.generators import study
from reports.judged import judged
from reports.make import Given
from reports.pictures import as_bytes

SHOWN = 8  # pictures of each in the picture of the page


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page."""
    searched, trained, pictures = [], [], []
    for family in study.FAMILIES:
        runs = study.searches(family, given)
        for name in study.SEARCHES:
            row, x = search(family, [run for run in runs if run.strategy == name])
            searched.append({"family": family, "maker": name, **row})
            pictures += _drawn(family, name, x)
    budgets = study.BUDGETS[:1] if given.small else study.BUDGETS
    for family, name, budget in study.TRAINED:
        if budget in budgets or not given.small:
            row, x = generator(family, budget, study.generators(family, name, budget, given))
            trained.append({"family": family, "maker": name, "budget": budget, **row})
            pictures += _drawn(family, name, x) if budget == budgets[-1] else []
    names = ("SURE", "ASKED", "STARTS", "SEARCHED", "SEEDS", "LAST")
    settings = [{"setting": name.lower(), "value": getattr(study, name)} for name in names]
    tables = {"searches": searched, "trained": trained, "pictures": pictures, "settings": settings}
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def search(family: str, runs: Sequence[Trace]) -> tuple[dict[str, float], np.ndarray]:
    """What a search pays for a hit, and the first hit of each run."""
    pairs = [(run, np.flatnonzero(_hits(run))) for run in runs]
    paid = sum(run.cost()[hits[0]] if len(hits) else run.used for run, hits in pairs)
    x = np.concatenate([_pictures(family, run, hits[:1]) for run, hits in pairs if len(hits)])
    row = {"runs": len(runs), "hit": len(x) / len(runs), "units": paid / len(x)}
    return {**row, "variety": _variety(x), **_judged(family, x)}, x


def generator(
    family: str, budget: int, runs: Sequence[Trace]
) -> tuple[dict[str, float], np.ndarray]:
    """How often the last pictures of a generator hit, how varied they are, and those of a seed."""
    pairs = [(run, np.flatnonzero(run.cost() > (1 - study.LAST) * budget)) for run in runs]
    x = [_pictures(family, run, rows[-study.SEEN :]) for run, rows in pairs]
    row: dict[str, float] = {"runs": len(runs)}
    hits = [_hits(run)[rows].mean() for run, rows in pairs]
    for name, each in {"hit": hits, "variety": [*map(_variety, x)]}.items():
        row |= Estimate(*np.clip([*mean(each)], 0, 1)).columns(name)
    return {**row, **_judged(family, np.concatenate(x))}, x[0]


def _hits(run: Trace) -> np.ndarray:
    return run.valid & (run.score >= math.log(study.SURE))


def _pictures(family: str, run: Trace, rows: np.ndarray) -> np.ndarray:
    data = {place: run.x.get(int(row)) for place, row in enumerate(rows)}
    return np.asarray(bb.objective(study.FAMILIES[family]).see(run.z[rows], data))


def _variety(x: np.ndarray) -> float:
    return float(np.mean(np.asarray(apart(x), float)))


def _judged(family: str, x: np.ndarray) -> dict[str, float]:
    objective = bb.objective(study.FAMILIES[family])
    verdicts = judged(torch.from_numpy(x), objective, ("digit", "harsh"))
    return dict(verdicts.rename(columns={"digit": "judged"}).fillna(0.0).mean())


def _drawn(family: str, maker: str, x: np.ndarray) -> list[dict[str, object]]:
    pixels = as_bytes(torch.from_numpy(x[-SHOWN:]))
    return [{"family": family, "maker": maker, "pixels": one} for one in pixels]
