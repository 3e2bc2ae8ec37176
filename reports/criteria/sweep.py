"""The sweep over weights: who searches for what, what each weight picks, and what is true of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives import mnist
from reports.criteria.worst import TARGET, lacking

Floats = NDArray[np.float64]
CLIMB, EVOLUTION, DRAWS = "gradient_ascent", "cma_es", "random_search"
DRAWN = "random draws"
SEARCHES = {
    "climb on the sphere": f"guarded(strategy={CLIMB!r}, guard='sphere')",
    "free climb": CLIMB,
    "CMA-ES on the sphere": f"guarded(strategy={EVOLUTION!r}, guard='sphere')",
    "free CMA-ES": EVOLUTION,
    DRAWN: DRAWS,
}
# A search with a gradient -> the one without that is held in the same way.
RIVALS = {"climb on the sphere": "CMA-ES on the sphere", "free climb": "free CMA-ES"}
CRITERIA = ("thickness", "digit")
# The share of thickness, per px; the rest goes to the log-probability, per nat.
SHARES = {
    "sum": (0.01, 0.1, 0.5, 0.7, 0.8, 0.9, 0.99),
    "worst": (0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.7),
}
JUDGES = ("thickness", "log_probability", "digit", "harsh")
PARTS = 64  # pictures that are judged in one batch


@dataclass(frozen=True)
class Setting:
    """Where a sweep starts, what it reads, and how it makes one number of two criteria."""

    source: int | str
    reads: str
    combined: str = "sum"

    @property
    def name(self) -> str:
        """As columns and folders call it."""
        return f"{self.source}-{self.reads}-{self.combined}"

    def objective(self, share: float) -> str:
        """The objective of one share, by name."""
        rest = f"source={self.source!r}, reads={self.reads!r}"
        if self.combined == "worst":
            return f"reports.criteria.worst:bold_digit(share={share!r}, {rest})"
        weights = {"thickness": share, "digit": round(1 - share, 6)}
        return f"reports.unjudged:bold_digit(target={TARGET}, {rest}, weights={weights!r})"

    def scores(self, promised: Floats, share: float) -> Floats:
        """The score `[n]` of px and nats `[n, 2]`."""
        if self.combined == "worst":
            return np.asarray(-lacking(torch.tensor(promised), share), float)
        return np.asarray(promised @ np.array([share, 1 - share]), float)


MAIN = Setting(TARGET, "picture")
SETTINGS = (MAIN, Setting("any", "picture"), Setting(TARGET, "code"))
WORST = Setting(TARGET, "picture", "worst")


@dataclass(frozen=True)
class Sizes:
    """How many seeds, units of budget for each weight, and weights."""

    seeds: int = 20
    budget: int = 200
    every: int = 1  # which of the weights


# Longer sweeps of one search, to tell dents from unfinished climbs.
LONG, LONGER = ("climb on the sphere",), Sizes(8, 600)
SMALL, SMALL_LONGER = Sizes(2, 12, 3), Sizes(2, 16, 3)


def swept(
    setting: Setting,
    sizes: Sizes,
    folder: Path,
    jobs: int,
    searches: Sequence[str] = tuple(SEARCHES),
) -> pd.DataFrame:
    """One row per search, seed and weight: what it picks, promised and as the judges see it."""
    shares = SHARES[setting.combined][:: sizes.every]
    rows, points, starts = [], [], []
    for search, seed, z, promised in _archives(setting, shares, sizes, folder, jobs, searches):
        for share in shares:
            best = int(setting.scores(promised, share).argmax())
            rows.append((setting.name, search, seed, share, *promised[best], *promised[0]))
            points.append(z[best])
            starts.append(z[0])
    columns = ["setting", "search", "seed", "share", *CRITERIA, *(f"{c}_start" for c in CRITERIA)]
    table = pd.DataFrame(rows, columns=columns)
    seen, begun = judged(np.stack(points)), judged(np.stack(starts))
    gain = seen["thickness"] - begun["thickness"]
    return table.assign(
        promised_gain=table["thickness"] - table["thickness_start"],
        promised=table["digit"],
        true_gain=gain.where(seen["thickness"].notna(), 0.0),
        true=seen["log_probability"],
        kept=seen["digit"].where(seen["thickness"].notna(), 0.0),
        harsh=seen["harsh"].where(seen["thickness"].notna(), 0.0),
        z=points,
    )[begun["thickness"].notna().to_numpy()]


def _archives(
    setting: Setting,
    shares: tuple[float, ...],
    sizes: Sizes,
    folder: Path,
    jobs: int,
    searches: Sequence[str],
) -> Iterator[tuple[str, int, Floats, Floats]]:
    """Of each search and seed all points `[n, d]` of all weights, and what was promised `[n, 2]`.

    Draws know no weights: there is one long run.
    """
    place = folder / "runs" / f"{setting.name}-{sizes.budget}"
    named = {name: SEARCHES[name] for name in searches if name != DRAWN}
    objectives = [setting.objective(share) for share in shares]
    study = bb.compare(
        objectives, list(named.values()), sizes.budget, sizes.seeds, jobs=jobs, store=place
    )
    traces, recipe = list(study.traces), dict(zip(named, study.recipe["strategies"], strict=True))
    if setting.combined == "sum" and DRAWN in searches:
        whole = sizes.budget * len(shares)
        drawn = bb.compare(
            objectives[0], DRAWS, whole, sizes.seeds, store=place.with_suffix(".draws")
        )
        traces, recipe = traces + list(drawn.traces), {**recipe, DRAWN: DRAWS}
    for name, strategy in recipe.items():
        for seed in range(sizes.seeds):
            runs = [t for t in traces if t.strategy == strategy and t.seed == seed]
            columns = [np.stack([t.criteria[c] for c in CRITERIA], axis=1) for t in runs]
            yield name, seed, np.concatenate([t.z for t in runs]), np.concatenate(columns)


def judged(z: Floats) -> pd.DataFrame:
    """What the judges say of the pictures of points `[n, d]`, equal ones once."""
    objective = mnist.bold_digit(target=TARGET)
    objective.judges = {name: objective.judges[name] for name in JUDGES}
    points, place = np.unique(z, axis=0, return_inverse=True)
    parts = [points[first : first + PARTS] for first in range(0, len(points), PARTS)]
    verdicts = [pd.DataFrame(objective.judge(objective.decode(part))) for part in parts]
    return pd.concat(verdicts, ignore_index=True).iloc[place.ravel()].reset_index(drop=True)
