"""What was found: each run read where its score first is enough and where it ends, then judged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import data, networks
from blackbox.results.judging.typicality import shell_score
from blackbox.scoring.typicality import FEWEST, noise_surprise
from blackbox.trace import Trace
from reports.blog.sevens import SOURCE, SPACES, TARGET, Search
from reports.pages import wilson

ENOUGH = 0.99
EARLY, END = f"P >= {ENOUGH}", "end"
JUDGES = ("digit", "unanimous", "harsh")
MEANS = ("predicted", "reached", "distance", "shell", "noise")
CELL = ["space", "reads", "guard", "stop"]
PARTS = 64  # pictures that are decoded and judged in one batch


def measured(search: Search, traces: Sequence[Trace], objective: bb.Objective) -> pd.DataFrame:
    """One row per run and stop: predicted and judged, how far it went, and how typical `z` is."""
    start = seen(objective, [trace.z[0] for trace in traces])
    parts = []
    for stop in (EARLY, END):
        rows = [row_at(trace, stop) for trace in traces]
        z = np.stack([trace.z[row] for trace, row in zip(traces, rows, strict=True)])
        pictures = seen(objective, z)
        score = np.array([t.score[row] for t, row in zip(traces, rows, strict=True)])
        normal, dim = traces[0].prior == "normal", z.shape[1]
        shell = shell_score(np.linalg.norm(z, axis=1), dim) if normal else np.nan
        columns = {
            **search.label,
            "stop": stop,
            "seed": [trace.seed for trace in traces],
            "steps": rows,
            "reached": np.exp(score) >= ENOUGH,
            "predicted": np.exp(score),
            **judged(pictures),
            "distance": (pictures - start).flatten(1).norm(dim=1).numpy(),
            "shell": shell,
            "noise": noise_surprise(torch.tensor(z)) if normal and dim >= FEWEST else np.nan,
            "variety": variety(pictures),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def row_at(trace: Trace, stop: str) -> int:
    """The row where the prediction first is enough; the last one where it never is, or at END."""
    enough = np.flatnonzero(trace.score >= np.log(ENOUGH)) if stop == EARLY else np.zeros(0, int)
    return int(enough[0]) if len(enough) else len(trace) - 1


def seen(
    objective: bb.Objective, z: NDArray[np.float64] | Sequence[NDArray[np.float64]]
) -> torch.Tensor:
    """The pictures `[n, 28, 28]` of points `[n, d]`."""
    points = np.stack(list(z))
    parts = [objective.decode(points[i : i + PARTS]) for i in range(0, len(points), PARTS)]
    return torch.cat(parts)


def judged(x: torch.Tensor) -> dict[str, NDArray[np.float64]]:
    """What three judges say of pictures that are to show a two, `[n]` of 0 and 1 each."""
    judges = mnist.digit(target=TARGET, source=SOURCE).judges
    parts = [
        {name: judges[name].verdict(part, name) for name in JUDGES}
        for part in torch.split(x, PARTS)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in JUDGES}


def variety(x: torch.Tensor) -> float:
    """The mean distance between two of the pictures, in units of that of the VAE's real twos."""
    return float(torch.pdist(x.flatten(1)).mean() / torch.pdist(coded_twos().flatten(1)).mean())


def coded_twos() -> torch.Tensor:
    """The held-out twos as the VAE gives them back: they are shipped as codes."""
    codes = networks.codes("vae", "test")
    return seen(mnist.digit(target=TARGET), codes.z[codes.classes == TARGET])


def real_twos(stored: Path) -> pd.DataFrame:
    """What the judges say of real twos; from `kept` where no data set is named, or none there."""
    try:
        held_out = data.test() if os.environ.get(data.VARIABLE) else None
    except data.NoData:
        held_out = None
    if held_out is None:
        return pd.read_csv(stored)
    real = torch.tensor(held_out.images[held_out.classes == TARGET])
    rows = []
    for name, x in (("real 2s", real), ("real 2s, given back by the VAE", coded_twos())):
        rows.append({"space": name, "n": len(x), **shares(pd.DataFrame(judged(x)))})
        rows[-1]["variety"] = variety(x)
    return pd.DataFrame(rows)


def clear(seeds: Sequence[int]) -> int:
    """The place of the seed whose start lies nearest to real sevens, for pictures."""
    objective = mnist.digit(target=SOURCE, source=SOURCE)
    starts = [objective.starts(np.random.default_rng([seed, 0]), 8)[0] for seed in seeds]
    return int(np.argmin(objective.judges["manifold"].verdict(seen(objective, starts), "manifold")))


def table(runs: pd.DataFrame) -> pd.DataFrame:
    """One row per search and stop: shares with their Wilson intervals, and means."""
    rows = []
    for key, cell in runs.groupby(CELL, sort=False):
        means = {name: cell[name].mean() for name in MEANS}
        steps = {"steps_median": cell["steps"].median(), "steps_most": cell["steps"].max()}
        ends = dict(zip(CELL, key, strict=True)) | {"n": len(cell)} | means | steps
        rows.append(ends | shares(cell) | {"variety": cell["variety"].iloc[0]})
    return pd.DataFrame(rows)


def shares(cell: pd.DataFrame) -> dict[str, float]:
    """The share that each judge accepts, and the ends of its interval."""
    shares: dict[str, float] = {}
    for name in JUDGES:
        shares |= dict(zip((name, f"{name}_low", f"{name}_high"), wilson(cell[name]), strict=True))
    return shares


def is_latent(space: str) -> bool:
    """Whether a row's space is a decoder's."""
    return not space.startswith(SPACES["none"])
