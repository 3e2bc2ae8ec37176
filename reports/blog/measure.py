"""What the searches came to: each run where it first is sure and where it ends, judged."""

from __future__ import annotations

import os
from dataclasses import asdict

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

import blackbox as bb
from blackbox.objectives import mnist
from blackbox.objectives.mnist import data, networks
from blackbox.pages import PageFrames
from reports.blog import study
from reports.judged import distinct, judged, start
from reports.make import HERE, Given
from reports.pictures import as_bytes

END = 2.0  # no search is so sure
SURENESS = (0.0, 0.1, 0.5, 0.9, study.SURE, END)
STEPS = [0, 5, 10, 15, 20, 30, 50]  # along the gradient of the thickness
WANTED = mnist.digit(target=study.TARGET)
CLIMB = "gradient_ascent(learning_rate=0.05, patience=1000)"  # small steps, to keep the digit


def measure(given: Given) -> dict[str, pd.DataFrame]:
    """The frames of the page; from real sevens where the data set is at hand, else as they are."""
    if os.environ.get(data.VARIABLE):
        real = rows_of(study.PIXELS[:1] if given.small else study.PIXELS, given, real=True)
    else:
        real = PageFrames.read(HERE / "blog" / "frames").real
    codes = networks.codes("vae", "test")
    twos = WANTED.decode(codes.z[codes.classes == study.TARGET])
    settings = {"sure": study.SURE, "starts": study.MANY, "steps": study.SHOWN[-1].steps}
    return {
        "searches": rows_of(study.SHOWN if given.small else study.SEARCHES, given),
        "real": real,
        "twos": pd.DataFrame([summary(twos)]),
        "morph": morph(given),
        **bolder(given),
        "settings": pd.DataFrame({"setting": settings.keys(), "value": settings.values()}),
    }


def rows_of(searches: tuple[study.Search, ...], given: Given, real: bool = False) -> pd.DataFrame:
    """Two rows per search: where it is sure, and where it ends."""
    seeds, rows = study.sevens(given, real), []
    for search in searches:
        objective = bb.objective(search.objective(real))
        traces = search.carried_out(seeds, given, real)
        for stop, level in (("sure", study.SURE), ("end", END)):
            at = [(trace, row_at(trace.score, level)) for trace in traces]
            x = objective.decode(np.stack([trace.z[row] for trace, row in at]))
            row = {"stop": stop, "steps": np.median([row for _, row in at])}
            row |= {"predicted": np.exp([trace.score[row] for trace, row in at]).mean()}
            rows.append(asdict(search) | row | summary(x))
    return pd.DataFrame(rows).drop(columns="starts")


def summary(x: torch.Tensor) -> dict[str, float]:
    """How many pictures there are, what judges accept of them, and how much they differ."""
    apart = float(torch.pdist(x.flatten(1)).mean())
    return {"n": len(x), **judged(x, WANTED).mean(), "apart": apart}


def morph(given: Given) -> pd.DataFrame:
    """A row per picture on the ways of some searches, from the seven nearest to real ones."""
    seeds, parts = study.sevens(given)[: study.FEW], []
    shown = nearest_to_real(mnist.digit(target=study.SOURCE, source=study.SOURCE), seeds)
    for search in study.SHOWN:
        trace = search.carried_out(seeds, given)[shown]
        at = [row_at(trace.score, level) for level in SURENESS]
        x = bb.objective(search.objective()).decode(trace.z[at])
        way = {"decoder": search.decoder, "sure": SURENESS, "step": at, "pixels": as_bytes(x)}
        look = pd.DataFrame(way).assign(predicted=np.exp(trace.score[at]))
        parts.append(look.join(judged(x, WANTED)))
    return pd.concat(parts, ignore_index=True)


def bolder(given: Given) -> dict[str, pd.DataFrame]:
    """`thickness`: gains over all digits, step by step; `strip`: the pictures of every third."""
    looks, strip = [], []
    for digit in range(1 if given.small else 10):
        name = f"mnist.thickness(source={digit})"
        objective = bb.objective(name)
        seeds = distinct(objective, 2 if given.small else 10)
        climbs = given.compare(name, CLIMB, 2 * STEPS[-1] + 2, seeds, store=f"bold-{digit}")
        for trace in climbs.traces:
            x, head = objective.decode(trace.z[STEPS]), pd.Series(trace.score[STEPS])
            verdicts = judged(x, objective, ("thickness", "digit"))
            gain = verdicts["thickness"] - verdicts["thickness"][0]
            look = pd.DataFrame({"start": digit, "step": STEPS}).join(verdicts)
            look = look.assign(promised=(head - head[0]).where(gain.notna()), gain=gain)
            looks.append(look.rename(columns={"thickness": "true"}).assign(pixels=as_bytes(x)))
        if digit % 3 == 0:
            strip.append(looks[nearest_to_real(objective, seeds) - len(seeds)])
    steps = pd.concat(looks).groupby("step")
    means, error = steps[["promised", "gain", "digit"]].mean(), 1.96 * steps["gain"].sem()
    means = means.assign(low=means["gain"] - error, high=means["gain"] + error, n=steps.size())
    return {"thickness": means.reset_index(), "strip": pd.concat(strip, ignore_index=True)}


def row_at(score: NDArray[np.float64], level: float) -> int:
    """The first row whose predicted probability is so high; the last one where none is."""
    enough = np.flatnonzero(np.exp(score) >= level)
    return int(enough[0]) if len(enough) else len(score) - 1


def nearest_to_real(objective: bb.Objective, seeds: list[int]) -> int:
    """The place of the seed whose start lies nearest to real digits of its class."""
    x = objective.decode(np.stack([start(objective, seed) for seed in seeds]))
    return int(np.argmin(objective.judges["manifold"].verdict(x, "manifold")))
